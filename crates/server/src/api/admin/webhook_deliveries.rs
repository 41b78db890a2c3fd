//! The log of webhook deliveries: what was sent where, what came back, and sending again. Kept for thirty days.

mod example;
mod resend;

use std::collections::BTreeMap;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use engine::Engine;
use engine::admin::{AdminRefusal, DeliveryFilter, DeliveryStory, DeliveryView, Try};
use engine::domain::ids::{DeliveryId, EndpointId, EventId, IntentId};
use engine::domain::webhook::DeliveryState;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::caller::AdminCaller;
use crate::api::Api;
use crate::api::payment::render::time;
use crate::api::payment::requests::fields::Problems;
use crate::envelope::{self, Problem, Single, Written};
use crate::openapi::errors::{AdminConflictErrors, AdminListErrors, AdminReadErrors};
use crate::pagination::{Asked, Listed};
use crate::query::{List, Query, beyond, first_ms, last_ms};
use crate::segment::Segment;

pub(super) use example::examples;
pub(super) use resend::{__path_resend_event, __path_resend_events, resend_event, resend_events};

const PATH: &str = "/admin/v1/webhook-deliveries";

/// An event on its way to one place.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
struct DeliveryBody {
    /// `dlv_…`
    id: String,
    /// `evt_…`; the `webhook-id` of every try.
    event_id: String,
    /// What it tells, such as `payment.completed`.
    event: &'static str,
    /// Of which payment.
    payment_id: String,
    /// 1 for the first event of its payment.
    sequence: i64,
    /// `we_…`; null for the payment's own `webhook_url`.
    endpoint_id: Option<String>,
    /// Where the next try would go; null when the payment names no place any more.
    url: Option<String>,
    /// `waiting`, `delivered` or `given_up`.
    state: &'static str,
    /// Tries so far.
    tries: i64,
    /// When it is tried next; null when it is not.
    next_try_at: Option<String>,
    /// When it was delivered or given up.
    ended_at: Option<String>,
    /// When it was made.
    created_at: String,
}

/// A delivery with all that is kept of it.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookDeliveryStory)]
struct StoryBody {
    #[serde(flatten)]
    delivery: DeliveryBody,
    /// Every try, oldest first.
    try_log: Vec<TryBody>,
    /// What is sent.
    request: RequestBody,
}

/// One try.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookTry)]
struct TryBody {
    /// 1 for the first.
    number: i64,
    /// When it began.
    at: String,
    /// Where it went.
    url: String,
    /// `delivered`, `refused`, `gone`, `unreachable`, `tls`, `timed_out` or `broken`.
    outcome: &'static str,
    /// HTTP status of the answer; null when there was none.
    status: Option<i64>,
    /// How long it took, in milliseconds.
    took_ms: i64,
    /// The first 16 KiB of the answer as text.
    answer: String,
}

/// What is sent: as at the last try, or as it would be now when there was none.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookRequest)]
struct RequestBody {
    /// `POST`
    method: &'static str,
    /// Where to.
    url: Option<String>,
    /// By name; of signatures only that they are there.
    headers: BTreeMap<&'static str, String>,
    /// The event, to the byte.
    #[schema(value_type = Object)]
    body: Box<RawValue>,
}

/// List webhook deliveries
///
/// Newest first, in the shapes of every API.
#[utoipa::path(get, path = "/admin/v1/webhook-deliveries", tag = "Admin: webhooks", operation_id = "list_webhook_deliveries",
    params(
        ("per_page" = Option<i64>, Query, description = "Rows per page, 1 to 100; 10 when absent.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "Opaque: `next_cursor` or `prev_cursor` of an earlier page with the same filters."),
        ("endpoint_id" = Option<String>, Query, description = "To one endpoint, `we_…`."),
        ("event_id" = Option<String>, Query, description = "Of one event, `evt_…`."),
        ("payment_id" = Option<String>, Query, description = "Of one payment, `TRX…` or `pi_…`."),
        ("state" = Option<String>, Query, description = "`waiting`, `delivered` or `given_up`."),
        ("created_at[gte]" = Option<String>, Query, description = "At or after: RFC 3339 with offset, or a date."),
        ("created_at[lte]" = Option<String>, Query, description = "At or before: RFC 3339 with offset, or a date, which means the end of that day, UTC."),
    ),
    responses((status = 200, description = "A page of deliveries.", body = Listed<DeliveryBody>), AdminListErrors))]
pub(super) async fn list(
    State(api): State<Api>,
    caller: AdminCaller,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let list = api.list_of(caller.scope).await?;
    let mut problems = Problems::default();
    let (asked, filter) = listing(&list, &query.unwrap_or_default(), &mut problems);
    let page = beyond(&asked, DeliveryId::from_stored, &mut problems);
    let page = problems.conclude(page)?;
    let rows = api
        .engine
        .webhook_deliveries(caller.scope, filter, page, asked.limit())
        .await?;
    let place = |row: &DeliveryView| format!("{}:{}", row.delivery.created_at_ms, row.delivery.id.stored());
    Ok(envelope::json(
        StatusCode::OK,
        &asked.page(rows, place, DeliveryBody::of),
    ))
}

fn listing(list: &List<'_>, query: &str, problems: &mut Problems) -> (Asked, DeliveryFilter) {
    let names = [
        "endpoint_id",
        "event_id",
        "payment_id",
        "state",
        "created_at[gte]",
        "created_at[lte]",
    ];
    let query = Query::read(query, &names, problems);
    let endpoint = |text: &str| EndpointId::from_public(text).ok_or("Must be the id of an endpoint, we_….");
    let event = |text: &str| EventId::from_public(text).ok_or("Must be the id of an event, evt_….");
    let payment = |text: &str| IntentId::from_any_public(text).ok_or("Must be the id of a payment, TRX….");
    let state = |text: &str| DeliveryState::parse(text).ok_or("Must be waiting, delivered or given_up.");
    let filter = DeliveryFilter {
        lane_id: query.value("endpoint_id", endpoint, problems).map(|id| id.stored()),
        event_id: query.value("event_id", event, problems),
        intent_id: query.value("payment_id", payment, problems),
        state: query.value("state", state, problems),
        from_ms: query.value("created_at[gte]", first_ms, problems),
        to_ms: query.value("created_at[lte]", last_ms, problems),
    };
    (query.asked(list, PATH.to_owned(), problems), filter)
}

/// Read a webhook delivery
///
/// With its tries, what was answered, and what is sent.
#[utoipa::path(get, path = "/admin/v1/webhook-deliveries/{id}", tag = "Admin: webhooks", operation_id = "get_webhook_delivery",
    params(("id" = String, Path, description = "Id of the delivery.", example = "dlv_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    responses((status = 200, description = "The delivery.", body = Single<StoryBody>), AdminReadErrors))]
pub(super) async fn read(
    State(api): State<Api>,
    caller: AdminCaller,
    Segment(delivery): Segment,
) -> Result<Response, Problem> {
    let story = api.engine.webhook_delivery(caller.scope, id(&delivery)?).await?;
    let data = StoryBody::of(&story);
    Ok(envelope::json(StatusCode::OK, &Single { data }))
}

/// Send a webhook delivery again
///
/// Whatever became of it: its plan of tries begins anew.
#[utoipa::path(post, path = "/admin/v1/webhook-deliveries/{id}/resend", tag = "Admin: webhooks", operation_id = "resend_webhook_delivery",
    params(("id" = String, Path, description = "Id of the delivery.", example = "dlv_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    responses((status = 202, description = "The delivery; it is on its way.", body = Written<DeliveryBody>), AdminConflictErrors))]
pub(super) async fn resend(
    State(api): State<Api>,
    caller: AdminCaller,
    Segment(delivery): Segment,
) -> Result<Response, Problem> {
    let actor = &caller.admin.actor;
    let view = api.engine.resend_delivery(actor, caller.scope, id(&delivery)?).await?;
    let (message, data) = ("Webhook delivery sent again.".to_owned(), DeliveryBody::of(&view));
    Ok(envelope::json(StatusCode::ACCEPTED, &Written { message, data }))
}

fn id(text: &str) -> Result<DeliveryId, AdminRefusal> {
    DeliveryId::from_public(text).ok_or(AdminRefusal::Unknown("webhook delivery"))
}

fn named(url: &str) -> Option<String> {
    (!url.is_empty()).then(|| url.to_owned())
}

impl DeliveryBody {
    fn of(view: &DeliveryView) -> Self {
        let delivery = &view.delivery;
        Self {
            id: delivery.id.to_string(),
            event_id: delivery.event_id.to_string(),
            event: delivery.announcement.code(),
            payment_id: delivery.intent_id.to_string(),
            sequence: delivery.sequence,
            endpoint_id: view.endpoint_id.map(|id| id.to_string()),
            url: named(&view.url),
            state: delivery.state.code(),
            tries: delivery.tries,
            next_try_at: delivery.due_at_ms.map(time::iso),
            ended_at: delivery.ended_at_ms.map(time::iso),
            created_at: time::iso(delivery.created_at_ms),
        }
    }
}

impl StoryBody {
    fn of(story: &DeliveryStory) -> Self {
        let (delivery, last) = (&story.view.delivery, story.tries.last());
        let (url, at_ms) = match last {
            Some((last, _)) => (last.url.as_str(), last.at_ms),
            None => (
                story.view.url.as_str(),
                delivery.due_at_ms.unwrap_or(delivery.created_at_ms),
            ),
        };
        let mut headers: BTreeMap<_, _> = Engine::shown_headers(story, at_ms).into_iter().collect();
        headers.insert("content-type", "application/json".to_owned());
        let body = String::from_utf8(story.body.clone()).unwrap_or_default();
        Self {
            delivery: DeliveryBody::of(&story.view),
            try_log: story.tries.iter().map(TryBody::of).collect(),
            request: RequestBody {
                method: "POST",
                url: named(url),
                headers,
                body: RawValue::from_string(body).unwrap_or_else(|_| RawValue::NULL.to_owned()),
            },
        }
    }
}

impl TryBody {
    fn of((done, answer): &(Try, Vec<u8>)) -> Self {
        Self {
            number: done.number,
            at: time::iso(done.at_ms),
            url: done.url.clone(),
            outcome: done.outcome.code(),
            status: done.status,
            took_ms: done.took_ms,
            answer: String::from_utf8_lossy(answer).into_owned(),
        }
    }
}
