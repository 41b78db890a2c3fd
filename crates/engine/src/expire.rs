//! End an intent whose time is over: at once when nothing is live, later (when the last permit dies) otherwise.

use std::sync::Arc;

use domain::attempt::AttemptEvent;
use domain::failure::{Failure, FailureCode};
use domain::ids::IntentId;
use domain::intent::{Attempts, IntentEvent};
use domain::permit::{DeathProof, PermitState};
use domain::planted;
use domain::scope::Scope;
use store::Tx;

use crate::case::{Bench, Case};
use crate::house::House;
use crate::refusal::Refusal;
use crate::request::bench_for;

/// Ends an intent if its time is over and no payer may still pay it.
pub(crate) async fn expire(house: &Arc<House>, scope: Scope, intent_id: IntentId) -> Result<(), Refusal> {
    let bench = bench_for(house, scope).await?;
    house.store.write(move |tx| end(tx, &bench, intent_id)).await
}

fn end(tx: &mut Tx<'_>, bench: &Bench, intent_id: IntentId) -> Result<(), Refusal> {
    let mut case = Case::open(tx, bench, intent_id)?;
    if case.intent.state.is_final() {
        return Ok(());
    }
    if !case.is_over() {
        // The clock has stepped back since the timer fired.
        case.plan_end()?;
        return case.finish().map(|_| ());
    }
    let waiting = case
        .live_permit()
        .filter(|permit| permit.state == PermitState::Open)
        .map(|p| (p.id, p.attempt_id));
    if let Some((permit_id, attempt_id)) = waiting {
        case.kill(permit_id, DeathProof::NeverSent, None)?.ok();
        let failure = Failure::new(FailureCode::PaymentTimeout);
        case.move_attempt(attempt_id, AttemptEvent::Fail(failure))?.ok();
    }
    match case.attempts_known() {
        Attempts::Live if planted::is("expired_while_prompt_stands") => {
            case.move_intent(IntentEvent::TimeOver(Attempts::Dead), None)?.ok();
        }
        Attempts::Live => {}
        attempts @ (Attempts::None | Attempts::Dead) => {
            case.move_intent(IntentEvent::TimeOver(attempts), None)?.ok();
        }
    }
    case.finish().map(|_| ())
}
