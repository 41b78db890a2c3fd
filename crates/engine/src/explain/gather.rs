//! Reads all that an explanation needs, in one transaction; seals stay closed in it.

use std::collections::BTreeMap;

use domain::exchange::Exchange;
use domain::ids::{AttemptId, IntentId, PermitId};
use domain::scope::Scope;
use store::attempts::{self, Attempt};
use store::calls::{self, MadeCall};
use store::exchanges::{self, SealedExchange};
use store::permits::{self, Permit};
use store::{StoreError, Tx, accounts, attention, facts, intents, journal, timers};

use super::{ExplainedAttempt, ExplainedCall, ExplainedPermit, Explanation, NextStep, Subject};
use crate::keep_exchanges::phone_of;
use crate::refusal::Refusal;

const ATTEMPTS_MAX: i64 = 50;
const CALLS_MAX: i64 = 100;
const FACTS_MAX: i64 = 200;

/// An explanation whose calls have no exchanges yet, and those, sealed, in the order of the calls.
pub(super) struct Gathered {
    explanation: Explanation,
    sealed: Vec<Vec<SealedExchange>>,
}

impl Gathered {
    /// Puts the exchanges in their places. One that does not open is left out.
    pub(super) fn open(self, open: impl Fn(&SealedExchange) -> Option<Exchange>) -> Explanation {
        let mut explanation = self.explanation;
        let permits = explanation.attempts.iter_mut().flat_map(|attempt| &mut attempt.permits);
        let calls = permits.flat_map(|permit| &mut permit.calls);
        for (call, sealed) in calls.zip(self.sealed) {
            call.exchanges = sealed.iter().filter_map(&open).collect();
        }
        explanation
    }
}

pub(super) fn gather(tx: &mut Tx<'_>, scope: &Scope, subject: Subject) -> Result<Gathered, Refusal> {
    let (intent_id, wanted) = place_of(tx, scope, subject)?;
    let intent = intents::get(tx, scope, intent_id)?.ok_or_else(|| Refusal::UnknownIntent(intent_id.to_string()))?;
    let mut found = attempts::of_intent(tx, scope, intent_id, i64::MAX, ATTEMPTS_MAX)?;
    found.reverse();
    if let Some(wanted) = wanted {
        // An old one of many is not among the latest.
        found = attempts::get(tx, scope, wanted)?.into_iter().collect();
    }
    let permits = permits::of_intent(tx, scope, intent_id)?;
    let mut sealed = Vec::new();
    let mut explained = Vec::new();
    for attempt in found {
        let id = attempt.id;
        let own = permits.iter().filter(|permit| permit.attempt_id == id);
        explained.push(explain_attempt(tx, scope, (attempt, own), &mut sealed)?);
    }
    let mut subjects = vec![(intent_id.to_string(), intent_id.stored())];
    for attempt in &explained {
        subjects.push((attempt.attempt.id.to_string(), attempt.attempt.id.stored()));
        let permits = attempt.permits.iter().map(|explained| explained.permit.id);
        subjects.extend(permits.map(|id| (id.to_string(), id.stored())));
    }
    let mut next = Vec::new();
    for (subject_id, stored) in &subjects {
        next.extend(timers::of(tx, scope, stored)?.into_iter().map(|waiting| NextStep {
            subject_id: subject_id.clone(),
            waiting,
        }));
    }
    next.sort_by_key(|step| step.waiting.due_at_ms);
    let is_told = |id: &str| wanted.is_none() || subjects.iter().any(|(known, _)| known == id);
    let mut lines = journal::of_intent(tx, scope, intent_id)?;
    lines.retain(|line| is_told(&line.subject_id));
    let mut items = attention::of_intent(tx, scope, intent_id)?;
    items.retain(|item| is_told(&item.subject_id));
    let all = accounts::all(tx, scope)?;
    let explanation = Explanation {
        intent,
        attempts: explained,
        account_names: BTreeMap::from_iter(all.into_iter().map(|account| (account.id, account.name))),
        journal: lines,
        attention: items,
        next,
    };
    Ok(Gathered { explanation, sealed })
}

/// The payment that the subject belongs to, and the one attempt of it that is asked about.
fn place_of(tx: &mut Tx<'_>, scope: &Scope, subject: Subject) -> Result<(IntentId, Option<AttemptId>), Refusal> {
    match subject {
        Subject::Intent(id) => Ok((id, None)),
        Subject::Attempt(id) => {
            let attempt = attempts::get(tx, scope, id)?.ok_or_else(|| Refusal::UnknownAttempt(id.to_string()))?;
            Ok((attempt.intent_id, Some(id)))
        }
        Subject::Permit(id) => {
            let permit = permit(tx, scope, id)?.ok_or_else(|| Refusal::UnknownAttempt(id.to_string()))?;
            Ok((permit.intent_id, Some(permit.attempt_id)))
        }
    }
}

fn permit(tx: &mut Tx<'_>, scope: &Scope, id: PermitId) -> Result<Option<Permit>, StoreError> {
    let Some(intent_id) = permits::intent_of(tx, scope, id)? else {
        return Ok(None);
    };
    let all = permits::of_intent(tx, scope, intent_id)?;
    Ok(all.into_iter().find(|permit| permit.id == id))
}

fn explain_attempt<'p>(
    tx: &mut Tx<'_>,
    scope: &Scope,
    found: (Attempt, impl Iterator<Item = &'p Permit>),
    sealed: &mut Vec<Vec<SealedExchange>>,
) -> Result<ExplainedAttempt, StoreError> {
    let (attempt, own) = found;
    let payer = phone_of(tx, scope, attempt.instrument_id)?.map(|phone| phone.masked());
    let mut permits = Vec::new();
    for permit in own {
        let made = calls::of_permit(tx, scope, permit.id, CALLS_MAX)?;
        for made in &made {
            sealed.push(exchanges::of_call(tx, scope, made.call.id)?);
        }
        let bare = |made: MadeCall| ExplainedCall {
            made,
            exchanges: Vec::new(),
        };
        permits.push(ExplainedPermit {
            permit: permit.clone(),
            died_by: permits::fact_of_death(tx, scope, permit.id)?,
            calls: made.into_iter().map(bare).collect(),
            questions: calls::count_questions(tx, scope, permit.id)?,
            facts: facts::of_permit(tx, scope, permit.id, FACTS_MAX)?,
        });
    }
    Ok(ExplainedAttempt {
        attempt,
        payer,
        permits,
    })
}
