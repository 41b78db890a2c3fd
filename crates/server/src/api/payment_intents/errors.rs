//! How refusals are told in this API: `{"error": {…}}` with a documented number. One table from the codes of the house.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::envelope::Problem;
use crate::error_codes::ErrorCode;

/// A documented error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Documented {
    /// `IKW-<MODULE>-<NNN>`.
    pub(crate) number: &'static str,
    /// The HTTP status.
    pub(crate) status: StatusCode,
    /// What went wrong, in the words of the house.
    pub(crate) code: ErrorCode,
}

macro_rules! documented {
    ($($number:literal, $status:ident, $code:ident;)*) => {
        /// Every documented error, by number.
        pub(crate) const ALL: &[Documented] = &[
            $(Documented { number: $number, status: StatusCode::$status, code: ErrorCode::$code },)*
        ];
    };
}

documented! {
    "IKW-AUTH-001", UNAUTHORIZED, Unauthenticated;
    "IKW-AUTHZ-001", FORBIDDEN, Forbidden;
    "IKW-AUTHZ-002", FORBIDDEN, MissingRight;
    "IKW-REQ-001", BAD_REQUEST, ValidationFailed;
    "IKW-REQ-002", BAD_REQUEST, MalformedJson;
    "IKW-REQ-003", BAD_REQUEST, MalformedRequest;
    "IKW-REQ-004", BAD_REQUEST, IdempotencyKeyInvalid;
    "IKW-REQ-005", BAD_REQUEST, ConflictingIdempotencyKeys;
    "IKW-REQ-006", CONFLICT, IdempotencyKeyReused;
    "IKW-REQ-007", CONFLICT, IdempotencyKeyInProgress;
    "IKW-REQ-008", PAYLOAD_TOO_LARGE, PayloadTooLarge;
    "IKW-REQ-009", UNSUPPORTED_MEDIA_TYPE, UnsupportedMediaType;
    "IKW-REQ-010", METHOD_NOT_ALLOWED, MethodNotAllowed;
    "IKW-REQ-011", URI_TOO_LONG, UriTooLong;
    "IKW-REQ-012", REQUEST_HEADER_FIELDS_TOO_LARGE, HeadersTooLarge;
    "IKW-REQ-013", REQUEST_TIMEOUT, RequestTimeout;
    "IKW-RES-001", NOT_FOUND, NotFound;
    "IKW-RES-002", CONFLICT, Conflict;
    "IKW-TRANSFER-001", BAD_REQUEST, NotEligible;
    "IKW-TRANSFER-002", BAD_REQUEST, CountryDiffers;
    "IKW-TRANSFER-003", CONFLICT, NotConfirmable;
    "IKW-TRANSFER-004", CONFLICT, IntentEnded;
    "IKW-TRANSFER-005", CONFLICT, IntentExpired;
    "IKW-TRANSFER-006", CONFLICT, AttemptInProgress;
    "IKW-TRANSFER-007", CONFLICT, PayerCoolingDown;
    "IKW-TRANSFER-008", CONFLICT, AmountMismatch;
    "IKW-TRANSFER-009", BAD_GATEWAY, PayerNotReached;
    "IKW-RATE-001", TOO_MANY_REQUESTS, RateLimited;
    "IKW-RATE-002", TOO_MANY_REQUESTS, TooManyPrompts;
    "IKW-SYS-001", INTERNAL_SERVER_ERROR, InternalError;
    "IKW-SYS-002", SERVICE_UNAVAILABLE, Busy;
    "IKW-SYS-003", SERVICE_UNAVAILABLE, Unavailable;
}

impl Documented {
    /// What happened, in one sentence, as it holds in this API.
    pub(crate) fn cause(&self) -> &'static str {
        match self.code {
            ErrorCode::IdempotencyKeyInvalid => "An idempotency key has 1 to 255 characters.",
            other => other.cause(),
        }
    }

    /// What the caller should do, in the words of this API.
    pub(crate) fn remedy(&self) -> &'static str {
        match self.code {
            ErrorCode::ValidationFailed => {
                "Correct the field that param names; the message says what is wrong with it. Nothing was done."
            }
            ErrorCode::Forbidden => "Use an ik_ key for /api/v1.",
            ErrorCode::IdempotencyKeyInvalid => {
                "Send a key of 1 to 255 characters, for example a UUID made for this request."
            }
            ErrorCode::ConflictingIdempotencyKeys => "Send one idempotency key.",
            ErrorCode::IntentEnded => "Read the intent to see how it ended. To be paid again, create a new one.",
            ErrorCode::IntentExpired => "Create a new payment intent: one lives for 30 days.",
            ErrorCode::AttemptInProgress => {
                "Wait until the payer can no longer pay, then try again; read the intent to see how it ends."
            }
            ErrorCode::RateLimited => {
                "Wait for the seconds in Retry-After; X-RateLimit-Remaining says what is left of a minute."
            }
            other => other.remedy(),
        }
    }
}

/// How a code of the house is documented here. Those that this API never has are faults of ours.
pub(crate) fn of(code: ErrorCode) -> Documented {
    let found = ALL.iter().find(|documented| documented.code == code).copied();
    found.unwrap_or(Documented {
        number: "IKW-SYS-001",
        status: StatusCode::INTERNAL_SERVER_ERROR,
        code: ErrorCode::InternalError,
    })
}

/// Whether the same request may succeed later.
fn is_retryable(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::IdempotencyKeyInProgress
            | ErrorCode::PayerCoolingDown
            | ErrorCode::TooManyPrompts
            | ErrorCode::PayerNotReached
            | ErrorCode::RequestTimeout
            | ErrorCode::RateLimited
            | ErrorCode::InternalError
            | ErrorCode::Busy
            | ErrorCode::Unavailable
    )
}

/// The status and the body of a refusal.
pub(crate) fn told(problem: &Problem) -> (StatusCode, Vec<u8>) {
    let documented = of(problem.code());
    if documented.code == ErrorCode::RateLimited {
        return (documented.status, rate_limited(problem.retry_after_s().unwrap_or(1)));
    }
    let kind = match documented.status.is_server_error() || documented.number.starts_with("IKW-AUTH") {
        true => "api_error",
        false => "domain_error",
    };
    let mut error = json!({
        "code": documented.number, "message": problem.message(), "type": kind,
        "retryable": is_retryable(documented.code),
    });
    if let (Some(param), Some(members)) = (problem.errors().keys().next(), error.as_object_mut()) {
        members.insert("param".to_owned(), json!(param));
    }
    (documented.status, json!({"error": error}).to_string().into_bytes())
}

/// The shape of a refusal.
pub(crate) fn schema() -> Value {
    json!({
        "type": "object", "required": ["error"],
        "properties": {"error": {
            "type": "object", "required": ["code", "message", "type"],
            "properties": {
                "code": {"type": "string", "description": "`IKW-<MODULE>-<NNN>`, documented one by one; `rate_limit_exceeded` with 429."},
                "message": {"type": "string", "description": "What is wrong, in one sentence."},
                "type": {"type": "string", "enum": ["domain_error", "api_error"]},
                "param": {"type": "string", "description": "The first field that is wrong."},
                "retryable": {"type": "boolean", "description": "Whether the same request may succeed later."},
            },
        }},
    })
}

/// The published words.
fn rate_limited(seconds: u64) -> Vec<u8> {
    let message = format!("Too many requests. Please retry after {seconds} seconds.");
    json!({"error": {"code": "rate_limit_exceeded", "message": message, "type": "api_error"}})
        .to_string()
        .into_bytes()
}
