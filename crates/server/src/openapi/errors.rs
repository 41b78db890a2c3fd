//! The refusals that each operation may answer with, described from the table of codes: shared ones once for the whole
//! document, conflicts for each operation by itself.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::schema::{Schema, Type};
use utoipa::openapi::{ContentBuilder, Header, HeaderBuilder, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, PartialSchema};

use crate::envelope::ErrorBody;
use crate::error_codes::ErrorCode;

/// What any operation may answer with.
const OF_ALL: [u16; 10] = [400, 401, 403, 408, 413, 414, 429, 431, 500, 503];
const OF_READS: [u16; 1] = [404];
const OF_LISTS: [u16; 2] = [404, 422];
const OF_WRITES: [u16; 4] = [404, 415, 422, 428];
const OF_ADMIN_READS: [u16; 2] = [404, 422];
const OF_ADMIN_WRITES: [u16; 3] = [404, 415, 422];
/// The conflict that depends on the operation.
const CONFLICT: u16 = 409;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident: $statuses:ident, [$($code:ident),*];)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                described(&$statuses, &[$(ErrorCode::$code),*])
            }
        }
    )*};
}

kinds! {
    /// Refusals of reading one thing.
    ReadErrors: OF_READS, [];
    /// Refusals of reading a list.
    ListErrors: OF_LISTS, [];
    /// Refusals of creating an intent.
    CreateErrors: OF_WRITES, [IdempotencyKeyReused, IdempotencyKeyInProgress, PayerCoolingDown];
    /// Refusals of starting an attempt.
    AttemptErrors: OF_WRITES, [
        IdempotencyKeyReused, IdempotencyKeyInProgress, IntentEnded, IntentExpired, AttemptInProgress, PayerCoolingDown,
        AmountMismatch, Conflict
    ];
    /// Refusals of handing over a one-time code.
    CodeErrors: OF_WRITES, [IdempotencyKeyReused, IdempotencyKeyInProgress, CodeNotExpected, IntentExpired];
    /// Refusals of cancelling.
    CancelErrors: OF_WRITES, [IdempotencyKeyReused, IdempotencyKeyInProgress, IntentEnded, AttemptInProgress, AmountMismatch];
    /// Refusals of making and changing a payment link.
    LinkErrors: OF_WRITES, [IdempotencyKeyReused, IdempotencyKeyInProgress];
    /// Refusals of changing a customer.
    CustomerErrors: OF_WRITES, [IdempotencyKeyReused, IdempotencyKeyInProgress, CustomerExists];
    /// Refusals of reading one thing of a project.
    AdminReadErrors: OF_ADMIN_READS, [EnvironmentNotOpen];
    /// Refusals of reading a list of a project.
    AdminListErrors: OF_ADMIN_READS, [EnvironmentNotOpen];
    /// Refusals of changing a project.
    AdminWriteErrors: OF_ADMIN_WRITES, [EnvironmentNotOpen];
    /// Refusals of changing a project where something may be in the way.
    AdminConflictErrors: OF_ADMIN_WRITES, [EnvironmentNotOpen, Conflict];
    /// Refusals of changing a gateway account.
    AccountErrors: OF_ADMIN_WRITES, [EnvironmentNotOpen, IdentitySetting];
    /// Refusals of making and replacing a routing rule.
    RuleErrors: OF_ADMIN_WRITES, [EnvironmentNotOpen, RuleExists];
    /// Refusals of opening the live environment.
    OpenLiveErrors: OF_ADMIN_WRITES, [KekRequired];
    /// Refusals of revoking a key.
    KeyErrors: OF_ADMIN_WRITES, [KeyNotValid, EnvironmentNotOpen];
    /// Refusals of making and rotating keys.
    MakeKeyErrors: OF_ADMIN_WRITES, [KeyNotValid, EnvironmentNotOpen, KekRequired, RateLimitsOff];
    /// Refusals of asking again.
    ReconcileErrors: OF_WRITES, [IdempotencyKeyReused, IdempotencyKeyInProgress];
}

fn described(more: &[u16], conflicts: &[ErrorCode]) -> BTreeMap<String, RefOr<Response>> {
    let shared = OF_ALL.iter().chain(more);
    let mut all: BTreeMap<_, _> = shared
        .map(|status| (status.to_string(), RefOr::Ref(Ref::from_response_name(name(*status)))))
        .collect();
    if !conflicts.is_empty() {
        all.insert(CONFLICT.to_string(), RefOr::T(response(CONFLICT, conflicts)));
    }
    all
}

/// The shared responses, by name. A callback that does not prove itself concerns providers, not callers of the API.
pub(super) fn shared() -> Value {
    let statuses = OF_ALL.iter().chain(&OF_LISTS).chain(&OF_WRITES);
    let described = statuses.map(|status| {
        let codes: Vec<ErrorCode> = ErrorCode::ALL
            .iter()
            .copied()
            .filter(|code| code.status().as_u16() == *status && *code != ErrorCode::SignatureInvalid)
            .collect();
        (
            name(*status),
            serde_json::to_value(response(*status, &codes)).unwrap_or_default(),
        )
    });
    Value::Object(described.collect::<Map<String, Value>>())
}

/// `UnprocessableEntity` for 422.
fn name(status: u16) -> String {
    let reason = StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason());
    reason.unwrap_or_default().replace(' ', "")
}

fn response(status: u16, codes: &[ErrorCode]) -> Response {
    let texts: Vec<String> = codes
        .iter()
        .map(|code| format!("`{}`: {}", code.code(), code.cause()))
        .collect();
    let examples = codes.iter().map(|code| {
        (
            code.code(),
            RefOr::T(
                ExampleBuilder::new()
                    .summary(code.cause())
                    .value(Some(example(*code)))
                    .build(),
            ),
        )
    });
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Error")))
        .examples_from_iter(examples);
    let response = ResponseBuilder::new()
        .description(texts.join("\n\n"))
        .content("application/json", content.build());
    match status {
        401 => response.header("WWW-Authenticate", header(Type::String, "`Bearer`.")),
        409 | 429 | 503 => response.header(
            "Retry-After",
            header(Type::Integer, "Seconds to wait, where waiting helps."),
        ),
        _ => response,
    }
    .build()
}

fn header(kind: Type, text: &str) -> Header {
    let schema = Schema::Object(ObjectBuilder::new().schema_type(kind).build());
    HeaderBuilder::new()
        .schema(Some(schema))
        .description(Some(text))
        .build()
}

fn example(code: ErrorCode) -> Value {
    let mut example = Map::new();
    example.insert("message".to_owned(), json!(code.cause()));
    match code {
        ErrorCode::ValidationFailed => {
            let text = "XOF has no decimals; the amount has 1.";
            example.insert("message".to_owned(), json!(format!("amount: {text}")));
            example.insert("errors".to_owned(), json!({"amount": [text]}));
        }
        ErrorCode::AttemptInProgress => {
            example.insert("may_end_at".to_owned(), json!("2026-06-08T12:02:00+00:00"));
        }
        _ => {}
    }
    example.insert("code".to_owned(), json!(code.code()));
    example.insert("request_id".to_owned(), json!("req_01jxa5qj0c8z6t9y3m4n5p6r7s"));
    example.insert(
        "doc_url".to_owned(),
        json!(format!("https://pay.example.com/docs/errors/{}", code.code())),
    );
    Value::Object(example)
}

/// The schema of a refused request.
pub(super) fn schema() -> Value {
    serde_json::to_value(<ErrorBody<'_> as PartialSchema>::schema()).unwrap_or_default()
}
