//! Reading request bodies within their limits, before anything looks at the request: whatever is answered, the caller
//! has been heard out and can read it. Never looks into anything but JSON.

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use http_body_util::BodyExt;

use crate::envelope::Problem;
use crate::error_codes::ErrorCode;
use crate::json::Json;
use crate::limits::{
    BODY_BYTES_DROPPED_MAX, BODY_BYTES_MAX, BODY_DEADLINE, CALLBACK_DEADLINE, TABLE_BYTES_MAX, TABLE_PATH,
};

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
    let bytes_max = if path == TABLE_PATH {
        TABLE_BYTES_MAX
    } else {
        BODY_BYTES_MAX
    };
    let result = tokio::time::timeout(deadline, collect(body, bytes_max)).await;
    ReadBody(result.unwrap_or(Err(ErrorCode::RequestTimeout)))
}

async fn collect(mut body: Body, bytes_max: usize) -> Result<Bytes, ErrorCode> {
    let mut kept = Vec::new();
    let mut seen: usize = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| ErrorCode::MalformedRequest)?;
        let Some(data) = frame.data_ref() else { continue };
        seen = seen.saturating_add(data.len());
        if seen > bytes_max + BODY_BYTES_DROPPED_MAX {
            break;
        }
        if seen <= bytes_max {
            kept.extend_from_slice(data);
        } else {
            kept = Vec::new();
        }
    }
    if seen > bytes_max {
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
    if !is_json(&media_type(parts)) {
        return Err(Problem::new(ErrorCode::UnsupportedMediaType));
    }
    Json::parse(&bytes).map_err(|error| Problem::saying(ErrorCode::MalformedJson, error.to_string()))
}

/// The body as comma-separated text. A missing content type counts as that.
pub(crate) fn table(parts: &Parts) -> Result<String, Problem> {
    if !matches!(media_type(parts).as_str(), "" | "text/csv") {
        return Err(Problem::saying(
            ErrorCode::UnsupportedMediaType,
            "The body's content type is not text/csv.",
        ));
    }
    let bytes = match parts.extensions.get::<ReadBody>() {
        Some(ReadBody(Err(ErrorCode::PayloadTooLarge))) => {
            let text = "The table is larger than 1 MiB: send it in parts.";
            return Err(Problem::saying(ErrorCode::PayloadTooLarge, text));
        }
        Some(ReadBody(_)) | None => bytes(parts)?,
    };
    String::from_utf8(bytes.to_vec()).map_err(|_| Problem::field("body", "Must be text in UTF-8."))
}

fn is_json(media_type: &str) -> bool {
    match media_type {
        "" | "application/json" | "text/json" => true,
        other => other.starts_with("application/") && other.ends_with("+json"),
    }
}

/// The content type without its parameters, in lower case; empty when there is none.
fn media_type(parts: &Parts) -> String {
    let Some(value) = parts.headers.get(CONTENT_TYPE) else {
        return String::new();
    };
    value
        .to_str()
        .unwrap_or("?")
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}
