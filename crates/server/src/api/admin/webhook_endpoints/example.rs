//! Example answers of the OpenAPI document about webhook endpoints.

use serde_json::{Value, json};

use super::PATH;
use crate::api::admin::{Example, audit_log};

/// A secret that signs nothing.
pub(in crate::api::admin) const SECRET: &str = "whsec_ODkyZDJmNGI1ZTY3NDg5MGFiY2RlZjAxMjM0NTY3ODk=";

/// Example answers.
pub(in crate::api::admin) fn examples() -> Vec<Example> {
    let endpoint = json!({
        "id": "we_01jxa5qj0c8z6t9y3m4n5p6r7s", "url": "https://shop.example.com/hook", "description": "Shop",
        "events": ["payment.completed", "payment.failed"], "order": "any", "state": "enabled",
        "health": {"failures": 0, "failing_since": null, "last_failure": null, "waiting": 0, "oldest_waiting_at": null},
        "previous_secret_until": null, "created_at": "2026-06-08T12:00:00+00:00",
    });
    let mut disabled = endpoint.clone();
    set(&mut disabled, "state", "disabled_by_person");
    let mut secret = endpoint.clone();
    set(&mut secret, "secret", SECRET);
    let mut rotated = secret.clone();
    set(&mut rotated, "previous_secret_until", "2026-06-09T12:00:00+00:00");
    let written = |operation, status, message: &str, data: &Value| {
        let body = json!({"message": message, "data": data});
        (operation, status, body)
    };
    let tested = json!({"outcome": "delivered", "status": 200, "took_ms": 84, "answer": "ok"});
    vec![
        (
            "list_webhook_endpoints",
            200,
            json!({"data": [endpoint], "pagination": audit_log::one_page(PATH)}),
        ),
        ("get_webhook_endpoint", 200, json!({"data": endpoint})),
        written("create_webhook_endpoint", 201, "Webhook endpoint made.", &secret),
        written("change_webhook_endpoint", 200, "Webhook endpoint changed.", &endpoint),
        written("enable_webhook_endpoint", 200, "Webhook endpoint enabled.", &endpoint),
        written("disable_webhook_endpoint", 200, "Webhook endpoint disabled.", &disabled),
        written("delete_webhook_endpoint", 200, "Webhook endpoint deleted.", &endpoint),
        written(
            "rotate_webhook_endpoint_secret",
            200,
            "Webhook endpoint has another secret.",
            &rotated,
        ),
        written("test_webhook_endpoint", 200, "The endpoint took the event.", &tested),
    ]
}

fn set(object: &mut Value, name: &str, text: &str) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), Value::from(text));
    }
}
