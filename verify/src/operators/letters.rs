//! Callbacks: honest ones that come late, doubled or not at all, and forged ones. What an honest one says is read from the
//! books when it leaves.

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

use super::fate::Fate;
use super::shown;
use super::transaction::{Status, Transaction};

/// A callback that will be sent.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    /// Monotonic milliseconds.
    pub(crate) due_ms: i64,
    /// The unguessable end of its address.
    pub(crate) path: String,
    /// Tries left.
    pub(crate) tries: u32,
    /// The transaction's id.
    pub(super) about: String,
    /// As of which monotonic millisecond it tells.
    as_of_ms: i64,
    event_id: String,
    key: Vec<u8>,
    pub(crate) is_forged: bool,
}

/// What goes over the wire.
pub(crate) struct Sheet {
    pub(crate) signature: String,
    pub(crate) body: Vec<u8>,
}

/// The callbacks of a transaction.
pub(super) fn of(transaction: &Transaction, fate: &Fate, callback_url: &str, key: &[u8]) -> Vec<Letter> {
    let Some((_, path)) = callback_url.split_once("/callbacks/") else {
        return Vec::new();
    };
    let letter = |as_of_ms: i64, event_id: String, delay_ms: i64| Letter {
        due_ms: as_of_ms + delay_ms,
        path: path.to_owned(),
        tries: 5,
        about: transaction.id.clone(),
        as_of_ms,
        event_id,
        key: key.to_vec(),
        is_forged: false,
    };
    let mut letters = Vec::new();
    for (at_ms, status) in &transaction.changes {
        for number in 0..fate.callbacks {
            let delay_ms = i64::try_from(number).unwrap_or(0) * 700 + fate.end.0 % 5_000;
            let event_id = format!("{}-{}-{number}", transaction.id, status.word());
            letters.push(letter(*at_ms, event_id, delay_ms));
        }
    }
    if fate.callbacks > 1 {
        let first_ms = transaction.changes.first().map_or(0, |(at_ms, _)| *at_ms);
        // News of the past that comes last.
        letters.push(letter(first_ms - 1, format!("{}-old", transaction.id), 9_000));
        // Somebody who does not have the key says that it was paid.
        letters.push(Letter {
            key: b"a guess".to_vec(),
            tries: 1,
            is_forged: true,
            ..letter(first_ms, "forged".to_owned(), -1)
        });
    }
    letters
}

impl Letter {
    /// One more try, later.
    pub(crate) fn again(self, due_ms: i64) -> Self {
        Self {
            due_ms,
            tries: self.tries.saturating_sub(1),
            ..self
        }
    }

    /// Writes it, as the books are now.
    pub(super) fn sheet(&self, transaction: &Transaction) -> Sheet {
        let mut told = transaction.clone();
        if self.is_forged {
            told.changes = vec![(0, Status::Charged(transaction.amount.clone()))];
        }
        let body = json!({"event_id": self.event_id, "reference": told.reference, "gateway": told.gateway,
            "transaction": shown(&told, self.as_of_ms)});
        let body = body.to_string().into_bytes();
        Sheet {
            signature: sign(&self.key, &body),
            body,
        }
    }
}

fn sign(key: &[u8], body: &[u8]) -> String {
    // HMAC takes keys of any length; an empty signature would only be refused.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return String::new();
    };
    mac.update(body);
    HEXLOWER.encode(&mac.finalize().into_bytes())
}
