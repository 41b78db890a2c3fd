//! The payment-intents API, `/api/v1`. Its shapes and words are a published promise: they only grow. Resources stand at the
//! top of an answer, amounts are in the smallest unit of the currency, times are Unix seconds.

use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;

mod caller;
mod card_numbers;
pub(crate) mod errors;
mod intents;
mod listing;
mod metadata;
mod operators;
pub(crate) mod render;
mod requests;
mod shapes;
mod webhook_endpoints;
mod write;

/// Where this family's addresses begin.
pub(crate) const PREFIX: &str = "/api/v1/";

/// Every operation.
pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(intents::create, intents::list))
        .routes(routes!(intents::read, intents::update))
        .routes(routes!(intents::confirm))
        .routes(routes!(intents::cancel))
        .routes(routes!(webhook_endpoints::create, webhook_endpoints::list))
        .routes(routes!(
            webhook_endpoints::read,
            webhook_endpoints::update,
            webhook_endpoints::delete
        ))
        .routes(routes!(webhook_endpoints::rotate))
}

/// Example answers.
pub(crate) fn examples() -> Vec<(&'static str, u16, Value)> {
    let intent = json!({
        "id": "pi_01jxa5qj0c8z6t9y3m4n5p6r7s", "object": "payment_intent", "created": 1_780_920_000, "livemode": false,
        "amount": 10_000, "currency": "XOF", "status": "requires_payment_method", "description": "Order #1234",
        "metadata": {"order_id": "order_123"}, "next_action": null, "customer": "cus_01jxa5qj0c8z6t9y3m4n5p6r7s",
    });
    let with = |status: &str, next_action: Value| {
        let mut intent = intent.clone();
        if let Some(members) = intent.as_object_mut() {
            members.insert("status".to_owned(), json!(status));
            members.insert("next_action".to_owned(), next_action);
        }
        intent
    };
    let prompt =
        json!({"type": "mobile_money_ussd", "mobile_money_ussd": {"message": "Approve the payment on your phone."}});
    let list = json!({"object": "list", "data": [intent], "has_more": false, "next_cursor": null,
        "url": "/api/v1/payment-intents"});
    vec![
        ("create_intent", 201, intent.clone()),
        ("get_intent", 200, intent.clone()),
        ("update_intent", 200, intent.clone()),
        ("confirm_intent", 200, with("processing", prompt)),
        ("cancel_intent", 200, with("canceled", Value::Null)),
        ("list_intents", 200, list),
    ]
    .into_iter()
    .chain(webhook_endpoints::examples())
    .collect()
}
