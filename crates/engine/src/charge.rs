//! The second and third phase of a charge: the call, with no transaction open, and the transaction that settles what
//! came of it. Goes on with the next charge while one follows. Never decides what an outcome means (`settle` does).

use std::sync::Arc;
use std::time::Duration;

use domain::ids::{CallId, IntentId, PermitId};
use domain::outcome::{ChargeOutcome, Hindrance};
use gateways::http::Masks;
use store::calls::{self, CallEnd};

use crate::case::{Bench, Case, Charge, seen_in};
use crate::door;
use crate::house::House;
use crate::keep_exchanges::{Watched, masks_for, watch};
use crate::refusal::Refusal;
use crate::render::Rendered;
use crate::request::{Request, Step, bench_for};

/// Longest wait between two tries to write down what a provider answered.
const WRITE_AGAIN_MAX: Duration = Duration::from_secs(1);

/// Goes on from the first transaction of a request to its answer.
pub(crate) async fn carry_out(house: &Arc<House>, request: &Request, step: Step) -> Result<Rendered, Refusal> {
    match step {
        Step::Answered(rendered) => Ok(rendered),
        Step::Charge(charge) => make_charges(house, request, *charge).await,
    }
}

/// Makes a charge, and those that follow it, until the request has its answer.
pub(crate) async fn make_charges(house: &Arc<House>, request: &Request, first: Charge) -> Result<Rendered, Refusal> {
    let mut charge = first;
    loop {
        match make_charge(house, request, charge).await? {
            Step::Answered(rendered) => return Ok(rendered),
            Step::Charge(next) => charge = *next,
        }
    }
}

async fn make_charge(house: &Arc<House>, request: &Request, charge: Charge) -> Result<Step, Refusal> {
    let Charge {
        scope,
        intent_id,
        permit_id,
        call_id,
        started_at_ms,
        permit,
        order,
        account,
    } = charge;
    let _at_work = house.calls.begin(call_id);
    let started_ms = house.world.monotonic_ms();
    let bench = bench_for(house, scope).await?;
    let opened = house.open_account(&bench.tenant, &account);
    let seen = match (house.gateway(&account.gateway_code), opened) {
        (Ok(gateway), Ok(opened)) => {
            let masks = masks_for(gateway, (&account, &opened), order.phone.as_ref());
            let masks = order.one_time_code.iter().fold(masks, |masks, code| masks.secret(code));
            let page = order.return_url.as_deref();
            let token = page.and_then(|url| door::checkout_token_in(url, &house.public_url));
            let masks = token.into_iter().fold(masks, Masks::secret);
            watch(&bench, masks, gateway.charge(permit, &order, &opened)).await
        }
        (Err(refusal), _) | (_, Err(refusal)) => Watched::without_exchange(ChargeOutcome::NotSent {
            why: refusal.to_string(),
            by: Hindrance::Us,
        }),
    };
    let class = seen.outcome.class();
    let took_ms = house.world.monotonic_ms() - started_ms;
    tracing::info!(event = "charge", intent = %intent_id, permit = %permit_id, gateway = %account.gateway_code,
        outcome = class.code(), ms = took_ms);
    metrics::counter!("cowry_calls_total", "kind" => "charge", "gateway" => account.gateway_code.clone(), "outcome" => class.code())
        .increment(1);
    let ids = Ids {
        intent_id,
        permit_id,
        call_id,
        started_at_ms,
    };
    Ok(write_down(house, request, &bench, ids, seen).await)
}

/// Which call is being settled.
#[derive(Clone, Copy)]
struct Ids {
    intent_id: IntentId,
    permit_id: PermitId,
    call_id: CallId,
    started_at_ms: i64,
}

/// The settling transaction, tried until it commits: what a provider said is never dropped.
async fn write_down(
    house: &Arc<House>,
    request: &Request,
    bench: &Bench,
    ids: Ids,
    seen: Watched<ChargeOutcome>,
) -> Step {
    let mut wait = Duration::from_millis(20);
    loop {
        let (bench, request, seen) = (bench.clone(), request.clone(), seen.clone());
        let settled = house
            .store
            .write(move |tx| settle(tx, &bench, &request, ids, &seen))
            .await;
        match settled {
            Ok(step) => {
                house.wake.notify_one();
                return step;
            }
            Err(refusal) => {
                tracing::error!(event = "settle_retried", intent = %ids.intent_id, permit = %ids.permit_id, error = %refusal);
                house.world.sleep(wait).await;
                wait = (wait * 2).min(WRITE_AGAIN_MAX);
            }
        }
    }
}

fn settle(
    tx: &mut store::Tx<'_>,
    bench: &Bench,
    request: &Request,
    ids: Ids,
    seen: &Watched<ChargeOutcome>,
) -> Result<Step, Refusal> {
    let outcome = &seen.outcome;
    let mut case = Case::open(tx, bench, ids.intent_id)?;
    let evidence = match outcome {
        ChargeOutcome::NotSent { why, .. } | ChargeOutcome::Unknown { why } => Some(why.clone()),
        ChargeOutcome::NotProcessed { gateway_code } => Some(gateway_code.clone()),
        ChargeOutcome::Declined { failure, .. } => Some(failure.code.to_string()),
        ChargeOutcome::Pending { .. } | ChargeOutcome::Captured(_) => None,
    };
    let end = CallEnd {
        class: outcome.class(),
        evidence,
        at_ms: case.at_ms,
    };
    calls::end(case.tx, &bench.tenant.scope, ids.call_id, &end)?;
    seen.keep(case.tx, &bench.tenant.scope, ids.call_id)?;
    if let Some(seen) = seen_in(outcome) {
        case.observe(ids.permit_id, seen, ids.started_at_ms)?;
    }
    let next = case.settle_charge(ids.permit_id, outcome.clone())?;
    request.conclude(case, next)
}
