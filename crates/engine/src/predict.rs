//! With what a number will most likely pay. Owns what goes first: what it paid with before, then what its prefix says. A guess
//! for the order of a list and for a hint; it never excludes anything.

use domain::country::Country;
use domain::method::MethodCode;
use domain::phone::Phone;
use domain::scope::Scope;
use store::payer_history;

use crate::Engine;
use crate::refusal::Refusal;

/// From this confidence on a prediction is told, in thousandths.
const TOLD_FROM_PERMILLE: u32 = 700;

impl Engine {
    /// The method with which a number will most likely pay in a country; `None` when nothing speaks for one.
    ///
    /// # Errors
    /// A refusal of the database.
    pub async fn predict(&self, scope: Scope, phone: &Phone, country: Country) -> Result<Option<MethodCode>, Refusal> {
        let tenant = self.house.tenant(scope).await?;
        let hash = tenant.keys.phones.keyed_hex(&[phone.e164().as_bytes()]);
        let history = self
            .house
            .store
            .read(move |tx| Ok::<_, Refusal>(payer_history::of_phone(tx, &scope, &hash)?))
            .await?;
        let before = history.into_iter().find(|paid| paid.country == country);
        Ok(before
            .map(|paid| paid.method)
            .or_else(|| self.predict_by_prefix(phone, country)))
    }

    /// The method that a number's prefix says; nothing of what it did.
    pub fn predict_by_prefix(&self, phone: &Phone, country: Country) -> Option<MethodCode> {
        let mut all = self.house.catalogue.predict(phone).into_iter();
        let found = all
            .find(|prediction| prediction.country == country && prediction.confidence_permille >= TOLD_FROM_PERMILLE);
        found.map(|prediction| prediction.method)
    }
}
