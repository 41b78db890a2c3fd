//! The one shape of answers: `data`, `message`, and what a refused request looks like. Never decides that something is
//! refused.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use engine::domain::rights::Right;
use engine::render::{Answer, Origin};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::payment::render::time;
use crate::error_codes::ErrorCode;

/// Says that an answer is a stored one.
pub(crate) const REPLAYED: HeaderName = HeaderName::from_static("x-idempotent-replayed");

/// One resource.
#[derive(Serialize, ToSchema)]
pub(crate) struct Single<T: ToSchema> {
    /// The resource.
    pub(crate) data: T,
}

/// One resource after a write.
#[derive(Serialize, ToSchema)]
pub(crate) struct Written<T: ToSchema> {
    /// What happened, in one sentence.
    pub(crate) message: String,
    /// The resource.
    pub(crate) data: T,
}

/// A refused request. It becomes bytes at the outermost layer, which knows the request's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    code: ErrorCode,
    message: String,
    errors: BTreeMap<String, Vec<String>>,
    /// Present when it is told at all, even if it is not known.
    may_end_at_ms: Option<Option<i64>>,
    retry_after_s: Option<u64>,
}

/// A refused request as JSON.
#[derive(Serialize, ToSchema)]
#[schema(as = Error)]
pub(crate) struct ErrorBody<'a> {
    /// What is wrong, in one sentence.
    #[schema(value_type = String)]
    message: &'a str,
    /// What is wrong with each field, when the request is not valid.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Option<BTreeMap<String, Vec<String>>>)]
    errors: &'a BTreeMap<String, Vec<String>>,
    /// Stable code in snake_case.
    code: &'static str,
    /// Id of this request, as in the header `X-Request-Id`.
    #[schema(value_type = String)]
    request_id: &'a str,
    /// A page about this code.
    doc_url: String,
    /// With `attempt_in_progress`: when the earlier attempt may have ended; null when that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    may_end_at: Option<Option<String>>,
}

impl Problem {
    /// A problem with the usual message of its code.
    pub(crate) fn new(code: ErrorCode) -> Self {
        Self::saying(code, code.cause())
    }

    /// A problem with a message of its own.
    pub(crate) fn saying(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            errors: BTreeMap::new(),
            may_end_at_ms: None,
            retry_after_s: None,
        }
    }

    /// A request that is not valid: what is wrong, by field.
    pub(crate) fn invalid(errors: BTreeMap<String, Vec<String>>) -> Self {
        let first = errors.iter().next();
        let message = first.and_then(|(field, texts)| Some(format!("{field}: {}", texts.first()?)));
        let code = ErrorCode::ValidationFailed;
        let message = match (message, errors.len()) {
            (Some(only), 1) => only,
            (Some(first), count) => format!("{first} (and {} more)", count - 1),
            (None, _) => code.cause().to_owned(),
        };
        Self {
            errors,
            ..Self::saying(code, message)
        }
    }

    /// A request of which one field is not valid.
    pub(crate) fn field(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::invalid(BTreeMap::from([(path.into(), vec![message.into()])]))
    }

    /// A key that may not do this, although it is of the right family.
    pub(crate) fn missing_right(right: Right) -> Self {
        let text = format!("This needs the right {}, which the caller does not have.", right.code());
        Self::saying(ErrorCode::MissingRight, text)
    }

    /// Says when to come back.
    pub(crate) fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// Says when the attempt in the way may have ended.
    pub(crate) fn may_end_at(mut self, at_ms: Option<i64>) -> Self {
        self.may_end_at_ms = Some(at_ms);
        self
    }

    /// Which code it has.
    pub(crate) fn code(&self) -> ErrorCode {
        self.code
    }

    /// What happened, in one sentence.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// When to come back, in seconds.
    pub(crate) fn retry_after_s(&self) -> Option<u64> {
        self.retry_after_s
    }

    /// The fields that are not valid.
    pub(crate) fn errors(&self) -> &BTreeMap<String, Vec<String>> {
        &self.errors
    }

    /// The body of the answer.
    pub(crate) fn body(&self, request_id: &str, public_url: &str) -> Vec<u8> {
        let body = ErrorBody {
            message: &self.message,
            errors: &self.errors,
            code: self.code.code(),
            request_id,
            doc_url: format!("{public_url}/docs/errors/{}", self.code.code()),
            may_end_at: self.may_end_at_ms.map(|at_ms| at_ms.map(time::iso)),
        };
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.code == ErrorCode::Unauthenticated {
            response
                .headers_mut()
                .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// A JSON answer of bytes.
pub(crate) fn json_bytes(status: StatusCode, body: Vec<u8>) -> Response {
    let mut response = (status, Body::from(body)).into_response();
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A JSON answer of a value.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => json_bytes(status, body),
        Err(_) => Problem::new(ErrorCode::InternalError).into_response(),
    }
}

/// What the engine answered, told as a stored one when it is.
pub(crate) fn answered(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.rendered.status).unwrap_or(StatusCode::OK);
    let mut response = json_bytes(status, answer.rendered.body);
    match answer.origin {
        Origin::Fresh => {}
        Origin::Replayed => {
            response
                .headers_mut()
                .insert(REPLAYED, HeaderValue::from_static("true"));
        }
    }
    response
}
