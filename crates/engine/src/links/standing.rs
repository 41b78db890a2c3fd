//! How a link stands for those who want to pay through it. Owns that a link of single use is paid once; never counts what was
//! paid.

use domain::ids::{IntentId, LinkId};
use domain::link::{self, LinkStatus, LinkUse, Seat};
use domain::scope::Scope;
use store::links::{self, Link};
use store::{StoreError, Tx};

use crate::refusal::Refusal;

/// How a link stands now.
pub(super) fn status(tx: &mut Tx<'_>, scope: &Scope, link: &Link) -> Result<LinkStatus, StoreError> {
    let times = (link.expires_at_ms, store::clock(tx)?);
    Ok(link::status(seat(tx, scope, link)?, link.switch, times))
}

fn seat(tx: &mut Tx<'_>, scope: &Scope, link: &Link) -> Result<Seat, StoreError> {
    if link.usage == LinkUse::Reusable {
        return Ok(Seat::Free);
    }
    let paid = links::paid_payment(tx, scope, link.id, None)?;
    Ok(paid.map_or(Seat::Free, |_| Seat::Taken))
}

/// Refuses a charge of a payment that was made through a link of single use when another one of that link took money. Holds
/// such a link until the transaction ends; to be called before the payment is held: links come before intents.
pub(crate) fn may_begin(
    tx: &mut Tx<'_>,
    scope: &Scope,
    link: Option<LinkId>,
    intent_id: IntentId,
) -> Result<(), Refusal> {
    let Some(id) = link else {
        return Ok(());
    };
    let link = links::get(tx, scope, id)?.ok_or(StoreError::Missing)?;
    if link.usage == LinkUse::Reusable {
        return Ok(());
    }
    links::lock(tx, scope, id)?.ok_or(StoreError::Missing)?;
    match links::paid_payment(tx, scope, id, Some(intent_id))? {
        Some(_) => Err(Refusal::LinkPaid),
        None => Ok(()),
    }
}

/// Whether a link is of single use and another payment of it took money.
pub(crate) fn is_used_up(tx: &mut Tx<'_>, scope: &Scope, id: LinkId, besides: IntentId) -> Result<bool, StoreError> {
    let link = links::get(tx, scope, id)?.ok_or(StoreError::Missing)?;
    Ok(link.usage == LinkUse::Single && links::paid_payment(tx, scope, id, Some(besides))?.is_some())
}
