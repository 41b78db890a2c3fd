//! What was taken for a payment, as its payer must be told. Reads the permits; never decides what becomes of the money.

use domain::permit::PermitState;
use domain::phone::Phone;
use domain::scope::Scope;
use store::attempts::{self, Attempt};
use store::intents::Intent;
use store::permits::{self, Permit};
use store::{StoreError, Tx, customers};

/// What operators took for a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Nothing that we know of.
    Nothing,
    /// Money that nobody has promised back.
    Kept,
    /// Money, all of it promised back.
    GivenBack,
}

/// The try that paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaidBy {
    /// The attempt: not always the latest one.
    pub attempt: Attempt,
    /// The number that paid.
    pub phone: Option<Phone>,
    /// The permit that the money was taken under.
    pub permit: Permit,
}

impl Taken {
    /// Under all permits of a payment. A paid permit that counts nothing was paid in another currency than its own, of which
    /// nothing is promised back by itself.
    pub(crate) fn under(permits: &[Permit]) -> Self {
        let is_paid_elsewise = |permit: &Permit| permit.state == PermitState::Paid && permit.captured_minor == 0;
        if permits.iter().any(is_paid_elsewise) {
            return Self::Kept;
        }
        let sum = |minor: fn(&Permit) -> i64| permits.iter().map(minor).fold(0, i64::saturating_add);
        match (
            sum(|permit| permit.captured_minor),
            sum(|permit| permit.refund_reserved_minor),
        ) {
            (0, _) => Self::Nothing,
            (captured, reserved) if captured > reserved => Self::Kept,
            _ => Self::GivenBack,
        }
    }
}

impl PaidBy {
    /// The try that paid an intent; `None` while nothing has.
    pub(crate) fn read(tx: &mut Tx<'_>, scope: &Scope, permits: &[Permit]) -> Result<Option<Self>, StoreError> {
        let Some(permit) = permits.iter().find(|permit| permit.state == PermitState::Paid) else {
            return Ok(None);
        };
        let attempt = attempts::get(tx, scope, permit.attempt_id)?.ok_or(StoreError::Missing)?;
        let phone = match attempt.instrument_id {
            Some(id) => customers::instrument_phone(tx, scope, id)?,
            None => None,
        };
        Ok(Some(Self {
            attempt,
            phone: phone.and_then(|number| Phone::from_e164(&number).ok()),
            permit: permit.clone(),
        }))
    }

    /// The same for an intent whose permits are not at hand.
    pub(crate) fn of(tx: &mut Tx<'_>, scope: &Scope, intent: &Intent) -> Result<Option<Self>, StoreError> {
        let permits = permits::of_intent(tx, scope, intent.id)?;
        Self::read(tx, scope, &permits)
    }
}
