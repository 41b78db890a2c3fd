//! Payments as those who run a project look into them: the explanation of one.

mod attempts;
mod calls;
mod example;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use engine::commands::Countries;
use engine::domain::country::Country;
use engine::explain::{Explanation, NextStep, Subject, of_timer};
use engine::store::journal::JournalRow;
use engine::store::timers::Parked;
use engine::views::AttentionItem;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::Example;
use super::caller::AdminCaller;
use crate::api::Api;
use crate::api::payment::render::amount::AmountBody;
use crate::envelope::{self, Problem, Single};
use crate::error_codes::ErrorCode;
use crate::openapi::errors::AdminReadErrors;
use crate::segment::Segment;

use attempts::AttemptBody;

/// Why a payment went as it did. Every time is in milliseconds, so that it can be put in order.
#[derive(Serialize, ToSchema)]
#[schema(as = Explanation)]
struct ExplanationBody {
    /// The payment, as `TRX…`.
    id: String,
    /// The same payment, as `pi_…`.
    payment_intents_id: String,
    /// `open`, `mismatched`, `completed`, `failed`, `expired` or `cancelled`: the engine's own word.
    state: &'static str,
    /// What is to be paid.
    amount: AmountBody,
    /// Where it takes place, as the payment-intents API was told; null for a payment of the other one.
    countries: Option<CountriesBody>,
    /// When it was made.
    created_at: String,
    /// Until when it may be paid.
    expires_at: String,
    /// Its attempts, oldest first: the latest fifty, or the one that was asked about.
    attempts: Vec<AttemptBody>,
    /// Every change of the payment and its attempts, oldest first.
    journal: Vec<JournalBody>,
    /// What waits for a person, oldest first.
    attention: Vec<AttentionBody>,
    /// What happens next by itself, soonest first.
    next: Vec<NextBody>,
}

/// Where a payment takes place.
#[derive(Serialize, ToSchema)]
#[schema(as = ExplainedCountries)]
struct CountriesBody {
    /// Of the sale: decides what is eligible.
    transaction: Option<&'static str>,
    /// Of the payer.
    payer: Option<&'static str>,
    /// Whose rail the money takes; routing looks for rules of this country, else of the sale's.
    rail: Option<&'static str>,
}

impl CountriesBody {
    fn of(countries: Countries) -> Option<Self> {
        let code = |country: Option<Country>| country.map(Country::code);
        (countries != Countries::default()).then(|| Self {
            transaction: code(countries.transaction),
            payer: code(countries.payer),
            rail: code(countries.rail),
        })
    }
}

/// One change.
#[derive(Serialize, ToSchema)]
#[schema(as = ExplainedChange)]
struct JournalBody {
    /// 1 for the first of the payment.
    seq: i64,
    /// Such as `attempt.failed`.
    event: String,
    /// Id of the thing that changed.
    subject_id: String,
    /// Ids, codes and masked values.
    detail: String,
    /// When.
    at: String,
}

/// What waits for a person.
#[derive(Serialize, ToSchema)]
#[schema(as = ExplainedAttention)]
struct AttentionBody {
    /// `itm_…`
    id: String,
    /// Why a person is needed.
    kind: &'static str,
    /// Id of what it is about.
    subject_id: String,
    /// What was seen.
    evidence: String,
    /// What to do.
    advice: &'static str,
    /// Since when.
    at: String,
}

/// What happens next by itself.
#[derive(Serialize, ToSchema)]
#[schema(as = ExplainedNext)]
struct NextBody {
    /// `look_up`, `expire`, `fall_back` or `close_page`.
    kind: &'static str,
    /// Id of the thing that it happens to.
    subject_id: String,
    /// The same in a sentence.
    text: &'static str,
    /// When.
    due_at: String,
    /// Failures so far.
    tries: i64,
    /// Whether it failed too often and waits for a person.
    parked: bool,
}

/// Explain a payment
///
/// Why each gateway account was taken or passed over, each exchange with the provider (secrets, numbers and codes masked),
/// timings, what proved the outcome, and what happens next. Takes the id of a payment in either spelling (`TRX…`,
/// `pi_…`), of an attempt (`att_…`) or of a gateway transaction (`txn_…`); for these two it tells that attempt only.
/// Exchanges are kept for 30 days, of questions during a long wait the latest 20.
#[utoipa::path(get, path = "/admin/v1/payments/{id}/explain", tag = "Admin: payments", operation_id = "explain_payment",
    params(("id" = String, Path, description = "Id of a payment, an attempt or a gateway transaction.", example = "TRX01JXA5QJ0C8Z6T9Y3M4N5P6R7S")),
    responses((status = 200, description = "The explanation.", body = Single<ExplanationBody>), AdminReadErrors))]
pub(super) async fn explain(
    State(api): State<Api>,
    caller: AdminCaller,
    Segment(id): Segment,
) -> Result<Response, Problem> {
    let subject = Subject::parse(&id).ok_or_else(|| Problem::saying(ErrorCode::NotFound, "No such payment."))?;
    let explanation = api.engine.explain(caller.scope, subject).await?;
    let data = ExplanationBody::of(&explanation);
    Ok(envelope::json(StatusCode::OK, &Single { data }))
}

impl ExplanationBody {
    fn of(explanation: &Explanation) -> Self {
        let intent = &explanation.intent;
        let names = &explanation.account_names;
        let attempts = explanation.attempts.iter();
        Self {
            id: intent.id.to_string(),
            payment_intents_id: intent.id.payment_intents_spelling(),
            state: intent.state.code(),
            amount: AmountBody::of(intent.amount),
            countries: CountriesBody::of(intent.countries),
            created_at: moment(intent.created_at_ms),
            expires_at: moment(intent.expires_at_ms),
            attempts: attempts.map(|attempt| AttemptBody::of(attempt, names)).collect(),
            journal: explanation.journal.iter().map(JournalBody::of).collect(),
            attention: explanation.attention.iter().map(AttentionBody::of).collect(),
            next: explanation.next.iter().map(NextBody::of).collect(),
        }
    }
}

impl JournalBody {
    fn of(row: &JournalRow) -> Self {
        Self {
            seq: row.seq,
            event: row.event.clone(),
            subject_id: row.subject_id.clone(),
            detail: row.detail.clone(),
            at: moment(row.at_ms),
        }
    }
}

impl AttentionBody {
    fn of(item: &AttentionItem) -> Self {
        Self {
            id: item.id.to_string(),
            kind: item.kind.code(),
            subject_id: item.subject_id.clone(),
            evidence: item.evidence.clone(),
            advice: item.kind.advice(),
            at: moment(item.created_at_ms),
        }
    }
}

impl NextBody {
    fn of(step: &NextStep) -> Self {
        Self {
            kind: step.waiting.kind.code(),
            subject_id: step.subject_id.clone(),
            text: of_timer(step.waiting.kind),
            due_at: moment(step.waiting.due_at_ms),
            tries: step.waiting.tries,
            parked: step.waiting.parked == Parked::Yes,
        }
    }
}

/// `2026-06-08T12:00:00.123+00:00` for milliseconds UTC.
fn moment(at_ms: i64) -> String {
    let at = Timestamp::from_millisecond(at_ms).unwrap_or_default();
    at.strftime("%Y-%m-%dT%H:%M:%S.%3f+00:00").to_string()
}

/// Example answers.
pub(super) fn examples() -> Vec<Example> {
    vec![("explain_payment", 200, example::explanation())]
}

#[cfg(test)]
mod tests {
    #[test]
    fn moments_have_milliseconds() {
        assert_eq!(super::moment(1_780_920_000_007), "2026-06-08T12:00:00.007+00:00");
    }
}
