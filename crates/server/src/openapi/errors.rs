//! The refusals that each kind of operation may answer with, described from the table of codes.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::IntoResponses;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::{ContentBuilder, HeaderBuilder, Object, Ref, RefOr, Response, ResponseBuilder};

use super::codes_of;
use crate::error_codes::ErrorCode;

/// What any operation may answer with.
const OF_ALL: [u16; 9] = [400, 401, 403, 408, 413, 414, 431, 500, 503];

/// Refusals of reading one thing.
pub(crate) struct ReadErrors;

/// Refusals of reading a list.
pub(crate) struct ListErrors;

/// Refusals of a write.
pub(crate) struct WriteErrors;

impl IntoResponses for ReadErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        described(&[404])
    }
}

impl IntoResponses for ListErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        described(&[404, 422])
    }
}

impl IntoResponses for WriteErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        described(&[404, 409, 415, 422, 428])
    }
}

fn described(more: &[u16]) -> BTreeMap<String, RefOr<Response>> {
    OF_ALL
        .iter()
        .chain(more)
        .map(|status| (status.to_string(), RefOr::T(response(*status))))
        .collect()
}

fn response(status: u16) -> Response {
    let texts: Vec<String> = codes_of(status)
        .map(|code| format!("`{}`: {}", code.code(), code.cause()))
        .collect();
    let examples = codes_of(status).map(|code| {
        (
            code.code(),
            RefOr::T(
                ExampleBuilder::new()
                    .summary(code.cause())
                    .value(Some(example(code)))
                    .build(),
            ),
        )
    });
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Error")))
        .examples_from_iter(examples)
        .build();
    let response = ResponseBuilder::new()
        .description(texts.join("\n\n"))
        .content("application/json", content);
    let header = |text: &str| {
        HeaderBuilder::new()
            .schema(Some(Object::new()))
            .description(Some(text))
            .build()
    };
    match status {
        401 => response.header("WWW-Authenticate", header("`Bearer`.")).build(),
        409 | 503 => response
            .header("Retry-After", header("Seconds to wait, where waiting helps."))
            .build(),
        _ => response.build(),
    }
}

fn example(code: ErrorCode) -> Value {
    let mut example = json!({
        "message": code.cause(),
        "code": code.code(),
        "request_id": "req_01jxa5qj0c8z6t9y3m4n5p6r7s",
        "doc_url": format!("https://pay.example.com/docs/errors/{}", code.code()),
    });
    if let Some(object) = example.as_object_mut() {
        match code {
            ErrorCode::ValidationFailed => {
                object.insert(
                    "message".to_owned(),
                    json!("amount: XOF has no decimals; the amount has 1."),
                );
                object.insert(
                    "errors".to_owned(),
                    json!({"amount": ["XOF has no decimals; the amount has 1."]}),
                );
            }
            ErrorCode::AttemptInProgress => {
                object.insert("may_end_at".to_owned(), json!("2026-06-08T12:02:00+00:00"));
            }
            _ => {}
        }
    }
    example
}

/// The schema of a refused request.
pub(super) fn schema() -> Value {
    let mut schema =
        serde_json::to_value(<crate::envelope::ErrorBody<'_> as utoipa::PartialSchema>::schema()).unwrap_or_default();
    let codes: Vec<&str> = ErrorCode::ALL.iter().map(|code| code.code()).collect();
    if let Some(code) = schema.pointer_mut("/properties/code").and_then(Value::as_object_mut) {
        code.insert("examples".to_owned(), json!(codes));
    }
    schema
}
