//! How a transaction moves: by its scenario's clock, by the payer's hand, or closed by the caller.
//!
//! Owns the rules, as functions of a row and a moment. Never writes, waits or calls back.

use rust_decimal::Decimal;

use crate::clock::Pace;
use crate::ledger::{Change, Row, Status, Wait};
use crate::scenario::{CLOSED, Ending, Flow, OTP_INVALID, REFUSED_BY_PAYER, UNANSWERED, WRONG_PIN};

/// What a person does on a payer page or on the phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Approve,
    /// Approves with a PIN that is not theirs.
    MistypePin,
    Decline,
}

/// What happens to the row because its time has come; nothing when it has not.
pub(crate) fn due(row: &Row, pace: Pace, now_ms: i64) -> Option<Change> {
    if row.due_at_ms.is_none_or(|due_at_ms| due_at_ms > now_ms) {
        return None;
    }
    if row.status == Status::Pending && row.wait.is_some() && row.due_at_ms >= Some(row.expires_at_ms) {
        return Some(ended(row, Status::Expired, UNANSWERED, now_ms));
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
        (Status::Pending, Decision::Approve) => Some(match row.scenario.after_approval {
            Ending::Charged => charged(row, now_ms),
            Ending::Declined(reason) => declined(row, reason, pace, now_ms),
            Ending::Expired => ended(row, Status::Expired, UNANSWERED, now_ms),
        }),
        (Status::Pending, Decision::MistypePin) => Some(declined(row, WRONG_PIN, pace, now_ms)),
        (Status::Pending, Decision::Decline) => Some(declined(row, REFUSED_BY_PAYER, pace, now_ms)),
        (Status::Charged | Status::Declined | Status::Expired, _) => None,
    }
}

/// True while it is the payer's turn, on the phone or on the operator's page.
pub(crate) fn awaits_payer(row: &Row) -> bool {
    row.status == Status::Pending && matches!(row.flow, Flow::Prompt | Flow::Redirect | Flow::Qr)
}

/// When a due transaction that waits for a person is due instead: its scenario's time after `open_until_ms`, when the
/// phone will have been put down, or its end if that comes first. Nothing when its end has come or nothing is awaited.
pub(crate) fn postponed(row: &Row, open_until_ms: i64, pace: Pace, now_ms: i64) -> Option<i64> {
    let waits = awaits_payer(row) && row.wait != Some(Wait::SetAside) && row.due_at_ms.is_some_and(|due| due <= now_ms);
    let due_at_ms = pace.after(open_until_ms, row.scenario.after_ms).min(row.expires_at_ms);
    (waits && due_at_ms > now_ms).then_some(due_at_ms)
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
