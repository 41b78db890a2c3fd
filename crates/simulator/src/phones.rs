//! What people do with the sandbox phones: which one somebody has in hand, and which codes they dialled for.
//!
//! Owns both, in memory and in real time. Never answers a prompt, never touches the ledger.

use std::collections::{HashMap, VecDeque};

/// A phone is in hand for this long after it was looked at.
pub(crate) const GLANCE_MS: i64 = 10_000;
/// Without a script the page cannot look again while somebody types: in hand for this long.
pub(crate) const STILL_MS: i64 = 60_000;
/// One-time codes that are kept, over all phones.
const CODES_MAX: usize = 200;
/// A code is shown as waiting for this long.
pub(crate) const CODE_LIFETIME_MS: i64 = 600_000;

/// A one-time code that somebody dialled for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CodeMessage {
    pub(crate) phone: String,
    pub(crate) at_ms: i64,
}

/// The phones in hand, and the codes.
#[derive(Debug, Default)]
pub(crate) struct Phones {
    open_until_ms: HashMap<String, i64>,
    codes: VecDeque<CodeMessage>,
}

impl Phones {
    /// Somebody looks at this phone now, and will have it in hand for so long. The last look decides.
    pub(crate) fn look(&mut self, phone: &str, for_ms: i64, now_ms: i64) {
        self.open_until_ms.retain(|_, until_ms| *until_ms > now_ms);
        self.open_until_ms
            .insert(phone.to_owned(), now_ms.saturating_add(for_ms));
    }

    /// Until when the phone counts as in hand; nothing when it does not.
    pub(crate) fn open_until_ms(&self, phone: &str, now_ms: i64) -> Option<i64> {
        let until_ms = self.open_until_ms.get(phone).copied();
        until_ms.filter(|until_ms| *until_ms > now_ms)
    }

    /// Somebody dialled for a one-time code.
    pub(crate) fn dial(&mut self, phone: &str, now_ms: i64) {
        if self.codes.len() >= CODES_MAX {
            self.codes.pop_front();
        }
        self.codes.push_back(CodeMessage {
            phone: phone.to_owned(),
            at_ms: now_ms,
        });
    }

    /// The codes of this phone, or of all, oldest first.
    pub(crate) fn codes(&self, phone: Option<&str>) -> Vec<CodeMessage> {
        let wanted = |code: &&CodeMessage| phone.is_none_or(|phone| phone == code.phone);
        self.codes.iter().filter(wanted).cloned().collect()
    }
}
