//! Keep what goes over the wire in a call beside the call: watched while it is made, masked, sealed, and written in the
//! transaction that settles it. Never a reason for a call or a settlement to fail.

use domain::exchange::Exchange;
use domain::ids::{CallId, ExchangeId, InstrumentId};
use domain::phone::Phone;
use domain::scope::Scope;
use gateways::contract::{Account, Gateway, Secrecy};
use gateways::http::{Masks, recorded};
use secrecy::ExposeSecret;
use store::accounts::AccountRow;
use store::exchanges::{self, SealedExchange};
use store::{StoreError, Tx, customers};

use crate::case::Bench;
use crate::draws::Draws;

/// Questions about one permit whose exchanges are kept: a long wait asks many.
pub(crate) const QUESTIONS_KEPT: i64 = 20;

/// What came of a call, and what went over the wire for it.
#[derive(Clone)]
pub(crate) struct Watched<T> {
    pub(crate) outcome: T,
    exchanges: Vec<SealedExchange>,
}

impl<T> Watched<T> {
    /// Nothing went over the wire.
    pub(crate) fn without_exchange(outcome: T) -> Self {
        Self {
            outcome,
            exchanges: Vec::new(),
        }
    }

    /// Writes the exchanges of a call whose row is written.
    pub(crate) fn keep(&self, tx: &mut Tx<'_>, scope: &Scope, call_id: CallId) -> Result<(), StoreError> {
        for (exchange, number) in self.exchanges.iter().zip(1..) {
            exchanges::insert(tx, scope, call_id, number, exchange)?;
        }
        Ok(())
    }
}

/// Makes a call and seals what went over the wire, before any transaction.
pub(crate) async fn watch<T>(bench: &Bench, masks: Masks, call: impl Future<Output = T>) -> Watched<T> {
    let (outcome, seen) = recorded(masks, call).await;
    let mut draws = Draws::new(&bench.house.world);
    let sealed = seen.iter().filter_map(|exchange| seal(bench, &mut draws, exchange));
    Watched {
        exchanges: sealed.collect(),
        outcome,
    }
}

fn seal(bench: &Bench, draws: &mut Draws, exchange: &Exchange) -> Option<SealedExchange> {
    let id = draws.id(exchange.started_at_ms);
    let plain = exchanges::to_bytes(exchange).ok()?;
    let sealed = bench.tenant.keys.columns.seal(&place(id), draws.nonce(), &plain);
    if sealed.is_err() {
        tracing::error!(event = "exchange_not_kept", exchange = %id);
    }
    Some(SealedExchange {
        id,
        sealed: sealed.ok()?,
        created_at_ms: exchange.started_at_ms,
    })
}

/// Where an exchange stands.
pub(crate) fn place(id: ExchangeId) -> String {
    format!("exchanges.sealed {id}")
}

/// What may not be kept of a call with this account: its secret settings, the unguessable part of its callback URL, and
/// the payer's number.
pub(crate) fn masks_for(gateway: &dyn Gateway, account: (&AccountRow, &Account), phone: Option<&Phone>) -> Masks {
    let (row, opened) = account;
    let is_public = |name: &str| {
        let setting = gateway.contract().setting(name);
        setting.is_some_and(|setting| setting.secrecy == Secrecy::Public)
    };
    let secrets = opened.settings.iter().filter(|(name, _)| !is_public(name));
    let masks = secrets.fold(Masks::default(), |masks, (_, value)| {
        masks.secret(value.expose_secret())
    });
    let masks = masks.secret(&row.callback_path);
    phone.into_iter().fold(masks, Masks::phone)
}

/// The payer's number, when one was given and is still kept.
pub(crate) fn phone_of(
    tx: &mut Tx<'_>,
    scope: &Scope,
    instrument: Option<InstrumentId>,
) -> Result<Option<Phone>, StoreError> {
    let Some(instrument) = instrument else {
        return Ok(None);
    };
    let number = customers::instrument_phone(tx, scope, instrument)?;
    Ok(number.and_then(|number| Phone::from_e164(&number).ok()))
}
