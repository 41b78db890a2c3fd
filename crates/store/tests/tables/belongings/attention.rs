//! What of a tenant waits for a person, and a step that is parked.

use domain::attention::AttentionKind;
use domain::scope::Scope;
use store::attention::{self, AttentionFilter, Item};
use store::page::Beyond;
use store::timers::{self, TimerKind};
use store::{StoreError, Tx};

use super::{Belongings, Changed, Seen};
use crate::house::{NOON_MS, id};

impl Belongings {
    pub(super) fn furnish_attention(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let scope = self.owner.scope;
        let kinds = [
            AttentionKind::SurplusCapture,
            AttentionKind::Undecided,
            AttentionKind::Contradiction,
            AttentionKind::WebhookFailing,
        ];
        for (number, kind) in (1..).zip(kinds) {
            let item = Item {
                scope,
                id: id(number),
                kind,
                subject_id: "txn_1".to_owned(),
                intent_id: Some(self.payment.intent.id),
                evidence: String::new(),
                created_at_ms: NOON_MS,
            };
            attention::insert(tx, &item)?;
        }
        timers::set(tx, &scope, TimerKind::LookUp, "parked", NOON_MS)?;
        tx.sql("UPDATE timers SET parked = TRUE WHERE aggregate_id = 'parked'")
            .execute()?;
        Ok(())
    }

    pub(super) fn attention_seen(&self, tx: &mut Tx<'_>, scope: &Scope) -> Result<Seen, StoreError> {
        let (all, back) = (AttentionFilter::default(), Beyond::Newer(0, id(0)));
        let intent_id = self.payment.intent.id;
        Ok(vec![
            ("item", attention::get(tx, scope, id(1))?.is_some()),
            ("items", !attention::list(tx, scope, &all, Beyond::First, 9)?.is_empty()),
            ("items, back", !attention::list(tx, scope, &all, back, 9)?.is_empty()),
            (
                "items of a payment",
                !attention::of_intent(tx, scope, intent_id)?.is_empty(),
            ),
        ])
    }

    pub(super) fn attention_changed(&self, tx: &mut Tx<'_>, scope: &Scope) -> Result<Changed, StoreError> {
        let failing = AttentionKind::WebhookFailing;
        Ok(vec![
            ("decided", attention::decided(tx, scope, "txn_1", NOON_MS)?),
            (
                "resolve item",
                attention::resolve_one(tx, scope, id(3), "done", NOON_MS)?,
            ),
            (
                "resolve what is over",
                attention::resolve(tx, scope, failing, "txn_1", NOON_MS)?,
            ),
            (
                "release timer",
                timers::release(tx, scope, TimerKind::LookUp, "parked", NOON_MS)?,
            ),
        ])
    }
}
