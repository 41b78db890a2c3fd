//! Cancelling an intent.

use axum::extract::State;
use axum::response::Response;
use engine::domain::scope::ApiFamily;

use super::path::IntentPath;
use super::render::intent::IntentBody;
use super::write::Write;
use crate::api::Api;
use crate::envelope::{self, Problem, Written};
use crate::openapi::errors::CancelErrors;

/// Cancel a payment intent
///
/// Only while no money can be taken any more: with a prompt on the payer's phone the answer is 409 `attempt_in_progress`,
/// with the time when it may end. A cancelled intent is `expired` and has `cancelled_at`.
#[utoipa::path(post, path = "/v1/payment/intents/{id}/cancel", tag = "Payment intents", operation_id = "cancel_payment_intent",
    params(
        ("id" = String, Path, description = "Id of the intent.", example = "TRX01JXA5QJ0C8Z6T9Y3M4N5P6R7S"),
        ("X-Idempotency-Key" = Option<String>, Header, description = "8 to 128 characters. The same key and body again returns the stored answer. `Idempotency-Key` is an alias."),
    ),
    responses((status = 200, description = "The cancelled intent.", body = Written<IntentBody>), CancelErrors))]
pub(super) async fn cancel(
    State(api): State<Api>,
    write: Write,
    IntentPath(id): IntentPath,
) -> Result<Response, Problem> {
    if let Some(stored) = write.replay(&api).await? {
        return Ok(stored);
    }
    let answer = api
        .engine
        .cancel(write.scope, id, (ApiFamily::Payment, write.claim))
        .await;
    Ok(envelope::answered(answer?))
}
