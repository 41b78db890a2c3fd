//! An attempt of an explanation: its routing decision, its permits, and what proved how they ended.

use std::collections::BTreeMap;

use engine::domain::attempt::AttemptState;
use engine::domain::currency::Currency;
use engine::domain::ids::{AccountId, FactId};
use engine::domain::money::Money;
use engine::domain::permit::PermitState;
use engine::domain::routing::decision::RouteStep;
use engine::explain::{ExplainedAttempt, ExplainedPermit, of_fact, of_permit, of_source};
use engine::store::facts::FactRow;
use serde::Serialize;
use utoipa::ToSchema;

use super::calls::CallBody;
use super::moment;
use crate::api::payment::render::amount::AmountBody;

type Names = BTreeMap<AccountId, String>;

/// One attempt.
#[derive(Serialize, ToSchema)]
#[schema(as = ExplainedAttempt)]
pub(super) struct AttemptBody {
    /// `att_…`
    id: String,
    /// 1 for the first of the payment.
    number: i64,
    /// `processing`, `action_required`, `completed`, `failed` or `cancelled`.
    status: &'static str,
    /// For example `momo_mtn`.
    method_code: &'static str,
    /// ISO 3166-1 alpha-2.
    country: &'static str,
    /// The payer's number, masked; null when none was given or it is no longer kept.
    payer: Option<String>,
    /// What is to be paid, in the attempt's currency.
    amount: AmountBody,
    /// By which it was priced, exact decimal text; null in the payment's own currency.
    exchange_rate: Option<String>,
    /// The merchant's factor on top.
    correction_rate: Option<String>,
    /// Whether it follows an attempt that provably took nothing, or an account that was down.
    is_fallback: bool,
    /// Why it failed, or why its last try did.
    failure: Option<FailureBody>,
    /// What was decided about each account of the rule, in the order of thought.
    route: Vec<RouteBody>,
    /// What it was or is permitted to charge, oldest first.
    permits: Vec<PermitBody>,
    /// When it started.
    created_at: String,
    /// When it ended.
    ended_at: Option<String>,
}

/// Why something failed.
#[derive(Serialize, ToSchema)]
#[schema(as = ExplainedFailure)]
struct FailureBody {
    /// Our code.
    code: &'static str,
    /// The provider's own code, or what our HTTP module saw.
    gateway_code: Option<String>,
    /// One sentence.
    message: &'static str,
}

/// What was decided about one account.
#[derive(Serialize, ToSchema)]
#[schema(as = ExplainedRoute)]
struct RouteBody {
    /// `acc_…`
    account_id: String,
    /// The account's name for people.
    account_name: Option<String>,
    /// Code of its gateway.
    gateway_code: String,
    /// `taken` or `skipped`.
    verdict: &'static str,
    /// Why, as a code.
    reason: &'static str,
    /// Why, in a sentence.
    text: &'static str,
    /// Its recent success in percent, as it was seen then.
    success_percent: i64,
}

/// The right to send one charge.
#[derive(Serialize, ToSchema)]
#[schema(as = ExplainedPermit)]
struct PermitBody {
    /// `txn_…`
    id: String,
    /// The reference that we gave the provider.
    reference: String,
    /// The provider's id of the transaction.
    external_id: Option<String>,
    /// `open`, `sent`, `paid` or `dead`.
    state: &'static str,
    /// Of a sent one: `in_flight`, `unknown` or `accepted`.
    knowledge: Option<&'static str>,
    /// Of a dead one: what proved that no money can be taken.
    proof: Option<&'static str>,
    /// The fact that carries that proof.
    proof_fact_id: Option<String>,
    /// What that means, in a sentence.
    text: &'static str,
    /// When the transaction committed that allowed the charge.
    sent_at: Option<String>,
    /// When it was paid or proven dead.
    ended_at: Option<String>,
    /// Calls to the provider, oldest first; of the questions the latest hundred.
    calls: Vec<CallBody>,
    /// All questions asked.
    questions: i64,
    /// What was said about its money, oldest first.
    facts: Vec<FactBody>,
}

/// One thing that was said about money.
#[derive(Serialize, ToSchema)]
#[schema(as = ExplainedFact)]
struct FactBody {
    /// `fct_…`
    id: String,
    /// Such as `captured`.
    kind: &'static str,
    /// What that means.
    text: &'static str,
    /// `response`, `callback`, `poll`, `statement` or `person`.
    source: &'static str,
    /// What that means.
    source_text: &'static str,
    /// The amount that was named, in major units with its currency.
    amount: Option<String>,
    /// The provider's id of the transaction.
    external_id: Option<String>,
    /// The provider's reason, or our evidence.
    reason: Option<String>,
    /// Whether it is the proof of the permit's death.
    is_proof: bool,
    /// When it was heard.
    at: String,
}

impl AttemptBody {
    pub(super) fn of(explained: &ExplainedAttempt, names: &Names) -> Self {
        let attempt = &explained.attempt;
        let ended_at_ms = match &attempt.state {
            AttemptState::Processing(_) | AttemptState::ActionRequired(..) => None,
            AttemptState::Completed { at_ms }
            | AttemptState::Failed { at_ms, .. }
            | AttemptState::Cancelled { at_ms, .. } => Some(*at_ms),
        };
        let failure = attempt.state.failure().map(|failure| FailureBody {
            code: failure.code.code(),
            gateway_code: failure.gateway_code.clone(),
            message: failure.code.message(),
        });
        Self {
            id: attempt.id.to_string(),
            number: attempt.number,
            status: attempt.state.code(),
            method_code: attempt.method.code(),
            country: attempt.country.code(),
            payer: explained.payer.clone(),
            amount: AmountBody::of(attempt.amount),
            exchange_rate: attempt.exchange_rate.clone(),
            correction_rate: attempt.correction_rate.clone(),
            is_fallback: attempt.is_fallback,
            failure,
            route: attempt.route.iter().map(|step| RouteBody::of(step, names)).collect(),
            permits: explained.permits.iter().map(PermitBody::of).collect(),
            created_at: moment(attempt.created_at_ms),
            ended_at: ended_at_ms.map(moment),
        }
    }
}

impl RouteBody {
    fn of(step: &RouteStep, names: &Names) -> Self {
        Self {
            account_id: step.account_id.to_string(),
            account_name: names.get(&step.account_id).cloned(),
            gateway_code: step.gateway_code.clone(),
            verdict: step.verdict.code(),
            reason: step.verdict.reason(),
            text: step.verdict.text(),
            success_percent: (step.success_permille + 5) / 10,
        }
    }
}

impl PermitBody {
    fn of(explained: &ExplainedPermit) -> Self {
        let permit = &explained.permit;
        let (knowledge, proof) = match permit.state {
            PermitState::Open | PermitState::Paid => (None, None),
            PermitState::Sent(knowledge) => (Some(knowledge.code()), None),
            PermitState::Dead(proof) => (None, Some(proof.code())),
        };
        let facts = explained.facts.iter();
        Self {
            id: permit.id.to_string(),
            reference: permit.merchant_ref.clone(),
            external_id: permit.external_id.clone(),
            state: permit.state.code(),
            knowledge,
            proof,
            proof_fact_id: explained.died_by.map(|id| id.to_string()),
            text: of_permit(permit.state),
            sent_at: permit.sent_at_ms.map(moment),
            ended_at: permit.ended_at_ms.map(moment),
            calls: explained.calls.iter().map(CallBody::of).collect(),
            questions: explained.questions,
            facts: facts.map(|fact| FactBody::of(fact, explained.died_by)).collect(),
        }
    }
}

impl FactBody {
    fn of(fact: &FactRow, proof: Option<FactId>) -> Self {
        Self {
            id: fact.id.to_string(),
            kind: fact.kind.code(),
            text: of_fact(fact.kind),
            source: fact.source.code(),
            source_text: of_source(fact.source),
            amount: amount(fact),
            external_id: fact.external_id.clone(),
            reason: fact.reason.clone(),
            is_proof: proof == Some(fact.id),
            at: moment(fact.at_ms),
        }
    }
}

/// In major units, unless the provider named something that is no amount of ours.
fn amount(fact: &FactRow) -> Option<String> {
    let (minor, currency) = (fact.amount_minor?, fact.currency.as_deref()?);
    let known = Currency::parse(currency).ok();
    let money = known.and_then(|known| Money::from_minor(minor, known).ok());
    Some(match money {
        Some(money) => format!("{} {currency}", money.decimal()),
        None => format!("{minor} minor units of {currency}"),
    })
}
