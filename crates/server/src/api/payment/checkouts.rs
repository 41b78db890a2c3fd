//! Checkout sessions: create and read.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use engine::Refusal;

use super::path::CheckoutPath;
use super::refusals::{Place, problem};
use super::render::checkout::CheckoutBody;
use super::requests::checkout;
use super::requests::shapes::CreateCheckoutShape;
use super::write::Write;
use crate::api::Api;
use crate::authentication::PaymentCaller;
use crate::envelope::{self, Problem, Written};
use crate::openapi::errors::{CreateErrors, ReadErrors};

/// Create a checkout
///
/// A payment intent and a page of ours on which its payer chooses how to pay. Send the payer to `checkout.url`; after paying
/// the payer comes to `return_url` with `payment_id`, `checkout_id` and `status` appended. These are hints: rely on the webhook,
/// or ask for the intent.
#[utoipa::path(post, path = "/v1/payment/checkouts", tag = "Checkouts", operation_id = "create_checkout",
    params(
        ("X-Idempotency-Key" = Option<String>, Header, description = "8 to 128 characters. The same key and body again returns the stored answer. `Idempotency-Key` is an alias."),
    ),
    request_body(content = CreateCheckoutShape, description = "What is to be paid, by whom, and how the page looks."),
    responses((status = 201, description = "The checkout and its payment.", body = Written<CheckoutBody>), CreateErrors))]
pub(super) async fn create(State(api): State<Api>, write: Write) -> Result<Response, Problem> {
    if let Some(stored) = write.replay(&api).await? {
        return Ok(stored);
    }
    let command = checkout::read(&write.body, api.engine.webhook_destinations())?;
    let answer = api.engine.create_checkout(write.scope, command, write.claim).await;
    answer
        .map(envelope::answered)
        .map_err(|refusal| problem(refusal, Place::Intent))
}

/// Read a checkout
///
/// Reading also brings the next question to the provider forward.
#[utoipa::path(get, path = "/v1/payment/checkouts/{id}", tag = "Checkouts", operation_id = "get_checkout",
    params(("id" = String, Path, description = "Id of the checkout.", example = "cs_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    responses((status = 200, description = "The checkout and its payment.", body = Written<CheckoutBody>), ReadErrors))]
pub(super) async fn read(
    State(api): State<Api>,
    PaymentCaller(scope): PaymentCaller,
    CheckoutPath(id): CheckoutPath,
) -> Result<Response, Problem> {
    let payment = api.engine.checkout(scope, id).await?;
    let unknown = || Problem::from(Refusal::UnknownCheckout(String::new()));
    let data = CheckoutBody::of(&payment, &api.config.public_url).ok_or_else(unknown)?;
    let message = "Checkout found.".to_owned();
    Ok(envelope::json(StatusCode::OK, &Written { message, data }))
}
