//! The receipt that a payer is to get, written down when the payment is completed. Owns whether there is one and in which
//! language; what it says is put together when it is sent.

use domain::language::Language;
use domain::mail::{MailOccasion, MailState};
use domain::permit::PermitState;
use domain::scope::Environment;
use store::StoreError;
use store::mails::{self, Mail};

use super::Case;

impl Case<'_, '_> {
    /// Writes the receipt down, once, when somebody wants one and this server has a way to give it.
    pub(super) fn order_receipt(&mut self) -> Result<(), StoreError> {
        let scope = self.bench.tenant.scope;
        let state = match (&self.bench.house.postman, scope.environment) {
            _ if self.intent.receipt_email.is_none() => return Ok(()),
            (Some(_), _) => MailState::Waiting,
            (None, Environment::Sandbox) => MailState::Kept,
            (None, Environment::Live) => return Ok(()),
        };
        let mail = Mail {
            id: self.bench.draws.id(self.at_ms),
            intent_id: self.intent.id,
            occasion: MailOccasion::Receipt,
            language: self.payer_language()?,
            state,
            tries: 0,
            due_at_ms: (state == MailState::Waiting).then_some(self.at_ms),
            created_at_ms: self.at_ms,
            sent_at_ms: None,
            last_failure: None,
        };
        mails::insert(self.tx, &scope, &mail)?;
        Ok(())
    }

    /// The payer's own language where it is known, else that of the country in which they paid.
    fn payer_language(&mut self) -> Result<Language, StoreError> {
        if let Some(known) = self.intent.payer_language {
            return Ok(known);
        }
        let paid = self.permits.iter().find(|permit| permit.state == PermitState::Paid);
        let Some(attempt_id) = paid.map(|permit| permit.attempt_id) else {
            return Ok(Language::English);
        };
        let country = self.attempt(attempt_id)?.country;
        let info = self.bench.house.catalogue.country(country);
        Ok(info.map_or(Language::English, |info| info.language))
    }
}
