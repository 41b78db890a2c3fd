//! Events of an environment: read and followed by those who run a project, with where each one went.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use engine::admin::Actor;
use engine::events::{EventDelivery, EventView};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::caller::AdminCaller;
use crate::api::Api;
use crate::api::events::{self, Audience, EventBody, stream};
use crate::api::payment::render::time;
use crate::envelope::{self, Problem, Single};
use crate::openapi::errors::{AdminListErrors, AdminReadErrors};
use crate::pagination::Listed;
use crate::segment::Segment;

const PATH: &str = "/admin/v1/events";

/// An event and where it went.
#[derive(Serialize, ToSchema)]
#[schema(as = EventWithDeliveries)]
struct ToldBody {
    /// `evt_…`; the `webhook-id` of every delivery.
    id: String,
    /// What happened, such as `payment.completed`.
    event: &'static str,
    /// Of which payment.
    payment_id: String,
    /// 1 for the first event of its payment.
    sequence: i64,
    /// When it happened.
    created_at: String,
    /// What webhooks carry, to the byte.
    #[schema(value_type = Object)]
    body: Box<RawValue>,
    /// Where it goes and what became of that, newest first; for thirty days.
    deliveries: Vec<DeliveryBody>,
}

/// An event on its way to one place.
#[derive(Serialize, ToSchema)]
#[schema(as = EventDelivery)]
struct DeliveryBody {
    /// `dlv_…`
    id: String,
    /// `we_…`; null for the payment's own `webhook_url`.
    endpoint_id: Option<String>,
    /// Where it was sent last, or will be.
    url: Option<String>,
    /// `waiting`, `delivered` or `given_up`.
    state: &'static str,
    /// Tries so far.
    tries: i64,
    /// How the last try ended: `delivered`, `refused`, `gone`, `unreachable`, `tls`, `timed_out` or `broken`; null before the
    /// first.
    last_outcome: Option<&'static str>,
    /// HTTP status of the last answer; null when there was none.
    last_status: Option<i64>,
    /// When it is tried next; null when it is not.
    next_try_at: Option<String>,
}

/// List events
///
/// What webhooks tell, newest first, in the shapes of every API.
#[utoipa::path(get, path = "/admin/v1/events", tag = "Admin: events", operation_id = "list_all_events",
    params(
        ("per_page" = Option<i64>, Query, description = "Rows per page, 1 to 100; 10 when absent.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "Opaque: `next_cursor` or `prev_cursor` of an earlier page with the same filters."),
        ("event" = Option<String>, Query, description = "What happened, such as `payment.completed`."),
        ("payment_id" = Option<String>, Query, description = "Of one payment, `TRX…` or `pi_…`."),
        ("created_at[gte]" = Option<String>, Query, description = "At or after: RFC 3339 with offset, or a date."),
        ("created_at[lte]" = Option<String>, Query, description = "At or before: RFC 3339 with offset, or a date, which means the end of that day, UTC."),
    ),
    responses((status = 200, description = "A page of events.", body = Listed<EventBody>), AdminListErrors))]
pub(super) async fn list(
    State(api): State<Api>,
    caller: AdminCaller,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    events::list(&api, &audience(caller), PATH, query).await
}

/// Read an event
#[utoipa::path(get, path = "/admin/v1/events/{id}", tag = "Admin: events", operation_id = "get_event_with_deliveries",
    params(("id" = String, Path, description = "Id of the event.", example = "evt_01ktkhn7g004hmasw9nf6yy093")),
    responses((status = 200, description = "The event, and where it went.", body = Single<ToldBody>), AdminReadErrors))]
pub(super) async fn read(
    State(api): State<Api>,
    caller: AdminCaller,
    Segment(id): Segment,
) -> Result<Response, Problem> {
    let audience = audience(caller);
    let event = events::find(&api, &audience, &id).await?;
    let deliveries = api.engine.event_deliveries(audience.scope, event.id).await?;
    let data = ToldBody::of(&event, &deliveries);
    Ok(envelope::json(StatusCode::OK, &Single { data }))
}

/// Follow events
///
/// Server-sent events: each message has the id of an event as `id`, what happened as `event`, and the event as `data`, on
/// one line. They come once each and in order, from now on or from after a known one; whoever connects again with the id
/// of the last one misses none. A comment comes every 15 seconds when nothing else does. The stream ends when the server
/// stops, when the key is revoked, and when the client closes its side.
#[utoipa::path(get, path = "/admin/v1/events/stream", tag = "Admin: events", operation_id = "follow_all_events",
    params(
        ("Last-Event-ID" = Option<String>, Header, description = "Goes on after this event. Browsers and libraries send it by themselves when they connect again."),
        ("after" = Option<String>, Query, description = "The same, where no header can be sent; the header wins."),
        ("events" = Option<String>, Query, description = "Only these, with commas between: `payment.completed,payment.failed`."),
    ),
    responses((status = 200, description = "Messages, for as long as it lasts.", content_type = "text/event-stream", body = String,
        example = json!(events::example::MESSAGE)), AdminListErrors))]
pub(super) async fn follow(State(api): State<Api>, caller: AdminCaller, parts: Parts) -> Result<Response, Problem> {
    stream::open(&api, audience(caller), &parts).await
}

fn audience(caller: AdminCaller) -> Audience {
    Audience {
        scope: caller.scope,
        family: None,
        key_id: match caller.admin.actor {
            Actor::Key(id) => Some(id),
            Actor::CommandLine | Actor::System => None,
        },
    }
}

impl ToldBody {
    fn of(event: &EventView, deliveries: &[EventDelivery]) -> Self {
        let told = EventBody::of(event);
        Self {
            id: told.id,
            event: told.event,
            payment_id: told.payment_id,
            sequence: told.sequence,
            created_at: told.created_at,
            body: told.body,
            deliveries: deliveries.iter().map(DeliveryBody::of).collect(),
        }
    }
}

impl DeliveryBody {
    fn of(delivery: &EventDelivery) -> Self {
        Self {
            id: delivery.id.to_string(),
            endpoint_id: delivery.endpoint_id.map(|id| id.to_string()),
            url: delivery.url.clone(),
            state: delivery.state.code(),
            tries: delivery.tries,
            last_outcome: delivery.last.map(|(outcome, _)| outcome.code()),
            last_status: delivery.last.and_then(|(_, status)| status),
            next_try_at: delivery.next_try_at_ms.map(time::iso),
        }
    }
}
