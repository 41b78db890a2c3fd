//! What a tenant's payers are written.

use domain::language::Language;
use domain::mail::{MailOccasion, MailState};
use domain::scope::Scope;
use store::mails::{self, Mail};
use store::{StoreError, Tx};

use super::{Belongings, Changed, Seen};
use crate::house::{NOON_MS, Payment, id};

/// Whoever claims them.
const EPOCH: i64 = 1;

/// A receipt that is due at noon.
pub(crate) fn receipt(number: u32, payment: &Payment) -> Mail {
    Mail {
        id: id(number),
        intent_id: payment.intent.id,
        occasion: MailOccasion::Receipt,
        language: Language::French,
        state: MailState::Waiting,
        tries: 0,
        due_at_ms: Some(NOON_MS),
        created_at_ms: NOON_MS,
        sent_at_ms: None,
        last_failure: None,
    }
}

impl Belongings {
    /// Two receipts that somebody is sending.
    pub(super) fn furnish_mails(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        mails::insert(tx, &self.owner.scope, &receipt(1, &self.payment))?;
        mails::insert(tx, &self.owner.scope, &receipt(2, &self.dead))?;
        mails::claim(tx, EPOCH, (NOON_MS, NOON_MS), 99)?;
        Ok(())
    }

    pub(super) fn mails_seen(&self, tx: &mut Tx<'_>, scope: &Scope) -> Result<Seen, StoreError> {
        let of_intent = mails::of_intent(tx, scope, self.payment.intent.id)?;
        Ok(vec![("mails of a payment", !of_intent.is_empty())])
    }

    pub(super) fn mails_changed(&self, tx: &mut Tx<'_>, scope: &Scope) -> Result<Changed, StoreError> {
        Ok(vec![
            ("mail sent", mails::sent(tx, scope, id(1), EPOCH, NOON_MS)?),
            ("mail failed", mails::failed(tx, scope, (id(2), EPOCH), "no", None)?),
        ])
    }
}
