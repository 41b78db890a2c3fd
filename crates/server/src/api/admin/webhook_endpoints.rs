//! Webhook endpoints of a project: where the events of the payment API go. A secret is in the answer that makes it, and
//! nowhere else.

mod example;
mod input;
mod trial;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use engine::admin::{AdminRefusal, EndpointChanges, EndpointOrder, EndpointView};
use engine::domain::ids::EndpointId;
use engine::domain::scope::ApiFamily;
use engine::domain::webhook::{DeliveryOrder, EndpointState, EventSelection};
use engine::webhooks::Secret;
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::{AdminCaller, AdminWrite};
use super::whole_list;
use crate::api::Api;
use crate::api::payment::render::time;
use crate::api::payment::requests::fields::{Fields, Problems};
use crate::envelope::{self, Problem, Single, Written};
use crate::openapi::errors::{AdminConflictErrors, AdminListErrors, AdminReadErrors, AdminWriteErrors};
use crate::pagination::Listed;
use crate::query::{Query, beyond};
use crate::segment::Segment;

pub(super) use example::{SECRET, examples};
use input::{ChangeShape, EndpointShape, Wishes};
pub(super) use input::{RotateShape, overlap_ms};
pub(super) use trial::{__path_test, test};

const PATH: &str = "/admin/v1/webhook-endpoints";

/// Endpoints of the payment-intents API are looked after there.
const FAMILY: ApiFamily = ApiFamily::Payment;

/// A webhook endpoint.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookEndpoint)]
struct EndpointBody {
    /// `we_…`
    id: String,
    /// Where events go.
    url: String,
    /// For people; empty when there is none.
    description: String,
    /// Names of the events that go there; `["*"]` for all, also for those that come later.
    events: Vec<&'static str>,
    /// `any`, or `per_payment`: an event waits until those of its payment before it are delivered or given up.
    order: &'static str,
    /// `enabled`, `disabled_by_person`, `disabled_as_gone` (it answered 410) or `disabled_as_failing` (for seven days).
    state: &'static str,
    /// How it does.
    health: HealthBody,
    /// Until when the secret before this one signs too; null when there was none.
    previous_secret_until: Option<String>,
    /// When it was made.
    created_at: String,
}

/// How an endpoint does.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookEndpointHealth)]
struct HealthBody {
    /// Failed tries in a row.
    failures: i64,
    /// Since when; null while it takes events.
    failing_since: Option<String>,
    /// How the last of them failed; null while it takes events.
    last_failure: Option<String>,
    /// Deliveries that wait for their first or next try.
    waiting: i64,
    /// When the oldest of them was made; null when none waits.
    oldest_waiting_at: Option<String>,
}

/// A webhook endpoint with its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookEndpointWithSecret)]
struct EndpointWithSecret {
    /// What is known of it from now on.
    #[serde(flatten)]
    shown: EndpointBody,
    /// `whsec_…`: signs every delivery. Keep it now, it is shown this once.
    secret: String,
}

/// List webhook endpoints
///
/// Those of the chosen environment, newest first.
#[utoipa::path(get, path = "/admin/v1/webhook-endpoints", tag = "Admin: webhooks", operation_id = "list_webhook_endpoints",
    params(
        ("per_page" = Option<i64>, Query, description = "Rows per page, 1 to 100; 10 when absent.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "Opaque: `next_cursor` or `prev_cursor` of an earlier page."),
    ),
    responses((status = 200, description = "A page of endpoints.", body = Listed<EndpointBody>), AdminListErrors))]
pub(super) async fn list(
    State(api): State<Api>,
    caller: AdminCaller,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let list = api.list_of(caller.scope).await?;
    let mut problems = Problems::default();
    let query = Query::read(&query.unwrap_or_default(), &[], &mut problems);
    let asked = query.asked(&list, PATH.to_owned(), &mut problems);
    let page = beyond(&asked, EndpointId::from_stored, &mut problems);
    let page = problems.conclude(page)?;
    let mut rows = api.engine.webhook_endpoints(caller.scope, FAMILY).await?;
    rows.reverse();
    let of = |row: &EndpointView| (row.endpoint.created_at_ms, row.endpoint.id);
    let rows = whole_list::from(&asked, page, rows, of);
    let place = |row: &EndpointView| format!("{}:{}", row.endpoint.created_at_ms, row.endpoint.id.stored());
    Ok(envelope::json(
        StatusCode::OK,
        &asked.page(rows, place, EndpointBody::of),
    ))
}

/// Make a webhook endpoint
///
/// The answer is the only one that holds the secret. It gets the events that happen from now on; earlier ones can be sent
/// with `resend`. Of a URL only the text is judged here; the address is judged at each call.
#[utoipa::path(post, path = "/admin/v1/webhook-endpoints", tag = "Admin: webhooks", operation_id = "create_webhook_endpoint",
    request_body(content = EndpointShape, description = "The endpoint to be made."),
    responses((status = 201, description = "The endpoint and its secret.", body = Written<EndpointWithSecret>), AdminConflictErrors))]
pub(super) async fn create(State(api): State<Api>, write: AdminWrite) -> Result<Response, Problem> {
    let mut problems = Problems::default();
    let order = Fields::of_body(&write.body, &mut problems).and_then(|fields| {
        fields.require(&["url"], &mut problems);
        let wishes = Wishes::read(&fields, &mut problems);
        Some(EndpointOrder {
            family: FAMILY,
            url: wishes.url?,
            description: wishes.description.unwrap_or_default(),
            events: wishes.events.unwrap_or(EventSelection::All),
            order: wishes.order.unwrap_or(DeliveryOrder::Any),
            state: EndpointState::Enabled,
        })
    });
    let order = problems.conclude(order)?;
    let made = api
        .engine
        .create_webhook_endpoint(&write.admin.actor, write.scope, order)
        .await?;
    Ok(with_secret(StatusCode::CREATED, "Webhook endpoint made.", &made))
}

/// Read a webhook endpoint
#[utoipa::path(get, path = "/admin/v1/webhook-endpoints/{id}", tag = "Admin: webhooks", operation_id = "get_webhook_endpoint",
    params(("id" = String, Path, description = "Id of the endpoint.", example = "we_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    responses((status = 200, description = "The endpoint.", body = Single<EndpointBody>), AdminReadErrors))]
pub(super) async fn read(
    State(api): State<Api>,
    caller: AdminCaller,
    Segment(endpoint): Segment,
) -> Result<Response, Problem> {
    let view = api.engine.webhook_endpoint(caller.scope, which(&endpoint)?).await?;
    let data = EndpointBody::of(&view);
    Ok(envelope::json(StatusCode::OK, &Single { data }))
}

/// Change a webhook endpoint
///
/// What waits for it goes to the new place.
#[utoipa::path(patch, path = "/admin/v1/webhook-endpoints/{id}", tag = "Admin: webhooks", operation_id = "change_webhook_endpoint",
    params(("id" = String, Path, description = "Id of the endpoint.", example = "we_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    request_body(content = ChangeShape, description = "What is to be other than it is."),
    responses((status = 200, description = "The endpoint.", body = Written<EndpointBody>), AdminWriteErrors))]
pub(super) async fn change(
    State(api): State<Api>,
    write: AdminWrite,
    Segment(endpoint): Segment,
) -> Result<Response, Problem> {
    let mut problems = Problems::default();
    let wishes = Fields::of_body(&write.body, &mut problems).map(|fields| Wishes::read(&fields, &mut problems));
    let (which, wishes) = (which(&endpoint)?, problems.conclude(wishes)?);
    let changes = EndpointChanges {
        url: wishes.url,
        description: wishes.description,
        events: wishes.events,
        order: wishes.order,
    };
    let view = api
        .engine
        .change_webhook_endpoint(&write.admin.actor, write.scope, which, changes)
        .await?;
    Ok(written("Webhook endpoint changed.", &view))
}

/// Enable a webhook endpoint
///
/// It goes on with the first event that it missed: nothing that happened while it was disabled is lost, for thirty days.
#[utoipa::path(post, path = "/admin/v1/webhook-endpoints/{id}/enable", tag = "Admin: webhooks", operation_id = "enable_webhook_endpoint",
    params(("id" = String, Path, description = "Id of the endpoint.", example = "we_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    responses((status = 200, description = "The endpoint.", body = Written<EndpointBody>), AdminWriteErrors))]
pub(super) async fn enable(
    State(api): State<Api>,
    caller: AdminCaller,
    Segment(endpoint): Segment,
) -> Result<Response, Problem> {
    let view = switch(&api, &caller, &endpoint, EndpointState::Enabled).await?;
    Ok(written("Webhook endpoint enabled.", &view))
}

/// Disable a webhook endpoint
///
/// What happens meanwhile waits for it.
#[utoipa::path(post, path = "/admin/v1/webhook-endpoints/{id}/disable", tag = "Admin: webhooks", operation_id = "disable_webhook_endpoint",
    params(("id" = String, Path, description = "Id of the endpoint.", example = "we_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    responses((status = 200, description = "The endpoint.", body = Written<EndpointBody>), AdminWriteErrors))]
pub(super) async fn disable(
    State(api): State<Api>,
    caller: AdminCaller,
    Segment(endpoint): Segment,
) -> Result<Response, Problem> {
    let view = switch(&api, &caller, &endpoint, EndpointState::DisabledByPerson).await?;
    Ok(written("Webhook endpoint disabled.", &view))
}

/// Delete a webhook endpoint
///
/// What waited for it is given up. The log of its deliveries stays for thirty days.
#[utoipa::path(delete, path = "/admin/v1/webhook-endpoints/{id}", tag = "Admin: webhooks", operation_id = "delete_webhook_endpoint",
    params(("id" = String, Path, description = "Id of the endpoint.", example = "we_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    responses((status = 200, description = "The endpoint as it was.", body = Written<EndpointBody>), AdminWriteErrors))]
pub(super) async fn delete(
    State(api): State<Api>,
    caller: AdminCaller,
    Segment(endpoint): Segment,
) -> Result<Response, Problem> {
    let which = which(&endpoint)?;
    let view = api.engine.webhook_endpoint(caller.scope, which).await?;
    api.engine
        .delete_webhook_endpoint(&caller.admin.actor, caller.scope, which)
        .await?;
    Ok(written("Webhook endpoint deleted.", &view))
}

/// Give a webhook endpoint another secret
///
/// The answer is the only one that holds it. For `overlap_hours` the one before signs too: `webhook-signature` carries both.
#[utoipa::path(post, path = "/admin/v1/webhook-endpoints/{id}/rotate-secret", tag = "Admin: webhooks", operation_id = "rotate_webhook_endpoint_secret",
    params(("id" = String, Path, description = "Id of the endpoint.", example = "we_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    request_body(content = RotateShape, description = "For how long the one before signs too."),
    responses((status = 200, description = "The endpoint and its new secret.", body = Written<EndpointWithSecret>), AdminWriteErrors))]
pub(super) async fn rotate_secret(
    State(api): State<Api>,
    write: AdminWrite,
    Segment(endpoint): Segment,
) -> Result<Response, Problem> {
    let (which, overlap_ms) = (which(&endpoint)?, overlap_ms(&write.body)?);
    let made = api
        .engine
        .rotate_webhook_endpoint_secret(&write.admin.actor, write.scope, which, overlap_ms)
        .await?;
    Ok(with_secret(
        StatusCode::OK,
        "Webhook endpoint has another secret.",
        &made,
    ))
}

async fn switch(api: &Api, caller: &AdminCaller, endpoint: &str, to: EndpointState) -> Result<EndpointView, Problem> {
    let (engine, actor) = (&api.engine, &caller.admin.actor);
    Ok(engine
        .switch_webhook_endpoint(actor, caller.scope, which(endpoint)?, to)
        .await?)
}

fn which(text: &str) -> Result<(ApiFamily, EndpointId), AdminRefusal> {
    let id = EndpointId::from_public(text).ok_or(AdminRefusal::Unknown("webhook endpoint"))?;
    Ok((FAMILY, id))
}

fn written(message: &str, view: &EndpointView) -> Response {
    let (message, data) = (message.to_owned(), EndpointBody::of(view));
    envelope::json(StatusCode::OK, &Written { message, data })
}

fn with_secret(status: StatusCode, message: &str, (view, secret): &(EndpointView, Secret)) -> Response {
    let message = message.to_owned();
    let data = EndpointWithSecret {
        shown: EndpointBody::of(view),
        secret: secret.expose().to_owned(),
    };
    envelope::json(status, &Written { message, data })
}

impl EndpointBody {
    fn of(view: &EndpointView) -> Self {
        let (endpoint, lane) = (&view.endpoint, &view.lane);
        let previous = endpoint.secrets.previous.as_ref();
        Self {
            id: endpoint.id.to_string(),
            url: endpoint.url.clone(),
            description: endpoint.description.clone(),
            events: endpoint.events.names(),
            order: endpoint.order.code(),
            state: endpoint.state.code(),
            health: HealthBody {
                failures: lane.failures,
                failing_since: lane.failing_since_ms.map(time::iso),
                last_failure: lane.last_failure.clone(),
                waiting: view.waiting,
                oldest_waiting_at: view.oldest_waiting_ms.map(time::iso),
            },
            previous_secret_until: previous.map(|previous| time::iso(previous.until_ms)),
            created_at: time::iso(endpoint.created_at_ms),
        }
    }
}
