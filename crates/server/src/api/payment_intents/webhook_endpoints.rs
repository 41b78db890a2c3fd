//! Webhook endpoints of this API: where its events go.

mod shapes;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use engine::admin::{Actor, AdminRefusal, EndpointChanges, EndpointCommand, EndpointOrder};
use engine::domain::announcement::Announcement;
use engine::domain::ids::EndpointId;
use engine::domain::scope::ApiFamily;
use engine::domain::webhook::{DeliveryOrder, EndpointState, EventSelection};

use super::caller::IntentsCaller;
use super::write::Write;
use crate::api::Api;
use crate::api::payment::requests::fields::{Fields, Problems};
use crate::envelope::{self, Problem};
use crate::json::Json;
use crate::openapi::intents_errors::{IntentsReadErrors, IntentsWriteErrors};
use crate::segment::Segment;
pub(super) use shapes::examples;

use shapes::{ChangeShape, CreateShape, DeletedObject, EndpointObject, EndpointWithSecret};

const FAMILY: ApiFamily = ApiFamily::PaymentIntents;

/// The one that was replaced signs for so long, in milliseconds: a day.
const OVERLAP_MS: i64 = 24 * 60 * 60 * 1_000;

/// Create a webhook endpoint
///
/// The answer is the only one that holds the secret.
#[utoipa::path(post, path = "/api/v1/webhook-endpoints", tag = "Webhook endpoints (second API)", operation_id = "create_intent_endpoint",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters. The same key and body again returns the stored answer.")),
    request_body(content = CreateShape, description = "Where events go."),
    responses((status = 201, description = "The endpoint with its secret.", body = EndpointWithSecret), IntentsWriteErrors))]
pub(super) async fn create(State(api): State<Api>, write: Write) -> Result<Response, Problem> {
    if let Some(stored) = write.replay(&api).await? {
        return Ok(stored);
    }
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
    carry_out(&api, write, EndpointCommand::Create(order)).await
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
    params(
        ("id" = String, Path, description = "Id of the endpoint.", example = "we_01jxa5qj0c8z6t9y3m4n5p6r7s"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters. The same key and body again returns the stored answer."),
    ),
    request_body(content = ChangeShape, description = "What changes."),
    responses((status = 200, description = "The endpoint.", body = EndpointObject), IntentsWriteErrors))]
pub(super) async fn update(
    State(api): State<Api>,
    write: Write,
    Segment(endpoint): Segment,
) -> Result<Response, Problem> {
    if let Some(stored) = write.replay(&api).await? {
        return Ok(stored);
    }
    let mut problems = Problems::default();
    let asked = Fields::of_body(&write.body, &mut problems).map(|fields| Asked::read(&fields, &mut problems));
    let asked = problems.conclude(asked)?;
    let changes = EndpointChanges {
        url: asked.url,
        events: asked.events,
        ..EndpointChanges::default()
    };
    let command = EndpointCommand::Change(id(&endpoint)?, changes, asked.enabled.map(state));
    carry_out(&api, write, command).await
}

/// Give a webhook endpoint another secret
///
/// The one before is accepted by nobody but still signs beside the new one for a day in `webhook-signature`.
#[utoipa::path(post, path = "/api/v1/webhook-endpoints/{id}/rotate_secret", tag = "Webhook endpoints (second API)", operation_id = "rotate_intent_endpoint_secret",
    params(
        ("id" = String, Path, description = "Id of the endpoint.", example = "we_01jxa5qj0c8z6t9y3m4n5p6r7s"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters. The same key and body again returns the stored answer."),
    ),
    responses((status = 200, description = "The endpoint with its new secret.", body = EndpointWithSecret), IntentsWriteErrors))]
pub(super) async fn rotate(
    State(api): State<Api>,
    write: Write,
    Segment(endpoint): Segment,
) -> Result<Response, Problem> {
    if let Some(stored) = write.replay(&api).await? {
        return Ok(stored);
    }
    let command = EndpointCommand::Rotate {
        id: id(&endpoint)?,
        overlap_ms: OVERLAP_MS,
    };
    carry_out(&api, write, command).await
}

/// Delete a webhook endpoint
#[utoipa::path(delete, path = "/api/v1/webhook-endpoints/{id}", tag = "Webhook endpoints (second API)", operation_id = "delete_intent_endpoint",
    params(
        ("id" = String, Path, description = "Id of the endpoint.", example = "we_01jxa5qj0c8z6t9y3m4n5p6r7s"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters. The same key and body again returns the stored answer."),
    ),
    responses((status = 200, description = "It is gone.", body = DeletedObject), IntentsWriteErrors))]
pub(super) async fn delete(
    State(api): State<Api>,
    write: Write,
    Segment(endpoint): Segment,
) -> Result<Response, Problem> {
    if let Some(stored) = write.replay(&api).await? {
        return Ok(stored);
    }
    carry_out(&api, write, EndpointCommand::Delete(id(&endpoint)?)).await
}

async fn carry_out(api: &Api, write: Write, command: EndpointCommand) -> Result<Response, Problem> {
    // Whom the audit log names.
    let actor = Actor::Key(write.key_id);
    let answer = api
        .engine
        .command_webhook_endpoint((write.scope, actor), FAMILY, command, (write.claim, shapes::show))
        .await?;
    Ok(envelope::answered(answer))
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
