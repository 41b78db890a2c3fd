//! Cancel an intent: at once while nothing was sent, after a confirmed close of an open page, and never while a payer
//! may still pay. Nothing is remembered after a refusal.

use domain::failure::FailureCode;
use domain::ids::IntentId;
use domain::intent::{Attempts, IntentEvent};
use domain::planted;
use domain::scope::{ApiFamily, Scope};
use store::Tx;
use store::idempotency::EffectKind;

use crate::Engine;
use crate::case::{Bench, Case};
use crate::charge::carry_out;
use crate::commands::Claim;
use crate::refusal::Refusal;
use crate::render::Answer;
use crate::request::{Request, Step, bench_for};

impl Engine {
    /// Cancels an intent.
    ///
    /// # Errors
    /// A [`Refusal`]; the intent stands as it was.
    pub async fn cancel(
        &self,
        scope: Scope,
        intent_id: IntentId,
        spoken: (ApiFamily, Option<Claim>),
    ) -> Result<Answer, Refusal> {
        let (family, claim) = spoken;
        let request = Request {
            scope,
            family,
            effect: EffectKind::Cancel,
            claim,
            intent_id,
        };
        let (engine, asked) = (self.clone(), request.clone());
        let work = async move {
            if let Some(page) = engine.open_page(scope, intent_id).await? {
                let which = (intent_id, page);
                engine.close_page(scope, which, FailureCode::Cancelled).await?;
            }
            let house = &engine.house;
            let bench = bench_for(house, scope).await?;
            let cancelled = asked.clone();
            let step = house.store.write(move |tx| cancel(tx, &bench, &cancelled)).await?;
            carry_out(house, &asked, step).await
        };
        self.answer(request, work).await
    }
}

fn cancel(tx: &mut Tx<'_>, bench: &Bench, request: &Request) -> Result<Step, Refusal> {
    request.claim(tx, bench.house.epoch)?;
    let mut case = Case::open(tx, bench, request.intent_id)?;
    if !case.intent.state.is_final() && !planted::is("cancelled_while_prompt_stands") {
        case.supersede(FailureCode::Cancelled)?;
    }
    let attempts = match planted::is("cancelled_while_prompt_stands") {
        true => Attempts::Dead,
        false => case.attempts_known(),
    };
    if let Err(illegal) = case.move_intent(IntentEvent::Cancel(attempts), None)? {
        return Err(case.refusal_of(illegal));
    }
    request.bind(case.tx, case.intent.active_attempt_id)?;
    request.conclude(case, None)
}
