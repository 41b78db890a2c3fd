//! Take a provider's callback in: check its signature, keep it raw, acknowledge, and only then settle it. A callback
//! whose signature does not hold changes nothing.

use std::sync::Arc;

use data_encoding::HEXLOWER;
use domain::attention::AttentionKind;
use domain::ids::{AccountId, AttentionId, InboxId};
use domain::scope::{ApiFamily, Scope};
use gateways::contract::{CallbackNews, CallbackProof, CallbackRefused, RawCallback};
use sha2::{Digest, Sha256};
use store::accounts::{self, AccountRow};
use store::attention::{self, Item};
use store::facts::Source;
use store::idempotency::EffectKind;
use store::inbox::{self, InboxRow, InboxState};
use store::permits;
use store::timers::{self, TimerKind};
use store::{StoreError, Tx};

use crate::Engine;
use crate::case::{Bench, Case, Charge};
use crate::charge::make_charges;
use crate::house::{House, Tenant, sealed};
use crate::refusal::Refusal;
use crate::request::{Request, bench_for};

/// If the process that took a callback in dies, the worker processes it after this time.
const RESCUE_MS: i64 = 5_000;

/// A callback with an unknown reference is matched again for this long, every minute.
const ORPHAN_AFTER_MS: i64 = 3_600_000;
const MATCH_AGAIN_MS: i64 = 60_000;

/// Why a callback is not taken in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallbackRefusal {
    /// No account has this path.
    #[error("no such callback address")]
    UnknownPath,
    /// The signature is missing or wrong.
    #[error("the signature does not hold")]
    BadSignature,
    /// It cannot be kept now; the provider should try again.
    #[error("not available: {0}")]
    Unavailable(String),
}

impl From<Refusal> for CallbackRefusal {
    fn from(refusal: Refusal) -> Self {
        Self::Unavailable(refusal.to_string())
    }
}

impl Engine {
    /// Takes a callback in; header names are in lower case. It is durable when this returns.
    ///
    /// # Errors
    /// A [`CallbackRefusal`].
    pub async fn receive_callback(
        &self,
        path: &str,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    ) -> Result<(), CallbackRefusal> {
        let house = &self.house;
        let path = path.to_owned();
        let found = house.store.read(move |tx| account_at(tx, &path)).await?;
        let Some((scope, account)) = found else {
            return Err(CallbackRefusal::UnknownPath);
        };
        let bench = bench_for(house, scope).await?;
        let callback = RawCallback { headers, body };
        let read = read(house, &bench.tenant, &account, &callback)?;
        let state = if read.is_ok() {
            InboxState::Waiting
        } else {
            InboxState::Refused
        };
        let result = match &read {
            Ok(_) => "accepted",
            Err(CallbackRefused::BadSignature) => "bad_signature",
            Err(CallbackRefused::Unreadable) => "unreadable",
        };
        metrics::counter!("cowry_callbacks_total", "gateway" => account.gateway_code.clone(), "result" => result)
            .increment(1);
        let id = self.keep(bench, &account, callback, state).await?;
        match (read, id) {
            (Ok(_), Some(id)) => {
                let house = Arc::clone(house);
                self.house.running.spawn(async move {
                    if let Err(refusal) = process(&house, scope, id).await {
                        tracing::warn!(event = "callback_waits", inbox = %id, error = %refusal);
                    }
                });
                Ok(())
            }
            (Err(CallbackRefused::BadSignature), _) => Err(CallbackRefusal::BadSignature),
            (Ok(_), None) | (Err(CallbackRefused::Unreadable), _) => Ok(()),
        }
    }

    /// Keeps a callback. `None` when the same one was kept before.
    async fn keep(
        &self,
        bench: Bench,
        account: &AccountRow,
        callback: RawCallback,
        state: InboxState,
    ) -> Result<Option<InboxId>, Refusal> {
        let account_id = account.id;
        self.house
            .store
            .write(move |tx| {
                let mut draws = bench.draws.clone();
                let scope = bench.tenant.scope;
                let at_ms = store::clock(tx)?;
                let id: InboxId = draws.id(at_ms);
                let columns = &bench.tenant.keys.columns;
                let headers: Vec<String> = callback
                    .headers
                    .iter()
                    .map(|(name, value)| format!("{name}: {value}"))
                    .collect();
                let row = InboxRow {
                    id,
                    account_id,
                    digest: HEXLOWER.encode(&Sha256::digest(&callback.body)),
                    headers: columns
                        .seal(&headers_place(id), draws.nonce(), headers.join("\n").as_bytes())
                        .map_err(sealed)?,
                    body: columns
                        .seal(&body_place(id), draws.nonce(), &callback.body)
                        .map_err(sealed)?,
                    state,
                    received_at_ms: at_ms,
                };
                if inbox::insert(tx, &scope, &row)? == 0 {
                    return Ok(None);
                }
                match state {
                    InboxState::Waiting => {
                        timers::set(tx, &scope, TimerKind::ProcessCallback, &id.stored(), at_ms + RESCUE_MS)?
                    }
                    InboxState::Refused => drop(inbox::trim_refused(tx, &scope, account_id)?),
                    InboxState::Processed | InboxState::Orphan => {}
                }
                Ok(Some(id))
            })
            .await
    }
}

fn headers_place(id: InboxId) -> String {
    format!("inbox.headers {id}")
}

fn body_place(id: InboxId) -> String {
    format!("inbox.body {id}")
}

fn account_at(tx: &mut Tx<'_>, path: &str) -> Result<Option<(Scope, AccountRow)>, Refusal> {
    let Some((scope, id)) = accounts::by_callback_path(tx, path)? else {
        return Ok(None);
    };
    let account = accounts::get(tx, &scope, id)?.ok_or(StoreError::Missing)?;
    Ok(Some((scope, account)))
}

fn read(
    house: &House,
    tenant: &Tenant,
    account: &AccountRow,
    callback: &RawCallback,
) -> Result<Result<CallbackNews, CallbackRefused>, Refusal> {
    let opened = house.open_account(tenant, account)?;
    Ok(house.gateway(&account.gateway_code)?.read_callback(callback, &opened))
}

/// Settles a callback that was kept.
pub(crate) async fn process(house: &Arc<House>, scope: Scope, id: InboxId) -> Result<(), Refusal> {
    let bench = bench_for(house, scope).await?;
    let kept = house
        .store
        .read(move |tx| {
            let Some(row) = inbox::get(tx, &scope, id)?.filter(|row| row.state == InboxState::Waiting) else {
                return Ok(None);
            };
            let account = accounts::get(tx, &scope, row.account_id)?.ok_or(StoreError::Missing)?;
            Ok::<_, Refusal>(Some((row, account)))
        })
        .await?;
    let Some((row, account)) = kept else {
        return Ok(());
    };
    let columns = &bench.tenant.keys.columns;
    let body = columns.open(&body_place(id), &row.body).map_err(sealed)?;
    let headers = columns.open(&headers_place(id), &row.headers).map_err(sealed)?;
    let headers = String::from_utf8_lossy(&headers).into_owned();
    let headers = headers
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(n, v)| (n.to_owned(), v.to_owned()));
    let callback = RawCallback {
        headers: headers.collect(),
        body: body.to_vec(),
    };
    let Ok(news) = read(house, &bench.tenant, &account, &callback)? else {
        return Err(Refusal::Unavailable("a kept callback no longer verifies".to_owned()));
    };
    let proof = house.gateway(&account.gateway_code)?.contract().callback_proof;
    let received_at_ms = row.received_at_ms;
    let work = (id, account.id, received_at_ms);
    let next = house
        .store
        .write(move |tx| settle(tx, &bench, work, &news, proof))
        .await?;
    if let Some(charge) = next {
        let intent_id = charge.intent_id;
        let request = Request {
            scope,
            family: ApiFamily::Payment,
            effect: EffectKind::Attempt,
            claim: None,
            intent_id,
        };
        make_charges(house, &request, charge).await?;
    }
    Ok(())
}

fn settle(
    tx: &mut Tx<'_>,
    bench: &Bench,
    work: (InboxId, AccountId, i64),
    news: &CallbackNews,
    proof: CallbackProof,
) -> Result<Option<Charge>, Refusal> {
    let (id, account_id, received_at_ms) = work;
    let scope = bench.tenant.scope;
    let at_ms = store::clock(tx)?;
    let Some((permit_id, intent_id)) = permits::by_reference(tx, &scope, account_id, &news.merchant_ref)? else {
        return wait_for_match(tx, bench, (id, received_at_ms, at_ms), &news.merchant_ref);
    };
    inbox::mark(tx, &scope, id, InboxState::Processed, at_ms)?;
    timers::clear(tx, &scope, TimerKind::ProcessCallback, &id.stored())?;
    let mut case = Case::open(tx, bench, intent_id)?;
    let next = match proof {
        CallbackProof::Signed => case.settle_sightings(permit_id, &news.sightings, Source::Callback)?,
        CallbackProof::ConfirmByStatus => {
            case.look_up_at(permit_id, at_ms)?;
            None
        }
    };
    case.finish()?;
    Ok(next)
}

fn wait_for_match(
    tx: &mut Tx<'_>,
    bench: &Bench,
    times: (InboxId, i64, i64),
    merchant_ref: &str,
) -> Result<Option<Charge>, Refusal> {
    let (id, received_at_ms, at_ms) = times;
    let scope = bench.tenant.scope;
    if at_ms - received_at_ms < ORPHAN_AFTER_MS {
        timers::set(
            tx,
            &scope,
            TimerKind::ProcessCallback,
            &id.stored(),
            at_ms + MATCH_AGAIN_MS,
        )?;
        return Ok(None);
    }
    inbox::mark(tx, &scope, id, InboxState::Orphan, at_ms)?;
    timers::clear(tx, &scope, TimerKind::ProcessCallback, &id.stored())?;
    let item_id: AttentionId = bench.draws.clone().id(at_ms);
    attention::insert(
        tx,
        &Item {
            scope,
            id: item_id,
            kind: AttentionKind::OrphanCallback,
            subject_id: id.to_string(),
            intent_id: None,
            evidence: format!("reference {}", merchant_ref.chars().take(64).collect::<String>()),
            created_at_ms: at_ms,
        },
    )?;
    Ok(None)
}
