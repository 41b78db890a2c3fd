//! Settle a callback that was kept: prove it again, find its permit, and give its news to `settle`; or let it wait for
//! its permit. Owns what becomes of a kept callback; never decides about money.

use std::sync::Arc;
use std::time::Duration;

use domain::attention::AttentionKind;
use domain::ids::{AccountId, AttentionId, InboxId};
use domain::scope::{ApiFamily, Scope};
use gateways::contract::{CallbackNews, CallbackProof, RawCallback};
use store::accounts::{self, AccountRow};
use store::attention::{self, Item};
use store::facts::Source;
use store::idempotency::EffectKind;
use store::inbox::{self, InboxRow, InboxState};
use store::timers::{self, TimerKind};
use store::{StoreError, Tx, permits};

use super::{body_place, count, headers_place, proof, read};
use crate::case::{Bench, Case, Charge};
use crate::charge::make_charges;
use crate::house::{House, Tenant, sealed};
use crate::refusal::Refusal;
use crate::request::{Request, bench_for};

/// A callback whose reference is unknown is matched again every minute for this long; then only when a permit with that
/// reference is made.
const ORPHAN_AFTER_MS: i64 = 3_600_000;
const MATCH_AGAIN_MS: i64 = 60_000;

/// A kept callback, opened.
#[derive(Clone)]
struct Kept {
    id: InboxId,
    account_id: AccountId,
    received_at_ms: i64,
    proof: CallbackProof,
    /// None when this program cannot prove or read it (any more).
    news: Option<CallbackNews>,
}

/// What became of it.
enum Fate {
    /// Somebody else has processed it.
    Gone,
    /// It is matched again later.
    Waits,
    /// Nobody knows its reference: it waits for a person, or for a permit with that reference.
    Orphaned,
    /// Nobody knows its reference, and nobody signed it.
    Dropped,
    /// It is settled.
    Settled {
        /// Milliseconds since it came.
        took_ms: i64,
        /// The charge that follows.
        next: Option<Box<Charge>>,
    },
}

/// Settles a callback that was kept, unless it is settled.
pub(crate) async fn process(house: &Arc<House>, scope: Scope, id: InboxId) -> Result<(), Refusal> {
    let bench = bench_for(house, scope).await?;
    let found = house.store.read(move |tx| waiting(tx, &scope, id)).await?;
    let Some((row, account)) = found else {
        return Ok(());
    };
    let kept = open(house, &bench.tenant, &row, &account)?;
    let fate = house.store.write(move |tx| settle(tx, &bench, &kept)).await?;
    match fate {
        Fate::Gone | Fate::Waits => {}
        Fate::Orphaned => {
            count(&account.gateway_code, "orphan");
            tracing::warn!(event = "callback_orphaned", inbox = %id, account = %account.id);
        }
        Fate::Dropped => count(&account.gateway_code, "dropped"),
        Fate::Settled { took_ms, next } => {
            let took = Duration::from_millis(u64::try_from(took_ms).unwrap_or(0));
            metrics::histogram!("cowry_callback_processing_seconds", "gateway" => account.gateway_code)
                .record(took.as_secs_f64());
            if let Some(charge) = next {
                follow(house, scope, *charge).await?;
            }
        }
    }
    Ok(())
}

fn waiting(tx: &mut Tx<'_>, scope: &Scope, id: InboxId) -> Result<Option<(InboxRow, AccountRow)>, Refusal> {
    let Some(row) = inbox::get(tx, scope, id)?.filter(|row| row.state == InboxState::Waiting) else {
        return Ok(None);
    };
    let account = accounts::get(tx, scope, row.account_id)?.ok_or(StoreError::Missing)?;
    Ok(Some((row, account)))
}

/// Proves and reads it again: the credentials or the program may have changed since it came.
fn open(house: &House, tenant: &Tenant, row: &InboxRow, account: &AccountRow) -> Result<Kept, Refusal> {
    let columns = &tenant.keys.columns;
    let body = columns.open(&body_place(row.id), &row.body).map_err(sealed)?;
    let headers = columns.open(&headers_place(row.id), &row.headers).map_err(sealed)?;
    let headers = String::from_utf8_lossy(&headers)
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let callback = RawCallback {
        headers,
        body: body.to_vec(),
    };
    Ok(Kept {
        id: row.id,
        account_id: account.id,
        received_at_ms: row.received_at_ms,
        proof: proof(house, account)?,
        news: read(house, tenant, account, &callback)?.ok(),
    })
}

/// The next charge of a payment whose callback was a final no.
async fn follow(house: &Arc<House>, scope: Scope, charge: Charge) -> Result<(), Refusal> {
    let request = Request {
        scope,
        family: ApiFamily::Payment,
        effect: EffectKind::Attempt,
        claim: None,
        intent_id: charge.intent_id,
    };
    make_charges(house, &request, charge).await.map(drop)
}

fn settle(tx: &mut Tx<'_>, bench: &Bench, kept: &Kept) -> Result<Fate, Refusal> {
    let scope = bench.tenant.scope;
    // Held before its permit is looked for: a permit that is made meanwhile wakes it only after this has ended.
    if inbox::hold(tx, &scope, kept.id)? == 0 {
        return Ok(Fate::Gone);
    }
    let at_ms = store::clock(tx)?;
    let Some(news) = &kept.news else {
        return wait(tx, bench, kept, at_ms);
    };
    let Some((permit_id, intent_id)) = permits::by_reference(tx, &scope, kept.account_id, &news.merchant_ref)? else {
        return wait(tx, bench, kept, at_ms);
    };
    end(tx, &scope, kept.id, (InboxState::Processed, at_ms))?;
    let took_ms = at_ms - kept.received_at_ms;
    if took_ms >= ORPHAN_AFTER_MS {
        let subject_id = kept.id.to_string();
        attention::resolve(tx, &scope, AttentionKind::OrphanCallback, &subject_id, at_ms)?;
    }
    let mut case = Case::open(tx, bench, intent_id)?;
    let next = match kept.proof {
        CallbackProof::Signed => case.settle_sightings(permit_id, &news.sightings, Source::Callback)?,
        CallbackProof::ConfirmByStatus => {
            case.look_up_at(permit_id, at_ms)?;
            None
        }
    };
    case.finish()?;
    let next = next.map(Box::new);
    Ok(Fate::Settled { took_ms, next })
}

/// Nobody knows its reference yet.
fn wait(tx: &mut Tx<'_>, bench: &Bench, kept: &Kept, at_ms: i64) -> Result<Fate, Refusal> {
    let scope = bench.tenant.scope;
    if at_ms - kept.received_at_ms < ORPHAN_AFTER_MS {
        let due_ms = at_ms + MATCH_AGAIN_MS;
        timers::set(tx, &scope, TimerKind::ProcessCallback, &kept.id.stored(), due_ms)?;
        return Ok(Fate::Waits);
    }
    match kept.proof {
        CallbackProof::Signed => {
            end(tx, &scope, kept.id, (InboxState::Orphan, at_ms))?;
            attend(tx, bench, kept, at_ms)?;
            Ok(Fate::Orphaned)
        }
        // Whoever knows the address can send these: they are neither kept for ever nor shown to anybody.
        CallbackProof::ConfirmByStatus => {
            end(tx, &scope, kept.id, (InboxState::Refused, at_ms))?;
            inbox::trim_refused(tx, &scope, kept.account_id)?;
            Ok(Fate::Dropped)
        }
    }
}

fn end(tx: &mut Tx<'_>, scope: &Scope, id: InboxId, (state, at_ms): (InboxState, i64)) -> Result<(), StoreError> {
    inbox::mark(tx, scope, id, state, at_ms)?;
    timers::clear(tx, scope, TimerKind::ProcessCallback, &id.stored())?;
    Ok(())
}

fn attend(tx: &mut Tx<'_>, bench: &Bench, kept: &Kept, at_ms: i64) -> Result<(), StoreError> {
    let id: AttentionId = bench.draws.clone().id(at_ms);
    let evidence = match &kept.news {
        Some(news) => format!("reference {}", news.merchant_ref.chars().take(64).collect::<String>()),
        None => "this program cannot read it, or the account's key was replaced since it came".to_owned(),
    };
    attention::insert(
        tx,
        &Item {
            scope: bench.tenant.scope,
            id,
            kind: AttentionKind::OrphanCallback,
            subject_id: kept.id.to_string(),
            intent_id: None,
            evidence,
            created_at_ms: at_ms,
        },
    )?;
    Ok(())
}
