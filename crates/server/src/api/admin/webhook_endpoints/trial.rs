//! Try an endpoint with a letter about a payment that does not exist. Owns what that letter tells.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use engine::admin::Tested;
use engine::domain::announcement::Announcement;
use engine::domain::ids::IntentId;
use engine::domain::webhook::TryOutcome;
use serde::Serialize;
use utoipa::ToSchema;

use super::input::event;
use super::which;
use crate::api::Api;
use crate::api::admin::caller::AdminWrite;
use crate::api::payment::render::event::EventBody;
use crate::api::payment::requests::fields::{Fields, Problems};
use crate::envelope::{self, Problem, Written};
use crate::openapi::errors::AdminWriteErrors;
use crate::segment::Segment;

/// Which event to send.
#[derive(ToSchema)]
#[schema(as = WebhookTestInput, example = json!({"event": "payment.completed"}))]
#[expect(dead_code, reason = "described, never constructed")]
pub(crate) struct TestShape {
    /// Its name; `payment.completed` when absent.
    event: Option<String>,
}

/// What came back.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookTest)]
struct TestBody {
    /// `delivered`, `refused`, `gone`, `unreachable`, `tls`, `timed_out` or `broken`.
    outcome: &'static str,
    /// HTTP status of the answer; null when there was none.
    status: Option<u16>,
    /// How long it took, in milliseconds.
    took_ms: i64,
    /// The first 16 KiB of the answer as text.
    answer: String,
}

/// What a letter to try an endpoint tells: an event as real ones are, and that it is none.
#[derive(Serialize)]
struct SampleBody {
    #[serde(flatten)]
    event: EventBody,
    /// True.
    test: bool,
}

/// Test a webhook endpoint
///
/// Sends one event now, signed like real ones, about a payment that does not exist; its body has `"test": true`. Also to an
/// endpoint that is disabled. It is not tried again and stands in no log of deliveries.
#[utoipa::path(post, path = "/admin/v1/webhook-endpoints/{id}/test", tag = "Admin: webhooks", operation_id = "test_webhook_endpoint",
    params(("id" = String, Path, description = "Id of the endpoint.", example = "we_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    request_body(content = TestShape, description = "Which event to send."),
    responses((status = 200, description = "What came back.", body = Written<TestBody>), AdminWriteErrors))]
pub(in crate::api::admin) async fn test(
    State(api): State<Api>,
    write: AdminWrite,
    Segment(endpoint): Segment,
) -> Result<Response, Problem> {
    let mut problems = Problems::default();
    let chosen = Fields::of_body(&write.body, &mut problems).map(|fields| {
        let chosen = fields.read("event", event, &mut problems);
        chosen.unwrap_or(Announcement::PaymentCompleted)
    });
    let (which, chosen) = (which(&endpoint)?, problems.conclude(chosen)?);
    let body = move |_, intent_id| sample(chosen, intent_id);
    let tested = api
        .engine
        .test_webhook_endpoint(&write.admin.actor, write.scope, which, (chosen, body))
        .await?;
    let message = match tested.outcome {
        TryOutcome::Delivered => "The endpoint took the event.",
        _ => "The endpoint did not take the event.",
    };
    let (message, data) = (message.to_owned(), TestBody::of(&tested));
    Ok(envelope::json(StatusCode::OK, &Written { message, data }))
}

fn sample(announcement: Announcement, intent_id: IntentId) -> Vec<u8> {
    let body = EventBody::sample(announcement, intent_id).map(|event| SampleBody { event, test: true });
    serde_json::to_vec(&body).unwrap_or_default()
}

impl TestBody {
    fn of(tested: &Tested) -> Self {
        Self {
            outcome: tested.outcome.code(),
            status: tested.status,
            took_ms: tested.took_ms,
            answer: String::from_utf8_lossy(&tested.answer).into_owned(),
        }
    }
}
