//! Callbacks of providers: hands the bytes to the engine, which proves them. Never believes them.

use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use engine::CallbackRefusal;
use serde_json::json;

use crate::api::Api;
use crate::body;
use crate::envelope::{self, Problem};
use crate::error_codes::ErrorCode;
use crate::segment::Segment;

/// A callback as it came in.
pub(crate) struct Raw {
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl<S: Sync> FromRequestParts<S> for Raw {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let headers = parts
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), text(value.as_bytes())));
        Ok(Self {
            headers: headers.collect(),
            body: body::bytes(parts)?,
        })
    }
}

/// `POST /callbacks/{path}`.
pub(crate) async fn receive(State(api): State<Api>, Segment(path): Segment, raw: Raw) -> Response {
    match api.engine.receive_callback(&path, raw.headers, raw.body.to_vec()).await {
        Ok(()) => envelope::json(StatusCode::OK, &json!({"message": "Received."})),
        Err(CallbackRefusal::UnknownPath) => Problem::new(ErrorCode::NotFound).into_response(),
        Err(CallbackRefusal::BadSignature) => Problem::new(ErrorCode::SignatureInvalid).into_response(),
        Err(CallbackRefusal::Unavailable(why)) => {
            tracing::warn!(event = "callback_not_taken", why);
            Problem::new(ErrorCode::Unavailable).retry_after(1).into_response()
        }
    }
}
