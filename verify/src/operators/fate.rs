//! What becomes of a charge: what goes wrong on the wire, what the payer does, and which promise the operator breaks.
//! Drawn from the seed and the reference, so that it does not depend on what else happens.

use crate::dice::Dice;
use crate::operators::transaction::Status;

/// What happens to a charge on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    /// It is answered.
    Good,
    /// It is answered after so many milliseconds, maybe too late.
    Slow(i64),
    /// It arrives; the answer is lost.
    LosesAnswer,
    /// It never arrives, and the caller cannot know.
    Drops,
    /// It waits so many milliseconds before the operator opens it; the answer is lost.
    Queues(i64),
    /// It arrives; the answer is a server error.
    Error,
    /// It arrives; the answer is not of the protocol.
    Garbage,
    /// The operator promises that it did not process it.
    NotProcessed,
    /// Nobody listens.
    Refused,
    /// The operator refuses the merchant's credentials.
    Unauthorised,
}

/// Which promise is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lie {
    None,
    /// A final no becomes a charge later.
    LateSuccess(i64),
    /// More is taken than was asked.
    WrongAmount,
    /// A second transaction under one reference.
    Duplicate,
    /// A word that nobody knows, for a while.
    Strange,
    /// Another payer's number is charged, says the operator.
    OtherPayer,
}

/// The fate of one charge.
#[derive(Clone, Debug)]
pub(crate) struct Fate {
    pub(crate) wire: Wire,
    pub(crate) lie: Lie,
    /// How it ends, and how long after it opened.
    pub(crate) end: (i64, Status),
    /// For how long status questions do not know it.
    pub(crate) hidden_ms: i64,
    /// Whether callbacks come, and how often.
    pub(crate) callbacks: u64,
}

/// The operator knows every charge that it got after this time (the gateway's horizon, less a margin).
const KNOWN_AFTER_MS: i64 = 55_000;

impl Fate {
    /// The fate of a charge of `amount` with this one-time code, where one was asked for.
    pub(crate) fn of(dice: &Dice, faults: u64, lies: u64, amount: &str) -> Self {
        let wire = if dice.percent(faults) { wire(dice) } else { Wire::Good };
        let charged = || Status::Charged(amount.to_owned());
        let end = match dice.below(20) {
            0..4 => (0, charged()),
            4..11 => (dice.between(500, 30_000), charged()),
            11..13 => (dice.between(0, 20_000), Status::Declined("declined_by_payer")),
            13..15 => (dice.between(0, 20_000), Status::Declined("insufficient_funds")),
            15 => (0, Status::Declined("limit_reached")),
            16 => (dice.between(0, 5_000), Status::Declined("account_is_odd")),
            _ => (120_000, Status::Expired("payment_timeout")),
        };
        let lie = if dice.percent(lies) {
            match dice.below(7) {
                0..2 => Lie::LateSuccess(dice.between(5_000, 300_000)),
                2 => Lie::WrongAmount,
                3 => Lie::Duplicate,
                4 => Lie::Strange,
                5 => Lie::OtherPayer,
                _ => Lie::LateSuccess(dice.between(1_000, 60_000)),
            }
        } else {
            Lie::None
        };
        let hidden_ms = if dice.percent(faults / 3) {
            unknown_for_ms(dice)
        } else {
            0
        };
        let callbacks = dice.weighted(&[(20, 0), (60, 1), (20, 3)], 1);
        Self {
            wire,
            lie,
            end,
            hidden_ms,
            callbacks,
        }
    }
}

fn wire(dice: &Dice) -> Wire {
    match dice.below(12) {
        0 => Wire::Slow(dice.between(1_000, 30_000)),
        1..3 => Wire::LosesAnswer,
        3..5 => Wire::Drops,
        5 => Wire::Queues(unknown_for_ms(dice)),
        6 => Wire::Error,
        7 => Wire::Garbage,
        8 | 9 => Wire::NotProcessed,
        10 => Wire::Refused,
        _ => Wire::Unauthorised,
    }
}

/// How long an operator does not know a charge that it got: often almost as long as it may.
fn unknown_for_ms(dice: &Dice) -> i64 {
    let from_ms = if dice.percent(50) { KNOWN_AFTER_MS - 5_000 } else { 0 };
    dice.between(from_ms, KNOWN_AFTER_MS)
}
