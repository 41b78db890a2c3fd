//! The references that callbacks name, as keyed hashes: a provider may write anything there. Owns how a permit finds the
//! callbacks that came before it was made; never reads one.

use domain::ids::AccountId;
use store::timers::{self, TimerKind};
use store::{StoreError, Tx, inbox};

use crate::house::Tenant;

/// What a reference at an account is known by.
pub(super) fn hash(tenant: &Tenant, account_id: AccountId, merchant_ref: &str) -> String {
    tenant
        .keys
        .columns
        .derive("inbox.reference_hash")
        .keyed_hex(&[account_id.stored().as_bytes(), merchant_ref.as_bytes()])
}

/// A permit with this reference is made in this transaction: callbacks that named it and found nobody are processed again
/// once that is committed, however long they have waited.
pub(crate) fn wake_for(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    account_id: AccountId,
    merchant_ref: &str,
) -> Result<(), StoreError> {
    let scope = tenant.scope;
    let woken = inbox::awaken(tx, &scope, account_id, &hash(tenant, account_id, merchant_ref))?;
    for id in woken {
        let now_ms = store::clock(tx)?;
        timers::set(tx, &scope, TimerKind::ProcessCallback, &id.stored(), now_ms)?;
    }
    Ok(())
}
