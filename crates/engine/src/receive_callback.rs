//! Take a provider's callback in: check its signature, keep it raw, acknowledge. What it says is settled afterwards, by
//! `process`. A callback whose signature does not hold changes nothing but the row that shows it came.

mod process;
mod reference;

use std::sync::Arc;

use data_encoding::HEXLOWER;
use domain::ids::{AccountId, InboxId};
use domain::scope::Scope;
use gateways::contract::{CallbackNews, CallbackProof, CallbackRefused, RawCallback};
use sha2::{Digest, Sha256};
use store::accounts::{self, AccountRow};
use store::inbox::{self, InboxRow, InboxState};
use store::timers::{self, TimerKind};
use store::{StoreError, Tx};

use crate::Engine;
use crate::case::Bench;
use crate::house::{House, Tenant, sealed};
use crate::refusal::Refusal;
use crate::request::bench_for;

pub(crate) use process::process;
pub(crate) use reference::wake_for;

/// If the process that took a callback in dies, the worker processes it after this time.
const RESCUE_MS: i64 = 5_000;

/// So much is kept of the body of a refused callback: evidence, not a place to store things at.
const REFUSED_BYTES_MAX: usize = 16 * 1024;

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

/// What is thought of a callback at the door.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    /// It may be believed as far as its gateway's scheme goes, and names this reference (as a keyed hash).
    Readable(String),
    /// It is signed by the provider, and we cannot read it.
    SignedUnreadable,
    /// It cannot be read, and nobody signed it.
    Unreadable,
    /// Its signature is missing or wrong.
    Forged,
}

impl Verdict {
    fn is_refused(&self) -> bool {
        matches!(self, Self::Unreadable | Self::Forged)
    }

    /// How it is counted.
    fn code(&self) -> &'static str {
        match self {
            Self::Readable(_) => "accepted",
            Self::SignedUnreadable | Self::Unreadable => "unreadable",
            Self::Forged => "bad_signature",
        }
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
        let path = path.to_owned();
        let found = self.house.store.read(move |tx| account_at(tx, &path)).await;
        let Some((scope, account)) = found.inspect_err(|_| count("none", "unavailable"))? else {
            count("none", "unknown_path");
            return Err(CallbackRefusal::UnknownPath);
        };
        let callback = RawCallback { headers, body };
        let taken = self.take_in(scope, &account, callback).await;
        let result = match &taken {
            Ok(result) => *result,
            Err(CallbackRefusal::BadSignature) => Verdict::Forged.code(),
            Err(CallbackRefusal::UnknownPath) => "unknown_path",
            Err(CallbackRefusal::Unavailable(_)) => "unavailable",
        };
        count(&account.gateway_code, result);
        taken.map(drop)
    }

    /// Judges and keeps a callback; how it is to be counted.
    async fn take_in(
        &self,
        scope: Scope,
        account: &AccountRow,
        callback: RawCallback,
    ) -> Result<&'static str, CallbackRefusal> {
        let house = &self.house;
        let bench = bench_for(house, scope).await?;
        let verdict = judge(house, &bench.tenant, account, &callback)?;
        let kept = self.keep(bench, account, callback, verdict.clone()).await;
        if verdict == Verdict::Forged {
            // A wrong signature is answered as one, whether or not there is room for the evidence.
            if let Err(refusal) = kept {
                tracing::warn!(event = "refused_callback_not_kept", account = %account.id, error = %refusal);
            }
            return Err(CallbackRefusal::BadSignature);
        }
        let Some(id) = kept? else {
            return Ok("duplicate");
        };
        if !verdict.is_refused() {
            let house = Arc::clone(house);
            self.house.running.spawn(async move {
                if let Err(refusal) = process(&house, scope, id).await {
                    tracing::warn!(event = "callback_waits", inbox = %id, error = %refusal);
                }
            });
        }
        Ok(verdict.code())
    }

    /// Keeps a callback. `None` when the same one was kept before.
    async fn keep(
        &self,
        bench: Bench,
        account: &AccountRow,
        callback: RawCallback,
        verdict: Verdict,
    ) -> Result<Option<InboxId>, Refusal> {
        let account_id = account.id;
        self.house
            .store
            .write(move |tx| {
                let scope = bench.tenant.scope;
                let row = row_of(&bench, account_id, (&callback, &verdict), store::clock(tx)?)?;
                if inbox::insert(tx, &scope, &row)? == 0 {
                    return Ok(None);
                }
                if verdict.is_refused() {
                    inbox::trim_refused(tx, &scope, account_id)?;
                } else {
                    let due_ms = row.received_at_ms + RESCUE_MS;
                    timers::set(tx, &scope, TimerKind::ProcessCallback, &row.id.stored(), due_ms)?;
                }
                Ok(Some(row.id))
            })
            .await
    }
}

/// The row that keeps a callback.
fn row_of(
    bench: &Bench,
    account_id: AccountId,
    judged: (&RawCallback, &Verdict),
    at_ms: i64,
) -> Result<InboxRow, Refusal> {
    let (callback, verdict) = judged;
    let mut draws = bench.draws.clone();
    let id: InboxId = draws.id(at_ms);
    let columns = &bench.tenant.keys.columns;
    let headers: Vec<String> = callback
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    let (state, bytes_max) = if verdict.is_refused() {
        (InboxState::Refused, REFUSED_BYTES_MAX)
    } else {
        (InboxState::Waiting, usize::MAX)
    };
    let body = callback.body.get(..bytes_max).unwrap_or(&callback.body);
    Ok(InboxRow {
        id,
        account_id,
        digest: HEXLOWER.encode(&Sha256::digest(&callback.body)),
        reference_hash: match verdict {
            Verdict::Readable(reference_hash) => Some(reference_hash.clone()),
            Verdict::SignedUnreadable | Verdict::Unreadable | Verdict::Forged => None,
        },
        headers: columns
            .seal(&headers_place(id), draws.nonce(), headers.join("\n").as_bytes())
            .map_err(sealed)?,
        body: columns.seal(&body_place(id), draws.nonce(), body).map_err(sealed)?,
        state,
        received_at_ms: at_ms,
    })
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

fn judge(house: &House, tenant: &Tenant, account: &AccountRow, callback: &RawCallback) -> Result<Verdict, Refusal> {
    let verdict = match read(house, tenant, account, callback)? {
        Ok(news) => Verdict::Readable(reference::hash(tenant, account.id, &news.merchant_ref)),
        Err(CallbackRefused::BadSignature) => Verdict::Forged,
        Err(CallbackRefused::Unreadable) => match proof(house, account)? {
            CallbackProof::Signed => Verdict::SignedUnreadable,
            CallbackProof::ConfirmByStatus => Verdict::Unreadable,
        },
    };
    Ok(verdict)
}

fn proof(house: &House, account: &AccountRow) -> Result<CallbackProof, Refusal> {
    Ok(house.gateway(&account.gateway_code)?.contract().callback_proof)
}

fn read(
    house: &House,
    tenant: &Tenant,
    account: &AccountRow,
    callback: &RawCallback,
) -> Result<Result<CallbackNews, CallbackRefused>, Refusal> {
    let opened = house.open_account(tenant, account)?;
    let read = house.gateway(&account.gateway_code)?.read_callback(callback, &opened);
    // No reference of ours holds a NUL, and no database keeps one.
    Ok(read.and_then(|news| match news.merchant_ref.contains('\0') {
        true => Err(CallbackRefused::Unreadable),
        false => Ok(news),
    }))
}

/// Counts what became of a callback.
fn count(gateway_code: &str, result: &'static str) {
    metrics::counter!("cowry_callbacks_total", "gateway" => gateway_code.to_owned(), "result" => result).increment(1);
}
