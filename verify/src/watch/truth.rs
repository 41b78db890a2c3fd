//! What the database believes, held against what the operators really did.

use domain::currency::Currency;
use domain::money::Money;
use store::StoreError;

use super::{Watch, rows};
use crate::operators::{OTHER_PAYER, Status, Transaction};

/// Whether an honest operator may still take money under a transaction, or has taken it.
pub(super) fn may_take(transaction: &Transaction, now_ms: i64) -> bool {
    let first_final = transaction
        .changes
        .iter()
        .filter(|(from_ms, _)| *from_ms <= now_ms)
        .find(|(_, status)| status.is_final());
    match first_final {
        None => true,
        Some((_, status)) => matches!(status, Status::Charged(_)),
    }
}

fn minor(amount: &str, currency: &str) -> Option<i64> {
    let currency = Currency::parse(currency).ok()?;
    Money::parse_major(amount, currency).ok().map(|money| money.minor())
}

impl Watch {
    /// Nobody is declared dead who may still take money; no capture is believed that did not happen.
    pub(super) fn look_at_truth(&self, transactions: &[Transaction], now_ms: i64) {
        let Some(ended) = self.sane(self.memory.peek(rows::ended)) else {
            return;
        };
        for (id, gateway, reference, status, proof) in ended {
            if !self.seen().judged.insert(format!("{id} {status}")) {
                continue;
            }
            let of_permit = || {
                transactions
                    .iter()
                    .filter(|t| t.gateway == gateway && t.reference == reference)
            };
            if status == "dead" && of_permit().any(|t| may_take(t, now_ms)) {
                let evidence = format!("{reference} at {gateway} by {}", proof.unwrap_or_default());
                self.story.violated("dead only with proof", &evidence);
            }
            if status == "paid" && !of_permit().any(|t| t.taken(now_ms).is_some()) {
                self.story.violated("paid only when money was taken", &reference);
            }
        }
        self.look_at_captures(transactions, now_ms);
    }

    fn look_at_captures(&self, transactions: &[Transaction], now_ms: i64) {
        let Some(taken) = self.sane(self.memory.peek(rows::taken)) else {
            return;
        };
        for (external_id, kind, amount_minor, currency, gateway, reference) in taken {
            let Some(external_id) = external_id.filter(|_| kind == "captured") else {
                continue;
            };
            if !self.seen().captures.insert(external_id.clone()) {
                continue;
            }
            let real = transactions
                .iter()
                .find(|t| t.id == external_id && t.gateway == gateway && t.reference == reference);
            if real.is_some_and(|t| t.phone.as_deref() == Some(OTHER_PAYER)) {
                self.story.violated("another payer's money is not ours", &external_id);
            }
            let real_minor = real.and_then(|t| minor(&t.taken(now_ms)?, &t.currency));
            if real_minor != amount_minor || real.map(|t| t.currency.clone()) != currency {
                let evidence = format!("{external_id}: {amount_minor:?} recorded, {real_minor:?} taken");
                self.story.violated("captures are recorded as they happened", &evidence);
            }
        }
    }

    /// After the quiet phase: every charge is known, nothing is undecided, and every journal's hashes hold.
    pub(crate) fn look_at_the_end(&self, transactions: &[Transaction], now_ms: i64) {
        let Some(known) = self.sane(self.memory.peek(rows::taken)) else {
            return;
        };
        for transaction in transactions {
            let Some(amount) = transaction.taken(now_ms) else {
                continue;
            };
            let told = known
                .iter()
                .filter(|fact| fact.0.as_deref() == Some(transaction.id.as_str()))
                .count();
            if told == 0 {
                let evidence = format!("{} took {amount}", transaction.id);
                self.story.violated("every capture is known", &evidence);
            }
        }
        let disputed = |reference: &str| {
            known
                .iter()
                .any(|fact| fact.1 == "contradiction" && fact.5 == reference)
        };
        let undecided = self.sane(self.memory.peek(rows::undecided)).unwrap_or_default();
        let disputes = undecided.iter().any(|(_, reference)| disputed(reference));
        for (what, subject) in undecided {
            let waits_for_a_person = disputed(&subject) || (what == "open intent" && disputes);
            if !waits_for_a_person {
                self.story.violated("everything settles", &format!("{what} {subject}"));
            }
        }
        if let Err(error) = self.memory.peek(chains_hold) {
            self.story.violated("the journal's hashes hold", &error.to_string());
        }
    }
}

fn chains_hold(tx: &mut store::Tx<'_>) -> Result<(), StoreError> {
    for environment in store::projects::all_environments(tx)? {
        let filter = store::intents::IntentFilter::default();
        for intent in store::intents::list(tx, &environment.scope, &filter, store::intents::Page::First, 1_000)? {
            let mut previous = String::new();
            for row in store::journal::of_intent(tx, &environment.scope, intent.id)? {
                if row.previous_hash != previous || row.hash != row.expected_hash() {
                    return Err(StoreError::Other(format!("{} at {}", intent.id, row.seq)));
                }
                previous = row.hash.clone();
            }
        }
    }
    Ok(())
}
