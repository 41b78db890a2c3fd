//! Attempts of an intent: start, read, list.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use engine::domain::scope::ApiFamily;

use super::path::{AttemptPath, IntentPath};
use super::render::attempt::AttemptBody;
use super::render::intent::IntentBody;
use super::requests::shapes::StartAttemptShape;
use super::requests::{attempt, listing};
use super::write::Write;
use crate::api::Api;
use crate::authentication::PaymentCaller;
use crate::envelope::{self, Problem, Single, Written};
use crate::openapi::errors::{AttemptErrors, ListErrors, ReadErrors};
use crate::pagination::Listed;

/// Start an attempt
///
/// Asks a provider to take the payment. While the outcome is open, another attempt is refused with `attempt_in_progress`:
/// a payer is never charged twice for one intent.
#[utoipa::path(post, path = "/v1/payment/intents/{id}/attempt", tag = "Attempts", operation_id = "start_attempt",
    params(
        ("id" = String, Path, description = "Id of the intent.", example = "TRX01JXA5QJ0C8Z6T9Y3M4N5P6R7S"),
        ("X-Idempotency-Key" = Option<String>, Header, description = "8 to 128 characters. The same key and body again returns the stored answer. `Idempotency-Key` is an alias."),
        ("X-Sandbox-Scenario" = Option<String>, Header, description = "Sandbox keys only: how the simulated operator behaves, for example `decline`."),
    ),
    request_body(content = StartAttemptShape, description = "How the payer pays."),
    responses((status = 201, description = "The intent, with the new attempt as `active_attempt`.", body = Written<IntentBody>), AttemptErrors))]
pub(super) async fn start(
    State(api): State<Api>,
    write: Write,
    IntentPath(id): IntentPath,
) -> Result<Response, Problem> {
    if let Some(stored) = write.replay(&api).await? {
        return Ok(stored);
    }
    let command = attempt::read(&write.body, &write.scenario)?;
    let answer = api
        .engine
        .start_attempt(write.scope, id, command, (ApiFamily::Payment, write.claim))
        .await;
    Ok(envelope::answered(answer?))
}

/// Read an attempt
#[utoipa::path(get, path = "/v1/payment/intents/{id}/attempts/{attempt_id}", tag = "Attempts", operation_id = "get_attempt",
    params(
        ("id" = String, Path, description = "Id of the intent.", example = "TRX01JXA5QJ0C8Z6T9Y3M4N5P6R7S"),
        ("attempt_id" = String, Path, description = "Id of the attempt.", example = "att_01jxa5qj0c8z6t9y3m4n5p6r7s"),
    ),
    responses((status = 200, description = "The attempt.", body = Single<AttemptBody>), ReadErrors))]
pub(super) async fn read(
    State(api): State<Api>,
    PaymentCaller(scope): PaymentCaller,
    AttemptPath(intent, id): AttemptPath,
) -> Result<Response, Problem> {
    let view = api.engine.attempt(scope, intent, id).await?;
    let data = AttemptBody::of(&view, &api.config.public_url);
    Ok(envelope::json(StatusCode::OK, &Single { data }))
}

/// List the attempts of an intent
///
/// Newest first, automatic fallbacks included.
#[utoipa::path(get, path = "/v1/payment/intents/{id}/attempts", tag = "Attempts", operation_id = "list_attempts",
    params(
        ("id" = String, Path, description = "Id of the intent.", example = "TRX01JXA5QJ0C8Z6T9Y3M4N5P6R7S"),
        ("per_page" = Option<i64>, Query, description = "Rows per page, 1 to 100; 10 when absent.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "Opaque: `next_cursor` or `prev_cursor` of an earlier page."),
    ),
    responses((status = 200, description = "A page of attempts.", body = Listed<AttemptBody>), ListErrors))]
pub(super) async fn list(
    State(api): State<Api>,
    PaymentCaller(scope): PaymentCaller,
    IntentPath(id): IntentPath,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let list = api.list_of(scope).await?;
    let listing = listing::attempts(&list, id, &query.unwrap_or_default())?;
    let found = api
        .engine
        .attempts(scope, id, listing.below_number, listing.asked.limit())
        .await;
    let rows = listing.keep(found?);
    let show = |view: &_| AttemptBody::of(view, &api.config.public_url);
    Ok(envelope::json(
        StatusCode::OK,
        &listing.asked.page(rows, listing::place_of_attempt, show),
    ))
}
