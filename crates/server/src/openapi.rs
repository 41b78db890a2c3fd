//! The OpenAPI 3.1 document: what the handlers say about themselves, completed with what holds for all of them. Never
//! describes by hand what the code can say.

use serde_json::{Value, json};
use utoipa::openapi::OpenApi;

use crate::api::{admin, events, payment_intents};
use crate::router;

pub(crate) mod errors;
mod headers;
pub(crate) mod intents_errors;
mod intents_headers;
mod rules;
mod samples;

/// Where the document says that the server is, when nobody runs it.
const EXAMPLE_URL: &str = "http://127.0.0.1:8600";

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
    set(&mut document, "", "info", info());
    set(&mut document, "", "servers", json!([{"url": public_url}]));
    set(&mut document, "", "security", json!([{"bearer": []}]));
    set(&mut document, "", "tags", tags());
    set(&mut document, "/components", "securitySchemes", security());
    set(&mut document, "/components", "responses", errors::shared());
    set(&mut document, "/components", "headers", intents_headers::shared());
    set(&mut document, "/components/schemas", "Error", errors::schema());
    set(
        &mut document,
        "/components/schemas",
        "IntentError",
        payment_intents::errors::schema(),
    );
    headers::apply(&mut document);
    intents_headers::apply(&mut document);
    rules::apply(&mut document);
    for (operation, status, example) in samples::answers(public_url)
        .into_iter()
        .chain(admin::examples())
        .chain(payment_intents::examples())
        .chain(events::example::answers(public_url))
    {
        let response = rules::operation(&mut document, operation)
            .and_then(|operation| operation.pointer_mut(&format!("/responses/{status}/content/application~1json")));
        if let Some(content) = response.and_then(Value::as_object_mut) {
            content.insert("example".to_owned(), example);
        }
    }
    document
}

fn set(document: &mut Value, parent: &str, name: &str, value: Value) {
    if let Some(object) = document.pointer_mut(parent).and_then(Value::as_object_mut) {
        object.insert(name.to_owned(), value);
    }
}

fn info() -> Value {
    json!({
        "title": "Cowry payment API",
        "version": "1.0",
        "description": "One call becomes the right mobile-money, wallet or card payment, and a payer is never charged \
            twice for one intent.\n\nAnswers are `{\"data\": …}`, with `message` after a write and `pagination` for \
            lists. Errors are `{\"message\", \"code\", \"request_id\", \"doc_url\"}`, with `errors` by field when a \
            request is not valid. Amounts come in as major units and go out as objects. Every answer carries \
            `X-Request-Id`; an answer that was stored by an earlier request with the same idempotency key carries \
            `X-Idempotent-Replayed: true`.\n\nThere is one version of `/v1`, named `v1`; within it members are only added. A \
            request may ask for it with the header `Cowry-Version: v1`; any other value is refused before anything is done. \
            Every answer of `/v1` carries the version in force in the same header, events in `api_version`.",
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    })
}

fn security() -> Value {
    json!({"bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A secret key: `sk_test_…` or `sk_live_…` for the payment API, `ik_test_…` or \
            `ik_live_…` for the payment-intents API, `adm_…` for the admin API. The key alone decides project and environment.",
    }})
}

fn tags() -> Value {
    json!([
        {"name": "Payment intents", "description": "What is to be paid, by whom, until when."},
        {"name": "Attempts", "description": "Tries to have an intent paid: one at a time."},
        {"name": "Checkouts", "description": "Pages of ours on which one payment is paid."},
        {"name": "Payment links", "description": "Addresses to print, send or show: every visit makes a checkout of its own."},
        {"name": "Customers", "description": "The people who pay, one for both APIs: known by their e-mail address, or else by their phone."},
        {"name": "Events", "description": "What happened: the same that webhooks tell, to be read and followed."},
        {"name": "Payment intents (second API)", "description": "`/api/v1`, opened by `ik_` keys: resources without a wrapper, amounts in the smallest unit of the currency, times in Unix seconds. The same payments as in `/v1`."},
        {"name": "Webhook endpoints (second API)", "description": "Where the events of `/api/v1` go."},
        {"name": "Admin: projects", "description": "Projects and their environments. The admin API is opened by `adm_` keys; \
            the header `Cowry-Environment: sandbox|live` chooses the environment (sandbox when absent), and with the right \
            `installation` the header `Cowry-Project: prj_…` another project."},
        {"name": "Admin: API keys", "description": "Who may call, and what they may do."},
        {"name": "Admin: gateways", "description": "What gateways there are, and the accounts that a merchant has at them."},
        {"name": "Admin: exchange rates", "description": "By which attempts in another currency are priced."},
        {"name": "Admin: routing", "description": "Which account takes which payment, and how the accounts do."},
        {"name": "Admin: payments", "description": "What happened to a payment, and why."},
        {"name": "Admin: payment links", "description": "The same links as in `/v1`, for administrators."},
        {"name": "Admin: events", "description": "What happened in an environment, and where it was told."},
        {"name": "Admin: webhooks", "description": "Where events go, what was delivered, and what signs it."},
        {"name": "Admin: attention", "description": "What waits for a person, with its evidence and what to do."},
        {"name": "Admin: audit log", "description": "Who changed what."},
    ])
}
