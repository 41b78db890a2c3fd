//! Example answers of the OpenAPI document about deliveries.

use serde_json::json;

use super::PATH;
use crate::api::admin::{Example, audit_log};

const URL: &str = "https://shop.example.com/hook";

/// Example answers.
pub(in crate::api::admin) fn examples() -> Vec<Example> {
    let delivery = json!({
        "id": "dlv_01jxa5qj0c8z6t9y3m4n5p6r7s", "event_id": "evt_01ktkhn7g004hmasw9nf6yy093",
        "event": "payment.completed", "payment_id": "TRX01JXA5QJ0C8Z6T9Y3M4N5P6R7S", "sequence": 3,
        "endpoint_id": "we_01jxa5qj0c8z6t9y3m4n5p6r7s", "url": URL, "state": "waiting", "tries": 1,
        "next_try_at": "2026-06-08T12:00:05+00:00", "ended_at": null, "created_at": "2026-06-08T12:00:00+00:00",
    });
    let mut story = delivery.clone();
    if let Some(members) = story.as_object_mut() {
        let done = json!({"number": 1, "at": "2026-06-08T12:00:00+00:00", "url": URL, "outcome": "refused", "status": 503,
            "took_ms": 84, "answer": "busy"});
        let request = json!({"method": "POST", "url": URL, "headers": {
            "content-type": "application/json", "webhook-id": "evt_01ktkhn7g004hmasw9nf6yy093",
            "webhook-signature": "…", "webhook-timestamp": "1780920000", "x-orqex-signature": "…",
            "x-payment-event": "payment.completed", "x-payment-id": "TRX01JXA5QJ0C8Z6T9Y3M4N5P6R7S",
        }, "body": {"event": "payment.completed", "sequence": 3, "api_version": "v1"}});
        members.insert("try_log".to_owned(), json!([done]));
        members.insert("request".to_owned(), request);
    }
    let accepted = |operation, message: &str, more: Option<&str>| {
        let data = json!({"deliveries": 1, "continue_from": more});
        (operation, 202, json!({"message": message, "data": data}))
    };
    vec![
        (
            "list_webhook_deliveries",
            200,
            json!({"data": [delivery], "pagination": audit_log::one_page(PATH)}),
        ),
        ("get_webhook_delivery", 200, json!({"data": story})),
        (
            "resend_webhook_delivery",
            202,
            json!({"message": "Webhook delivery sent again.", "data": delivery}),
        ),
        accepted("resend_event", "Event sent again.", None),
        accepted(
            "resend_to_webhook_endpoint",
            "Events sent again.",
            Some("2026-06-08T12:00:00.250+00:00"),
        ),
    ]
}
