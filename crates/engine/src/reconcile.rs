//! Ask the providers again about everything that was sent for an intent, now, because the merchant wants to know.

use std::sync::Arc;

use domain::ids::{AttemptId, IntentId, PermitId};
use domain::scope::{ApiFamily, Scope};
use store::idempotency::EffectKind;
use store::{intents, permits};

use crate::Engine;
use crate::case::payment_view;
use crate::commands::Claim;
use crate::house::House;
use crate::look_up::{Asked, Cause, look_up};
use crate::refusal::Refusal;
use crate::render::{Answer, Rendered, Reply};
use crate::request::{Request, bench_for};
use crate::views::{Answered, PaymentView, Reconciliation};

impl Engine {
    /// Asks the providers about every charge of an intent and answers with the payment before and after.
    ///
    /// # Errors
    /// A [`Refusal`]; nothing was asked then.
    pub async fn reconcile(
        &self,
        scope: Scope,
        intent_id: IntentId,
        spoken: (ApiFamily, Option<Claim>),
    ) -> Result<Answer, Refusal> {
        let (family, claim) = spoken;
        let request = Request {
            scope,
            family,
            effect: EffectKind::Reconcile,
            claim,
            intent_id,
        };
        let (house, asked) = (self.house.clone(), request.clone());
        self.answer(request, async move { reconcile(&house, &asked).await })
            .await
    }
}

async fn reconcile(house: &Arc<House>, request: &Request) -> Result<Rendered, Refusal> {
    let scope = request.scope;
    let bench = bench_for(house, scope).await?;
    let (begun, epoch) = (request.clone(), house.epoch);
    let (before, created_at_ms) = house
        .store
        .write(move |tx| {
            begun.claim(tx, epoch)?;
            let intent = intents::get(tx, &scope, begun.intent_id)?
                .ok_or_else(|| Refusal::UnknownIntent(begun.intent_id.to_string()))?;
            begun.bind(tx, None)?;
            Ok::<_, Refusal>((payment_view(tx, &scope, intent)?, store::clock(tx)?))
        })
        .await?;
    let Tally { requeried, answered } = ask_all(house, scope, request.intent_id).await?;
    let mut bench = bench;
    let id = bench.draws.id(created_at_ms);
    let ended = request.clone();
    house
        .store
        .write(move |tx| {
            let intent = intents::get(tx, &scope, ended.intent_id)?
                .ok_or_else(|| Refusal::UnknownIntent(ended.intent_id.to_string()))?;
            let after: PaymentView = payment_view(tx, &scope, intent)?;
            let ended_at_ms = store::clock(tx)?;
            let reply = Reply::Reconciled(Box::new(Reconciliation {
                id,
                before: before.clone(),
                after,
                requeried: requeried.clone(),
                answered,
                created_at_ms,
                completed_at_ms: (answered != Answered::NotYet).then_some(ended_at_ms),
            }));
            let rendered = bench.house.render.reply(ended.family, &reply);
            ended.store_answer(tx, bench.clone(), &rendered, ended_at_ms)?;
            Ok(rendered)
        })
        .await
}

async fn ask_all(house: &Arc<House>, scope: Scope, intent_id: IntentId) -> Result<Tally, Refusal> {
    let sent: Vec<(PermitId, AttemptId)> = house
        .store
        .read(move |tx| {
            let all = permits::of_intent(tx, &scope, intent_id)?;
            let sent = all.into_iter().filter(|permit| permit.sent_at_ms.is_some());
            Ok::<_, Refusal>(sent.map(|permit| (permit.id, permit.attempt_id)).collect())
        })
        .await?;
    let mut tally = Tally::default();
    for (permit_id, attempt_id) in sent {
        let asked = look_up(house, scope, permit_id, Cause::Nudge).await?;
        tally.count(attempt_id, asked);
    }
    Ok(tally)
}

/// What came of the questions so far.
#[derive(Debug, PartialEq, Eq)]
struct Tally {
    /// The attempts that a provider was really asked about.
    requeried: Vec<AttemptId>,
    answered: Answered,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            requeried: Vec::new(),
            answered: Answered::Yes,
        }
    }
}

impl Tally {
    /// Counts a question. One that could not be asked weighs most: only its answer ends the reconciliation.
    fn count(&mut self, attempt_id: AttemptId, asked: Asked) {
        match asked {
            Asked::Nothing => return,
            Asked::TooSoon { .. } => {
                self.answered = Answered::NotYet;
                return;
            }
            Asked::NoAnswer if self.answered == Answered::Yes => self.answered = Answered::No,
            Asked::NoAnswer | Asked::Answered => {}
        }
        if !self.requeried.contains(&attempt_id) {
            self.requeried.push(attempt_id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Answered, Asked, AttemptId, Tally};

    #[test]
    fn a_question_that_could_not_be_asked_is_open_and_its_attempt_is_not_named() {
        let (asked, spared) = (AttemptId::new(0, 1), AttemptId::new(0, 2));
        let mut tally = Tally::default();
        tally.count(asked, Asked::NoAnswer);
        assert_eq!(tally.answered, Answered::No);
        tally.count(spared, Asked::TooSoon { wait_ms: 2 });
        tally.count(asked, Asked::NoAnswer);
        let expected = Tally {
            requeried: vec![asked],
            answered: Answered::NotYet,
        };
        assert_eq!(tally, expected);
    }
}
