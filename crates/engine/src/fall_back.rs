//! Try a dead attempt's payment at another account once the payer's phone has rested. Owns when that is still wanted;
//! where it goes is the case's business.

use std::sync::Arc;

use domain::ids::AttemptId;
use domain::intent::IntentState;
use domain::scope::{ApiFamily, Scope};
use store::idempotency::EffectKind;
use store::{StoreError, Tx, attempts};

use crate::case::{Bench, Case, Charge};
use crate::charge::make_charges;
use crate::house::House;
use crate::refusal::Refusal;
use crate::request::{Request, bench_for};

/// Falls back after this attempt, unless the payment has gone another way meanwhile.
pub(crate) async fn fall_back(house: &Arc<House>, scope: Scope, attempt_id: AttemptId) -> Result<(), Refusal> {
    let dead = house
        .store
        .read(move |tx| Ok::<_, Refusal>(attempts::get(tx, &scope, attempt_id)?))
        .await?;
    let intent_id = dead.ok_or(StoreError::Missing)?.intent_id;
    let bench = bench_for(house, scope).await?;
    let next = house
        .store
        .write(move |tx| open_next(tx, &bench, (intent_id, attempt_id)))
        .await?;
    let Some(charge) = next else {
        return Ok(());
    };
    let request = Request {
        scope,
        family: ApiFamily::Payment,
        effect: EffectKind::Attempt,
        claim: None,
        intent_id,
    };
    make_charges(house, &request, charge).await.map(|_| ())
}

fn open_next(
    tx: &mut Tx<'_>,
    bench: &Bench,
    ids: (domain::ids::IntentId, AttemptId),
) -> Result<Option<Charge>, Refusal> {
    let (intent_id, attempt_id) = ids;
    let mut case = Case::open(tx, bench, intent_id)?;
    let is_last = case.intent.active_attempt_id == Some(attempt_id);
    if !is_last || case.intent.state != IntentState::Open || case.live_permit().is_some() {
        return Ok(None);
    }
    let next = if case.is_over() {
        case.end_if_due(attempt_id)?;
        None
    } else {
        case.fall_back(attempt_id)?
    };
    case.finish()?;
    Ok(next)
}
