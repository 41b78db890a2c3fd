//! How a transaction moves: by its scenario's clock, by the payer's hand, or closed by the caller.
//!
//! Owns the rules, as functions of a row and a moment. Never writes, waits or calls back.

use rust_decimal::Decimal;

use crate::clock::Pace;
use crate::ledger::{Change, Row, Status};
use crate::scenario::{CLOSED, Ending, OTP_INVALID, REFUSED_BY_PAYER, UNANSWERED};

/// What a person does on a payer page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Approve,
    Decline,
}

/// What happens to the row because its time has come; nothing when it has not.
pub(crate) fn due(row: &Row, pace: Pace, now_ms: i64) -> Option<Change> {
    if row.due_at_ms.is_none_or(|due_at_ms| due_at_ms > now_ms) {
        return None;
    }
    match (row.status, row.scenario.ending) {
        (Status::Pending, Ending::Charged) => Some(charged(row, now_ms)),
        (Status::Pending, Ending::Declined(reason)) => Some(declined(row, reason, pace, now_ms)),
        (Status::Pending, Ending::Expired) => Some(ended(row, Status::Expired, UNANSWERED, now_ms)),
        (Status::Declined, _) => Some(charged(row, now_ms)),
        (Status::Charged | Status::Expired, _) => None,
    }
}

/// What the payer's decision does; nothing when it comes too late.
pub(crate) fn decided(row: &Row, decision: Decision, pace: Pace, now_ms: i64) -> Option<Change> {
    match (row.status, decision) {
        (Status::Pending, Decision::Approve) => Some(charged(row, now_ms)),
        (Status::Pending, Decision::Decline) => Some(declined(row, REFUSED_BY_PAYER, pace, now_ms)),
        (Status::Charged | Status::Declined | Status::Expired, _) => None,
    }
}

/// The caller ends a page session; nothing when there is none to end.
pub(crate) fn closed(row: &Row, now_ms: i64) -> Option<Change> {
    let closable = row.status == Status::Pending && row.flow.has_page();
    closable.then(|| ended(row, Status::Expired, CLOSED, now_ms))
}

/// The charge came without the right one-time code.
pub(crate) fn wrong_code(row: &Row, now_ms: i64) -> Change {
    ended(row, Status::Declined, OTP_INVALID, now_ms)
}

fn charged(row: &Row, now_ms: i64) -> Change {
    let excess = Decimal::from(row.scenario.excess_major);
    let asked = row.amount.parse::<Decimal>().ok();
    let taken = asked.and_then(|asked| asked.checked_add(excess));
    Change {
        status: Status::Charged,
        reason: None,
        amount: taken.map_or_else(|| row.amount.clone(), |taken| taken.to_string()),
        at_ms: now_ms,
        due_at_ms: None,
    }
}

fn declined(row: &Row, reason: &str, pace: Pace, now_ms: i64) -> Change {
    let due_at_ms = row.scenario.late_charge_ms.map(|late_ms| pace.after(now_ms, late_ms));
    Change {
        due_at_ms,
        ..ended(row, Status::Declined, reason, now_ms)
    }
}

fn ended(row: &Row, status: Status, reason: &str, now_ms: i64) -> Change {
    Change {
        status,
        reason: Some(reason.to_owned()),
        amount: row.amount.clone(),
        at_ms: now_ms,
        due_at_ms: None,
    }
}
