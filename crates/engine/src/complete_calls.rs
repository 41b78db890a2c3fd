//! Calls whose process died, or whose task in this process did: their outcome is unknown, so the provider is asked by
//! our reference. Nothing is sent again.

use std::sync::Arc;

use domain::outcome::{ChargeOutcome, Hindrance, OutcomeClass};
use domain::permit::PermitEvent;
use domain::planted;
use domain::scope::Scope;
use store::calls::{self, Call, CallEnd, CallKind};
use store::{Tx, permits};

use crate::case::{Bench, Case};
use crate::house::House;
use crate::refusal::Refusal;
use crate::request::bench_for;

/// Calls taken up at a time.
const BATCH: i64 = 64;

/// A call of this process without a task is taken up after this time: longer than a send window and a deadline.
const OVERDUE_MS: i64 = 30_000;

/// Takes up calls that nobody is at work on. Returns how many there were.
pub(crate) async fn complete_calls(house: &Arc<House>) -> Result<usize, Refusal> {
    let epoch = house.epoch;
    let (mut orphaned, overdue) = house
        .store
        .read(move |tx| {
            let before_ms = store::clock(tx)? - OVERDUE_MS;
            let overdue = calls::overdue(tx, epoch, before_ms, BATCH)?;
            Ok::<_, Refusal>((calls::orphaned(tx, BATCH)?, overdue))
        })
        .await?;
    orphaned.extend(overdue.into_iter().filter(|(_, call)| !house.calls.has(call.id)));
    let count = orphaned.len();
    for (scope, call) in orphaned {
        let bench = bench_for(house, scope).await?;
        house.store.write(move |tx| take_up(tx, &bench, &scope, &call)).await?;
    }
    Ok(count)
}

fn take_up(tx: &mut Tx<'_>, bench: &Bench, scope: &Scope, call: &Call) -> Result<(), Refusal> {
    let Some(intent_id) = permits::intent_of(tx, scope, call.permit_id)? else {
        return Ok(());
    };
    let mut case = Case::open(tx, bench, intent_id)?;
    let evidence = Some(format!("nobody in process {} works on it any more", call.epoch));
    let at_ms = case.at_ms;
    if calls::end(
        case.tx,
        scope,
        call.id,
        &CallEnd {
            class: OutcomeClass::Unknown,
            evidence,
            at_ms,
        },
    )? == 0
    {
        return Ok(());
    }
    if call.kind == CallKind::Charge && planted::is("crash_means_not_sent") {
        let why = "crash".to_owned();
        let by = Hindrance::Us;
        case.settle_charge(call.permit_id, ChargeOutcome::NotSent { why, by })?;
    }
    if call.kind == CallKind::Charge && case.learn(call.permit_id, PermitEvent::LoseTrack)?.is_ok() {
        case.look_up_at(call.permit_id, at_ms)?;
    }
    tracing::warn!(event = "call_taken_up", intent = %intent_id, permit = %call.permit_id, epoch = call.epoch);
    case.finish().map(|_| ())
}
