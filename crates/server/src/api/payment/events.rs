//! Events for the holders of the payment API's keys: what their webhooks tell, to be read and followed.

use axum::extract::{FromRequestParts, RawQuery, State};
use axum::http::request::Parts;
use axum::response::Response;
use engine::domain::scope::ApiFamily;

use crate::api::Api;
use crate::api::events::{self, Audience, EventBody, stream};
use crate::authentication::payment_caller;
use crate::envelope::{Problem, Single};
use crate::openapi::errors::{ListErrors, ReadErrors};
use crate::pagination::Listed;
use crate::rate_limits;
use crate::segment::Segment;

const PATH: &str = "/v1/events";

/// Somebody who may read the events of a project's payments.
pub(super) struct PaymentAudience(Audience);

impl FromRequestParts<Api> for PaymentAudience {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let (caller, right) = payment_caller(parts, api).await?;
        rate_limits::count(api, &caller, right).await?;
        Ok(Self(Audience {
            scope: caller.scope,
            family: Some(ApiFamily::Payment),
            key_id: Some(caller.key_id),
        }))
    }
}

/// List events
///
/// Newest first: what webhooks tell, whether or not there are any. An event is listed within a second of what it tells.
#[utoipa::path(get, path = "/v1/events", tag = "Events", operation_id = "list_events",
    params(
        ("per_page" = Option<i64>, Query, description = "Rows per page, 1 to 100; 10 when absent.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "Opaque: `next_cursor` or `prev_cursor` of an earlier page with the same filters."),
        ("event" = Option<String>, Query, description = "What happened, such as `payment.completed`."),
        ("payment_id" = Option<String>, Query, description = "Of one payment, `TRX…`."),
        ("created_at[gte]" = Option<String>, Query, description = "At or after: RFC 3339 with offset, or a date."),
        ("created_at[lte]" = Option<String>, Query, description = "At or before: RFC 3339 with offset, or a date, which means the end of that day, UTC."),
    ),
    responses((status = 200, description = "A page of events.", body = Listed<EventBody>), ListErrors))]
pub(super) async fn list(
    State(api): State<Api>,
    PaymentAudience(audience): PaymentAudience,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    events::list(&api, &audience, PATH, query).await
}

/// Read an event
#[utoipa::path(get, path = "/v1/events/{id}", tag = "Events", operation_id = "get_event",
    params(("id" = String, Path, description = "Id of the event.", example = "evt_01ktkhn7g004hmasw9nf6yy093")),
    responses((status = 200, description = "The event.", body = Single<EventBody>), ReadErrors))]
pub(super) async fn read(
    State(api): State<Api>,
    PaymentAudience(audience): PaymentAudience,
    Segment(id): Segment,
) -> Result<Response, Problem> {
    let event = events::find(&api, &audience, &id).await?;
    Ok(events::shown(&event))
}

/// Follow events
///
/// Server-sent events: each message has the id of an event as `id`, what happened as `event`, and the event as `data`, on
/// one line. They come once each and in order, from now on or from after a known one; whoever connects again with the id
/// of the last one misses none. A comment comes every 15 seconds when nothing else does. The stream ends when the server
/// stops, when the key is revoked, and when the client closes its side.
#[utoipa::path(get, path = "/v1/events/stream", tag = "Events", operation_id = "follow_events",
    params(
        ("Last-Event-ID" = Option<String>, Header, description = "Goes on after this event. Browsers and libraries send it by themselves when they connect again."),
        ("after" = Option<String>, Query, description = "The same, where no header can be sent; the header wins."),
        ("events" = Option<String>, Query, description = "Only these, with commas between: `payment.completed,payment.failed`."),
    ),
    responses((status = 200, description = "Messages, for as long as it lasts.", content_type = "text/event-stream", body = String,
        example = json!(events::example::MESSAGE)), ListErrors))]
pub(super) async fn follow(
    State(api): State<Api>,
    PaymentAudience(audience): PaymentAudience,
    parts: Parts,
) -> Result<Response, Problem> {
    stream::open(&api, audience, &parts).await
}
