//! The OpenAPI 3.1 document: what the handlers say about themselves, completed with what holds for all of them. Never
//! describes by hand what the code can say.

use serde_json::{Value, json};
use utoipa::openapi::OpenApi;

use crate::error_codes::ErrorCode;
use crate::router;

pub(crate) mod errors;
mod samples;

/// Where the document says that the server is, when nobody runs it.
const EXAMPLE_URL: &str = "http://127.0.0.1:8600";

/// Schemas of requests: their optional members may be left out. In answers every member is always there.
const OF_REQUESTS: [&str; 6] = [
    "CreatePaymentIntent",
    "CustomerInput",
    "StartAttempt",
    "PhoneInput",
    "SubmitOtp",
    "Error",
];

/// The document as JSON text, for a server at an example address.
pub fn document() -> String {
    let (_, described) = router::apis();
    let mut text = serde_json::to_string_pretty(&completed(described, EXAMPLE_URL)).unwrap_or_default();
    text.push('\n');
    text
}

/// Completes what the handlers say.
pub(crate) fn completed(described: OpenApi, public_url: &str) -> Value {
    let mut document = serde_json::to_value(described).unwrap_or_default();
    let set = |document: &mut Value, pointer: &str, value: Value| {
        if let Some((parent, name)) = pointer.rsplit_once('/')
            && let Some(object) = document.pointer_mut(parent).and_then(Value::as_object_mut)
        {
            object.insert(name.to_owned(), value);
        }
    };
    set(&mut document, "/info", info());
    set(&mut document, "/servers", json!([{"url": public_url}]));
    set(&mut document, "/security", json!([{"bearer": []}]));
    set(&mut document, "/tags", tags());
    set(
        &mut document,
        "/components/securitySchemes",
        json!({"bearer": {
            "type": "http", "scheme": "bearer",
            "description": "A secret key: `sk_test_…` or `sk_live_…` for the payment API, `adm_…` for the admin API. It decides project and environment.",
        }}),
    );
    set(&mut document, "/components/schemas/Error", errors::schema());
    require_all_of_answers(&mut document);
    for (operation, status, example) in samples::answers(public_url) {
        if let Some(content) = content_of(&mut document, operation, status) {
            content.insert("example".to_owned(), example);
        }
    }
    document
}

fn info() -> Value {
    json!({
        "title": "Cowry payment API",
        "version": "1.0",
        "description": "One call becomes the right mobile-money, wallet or card payment, and a payer is never charged twice for one intent.\n\nAnswers are `{\"data\": …}`, with `message` after a write and `pagination` for lists. Errors are `{\"message\", \"code\", \"request_id\", \"doc_url\"}`, with `errors` by field when a request is not valid. Amounts come in as major units and go out as objects. Every answer carries `X-Request-Id`.",
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    })
}

fn tags() -> Value {
    json!([
        {"name": "Payment intents", "description": "What is to be paid, by whom, until when."},
        {"name": "Attempts", "description": "Tries to have an intent paid: one at a time."},
        {"name": "Admin", "description": "The project itself. Opened by `adm_` keys."},
    ])
}

fn require_all_of_answers(document: &mut Value) {
    let Some(schemas) = document
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    for (name, schema) in schemas {
        if OF_REQUESTS.contains(&name.as_str()) {
            continue;
        }
        require_all(schema);
        for variant in schema
            .get_mut("oneOf")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            require_all(variant);
        }
    }
}

fn require_all(schema: &mut Value) {
    let names: Option<Vec<Value>> = schema
        .get("properties")
        .and_then(Value::as_object)
        .map(|properties| properties.keys().map(|name| Value::from(name.as_str())).collect());
    if let (Some(names), Some(object)) = (names, schema.as_object_mut()) {
        object.insert("required".to_owned(), Value::Array(names));
    }
}

/// The JSON content of one answer of one operation.
fn content_of<'a>(
    document: &'a mut Value,
    operation_id: &str,
    status: u16,
) -> Option<&'a mut serde_json::Map<String, Value>> {
    let paths = document.get_mut("paths")?.as_object_mut()?;
    let mut operations = paths
        .values_mut()
        .filter_map(Value::as_object_mut)
        .flat_map(|path| path.values_mut());
    let operation =
        operations.find(|operation| operation.get("operationId").and_then(Value::as_str) == Some(operation_id))?;
    operation
        .pointer_mut(&format!("/responses/{status}/content/application~1json"))?
        .as_object_mut()
}

/// The codes of a status.
fn codes_of(status: u16) -> impl Iterator<Item = ErrorCode> {
    ErrorCode::ALL
        .iter()
        .copied()
        .filter(move |code| code.status().as_u16() == status)
}
