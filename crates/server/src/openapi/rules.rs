//! What holds all over the document and is said once: answers have every member, times are times, closed vocabularies
//! are listed, every answer carries its request id, and what was stored under a key says so. Never touches a text.

use std::collections::BTreeSet;

use engine::domain::failure::FailureCode;
use serde_json::{Value, json};

const INTENT_STATUSES: [&str; 6] = [
    "pending",
    "completed",
    "failed",
    "expired",
    "partially_refunded",
    "refunded",
];
const ATTEMPT_STATUSES: [&str; 5] = ["processing", "action_required", "completed", "failed", "cancelled"];

/// Applies every rule.
pub(super) fn apply(document: &mut Value) {
    let asked = asked(document);
    let schemas = document
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut);
    for (name, schema) in schemas.into_iter().flatten() {
        let members = match asked.contains(name) || name == "Error" {
            true => Members::AsDerived,
            false => Members::AlwaysThere,
        };
        complete(schema, members);
        for variant in schema
            .get_mut("oneOf")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            complete(variant, members);
        }
    }
    for (pointer, words) in vocabularies() {
        if let Some(member) = document.pointer_mut(&format!("/components/schemas/{pointer}")) {
            let is_nullable = member.get("type").is_some_and(Value::is_array);
            let words = words
                .into_iter()
                .map(Value::from)
                .chain(is_nullable.then_some(Value::Null));
            insert(member, "enum", words.collect());
        }
    }
    for operation in operations(document) {
        for parameter in operation
            .get_mut("parameters")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            not_nullable(parameter);
        }
    }
    carry_headers(document);
}

/// Describes the headers that answers carry.
fn carry_headers(document: &mut Value) {
    let header =
        json!({"description": "Id of this request; name it when you ask for help.", "schema": {"type": "string"}});
    let replayed = json!({"description": "There when this is the stored answer of an earlier request with the same key.",
        "schema": {"type": "string", "enum": ["true"]}});
    for operation in operations(document) {
        let takes_key = takes_key(operation);
        for (status, response) in operation
            .get_mut("responses")
            .and_then(Value::as_object_mut)
            .into_iter()
            .flatten()
        {
            carry(response, "X-Request-Id", &header);
            if takes_key && status.starts_with('2') {
                carry(response, "X-Idempotent-Replayed", &replayed);
            }
        }
    }
    let shared = document
        .pointer_mut("/components/responses")
        .and_then(Value::as_object_mut);
    shared
        .into_iter()
        .flatten()
        .for_each(|(_, response)| carry(response, "X-Request-Id", &header));
}

/// One operation by its id.
pub(super) fn operation<'a>(document: &'a mut Value, id: &str) -> Option<&'a mut Value> {
    operations(document).find(|operation| operation.get("operationId").and_then(Value::as_str) == Some(id))
}

fn operations(document: &mut Value) -> impl Iterator<Item = &mut Value> {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let items = paths
        .into_iter()
        .flat_map(|paths| paths.values_mut())
        .filter_map(Value::as_object_mut);
    items
        .flat_map(|item| item.values_mut())
        .filter(|operation| operation.get("operationId").is_some())
}

/// Whether an operation keeps its answer under an idempotency key, and says so when it gives it again.
fn takes_key(operation: &Value) -> bool {
    let parameters = operation.get("parameters").and_then(Value::as_array);
    parameters.into_iter().flatten().any(|parameter| {
        let name = parameter.get("name").and_then(Value::as_str);
        name == Some("X-Idempotency-Key")
    })
}

fn vocabularies() -> [(&'static str, Vec<&'static str>); 13] {
    [
        ("PaymentIntent/properties/status", INTENT_STATUSES.to_vec()),
        ("Attempt/properties/status", ATTEMPT_STATUSES.to_vec()),
        ("Standing/properties/intent_status", INTENT_STATUSES.to_vec()),
        ("Standing/properties/attempt_status", ATTEMPT_STATUSES.to_vec()),
        (
            "GatewayTransaction/properties/status",
            vec!["pending", "succeeded", "failed", "unknown"],
        ),
        (
            "Failure/properties/code",
            FailureCode::ALL.iter().map(|code| code.code()).collect(),
        ),
        (
            "Failure/properties/category",
            vec![
                "payer",
                "funds",
                "operator",
                "gateway",
                "configuration",
                "platform",
                "security",
            ],
        ),
        (
            "Reconciliation/properties/status",
            vec!["pending", "completed", "failed"],
        ),
        (
            "CheckoutSession/properties/status",
            vec!["open", "completed", "expired", "cancelled"],
        ),
        (
            "PaymentLink/properties/status",
            vec!["active", "inactive", "expired", "paid"],
        ),
        (
            "PayableMethod/allOf/1/properties/family",
            vec!["momo", "wallet", "card"],
        ),
        (
            "PayableMethod/allOf/1/properties/flow",
            vec!["prompt", "redirect", "otp", "qr"],
        ),
        (
            "PayableMethod/allOf/1/properties/availability",
            vec!["available", "degraded", "down", "not_configured"],
        ),
    ]
}

/// Which members of a schema are required.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Members {
    /// Those that the type says: a request may leave out what is optional.
    AsDerived,
    /// All: answers have every member.
    AlwaysThere,
}

/// Names of the schemas that requests are made of.
fn asked(document: &mut Value) -> BTreeSet<String> {
    let bodies: Vec<Value> = operations(document)
        .filter_map(|operation| operation.get("requestBody").cloned())
        .collect();
    let (mut found, mut waiting) = (BTreeSet::new(), Vec::new());
    bodies.iter().for_each(|body| named(body, &mut waiting));
    while let Some(name) = waiting.pop() {
        if let Some(schema) = document.pointer(&format!("/components/schemas/{name}"))
            && !found.contains(&name)
        {
            named(schema, &mut waiting);
            found.insert(name);
        }
    }
    found
}

/// Adds the names of the schemas that are referred to in a value.
fn named(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            let reference = members.get("$ref").and_then(Value::as_str);
            names.extend(reference.and_then(|text| text.rsplit('/').next()).map(str::to_owned));
            members.values().for_each(|member| named(member, names));
        }
        Value::Array(items) => items.iter().for_each(|item| named(item, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// In an answer every member is required, and one named `…_at` is a time. In a request it may be a date too.
fn complete(schema: &mut Value, members: Members) {
    if members == Members::AsDerived {
        return;
    }
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    let names: Vec<Value> = properties.keys().map(|name| Value::from(name.as_str())).collect();
    for (_, member) in properties.iter_mut().filter(|(name, _)| name.ends_with("_at")) {
        insert(member, "format", json!("date-time"));
    }
    insert(schema, "required", Value::Array(names));
}

/// A parameter may be left out, but it is never null.
fn not_nullable(parameter: &mut Value) {
    let kind = parameter.pointer_mut("/schema/type");
    if let Some(kind) = kind
        && let Some(only) = kind
            .as_array()
            .and_then(|kinds| kinds.iter().find(|kind| *kind != "null"))
            .cloned()
    {
        *kind = only;
    }
}

fn carry(response: &mut Value, name: &str, header: &Value) {
    if response.get("$ref").is_some() {
        return;
    }
    if response.get("headers").is_none() {
        insert(response, "headers", json!({}));
    }
    if let Some(headers) = response.get_mut("headers") {
        insert(headers, name, header.clone());
    }
}

fn insert(object: &mut Value, name: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
}
