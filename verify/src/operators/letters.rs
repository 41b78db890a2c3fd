//! Callbacks: honest ones that come late, doubled or not at all, and forged ones.

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

use super::fate::Fate;
use super::shown;
use super::transaction::{Status, Transaction};

/// A callback on its way.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    /// Monotonic milliseconds.
    pub(crate) due_ms: i64,
    /// The unguessable end of its address.
    pub(crate) path: String,
    pub(crate) signature: String,
    pub(crate) body: Vec<u8>,
    pub(crate) is_forged: bool,
    /// Tries left.
    pub(crate) tries: u32,
}

/// The callbacks of a transaction.
pub(super) fn of(transaction: &Transaction, fate: &Fate, callback_url: &str, key: &[u8]) -> Vec<Letter> {
    let Some((_, path)) = callback_url.split_once("/callbacks/") else {
        return Vec::new();
    };
    let mut letters = Vec::new();
    for (at_ms, status) in &transaction.changes {
        for number in 0..fate.callbacks {
            let delay_ms = i64::try_from(number).unwrap_or(0) * 700 + fate.end.0 % 5_000;
            let event_id = format!("{}-{}-{number}", transaction.id, status.word());
            letters.push(letter(transaction, *at_ms, (&event_id, path, key), delay_ms));
        }
    }
    if fate.callbacks > 1 {
        let first_ms = transaction.changes.first().map_or(0, |(at_ms, _)| *at_ms);
        // News of the past that comes last.
        letters.push(letter(transaction, first_ms - 1, (&format!("{}-old", transaction.id), path, key), 9_000));
        letters.push(forged(transaction, path, first_ms));
    }
    letters
}

fn letter(transaction: &Transaction, as_of_ms: i64, address: (&str, &str, &[u8]), delay_ms: i64) -> Letter {
    let (event_id, path, key) = address;
    let body = json!({"event_id": event_id, "reference": transaction.reference, "gateway": transaction.gateway,
        "transaction": shown(transaction, as_of_ms)});
    let body = body.to_string().into_bytes();
    Letter {
        due_ms: as_of_ms + delay_ms,
        path: path.to_owned(),
        signature: sign(key, &body),
        body,
        is_forged: false,
        tries: 5,
    }
}

/// Somebody who does not have the key says that it was paid.
fn forged(transaction: &Transaction, path: &str, at_ms: i64) -> Letter {
    let mut charged = transaction.clone();
    charged.changes = vec![(0, Status::Charged(transaction.amount.clone()))];
    let mut letter = letter(&charged, at_ms, ("forged", path, b"a guess"), -1);
    letter.is_forged = true;
    letter.tries = 1;
    letter
}

fn sign(key: &[u8], body: &[u8]) -> String {
    // HMAC takes keys of any length; an empty signature would only be refused.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return String::new();
    };
    mac.update(body);
    HEXLOWER.encode(&mac.finalize().into_bytes())
}
