//! Asking the provider again.

use axum::extract::State;
use axum::response::Response;
use engine::domain::scope::ApiFamily;

use super::path::IntentPath;
use super::render::reconciliation::ReconciliationBody;
use super::write::Write;
use crate::api::Api;
use crate::envelope::{self, Problem, Written};
use crate::openapi::errors::ReconcileErrors;

/// Reconcile a payment intent
///
/// Asks the providers of its open attempts again, now, and tells what changed.
#[utoipa::path(post, path = "/v1/payment/intents/{id}/reconcile", tag = "Payment intents", operation_id = "reconcile_payment_intent",
    params(
        ("id" = String, Path, description = "Id of the intent.", example = "TRX01JXA5QJ0C8Z6T9Y3M4N5P6R7S"),
        ("X-Idempotency-Key" = Option<String>, Header, description = "8 to 128 characters. The same key and body again returns the stored answer. `Idempotency-Key` is an alias."),
    ),
    responses((status = 200, description = "What was asked and what changed.", body = Written<ReconciliationBody>), ReconcileErrors))]
pub(super) async fn reconcile(
    State(api): State<Api>,
    write: Write,
    IntentPath(id): IntentPath,
) -> Result<Response, Problem> {
    if let Some(stored) = write.replay(&api).await? {
        return Ok(stored);
    }
    let answer = api
        .engine
        .reconcile(write.scope, id, (ApiFamily::Payment, write.claim))
        .await;
    Ok(envelope::answered(answer?))
}
