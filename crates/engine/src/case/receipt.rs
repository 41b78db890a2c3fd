//! The receipt that a payer is to get, written down when the payment is completed. Owns whether there is one, how many an
//! address is sent, and in which language; what it says is put together when it is sent.

use domain::language::Language;
use domain::mail::{MailOccasion, MailState};
use domain::permit::PermitState;
use domain::scope::Environment;
use store::StoreError;
use store::mails::{self, Mail};
use store::rates;

use super::Case;
use crate::house::Tenant;

/// Why a receipt was not sent at all.
const TOO_MANY: &str = "the address got too many receipts today";

const DAY_MS: i64 = 86_400_000;

/// Receipts that one address is sent in a day (UTC) of an environment; further ones are given up. With real money every one of
/// them was paid for; in the sandbox anybody may name anybody's address.
fn most_per_day(environment: Environment) -> i64 {
    match environment {
        Environment::Live => 20,
        Environment::Sandbox => 5,
    }
}

impl Case<'_, '_> {
    /// Writes the receipt down, once, when somebody wants one and this server has a way to give it.
    pub(super) fn order_receipt(&mut self) -> Result<(), StoreError> {
        let scope = self.bench.tenant.scope;
        let Some(address) = self.intent.receipt_email.clone() else {
            return Ok(());
        };
        let is_sent = self.bench.house.postman_of(scope.environment).is_some();
        let state = match (is_sent, scope.environment) {
            (true, _) if self.is_one_too_many(&address)? => MailState::GivenUp,
            (true, _) => MailState::Waiting,
            (false, Environment::Sandbox) => MailState::Kept,
            (false, Environment::Live) => return Ok(()),
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
            last_failure: (state == MailState::GivenUp).then(|| TOO_MANY.to_owned()),
        };
        mails::insert(self.tx, &scope, &mail)?;
        Ok(())
    }

    /// Counts a receipt to an address, of which only a keyed hash is kept.
    fn is_one_too_many(&mut self, address: &str) -> Result<bool, StoreError> {
        let Tenant { scope, keys, .. } = &*self.bench.tenant;
        let hash = keys.phones.keyed_hex(&[b"receipt", address.to_lowercase().as_bytes()]);
        let day_ms = self.at_ms - self.at_ms.rem_euclid(DAY_MS);
        let sent = rates::count(self.tx, scope, &format!("receipt {hash}"), day_ms)?;
        Ok(sent > most_per_day(scope.environment))
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
