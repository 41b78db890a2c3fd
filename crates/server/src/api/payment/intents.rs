//! Payment intents: create, read, list.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::path::IntentPath;
use super::refusals::{Place, problem};
use super::render::intent::IntentBody;
use super::requests::shapes::CreateIntentShape;
use super::requests::{intent, listing};
use super::write::Write;
use crate::api::Api;
use crate::authentication::PaymentCaller;
use crate::envelope::{self, Problem, Single, Written};
use crate::openapi::errors::{CreateErrors, ListErrors, ReadErrors};
use crate::pagination::Listed;

/// Create a payment intent
///
/// With `attempt`, the first attempt starts in the same call. A provider's refusal is not an HTTP error: the call succeeds
/// and `active_attempt` carries `failure`.
#[utoipa::path(post, path = "/v1/payment/intents", tag = "Payment intents", operation_id = "create_payment_intent",
    params(
        ("X-Idempotency-Key" = Option<String>, Header, description = "8 to 128 characters. The same key and body again returns the stored answer. `Idempotency-Key` is an alias."),
        ("X-Sandbox-Scenario" = Option<String>, Header, description = "Sandbox keys only: how the simulated operator behaves, for example `decline`."),
    ),
    request_body(content = CreateIntentShape, description = "What is to be paid, by whom."),
    responses((status = 201, description = "The intent, with `active_attempt` when an attempt was started.", body = Written<IntentBody>), CreateErrors))]
pub(super) async fn create(State(api): State<Api>, write: Write) -> Result<Response, Problem> {
    if let Some(stored) = write.replay(&api).await? {
        return Ok(stored);
    }
    let command = intent::read(&write.body, &write.scenario, api.engine.webhook_destinations())?;
    let answer = api.engine.create_intent(write.scope, command, write.claim).await;
    answer
        .map(envelope::answered)
        .map_err(|refusal| problem(refusal, Place::Intent))
}

/// Read a payment intent
///
/// Reading also brings the next question to the provider forward.
#[utoipa::path(get, path = "/v1/payment/intents/{id}", tag = "Payment intents", operation_id = "get_payment_intent",
    params(("id" = String, Path, description = "Id of the intent.", example = "TRX01JXA5QJ0C8Z6T9Y3M4N5P6R7S")),
    responses((status = 200, description = "The intent.", body = Single<IntentBody>), ReadErrors))]
pub(super) async fn read(
    State(api): State<Api>,
    PaymentCaller(scope): PaymentCaller,
    IntentPath(id): IntentPath,
) -> Result<Response, Problem> {
    let payment = api.engine.payment(scope, id).await?;
    let data = IntentBody::of(&payment, &api.config.public_url);
    Ok(envelope::json(StatusCode::OK, &Single { data }))
}

/// List payment intents
///
/// Newest first. Walking the pages while intents are being created neither skips nor repeats one.
#[utoipa::path(get, path = "/v1/payment/intents", tag = "Payment intents", operation_id = "list_payment_intents",
    params(
        ("per_page" = Option<i64>, Query, description = "Rows per page, 1 to 100; 10 when absent.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "Opaque: `next_cursor` or `prev_cursor` of an earlier page with the same filters."),
        ("status" = Option<String>, Query, description = "One of `pending`, `completed`, `failed`, `expired`, `partially_refunded`, `refunded`."),
        ("customer_id" = Option<String>, Query, description = "Of one customer, `cus_…`."),
        ("created_at[gte]" = Option<String>, Query, description = "Created at or after: RFC 3339 with offset, or a date."),
        ("created_at[lte]" = Option<String>, Query, description = "Created at or before: RFC 3339 with offset, or a date, which means the end of that day, UTC."),
    ),
    responses((status = 200, description = "A page of intents.", body = Listed<IntentBody>), ListErrors))]
pub(super) async fn list(
    State(api): State<Api>,
    PaymentCaller(scope): PaymentCaller,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let list = api.list_of(scope).await?;
    let listing = listing::intents(&list, &query.unwrap_or_default())?;
    let rows = match listing.filter {
        None => Vec::new(),
        Some(filter) => {
            api.engine
                .payments(scope, filter, listing.page, listing.asked.limit())
                .await?
        }
    };
    let show = |payment: &_| IntentBody::of(payment, &api.config.public_url);
    Ok(envelope::json(
        StatusCode::OK,
        &listing.asked.page(rows, listing::place_of_intent, show),
    ))
}
