//! Webhook endpoints of this API: where its events go.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use engine::admin::{Actor, AdminRefusal, EndpointChanges, EndpointOrder, EndpointView};
use engine::domain::announcement::Announcement;
use engine::domain::ids::EndpointId;
use engine::domain::scope::ApiFamily;
use engine::domain::webhook::{DeliveryOrder, EndpointState, EventSelection};
use engine::webhooks::Secret;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::caller::IntentsCaller;
use super::write::Write;
use crate::api::Api;
use crate::api::payment::requests::fields::{Fields, Problems};
use crate::envelope::{self, Problem};
use crate::json::Json;
use crate::openapi::intents_errors::{IntentsReadErrors, IntentsWriteErrors};
use crate::segment::Segment;

const FAMILY: ApiFamily = ApiFamily::PaymentIntents;

/// The one that was replaced signs for so long, in milliseconds: a day.
const OVERLAP_MS: i64 = 24 * 60 * 60 * 1_000;

/// A webhook endpoint.
#[derive(Serialize, ToSchema)]
#[schema(as = IntentWebhookEndpoint)]
pub(super) struct EndpointObject {
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
pub(super) struct EndpointWithSecret {
    #[serde(flatten)]
    endpoint: EndpointObject,
    /// `whsec_…`: signs every delivery.
    secret: String,
}

/// What is left of an endpoint.
#[derive(Serialize, ToSchema)]
#[schema(as = IntentDeletedEndpoint)]
pub(super) struct DeletedObject {
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
pub(super) struct CreateShape {
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
pub(super) struct ChangeShape {
    /// Absolute http or https URL.
    url: Option<String>,
    /// Published names, or `*`.
    enabled_events: Option<Vec<String>>,
    /// Whether events go there: true also clears a failure, and it goes on with the first event that it missed.
    enabled: Option<bool>,
}

/// Create a webhook endpoint
///
/// The answer is the only one that holds the secret.
#[utoipa::path(post, path = "/api/v1/webhook-endpoints", tag = "Webhook endpoints (second API)", operation_id = "create_intent_endpoint",
    request_body(content = CreateShape, description = "Where events go."),
    responses((status = 201, description = "The endpoint with its secret.", body = EndpointWithSecret), IntentsWriteErrors))]
pub(super) async fn create(State(api): State<Api>, write: Write) -> Result<Response, Problem> {
    let mut problems = Problems::default();
    let order = Fields::of_body(&write.body, &mut problems).and_then(|fields| {
        fields.require(&["url"], &mut problems);
        let asked = Asked::read(&fields, &mut problems);
        Some(EndpointOrder {
            family: FAMILY,
            url: asked.url?,
            description: String::new(),
            events: asked.events.unwrap_or(EventSelection::All),
            order: DeliveryOrder::Any,
            state: state(asked.enabled.unwrap_or(true)),
        })
    });
    let order = problems.conclude(order)?;
    let made = api
        .engine
        .create_webhook_endpoint(&write.actor(), write.scope, order)
        .await?;
    Ok(envelope::json(
        StatusCode::CREATED,
        &EndpointWithSecret::of(&made.0, &made.1),
    ))
}

/// List webhook endpoints
#[utoipa::path(get, path = "/api/v1/webhook-endpoints", tag = "Webhook endpoints (second API)", operation_id = "list_intent_endpoints",
    responses((status = 200, description = "Every endpoint, oldest first.", body = Vec<EndpointObject>), IntentsReadErrors))]
pub(super) async fn list(State(api): State<Api>, IntentsCaller(scope): IntentsCaller) -> Result<Response, Problem> {
    let all = api.engine.webhook_endpoints(scope, FAMILY).await?;
    let shown: Vec<EndpointObject> = all.iter().map(EndpointObject::of).collect();
    Ok(envelope::json(StatusCode::OK, &shown))
}

/// Read a webhook endpoint
#[utoipa::path(get, path = "/api/v1/webhook-endpoints/{id}", tag = "Webhook endpoints (second API)", operation_id = "get_intent_endpoint",
    params(("id" = String, Path, description = "Id of the endpoint.", example = "we_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    responses((status = 200, description = "The endpoint.", body = EndpointObject), IntentsReadErrors))]
pub(super) async fn read(
    State(api): State<Api>,
    IntentsCaller(scope): IntentsCaller,
    Segment(endpoint): Segment,
) -> Result<Response, Problem> {
    let view = api.engine.webhook_endpoint(scope, (FAMILY, id(&endpoint)?)).await?;
    Ok(envelope::json(StatusCode::OK, &EndpointObject::of(&view)))
}

/// Change a webhook endpoint
#[utoipa::path(post, path = "/api/v1/webhook-endpoints/{id}", tag = "Webhook endpoints (second API)", operation_id = "update_intent_endpoint",
    params(("id" = String, Path, description = "Id of the endpoint.", example = "we_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    request_body(content = ChangeShape, description = "What changes."),
    responses((status = 200, description = "The endpoint.", body = EndpointObject), IntentsWriteErrors))]
pub(super) async fn update(
    State(api): State<Api>,
    write: Write,
    Segment(endpoint): Segment,
) -> Result<Response, Problem> {
    let mut problems = Problems::default();
    let asked = Fields::of_body(&write.body, &mut problems).map(|fields| Asked::read(&fields, &mut problems));
    let asked = problems.conclude(asked)?;
    let (which, actor) = ((FAMILY, id(&endpoint)?), write.actor());
    let changes = EndpointChanges {
        url: asked.url,
        events: asked.events,
        ..EndpointChanges::default()
    };
    let mut view = api
        .engine
        .change_webhook_endpoint(&actor, write.scope, which, changes)
        .await?;
    if let Some(enabled) = asked.enabled {
        let state = state(enabled);
        view = api
            .engine
            .switch_webhook_endpoint(&actor, write.scope, which, state)
            .await?;
    }
    Ok(envelope::json(StatusCode::OK, &EndpointObject::of(&view)))
}

/// Give a webhook endpoint another secret
///
/// The one before is accepted by nobody but still signs beside the new one for a day in `webhook-signature`.
#[utoipa::path(post, path = "/api/v1/webhook-endpoints/{id}/rotate_secret", tag = "Webhook endpoints (second API)", operation_id = "rotate_intent_endpoint_secret",
    params(("id" = String, Path, description = "Id of the endpoint.", example = "we_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    responses((status = 200, description = "The endpoint with its new secret.", body = EndpointWithSecret), IntentsWriteErrors))]
pub(super) async fn rotate(
    State(api): State<Api>,
    write: Write,
    Segment(endpoint): Segment,
) -> Result<Response, Problem> {
    let which = (FAMILY, id(&endpoint)?);
    let rotated = api
        .engine
        .rotate_webhook_endpoint_secret(&write.actor(), write.scope, which, OVERLAP_MS)
        .await?;
    Ok(envelope::json(
        StatusCode::OK,
        &EndpointWithSecret::of(&rotated.0, &rotated.1),
    ))
}

/// Delete a webhook endpoint
#[utoipa::path(delete, path = "/api/v1/webhook-endpoints/{id}", tag = "Webhook endpoints (second API)", operation_id = "delete_intent_endpoint",
    params(("id" = String, Path, description = "Id of the endpoint.", example = "we_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    responses((status = 200, description = "It is gone.", body = DeletedObject), IntentsWriteErrors))]
pub(super) async fn delete(
    State(api): State<Api>,
    write: Write,
    Segment(endpoint): Segment,
) -> Result<Response, Problem> {
    let id = id(&endpoint)?;
    api.engine
        .delete_webhook_endpoint(&write.actor(), write.scope, (FAMILY, id))
        .await?;
    let gone = DeletedObject {
        id: id.to_string(),
        object: "webhook_endpoint",
        deleted: true,
    };
    Ok(envelope::json(StatusCode::OK, &gone))
}

/// What a request says of an endpoint.
struct Asked {
    url: Option<String>,
    events: Option<EventSelection>,
    enabled: Option<bool>,
}

impl Asked {
    fn read(fields: &Fields<'_>, problems: &mut Problems) -> Self {
        Self {
            url: fields.string("url", problems).map(str::to_owned),
            events: fields.get("enabled_events").and_then(|value| events(value, problems)),
            enabled: fields.boolean("enabled", problems),
        }
    }
}

fn events(value: &Json, problems: &mut Problems) -> Option<EventSelection> {
    let names: Option<Vec<&str>> = match value {
        Json::List(items) => items
            .iter()
            .map(|item| match item {
                Json::Text(name) => Some(name.as_str()),
                _ => None,
            })
            .collect(),
        _ => None,
    };
    let all = names.as_ref().is_some_and(|names| names.contains(&"*"));
    let text = names.map(|names| if all { "*".to_owned() } else { names.join(" ") });
    let chosen = text.as_deref().and_then(EventSelection::parse).filter(is_ours);
    if chosen.is_none() {
        let known: Vec<&str> = Announcement::of_family(FAMILY).map(Announcement::code).collect();
        let text = format!(
            "Must be a list of event names, or [\"*\"]. There are {}.",
            known.join(", ")
        );
        problems.add("enabled_events", text);
    }
    chosen
}

fn is_ours(selection: &EventSelection) -> bool {
    match selection {
        EventSelection::All => true,
        EventSelection::Only(chosen) => chosen.iter().all(|announcement| announcement.family() == FAMILY),
    }
}

fn state(enabled: bool) -> EndpointState {
    match enabled {
        true => EndpointState::Enabled,
        false => EndpointState::DisabledByPerson,
    }
}

fn id(text: &str) -> Result<EndpointId, AdminRefusal> {
    EndpointId::from_public(text).ok_or(AdminRefusal::Unknown("webhook endpoint"))
}

impl EndpointObject {
    fn of(view: &EndpointView) -> Self {
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

impl Write {
    /// Whom the audit log names.
    fn actor(&self) -> Actor {
        Actor::Key(self.key_id.clone())
    }
}

/// Example answers.
pub(super) fn examples() -> Vec<(&'static str, u16, serde_json::Value)> {
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
