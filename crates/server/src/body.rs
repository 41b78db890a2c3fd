//! Reading request bodies within their limits, before anything looks at the request: whatever is answered, the caller
//! has been heard out and can read it. Never parses.

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use http_body_util::BodyExt;

use crate::envelope::Problem;
use crate::error_codes::ErrorCode;
use crate::json::Json;
use crate::limits::{BODY_BYTES_DROPPED_MAX, BODY_BYTES_MAX, BODY_DEADLINE, CALLBACK_DEADLINE};

/// A body as it was read, or why it was not. Kept in the request's extensions.
#[derive(Clone, Debug)]
pub(crate) struct ReadBody(pub(crate) Result<Bytes, ErrorCode>);

/// Reads a body to its end, to its limit or to its deadline.
pub(crate) async fn read(body: Body, path: &str) -> ReadBody {
    let deadline = if path.starts_with("/callbacks/") {
        CALLBACK_DEADLINE
    } else {
        BODY_DEADLINE
    };
    let result = tokio::time::timeout(deadline, collect(body)).await;
    ReadBody(result.unwrap_or(Err(ErrorCode::RequestTimeout)))
}

async fn collect(mut body: Body) -> Result<Bytes, ErrorCode> {
    let mut kept = Vec::new();
    let mut seen: usize = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| ErrorCode::MalformedRequest)?;
        let Some(data) = frame.data_ref() else { continue };
        seen = seen.saturating_add(data.len());
        if seen > BODY_BYTES_MAX + BODY_BYTES_DROPPED_MAX {
            break;
        }
        if seen <= BODY_BYTES_MAX {
            kept.extend_from_slice(data);
        } else {
            kept = Vec::new();
        }
    }
    if seen > BODY_BYTES_MAX {
        Err(ErrorCode::PayloadTooLarge)
    } else {
        Ok(Bytes::from(kept))
    }
}

/// The body that was read for this request.
pub(crate) fn bytes(parts: &Parts) -> Result<Bytes, Problem> {
    match parts.extensions.get::<ReadBody>() {
        Some(ReadBody(Ok(bytes))) => Ok(bytes.clone()),
        Some(ReadBody(Err(code))) => Err(Problem::new(*code)),
        None => Ok(Bytes::new()),
    }
}

/// The body as JSON. No body at all counts as an empty object, a missing content type as JSON.
pub(crate) fn json(parts: &Parts) -> Result<Json, Problem> {
    let bytes = bytes(parts)?;
    if bytes.is_empty() {
        return Ok(Json::Object(Vec::new()));
    }
    if !is_json(parts) {
        return Err(Problem::new(ErrorCode::UnsupportedMediaType));
    }
    Json::parse(&bytes).map_err(|error| Problem::saying(ErrorCode::MalformedJson, error.to_string()))
}

fn is_json(parts: &Parts) -> bool {
    let Some(value) = parts.headers.get(CONTENT_TYPE) else {
        return true;
    };
    let essence = value
        .to_str()
        .unwrap_or("?")
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match essence.as_str() {
        "" | "application/json" | "text/json" => true,
        other => other.starts_with("application/") && other.ends_with("+json"),
    }
}
