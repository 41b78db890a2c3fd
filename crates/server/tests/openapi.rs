//! The OpenAPI document: a snapshot, and that it says enough. `COWRY_UPDATE=1` writes `docs/generated/openapi.json` again.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let all = paths.iter().flat_map(|(path, item)| {
        item.as_object()
            .unwrap()
            .iter()
            .map(move |(method, value)| (format!("{method} {path}"), value))
    });
    all.collect()
}

fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let reference = value.get("$ref").and_then(Value::as_str);
    reference.map_or(value, |reference| {
        document.pointer(reference.trim_start_matches('#')).unwrap()
    })
}

#[test]
fn the_document_is_the_one_in_the_repository() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/generated/openapi.json");
    let document = server::openapi_document();
    #[expect(
        clippy::disallowed_methods,
        reason = "a test is told by the environment to write instead of compare"
    )]
    let update = std::env::var("COWRY_UPDATE").is_ok();
    if update {
        std::fs::write(&path, document).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    assert!(
        kept == document,
        "docs/generated/openapi.json is not what the code says: run `cargo xtask gen`"
    );
}

#[test]
fn every_operation_is_described_with_examples_and_errors() {
    let document: Value = serde_json::from_str(&server::openapi_document()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let operations = operations(&document);
    assert!(operations.len() >= 17);
    for (name, operation) in operations {
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{name}");
        let responses: BTreeMap<&String, &Value> = operation["responses"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(status, value)| (status, resolved(&document, value)))
            .collect();
        let (_, success) = responses.iter().find(|(status, _)| status.starts_with('2')).unwrap();
        let content = &success["content"];
        let (whole, lasting) = (&content["application/json"], &content["text/event-stream"]);
        let shown = whole["example"].is_object() || whole["example"].is_array();
        assert!(
            shown && whole["schema"].is_object() || lasting["example"].is_string(),
            "{name}"
        );
        for status in ["400", "401", "403", "404", "500", "503"] {
            assert!(
                !responses[&status.to_owned()]["description"]
                    .as_str()
                    .unwrap()
                    .is_empty(),
                "{name} {status}"
            );
        }
        for (status, response) in responses.iter().filter(|(status, _)| !status.starts_with('2')) {
            let examples = response["content"]["application/json"]["examples"].as_object().unwrap();
            assert!(!examples.is_empty(), "{name} {status}");
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(
                !parameter["description"].as_str().unwrap().is_empty(),
                "{name} {}",
                parameter["name"]
            );
        }
        if let Some(body) = operation.get("requestBody") {
            if let Some(table) = body["content"].get("text/csv") {
                assert!(table["example"].is_string(), "{name}");
                continue;
            }
            let reference = body["content"]["application/json"]["schema"]["$ref"].as_str().unwrap();
            let schema = document.pointer(reference.trim_start_matches('#')).unwrap();
            assert!(schema["example"].is_object(), "{name}");
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
                members.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let document: Value = serde_json::from_str(&server::openapi_document()).unwrap();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        assert!(
            document.pointer(reference.trim_start_matches('#')).is_some(),
            "{reference}"
        );
    }
}

#[test]
fn answers_always_have_every_member() {
    let document: Value = serde_json::from_str(&server::openapi_document()).unwrap();
    let intent = &document["components"]["schemas"]["PaymentIntent"];
    let required = intent["required"].as_array().unwrap();
    for member in [
        "id",
        "status",
        "amount",
        "customer",
        "description",
        "return_url",
        "webhook_url",
        "statement_descriptor",
        "receipt_email",
        "metadata",
        "active_attempt",
        "completed_at",
        "expires_at",
        "created_at",
    ] {
        assert!(required.contains(&Value::from(member)), "{member}");
        assert!(intent["properties"][member].is_object(), "{member}");
    }
}

#[test]
fn a_request_may_leave_out_what_may_be_null() {
    let document: Value = serde_json::from_str(&server::openapi_document()).unwrap();
    let items = document["paths"].as_object().unwrap().values();
    let operations = items.flat_map(|item| item.as_object().unwrap().values());
    let mut seen = 0;
    for body in operations.filter_map(|operation| operation["requestBody"]["content"].as_object()) {
        for shape in body.values().filter_map(|content| content["schema"]["$ref"].as_str()) {
            let schema = document.pointer(shape.trim_start_matches('#')).unwrap();
            for required in schema["required"].as_array().into_iter().flatten() {
                let kind = &schema["properties"][required.as_str().unwrap()]["type"];
                let may_be_null = kind
                    .as_array()
                    .is_some_and(|kinds| kinds.contains(&Value::from("null")));
                assert!(!may_be_null, "{shape}: {required}");
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn every_tag_that_is_used_is_declared() {
    let document: Value = serde_json::from_str(&server::openapi_document()).unwrap();
    let declared: Vec<&Value> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| &tag["name"])
        .collect();
    let operations = operations(&document);
    let used: Vec<&Value> = operations.iter().map(|(_, operation)| &operation["tags"][0]).collect();
    for tag in &used {
        assert!(declared.contains(tag), "{tag} is not declared");
    }
    for tag in declared {
        assert!(used.contains(&tag), "{tag} is not used");
    }
}

#[test]
fn closed_vocabularies_are_listed_and_replays_are_told() {
    let document: Value = serde_json::from_str(&server::openapi_document()).unwrap();
    let schemas = &document["components"]["schemas"];
    for member in [
        "Reconciliation/properties/status",
        "CheckoutSession/properties/status",
        "PaymentLink/properties/status",
        "Failure/properties/category",
        "PayableMethod/allOf/1/properties/flow",
        "PayableMethod/allOf/1/properties/availability",
    ] {
        assert!(schemas.pointer(&format!("/{member}/enum")).is_some(), "{member}");
    }
    assert_eq!(schemas["UpdateLink"]["properties"]["description"]["type"], "string");
    for (method, path) in [("post", "/v1/payment/intents"), ("patch", "/v1/customers/{id}")] {
        let responses = document["paths"][path][method]["responses"].as_object().unwrap();
        let (_, done) = responses.iter().find(|(status, _)| status.starts_with('2')).unwrap();
        assert!(done["headers"]["X-Idempotent-Replayed"].is_object(), "{method} {path}");
    }
}
