//! Payment intents: create, read, change, confirm, cancel, list.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use engine::Refusal;
use engine::commands::{IntentFilter, Page};
use engine::domain::ids::IntentId;
use engine::domain::payment_status::PaymentStatus;
use engine::domain::scope::{ApiFamily, Scope};
use engine::views::PaymentView;

use super::caller::IntentsCaller;
use super::listing::{self, Asked, Beyond, IntentList, Wanted};
use super::operators::Operators;
use super::render::IntentObject;
use super::requests;
use super::shapes::{ConfirmShape, CreateShape, UpdateShape};
use super::write::Write;
use crate::api::Api;
use crate::api::payment::path::IntentPath;
use crate::api::payment::refusals::{Place, problem};
use crate::envelope::{self, Problem};
use crate::openapi::intents_errors::{IntentsConfirmErrors, IntentsListErrors, IntentsReadErrors, IntentsWriteErrors};

const FAMILY: ApiFamily = ApiFamily::PaymentIntents;

/// Create a payment intent
///
/// Nothing is confirmed yet. A country and a currency that no routing rule can serve are refused.
#[utoipa::path(post, path = "/api/v1/payment-intents", tag = "Payment intents (second API)", operation_id = "create_intent",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters. The same key and body again returns the stored answer.")),
    request_body(content = CreateShape, description = "What is to be paid, and where."),
    responses((status = 201, description = "The intent.", body = IntentObject), IntentsWriteErrors))]
pub(super) async fn create(State(api): State<Api>, write: Write) -> Result<Response, Problem> {
    if let Some(stored) = write.replay(&api).await? {
        return Ok(stored);
    }
    let command = requests::create(&write.body)?;
    let answer = api.engine.create_intent(write.scope, command, write.claim).await;
    Ok(envelope::answered(answer?))
}

/// Read a payment intent
#[utoipa::path(get, path = "/api/v1/payment-intents/{id}", tag = "Payment intents (second API)", operation_id = "get_intent",
    params(("id" = String, Path, description = "Id of the intent.", example = "pi_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    responses((status = 200, description = "The intent.", body = IntentObject), IntentsReadErrors))]
pub(super) async fn read(
    State(api): State<Api>,
    IntentsCaller(scope): IntentsCaller,
    IntentPath(id): IntentPath,
) -> Result<Response, Problem> {
    let payment = api.engine.payment(scope, id).await?;
    let shown = IntentObject::of(&payment, &api.config.public_url);
    Ok(envelope::json(StatusCode::OK, &shown))
}

/// Change a payment intent
///
/// Its description and its metadata, in every status.
#[utoipa::path(patch, path = "/api/v1/payment-intents/{id}", tag = "Payment intents (second API)", operation_id = "update_intent",
    params(
        ("id" = String, Path, description = "Id of the intent.", example = "pi_01jxa5qj0c8z6t9y3m4n5p6r7s"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters. The same key and body again returns the stored answer."),
    ),
    request_body(content = UpdateShape, description = "What changes."),
    responses((status = 200, description = "The intent.", body = IntentObject), IntentsWriteErrors))]
pub(super) async fn update(
    State(api): State<Api>,
    write: Write,
    IntentPath(id): IntentPath,
) -> Result<Response, Problem> {
    if let Some(stored) = write.replay(&api).await? {
        return Ok(stored);
    }
    let command = requests::update(&write.body)?;
    let answer = api
        .engine
        .update_intent(write.scope, id, command, (FAMILY, write.claim))
        .await;
    Ok(envelope::answered(answer?))
}

/// Confirm a payment intent
///
/// The payer is asked. Of several confirmations at once exactly one reaches a provider; the others get 409.
#[utoipa::path(post, path = "/api/v1/payment-intents/{id}/confirm", tag = "Payment intents (second API)", operation_id = "confirm_intent",
    params(
        ("id" = String, Path, description = "Id of the intent.", example = "pi_01jxa5qj0c8z6t9y3m4n5p6r7s"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters. The same key and body again returns the stored answer."),
        ("X-Sandbox-Scenario" = Option<String>, Header, description = "Sandbox keys only: how the simulated operator behaves, for example `decline`."),
    ),
    request_body(content = ConfirmShape, description = "With what the payer pays."),
    responses((status = 200, description = "The intent.", body = IntentObject), IntentsConfirmErrors))]
pub(super) async fn confirm(
    State(api): State<Api>,
    write: Write,
    IntentPath(id): IntentPath,
) -> Result<Response, Problem> {
    if let Some(stored) = write.replay(&api).await? {
        return Ok(stored);
    }
    let known = api.engine.payment(write.scope, id).await?.intent;
    let operators = Operators {
        catalogue: api.engine.catalogue(),
        rail: known.countries.rail,
    };
    let command = requests::confirm(&write.body, &write.scenario, operators)?;
    let answer = api.engine.confirm_intent(write.scope, id, command, write.claim).await;
    let answer = answer.map_err(|refusal| problem(refusal, Place::Confirmation))?;
    Ok(envelope::answered(answer))
}

/// Cancel a payment intent
///
/// While the payer can no longer pay it; otherwise 409.
#[utoipa::path(post, path = "/api/v1/payment-intents/{id}/cancel", tag = "Payment intents (second API)", operation_id = "cancel_intent",
    params(
        ("id" = String, Path, description = "Id of the intent.", example = "pi_01jxa5qj0c8z6t9y3m4n5p6r7s"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters. The same key and body again returns the stored answer."),
    ),
    responses((status = 200, description = "The cancelled intent.", body = IntentObject), IntentsWriteErrors))]
pub(super) async fn cancel(
    State(api): State<Api>,
    write: Write,
    IntentPath(id): IntentPath,
) -> Result<Response, Problem> {
    if let Some(stored) = write.replay(&api).await? {
        return Ok(stored);
    }
    let answer = api.engine.cancel(write.scope, id, (FAMILY, write.claim)).await;
    Ok(envelope::answered(answer?))
}

/// List payment intents
///
/// Newest first. `next_cursor` leads on the way that was asked for: it is the next `starting_after`, or the next
/// `ending_before` where that was given.
#[utoipa::path(get, path = "/api/v1/payment-intents", tag = "Payment intents (second API)", operation_id = "list_intents",
    params(
        ("limit" = Option<i64>, Query, description = "Rows, 1 to 100; 10 when absent.", minimum = 1, maximum = 100),
        ("starting_after" = Option<String>, Query, description = "Id of an intent: the page begins after it, with what is older."),
        ("ending_before" = Option<String>, Query, description = "Id of an intent: the page ends before it, with what is newer."),
        ("status" = Option<String>, Query, description = "Of one status."),
        ("customer" = Option<String>, Query, description = "Of one customer, `cus_…`."),
    ),
    responses((status = 200, description = "A page of intents.", body = IntentList), IntentsListErrors))]
pub(super) async fn list(
    State(api): State<Api>,
    IntentsCaller(scope): IntentsCaller,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let asked = listing::read(&query.unwrap_or_default())?;
    let mut found = match asked.status {
        Wanted::None => Vec::new(),
        Wanted::Any | Wanted::Only(_) => search(&api, scope, &asked).await?,
    };
    let more = found.len() > asked.limit;
    found.truncate(asked.limit);
    // The search ends here, whichever way it went.
    let last = found.last().filter(|_| more).map(|payment| payment.intent.id);
    if matches!(asked.beyond, Beyond::Before(_)) {
        found.reverse();
    }
    let shown = found
        .iter()
        .map(|payment| IntentObject::of(payment, &api.config.public_url));
    Ok(envelope::json(StatusCode::OK, &IntentList::of(shown.collect(), last)))
}

/// One row more than a page, in the order of the search.
async fn search(api: &Api, scope: Scope, asked: &Asked) -> Result<Vec<PaymentView>, Problem> {
    let page = match asked.beyond {
        Beyond::Newest => Page::First,
        Beyond::After(id) => place(api, scope, id, "starting_after")
            .await
            .map(|(at, id)| Page::OlderThan(at, id))?,
        Beyond::Before(id) => place(api, scope, id, "ending_before")
            .await
            .map(|(at, id)| Page::NewerThan(at, id))?,
    };
    let (states, latest_attempts) = stored(asked.status);
    let filter = IntentFilter {
        states,
        latest_attempts,
        customer_id: asked.customer,
        ..IntentFilter::default()
    };
    let rows = i64::try_from(asked.limit).unwrap_or(0) + 1;
    Ok(api.engine.payments(scope, filter, page, rows).await?)
}

/// Where an intent stands in the list.
async fn place(api: &Api, scope: Scope, id: IntentId, parameter: &str) -> Result<(i64, IntentId), Problem> {
    let known = api.engine.payment(scope, id).await;
    let known = known.map_err(|refusal| misplaced(refusal, parameter))?;
    Ok((known.intent.created_at_ms, id))
}

/// Only an intent that is not there is the caller's mistake.
fn misplaced(refusal: Refusal, parameter: &str) -> Problem {
    match refusal {
        Refusal::UnknownIntent(_) => Problem::field(parameter, "There is no such payment intent."),
        other => other.into(),
    }
}

/// The stored states of a status, and how the latest attempt of those that are open stands: `PaymentStatus::of` the other way
/// round.
fn stored(status: Wanted) -> (Vec<&'static str>, Vec<&'static str>) {
    let (states, latest_attempts): (&[&str], &[&str]) = match status {
        Wanted::Any | Wanted::None => (&[], &[]),
        Wanted::Only(status) => match status {
            PaymentStatus::Succeeded => (&["completed"], &[]),
            PaymentStatus::Failed => (&["failed"], &[]),
            PaymentStatus::Canceled => (&["expired", "cancelled"], &[]),
            PaymentStatus::RequiresPaymentMethod => (&["open"], &["none", "completed", "failed", "cancelled"]),
            PaymentStatus::RequiresAction => (&["open"], &["otp", "redirect", "qr_code"]),
            PaymentStatus::Processing => (&["open", "mismatched"], &["processing", "approval"]),
        },
    };
    (states.to_vec(), latest_attempts.to_vec())
}

#[cfg(test)]
mod tests {
    use engine::Refusal;

    use super::misplaced;
    use crate::error_codes::ErrorCode;

    #[test]
    fn a_database_that_cannot_be_read_is_not_the_callers_mistake() {
        let told = |refusal| misplaced(refusal, "starting_after").code();
        assert_eq!(told(Refusal::Busy), ErrorCode::Busy);
        assert_eq!(told(Refusal::Unavailable("disk".to_owned())), ErrorCode::Unavailable);
        assert_eq!(
            told(Refusal::UnknownIntent("x".to_owned())),
            ErrorCode::ValidationFailed
        );
    }
}
