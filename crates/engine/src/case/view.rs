//! The payment as it is shown.

use domain::scope::Scope;
use store::intents::Intent;
use store::{StoreError, Tx};
use store::{attempts, checkouts, customers, permits};

use crate::views::{AttemptView, PaymentView};

/// Reads what belongs to an intent.
pub(crate) fn payment_view(tx: &mut Tx<'_>, scope: &Scope, intent: Intent) -> Result<PaymentView, StoreError> {
    let customer = match intent.customer_id {
        Some(id) => customers::get(tx, scope, id)?,
        None => None,
    };
    let active_attempt = match intent.active_attempt_id {
        Some(id) => {
            let attempt = attempts::get(tx, scope, id)?.ok_or(StoreError::Missing)?;
            let permit = permits::latest_of_attempt(tx, scope, id)?;
            Some(AttemptView { attempt, permit })
        }
        None => None,
    };
    let checkout = match intent.checkout_id {
        Some(id) => Some(checkouts::get(tx, scope, id)?.ok_or(StoreError::Missing)?),
        None => None,
    };
    Ok(PaymentView {
        scope: *scope,
        intent,
        customer,
        active_attempt,
        checkout,
    })
}
