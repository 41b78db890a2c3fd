//! One-time codes: hands a payer's code to the provider.

use axum::extract::State;
use axum::response::Response;
use engine::domain::scope::ApiFamily;

use super::path::AttemptPath;
use super::render::intent::IntentBody;
use super::requests::one_time_code;
use super::requests::shapes::SubmitOtpShape;
use super::write::Write;
use crate::api::Api;
use crate::envelope::{self, Problem, Written};
use crate::openapi::errors::CodeErrors;

/// Submit a one-time code
///
/// While `next_action.type` is `otp`. A wrong code is not an HTTP error: the attempt stays `action_required` with
/// `failure.code` `otp_invalid`, until too many were wrong.
#[utoipa::path(post, path = "/v1/payment/intents/{id}/attempts/{attempt_id}/otp", tag = "Attempts", operation_id = "submit_otp",
    params(
        ("id" = String, Path, description = "Id of the intent.", example = "TRX01JXA5QJ0C8Z6T9Y3M4N5P6R7S"),
        ("attempt_id" = String, Path, description = "Id of the attempt.", example = "att_01jxa5qj0c8z6t9y3m4n5p6r7s"),
        ("X-Idempotency-Key" = Option<String>, Header, description = "8 to 128 characters. The same key and body again returns the stored answer. `Idempotency-Key` is an alias."),
    ),
    request_body(content = SubmitOtpShape, description = "The code that the payer read."),
    responses((status = 200, description = "The intent after the code was handed over.", body = Written<IntentBody>), CodeErrors))]
pub(super) async fn submit(
    State(api): State<Api>,
    write: Write,
    AttemptPath(intent, attempt): AttemptPath,
) -> Result<Response, Problem> {
    if let Some(stored) = write.replay(&api).await? {
        return Ok(stored);
    }
    let code = one_time_code::read(&write.body)?;
    let answer = api
        .engine
        .submit_otp(write.scope, (intent, attempt), code, (ApiFamily::Payment, write.claim))
        .await;
    Ok(envelope::answered(answer?))
}
