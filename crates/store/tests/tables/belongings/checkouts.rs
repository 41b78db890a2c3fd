//! What a tenant has of pages for payers.

use domain::language::Language;
use domain::scope::Scope;
use store::checkouts::{self, Checkout, Customization, Restriction};
use store::{StoreError, Tx, intents};

use super::{Belongings, Changed, Seen};
use crate::house::{NOON_MS, country, id};

impl Belongings {
    fn checkout(&self) -> Checkout {
        Checkout {
            id: id(881),
            intent_id: self.payment.intent.id,
            token_hash: "a hash".to_owned(),
            link_id: None,
            restriction: Restriction {
                country: Some(country("CI")),
                phone: Some("+2250700009999".to_owned()),
            },
            customization: Customization {
                color: Some("#1f6f5c".to_owned()),
                brand: Some("Boutique".to_owned()),
            },
            created_at_ms: NOON_MS,
        }
    }

    pub(super) fn furnish_checkouts(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let checkout = self.checkout();
        checkouts::insert(tx, &self.owner.scope, &checkout)?;
        let opened = checkouts::by_token(tx, &checkout.token_hash)?;
        assert_eq!(opened, Some((self.owner.scope, checkout)));
        assert_eq!(checkouts::by_token(tx, "another hash")?, None);
        Ok(())
    }

    pub(super) fn checkouts_seen(&self, tx: &mut Tx<'_>, scope: &Scope) -> Result<Seen, StoreError> {
        let found = checkouts::get(tx, scope, id(881))?;
        Ok(vec![("checkout", found == Some(self.checkout()))])
    }

    pub(super) fn checkouts_changed(&self, tx: &mut Tx<'_>, scope: &Scope) -> Result<Changed, StoreError> {
        let mut intent = self.dead.intent.clone();
        // Its counters and its description were saved before.
        intent.version += 2;
        intent.payer_language = Some(Language::French);
        Ok(vec![("language", intents::save_language(tx, scope, &intent)?)])
    }
}
