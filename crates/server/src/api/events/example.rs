//! Example answers of the OpenAPI document: one event, as the list, as itself and as a message.

use serde_json::{Value, json};

/// A message of a stream.
pub(crate) const MESSAGE: &str = "id: evt_01ktkhn7g004hmasw9nf6yy093\nevent: payment.completed\ndata: \
    {\"id\":\"evt_01ktkhn7g004hmasw9nf6yy093\",\"event\":\"payment.completed\",\
    \"payment_id\":\"TRX01KTKHN7G004HMASW9NF6YY093\",\"sequence\":3,\"created_at\":\"2026-06-08T12:00:09+00:00\",\
    \"body\":{\"event\":\"payment.completed\"}}\n\n";

/// Operation, status and body of every example.
pub(crate) fn answers(public_url: &str) -> Vec<(&'static str, u16, Value)> {
    let page = |path: &str| {
        json!({"data": [event()], "pagination": {
            "count": 1, "path": format!("{public_url}{path}"), "per_page": 10, "next_cursor": null, "next_page_url": null,
            "prev_cursor": null, "prev_page_url": null, "has_more_pages": false, "has_pages": false,
        }})
    };
    let mut with_deliveries = event();
    if let Some(members) = with_deliveries.as_object_mut() {
        members.insert("deliveries".to_owned(), json!([delivery()]));
    }
    vec![
        ("list_events", 200, page("/v1/events")),
        ("get_event", 200, json!({"data": event()})),
        ("list_all_events", 200, page("/admin/v1/events")),
        ("get_event_with_deliveries", 200, json!({"data": with_deliveries})),
    ]
}

fn event() -> Value {
    let amount =
        json!({"value": 5000, "formatted": "50.00 XOF", "short": "50 XOF", "currency": "XOF", "decimal": "50"});
    let payment = "TRX01KTKHN7G004HMASW9NF6YY093";
    json!({
        "id": "evt_01ktkhn7g004hmasw9nf6yy093", "event": "payment.completed", "payment_id": payment, "sequence": 3,
        "created_at": "2026-06-08T12:00:09+00:00",
        "body": {
            "event": "payment.completed",
            "payment": {"id": payment, "amount": amount, "status": "completed", "metadata": {"order_id": "1024"}},
            "attempt": {
                "id": "att_01ktkhn7g004hmasw9nf6yy093", "status": "completed", "method_code": "momo_mtn",
                "is_fallback": false, "amount": amount, "exchange_rate": null, "correction_rate": null,
            },
            "customer": {"id": "cus_01ktkhn7g004hmasw9nf6yy093", "email": "payer@example.com"},
            "timestamp": "2026-06-08T12:00:09+00:00", "sequence": 3, "api_version": "v1",
        },
    })
}

fn delivery() -> Value {
    json!({
        "id": "dlv_01ktkhn7g004hmasw9nf6yy093", "endpoint_id": "we_01ktkhn7g004hmasw9nf6yy093",
        "url": "https://shop.example.com/hooks", "state": "delivered", "tries": 1, "last_outcome": "delivered",
        "last_status": 204, "next_try_at": null,
    })
}
