//! Send events again: one to wherever it went, or many to one endpoint.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use engine::admin::{AdminRefusal, Resend, Resent};
use engine::domain::ids::{EndpointId, EventId};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Api;
use crate::api::admin::caller::AdminWrite;
use crate::api::payment::requests::fields::{Fields, Problems};
use crate::envelope::{self, Problem, Written};
use crate::openapi::errors::{AdminConflictErrors, AdminWriteErrors};
use crate::query::{first_ms, last_ms};
use crate::segment::Segment;

/// Which events an endpoint gets again.
#[derive(ToSchema)]
#[schema(as = WebhookResendInput, example = json!({"only": "failed", "from": "2026-06-08"}))]
#[expect(dead_code, reason = "described, never constructed")]
pub(crate) struct ResendShape {
    /// `failed`: deliveries that failed and did not arrive since; `all`: every event that the endpoint wants, also those
    /// that it got and those from before it was made.
    only: String,
    /// At or after: RFC 3339 with offset, or a date; from the beginning when absent.
    from: Option<String>,
    /// At or before: RFC 3339 with offset, or a date, which means the end of that day, UTC; until now when absent. With `all`
    /// only.
    to: Option<String>,
}

/// Where an event goes again.
#[derive(ToSchema)]
#[schema(as = EventResendInput, example = json!({"endpoint_id": "we_01jxa5qj0c8z6t9y3m4n5p6r7s"}))]
#[expect(dead_code, reason = "described, never constructed")]
pub(crate) struct EventResendShape {
    /// To this endpoint, also when it never got it; wherever it went when absent.
    endpoint_id: Option<String>,
}

/// What is on its way.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookResent)]
struct ResentBody {
    /// Deliveries that are due now.
    deliveries: u64,
    /// Where to go on, when there were more than 10 000 events to look at: give it as `from`.
    continue_from: Option<String>,
}

/// Send events to an endpoint again
///
/// At most 10 000 events are looked at by one request; the answer says where to go on.
#[utoipa::path(post, path = "/admin/v1/webhook-endpoints/{id}/resend", tag = "Admin: webhooks", operation_id = "resend_to_webhook_endpoint",
    params(("id" = String, Path, description = "Id of the endpoint.", example = "we_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    request_body(content = ResendShape, description = "Which events."),
    responses((status = 202, description = "How many are on their way.", body = Written<ResentBody>), AdminWriteErrors))]
pub(in crate::api::admin) async fn resend_events(
    State(api): State<Api>,
    write: AdminWrite,
    Segment(endpoint): Segment,
) -> Result<Response, Problem> {
    let mut problems = Problems::default();
    let wish = Fields::of_body(&write.body, &mut problems).and_then(|fields| wish(&fields, &mut problems));
    let id = EndpointId::from_public(&endpoint).ok_or(AdminRefusal::Unknown("webhook endpoint"))?;
    let wish = problems.conclude(wish)?;
    let resent = api
        .engine
        .resend_events(&write.admin.actor, write.scope, id, wish)
        .await?;
    Ok(accepted("Events sent again.", &resent))
}

/// Send an event again
///
/// To an endpoint of the API that tells it, or to wherever it went.
#[utoipa::path(post, path = "/admin/v1/events/{id}/resend", tag = "Admin: events", operation_id = "resend_event",
    params(("id" = String, Path, description = "Id of the event.", example = "evt_01ktkhn7g004hmasw9nf6yy093")),
    request_body(content = EventResendShape, description = "Where to."),
    responses((status = 202, description = "How many are on their way.", body = Written<ResentBody>), AdminConflictErrors))]
pub(in crate::api::admin) async fn resend_event(
    State(api): State<Api>,
    write: AdminWrite,
    Segment(event): Segment,
) -> Result<Response, Problem> {
    let mut problems = Problems::default();
    let to = Fields::of_body(&write.body, &mut problems)
        .map(|fields| fields.string("endpoint_id", &mut problems).map(str::to_owned));
    let id = EventId::from_public(&event).ok_or(AdminRefusal::Unknown("event"))?;
    let to = problems.conclude(to)?.map(|text| {
        let to = EndpointId::from_public(&text);
        to.ok_or(AdminRefusal::Unknown("webhook endpoint"))
    });
    let resent = api
        .engine
        .resend_event(&write.admin.actor, write.scope, (id, to.transpose()?))
        .await?;
    Ok(accepted("Event sent again.", &resent))
}

fn wish(fields: &Fields<'_>, problems: &mut Problems) -> Option<Resend> {
    fields.require(&["only"], problems);
    let only = fields.string("only", problems);
    let from_ms = fields.read("from", first_ms, problems).unwrap_or(0);
    let to_ms = fields.read("to", last_ms, problems).unwrap_or(i64::MAX);
    if to_ms < from_ms {
        problems.add("to", "Must not be before from.");
    }
    match only? {
        "all" => Some(Resend::Range { from_ms, to_ms }),
        "failed" if fields.get("to").is_none() => Some(Resend::Failed { since_ms: from_ms }),
        "failed" => {
            problems.add("to", "What failed is sent again until now: give to with all only.");
            None
        }
        _ => {
            problems.add("only", "Must be failed or all.");
            None
        }
    }
}

fn accepted(message: &str, resent: &Resent) -> Response {
    let message = message.to_owned();
    let data = ResentBody {
        deliveries: resent.deliveries,
        continue_from: resent.go_on_from_ms.map(exactly),
    };
    envelope::json(StatusCode::ACCEPTED, &Written { message, data })
}

/// `2026-06-08T12:00:00.250+00:00`: a second may hold more events than one request sends.
fn exactly(at_ms: i64) -> String {
    let at = Timestamp::from_millisecond(at_ms).unwrap_or_default();
    at.strftime("%Y-%m-%dT%H:%M:%S.%3f+00:00").to_string()
}
