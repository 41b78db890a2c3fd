//! Looks at the database from outside: at the moment a charge reaches an operator, and between the steps of a run. Changes
//! nothing. What must hold is a list of questions, each of which finds those who break it.

mod rows;
mod truth;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::currency::Currency;
use domain::money::Money;
use store::{Memory, StoreError};

use crate::operators::Transaction;
use crate::story::Story;

/// A charge's first byte may leave this long after its first transaction.
const WINDOW_MS: i64 = 5_000;

/// Who watches.
pub(crate) struct Watch {
    memory: Memory,
    story: Story,
    seen: Mutex<Seen>,
}

/// What was seen before: things that may not be unseen.
#[derive(Default)]
struct Seen {
    /// State by id, of intents and attempts.
    states: BTreeMap<String, String>,
    /// References that reached an operator.
    arrived: BTreeSet<(String, String)>,
    /// Permits whose death was held against the truth.
    judged: BTreeSet<String>,
    /// Captures that were held against the truth.
    captures: BTreeSet<String>,
}

impl Watch {
    pub(crate) fn new(memory: &Memory, story: &Story) -> Self {
        Self {
            memory: memory.clone(),
            story: story.clone(),
            seen: Mutex::default(),
        }
    }

    /// A charge reaches an operator.
    pub(crate) fn charge_arrives(
        &self,
        gateway: &str,
        asked: (&str, &str, &str),
        transactions: &[Transaction],
        now_ms: i64,
    ) {
        let (reference, amount, currency) = asked;
        if !self.seen().arrived.insert((gateway.to_owned(), reference.to_owned())) {
            self.story
                .violated("one charge per reference", &format!("{reference} at {gateway}"));
        }
        let found = self.memory.peek(|tx| rows::charge(tx, gateway, reference));
        let Some(found) = self.sane(found).flatten() else {
            return self.story.violated(
                "a durable permit for every charge",
                &format!("{reference} at {gateway}"),
            );
        };
        let minor = Currency::parse(currency)
            .ok()
            .and_then(|currency| Money::parse_major(amount, currency).ok())
            .map(|money| money.minor());
        if minor != Some(found.amount_minor) || currency != found.currency {
            self.story
                .violated("charged as permitted", &format!("{reference}: {amount} {currency}"));
        }
        if found.status != "sent" || found.intent_state != "open" {
            let evidence = format!("{reference}: permit {}, intent {}", found.status, found.intent_state);
            self.story.violated("charges only under a sent permit", &evidence);
        }
        if now_ms - found.monotonic_ms > WINDOW_MS {
            self.story.violated(
                "the send window",
                &format!("{reference}: {} ms late", now_ms - found.monotonic_ms),
            );
        }
        for (other_gateway, other) in &found.siblings {
            let rival = transactions
                .iter()
                .filter(|t| t.gateway == *other_gateway && t.reference == *other)
                .find(|t| truth::may_take(t, now_ms));
            if let Some(rival) = rival {
                self.story.violated(
                    "no charge while another may take money",
                    &format!("{reference} beside {}", rival.id),
                );
            }
        }
    }

    /// The merchant was told of this state of a payment.
    pub(crate) fn acknowledged(&self, intent_id: &str, state: &str) {
        let mut seen = self.seen();
        let known = seen
            .states
            .entry(intent_id.to_owned())
            .or_insert_with(|| state.to_owned());
        if *known == "open" {
            state.clone_into(known);
        }
    }

    /// Everything that must hold between any two steps.
    pub(crate) fn look(&self, transactions: &[Transaction], now_ms: i64) {
        let found = self.memory.peek(rows::broken);
        for (invariant, first) in self.sane(found).unwrap_or_default() {
            self.story.violated(invariant, &first);
        }
        self.look_at_states();
        self.look_at_truth(transactions, now_ms);
    }

    /// Attempts that were automatic fallbacks.
    pub(crate) fn fallbacks(&self) -> u64 {
        self.sane(self.memory.peek(rows::fallbacks)).unwrap_or(0).unsigned_abs()
    }

    fn look_at_states(&self) {
        let Some(now) = self.sane(self.memory.peek(rows::states)) else {
            return;
        };
        let mut seen = self.seen();
        let present: BTreeSet<&String> = now.iter().map(|(id, _)| id).collect();
        for lost in seen.states.keys().filter(|id| !present.contains(id)) {
            self.story.violated("what was acknowledged survives", lost);
        }
        for (id, state) in &now {
            let before = seen.states.get(id).map_or("open", String::as_str);
            if !may_become(before, state) {
                let evidence = format!("{id}: {before} became {state}");
                self.story
                    .violated("final states change along documented edges", &evidence);
            }
        }
        seen.states = now.into_iter().collect();
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer of the database; its refusal is a violation.
    fn sane<T>(&self, answer: Result<T, StoreError>) -> Option<T> {
        match answer {
            Ok(answer) => Some(answer),
            Err(error) => {
                self.story.violated("the database can be read", &error.to_string());
                None
            }
        }
    }
}

fn may_become(before: &str, after: &str) -> bool {
    match before {
        "open" | "mismatched" | "processing" | "action_required" => true,
        "completed" => after == "completed",
        // Money that came late.
        "failed" | "expired" | "cancelled" => after == before || after == "completed",
        _ => false,
    }
}
