//! What a caller is told when the simulator does not do what it was asked.
//!
//! Owns the codes and statuses of `docs/simulator-protocol.md`. Never says anything about money.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::ledger::Status;

/// Every refusal of the protocol.
#[derive(Debug)]
pub(crate) enum Refusal {
    Unauthorised,
    UnknownAddress,
    UnknownScenario,
    UnknownReference,
    UnknownPrompt,
    /// The prompt was answered, or has ended.
    NotWaiting(Status),
    Invalid(&'static str),
    TooLarge,
    NotClosable(Status),
    StatusUnavailable,
    NotProcessed,
    /// The log cannot be written: nothing was done.
    LedgerUnwritable,
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        tracing::error!(%error, "the simulator's ledger cannot be written");
        Refusal::LedgerUnwritable
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, body) = match self {
            Refusal::Unauthorised => (StatusCode::UNAUTHORIZED, json!({"code": "unauthorised"})),
            Refusal::UnknownAddress => (StatusCode::NOT_FOUND, json!({"code": "unknown_address"})),
            Refusal::UnknownScenario => (StatusCode::UNPROCESSABLE_ENTITY, json!({"code": "unknown_scenario"})),
            Refusal::UnknownReference => (StatusCode::NOT_FOUND, json!({"code": "unknown_reference"})),
            Refusal::UnknownPrompt => (StatusCode::NOT_FOUND, json!({"code": "unknown_prompt"})),
            Refusal::NotWaiting(status) => (
                StatusCode::CONFLICT,
                json!({"code": "not_waiting", "status": status.name()}),
            ),
            Refusal::Invalid(field) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                json!({"code": "invalid_request", "field": field}),
            ),
            Refusal::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, json!({"code": "too_large"})),
            Refusal::NotClosable(status) => (
                StatusCode::CONFLICT,
                json!({"code": "not_closable", "status": status.name()}),
            ),
            Refusal::StatusUnavailable => (StatusCode::SERVICE_UNAVAILABLE, json!({"code": "status_unavailable"})),
            Refusal::NotProcessed => (StatusCode::SERVICE_UNAVAILABLE, json!({"code": "not_processed"})),
            Refusal::LedgerUnwritable => (StatusCode::INTERNAL_SERVER_ERROR, json!({"code": "ledger_unwritable"})),
        };
        (status, Json(body)).into_response()
    }
}
