//! How webhook endpoints look in this API. Never decides what is shown when.

use engine::admin::{EndpointOutcome, EndpointView};
use engine::domain::webhook::EndpointState;
use engine::render::Rendered;
use engine::webhooks::Secret;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

/// A webhook endpoint.
#[derive(Serialize, ToSchema)]
#[schema(as = IntentWebhookEndpoint)]
pub(in crate::api::payment_intents) struct EndpointObject {
    /// `we_…`
    id: String,
    /// `webhook_endpoint`
    object: &'static str,
    /// Where events go.
    url: String,
    /// Published names; `*` for all.
    enabled_events: Vec<&'static str>,
    /// Whether events go there.
    enabled: bool,
}

/// A webhook endpoint with its secret, which is shown once.
#[derive(Serialize, ToSchema)]
#[schema(as = IntentWebhookEndpointWithSecret)]
pub(in crate::api::payment_intents) struct EndpointWithSecret {
    #[serde(flatten)]
    endpoint: EndpointObject,
    /// `whsec_…`: signs every delivery.
    secret: String,
}

/// What is left of an endpoint.
#[derive(Serialize, ToSchema)]
#[schema(as = IntentDeletedEndpoint)]
pub(in crate::api::payment_intents) struct DeletedObject {
    /// `we_…`
    id: String,
    /// `webhook_endpoint`
    object: &'static str,
    /// True.
    deleted: bool,
}

/// An endpoint to be made.
#[derive(ToSchema)]
#[schema(as = IntentEndpointInput, example = json!({
    "url": "https://shop.example.com/hooks", "enabled_events": ["payment_intent.succeeded"], "enabled": true
}))]
#[expect(dead_code, reason = "described, never constructed")]
pub(in crate::api::payment_intents) struct CreateShape {
    /// Absolute http or https URL.
    url: String,
    /// Published names, or `*`; all when absent.
    enabled_events: Option<Vec<String>>,
    /// Whether events go there; true when absent.
    enabled: Option<bool>,
}

/// What changes of an endpoint.
#[derive(ToSchema)]
#[schema(as = IntentEndpointChanges, example = json!({"enabled": true}))]
#[expect(dead_code, reason = "described, never constructed")]
pub(in crate::api::payment_intents) struct ChangeShape {
    /// Absolute http or https URL.
    url: Option<String>,
    /// Published names, or `*`.
    enabled_events: Option<Vec<String>>,
    /// Whether events go there: true also clears a failure, and it goes on with the first event that it missed.
    enabled: Option<bool>,
}

impl EndpointObject {
    pub(super) fn of(view: &EndpointView) -> Self {
        let endpoint = &view.endpoint;
        Self {
            id: endpoint.id.to_string(),
            object: "webhook_endpoint",
            url: endpoint.url.clone(),
            enabled_events: endpoint.events.names(),
            enabled: endpoint.state == EndpointState::Enabled,
        }
    }
}

impl EndpointWithSecret {
    fn of(view: &EndpointView, secret: &Secret) -> Self {
        Self {
            endpoint: EndpointObject::of(view),
            secret: secret.expose().to_owned(),
        }
    }
}

/// The answer to a write. It goes through the store, so it is bytes already.
pub(super) fn show(outcome: &EndpointOutcome) -> Rendered {
    match outcome {
        EndpointOutcome::Created(view, secret) => rendered(201, &EndpointWithSecret::of(view, secret)),
        EndpointOutcome::Changed(view) => rendered(200, &EndpointObject::of(view)),
        EndpointOutcome::Rotated(view, secret) => rendered(200, &EndpointWithSecret::of(view, secret)),
        EndpointOutcome::Deleted(id) => {
            let gone = DeletedObject {
                id: id.to_string(),
                object: "webhook_endpoint",
                deleted: true,
            };
            rendered(200, &gone)
        }
    }
}

fn rendered(status: u16, body: &impl Serialize) -> Rendered {
    Rendered {
        status,
        body: serde_json::to_vec(body).unwrap_or_default(),
    }
}

/// Example answers.
pub(in crate::api::payment_intents) fn examples() -> Vec<(&'static str, u16, serde_json::Value)> {
    let endpoint = json!({
        "id": "we_01jxa5qj0c8z6t9y3m4n5p6r7s", "object": "webhook_endpoint", "url": "https://shop.example.com/hooks",
        "enabled_events": ["payment_intent.succeeded"], "enabled": true,
    });
    let mut shown = endpoint.clone();
    if let Some(members) = shown.as_object_mut() {
        members.insert(
            "secret".to_owned(),
            json!("whsec_ODkyZDJmNGI1ZTY3NDg5MGFiY2RlZjAxMjM0NTY3ODk="),
        );
    }
    let gone = json!({"id": "we_01jxa5qj0c8z6t9y3m4n5p6r7s", "object": "webhook_endpoint", "deleted": true});
    vec![
        ("create_intent_endpoint", 201, shown.clone()),
        ("list_intent_endpoints", 200, json!([endpoint])),
        ("get_intent_endpoint", 200, endpoint.clone()),
        ("update_intent_endpoint", 200, endpoint.clone()),
        ("rotate_intent_endpoint_secret", 200, shown),
        ("delete_intent_endpoint", 200, gone),
    ]
}
