//! What a tenant has of payment links.

use domain::intent::IntentState;
use domain::language::Language;
use domain::link::{LinkAmount, LinkSwitch, LinkUse, ReceiptWish};
use domain::scope::Scope;
use store::checkouts::{self, Checkout, Customization, Restriction};
use store::intents::Intent;
use store::links::{self, Link, LinkFilter};
use store::page::Beyond;
use store::{StoreError, Tx, intents};

use super::{Belongings, Changed, Seen};
use crate::house::{NOON_MS, id, xof};

const KEY: &str = "the key that it was made with";

impl Belongings {
    fn link(&self) -> Link {
        Link {
            id: id(891),
            token_hash: "a hash of a link".to_owned(),
            usage: LinkUse::Reusable,
            amount: LinkAmount::Entered {
                min: xof(100),
                max: Some(xof(5_000)),
            },
            description: "Donation".to_owned(),
            receipt: ReceiptWish::Optional,
            return_url: None,
            metadata: "{}".to_owned(),
            restriction: Restriction::default(),
            customization: Customization::default(),
            language: Some(Language::French),
            switch: LinkSwitch::On,
            expires_at_ms: Some(NOON_MS + 9),
            created_at_ms: NOON_MS,
        }
    }

    /// A link, another one with a fixed amount, and a completed payment through the first.
    pub(super) fn furnish_links(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let (scope, link) = (&self.owner.scope, self.link());
        links::insert(tx, scope, &link, Some(KEY))?;
        let fixed = Link {
            id: id(892),
            token_hash: "another hash of a link".to_owned(),
            amount: LinkAmount::Fixed(xof(50)),
            usage: LinkUse::Single,
            created_at_ms: NOON_MS - 1,
            ..link.clone()
        };
        links::insert(tx, scope, &fixed, None)?;
        assert_eq!(links::get(tx, scope, fixed.id)?, Some(fixed));
        assert_eq!(links::by_token(tx, &link.token_hash)?, Some((*scope, link.clone())));
        assert_eq!(links::by_token(tx, "another hash")?, None);
        let intent = Intent {
            id: id(893),
            state: IntentState::Completed { at_ms: NOON_MS },
            ..self.payment.intent.clone()
        };
        intents::insert(tx, scope, &intent)?;
        let checkout = Checkout {
            id: id(894),
            intent_id: intent.id,
            token_hash: "a hash of its checkout".to_owned(),
            link_id: Some(link.id),
            restriction: Restriction::default(),
            customization: Customization::default(),
            created_at_ms: NOON_MS,
        };
        checkouts::insert(tx, scope, &checkout)
    }

    pub(super) fn links_seen(&self, tx: &mut Tx<'_>, scope: &Scope) -> Result<Seen, StoreError> {
        let link = self.link();
        let (all, back) = (LinkFilter::default(), Beyond::Newer(0, id(0)));
        let single = LinkFilter {
            usage: Some(LinkUse::Single),
            switch: Some(LinkSwitch::On),
            ..LinkFilter::default()
        };
        let ids = |found: Vec<Link>| found.iter().map(|link| link.id).collect::<Vec<_>>();
        let paid = [id(893)];
        Ok(vec![
            ("link", links::get(tx, scope, link.id)? == Some(link.clone())),
            ("link to change", links::lock(tx, scope, link.id)?.is_some()),
            ("link of a key", links::of_key(tx, scope, KEY)?.is_some()),
            (
                "links",
                ids(links::list(tx, scope, &all, Beyond::First, 9)?) == [id(891), id(892)],
            ),
            (
                "links, oldest first",
                ids(links::list(tx, scope, &all, back, 9)?) == [id(892), id(891)],
            ),
            (
                "links of a kind",
                ids(links::list(tx, scope, &single, Beyond::First, 9)?) == [id(892)],
            ),
            ("times paid", links::times_paid(tx, scope, link.id)? == 1),
            (
                "paid payment of a link",
                links::paid_payment(tx, scope, link.id, None)? == Some(id(893)),
            ),
            (
                "link of a payment",
                checkouts::link_of_intent(tx, scope, id(893))? == Some(link.id),
            ),
            (
                "payments of a link",
                links::payments(tx, scope, link.id, Beyond::First, 9)? == paid,
            ),
            (
                "payments of a link, oldest first",
                links::payments(tx, scope, link.id, Beyond::Newer(0, id(0)), 9)? == paid,
            ),
        ])
    }

    pub(super) fn links_changed(&self, tx: &mut Tx<'_>, scope: &Scope) -> Result<Changed, StoreError> {
        Ok(vec![("change link", links::update(tx, scope, &self.link())?)])
    }
}
