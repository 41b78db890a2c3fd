//! Whether the process runs, and whether it can work. Never does work to find out.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::api::Api;
use crate::envelope::{self, Problem};
use crate::error_codes::ErrorCode;

/// `GET /healthz`: the process runs.
pub(crate) async fn alive() -> Response {
    envelope::json(StatusCode::OK, &json!({"status": "ok"}))
}

/// `GET /readyz`: requests can be served.
pub(crate) async fn ready(State(api): State<Api>) -> Response {
    match api.engine.is_ready().await {
        Ok(()) => envelope::json(StatusCode::OK, &json!({"status": "ready"})),
        Err(refusal) => {
            tracing::warn!(event = "not_ready", why = %refusal);
            Problem::new(ErrorCode::Unavailable).retry_after(1).into_response()
        }
    }
}
