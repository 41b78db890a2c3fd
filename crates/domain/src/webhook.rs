//! How events reach merchants: which ones, in which order, when the next try is, and when an endpoint is given up. Owns the
//! plan as pure functions; never the clock, the dice, or what is in a letter.

use std::collections::BTreeSet;
use std::fmt;

use crate::announcement::Announcement;
use crate::scope::ApiFamily;

const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// An event is tried for this long, and an endpoint may fail for this long, in milliseconds: seven days.
pub const PATIENCE_MS: i64 = 7 * DAY_MS;

/// A receiver may ask for a later try, but not for one later than this, in milliseconds: one day.
pub const RETRY_AFTER_MAX_MS: i64 = DAY_MS;

/// Hours of failure in a row after which people are told.
pub const TOLD_AFTER_HOURS: [i64; 3] = [1, 24, 72];

/// Times of the tries, in milliseconds since the first; afterwards once a day.
const TRIES_AT_MS: [i64; 11] = [
    0,
    5 * SECOND_MS,
    30 * SECOND_MS,
    2 * MINUTE_MS,
    10 * MINUTE_MS,
    30 * MINUTE_MS,
    HOUR_MS,
    3 * HOUR_MS,
    8 * HOUR_MS,
    16 * HOUR_MS,
    DAY_MS,
];

/// Pauses of [`Plan::Exact`], in milliseconds.
const EXACT_PAUSES_MS: [i64; 5] = [5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 8 * HOUR_MS, DAY_MS];

/// By whose plan events are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// The payment API's: soon at first, spread by chance.
    Spread,
    /// The payment-intents API's: after 5 min, 30 min, 2 h, 8 h and 24 h exactly, then once a day.
    Exact,
}

impl Plan {
    /// The plan of an API.
    pub fn of(family: ApiFamily) -> Self {
        match family {
            ApiFamily::PaymentIntents => Self::Exact,
            ApiFamily::Payment | ApiFamily::Admin => Self::Spread,
        }
    }

    /// The pause after failed try number `tries` (1 is the first), in milliseconds.
    fn pause_ms(self, tries: i64, random: u64) -> i64 {
        match self {
            Self::Spread => spread(pause_ms(tries), random),
            Self::Exact => {
                let pause = usize::try_from(tries - 1)
                    .ok()
                    .and_then(|index| EXACT_PAUSES_MS.get(index));
                pause.copied().unwrap_or(DAY_MS)
            }
        }
    }
}

/// What follows a try that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Another try at this time, milliseconds UTC.
    Try(i64),
    /// None: the event has been tried for as long as is promised.
    GiveUp,
}

/// What follows failed try number `tries` (1 is the first) by a plan whose first try was at `first_ms`. [`Plan::Spread`]
/// spreads its pauses by ±20 % by `random` (any number); a receiver's own wish `retry_after_ms` can make one longer, up to a
/// day.
pub fn next_try(
    plan: Plan,
    tries: i64,
    (first_ms, now_ms): (i64, i64),
    retry_after_ms: Option<i64>,
    random: u64,
) -> Next {
    let planned_ms = plan.pause_ms(tries, random);
    let wished_ms = retry_after_ms.unwrap_or(0).clamp(0, RETRY_AFTER_MAX_MS);
    let due_ms = now_ms.saturating_add(planned_ms.max(wished_ms));
    if due_ms - first_ms > PATIENCE_MS {
        Next::GiveUp
    } else {
        Next::Try(due_ms)
    }
}

fn pause_ms(tries: i64) -> i64 {
    let at = |number: i64| usize::try_from(number).ok().and_then(|n| TRIES_AT_MS.get(n)).copied();
    match (at(tries - 1), at(tries)) {
        (Some(before), Some(after)) => after - before,
        (Some(_), None) | (None, _) => DAY_MS,
    }
}

fn spread(pause_ms: i64, random: u64) -> i64 {
    let span_ms = pause_ms * 2 / 5;
    let shift_ms = i64::try_from(random % 10_001).unwrap_or(0) * span_ms / 10_000;
    pause_ms - span_ms / 2 + shift_ms
}

/// The newest of [`TOLD_AFTER_HOURS`] that people must be told of now: the failure lasts `failing_ms`, and they were last
/// told at the mark `told_hours`.
pub fn mark_to_tell(failing_ms: i64, told_hours: i64) -> Option<i64> {
    let reached = |hours: &&i64| failing_ms >= **hours * HOUR_MS;
    let newest = TOLD_AFTER_HOURS.iter().rev().find(reached)?;
    (*newest > told_hours).then_some(*newest)
}

/// Which events an endpoint gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventSelection {
    /// Every one, also those that come later.
    All,
    /// These.
    Only(BTreeSet<Announcement>),
}

impl EventSelection {
    /// Whether an event is among them.
    pub fn includes(&self, announcement: Announcement) -> bool {
        match self {
            Self::All => true,
            Self::Only(chosen) => chosen.contains(&announcement),
        }
    }

    /// The published names; `*` for all.
    pub fn names(&self) -> Vec<&'static str> {
        match self {
            Self::All => vec!["*"],
            Self::Only(chosen) => chosen.iter().map(|announcement| announcement.code()).collect(),
        }
    }

    /// Reads names with a space between, or `*`; `None` for an unknown name or none at all.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::All);
        }
        let chosen: Option<BTreeSet<_>> = text.split_whitespace().map(Announcement::parse).collect();
        chosen.filter(|chosen| !chosen.is_empty()).map(Self::Only)
    }
}

impl fmt::Display for EventSelection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names().join(" "))
    }
}

words! {
    /// In which order an endpoint gets the events of one payment.
    DeliveryOrder {
        /// In any: a failing event holds back no other.
        Any = "any",
        /// By their sequence: an event waits until those before it are delivered or given up.
        PerPayment = "per_payment",
    }

    /// Whether an endpoint gets events.
    EndpointState {
        /// It does.
        Enabled = "enabled",
        /// A person said no.
        DisabledByPerson = "disabled_by_person",
        /// It answered 410.
        DisabledAsGone = "disabled_as_gone",
        /// It failed for seven days.
        DisabledAsFailing = "disabled_as_failing",
    }

    /// What became of the delivery of an event to a place.
    DeliveryState {
        /// It is tried, or waits for its next try.
        Waiting = "waiting",
        /// The receiver answered 2xx.
        Delivered = "delivered",
        /// It is tried no more, unless somebody asks for it.
        GivenUp = "given_up",
    }

    /// How one try ended.
    TryOutcome {
        /// The answer was 2xx.
        Delivered = "delivered",
        /// The answer was another one.
        Refused = "refused",
        /// The answer was 410: nothing is wanted there any more.
        Gone = "gone",
        /// No connection, for whatever reason; nothing is told about the network behind an address.
        Unreachable = "unreachable",
        /// Their certificate does not hold, or TLS failed.
        Tls = "tls",
        /// No answer in time.
        TimedOut = "timed_out",
        /// The connection broke, or the answer was no HTTP.
        Broken = "broken",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every try of an event that always fails, in milliseconds since the first.
    fn tries(plan: Plan, random: u64) -> Vec<i64> {
        let (mut at_ms, mut all) = (0, vec![0]);
        let number = |all: &Vec<i64>| i64::try_from(all.len()).unwrap();
        while let Next::Try(due_ms) = next_try(plan, number(&all), (0, at_ms), None, random) {
            at_ms = due_ms;
            all.push(at_ms);
        }
        all
    }

    #[test]
    fn tries_follow_the_plan_within_a_fifth_and_end_after_seven_days() {
        let exact = tries(Plan::Spread, 5_000);
        assert_eq!(exact[..11], TRIES_AT_MS);
        assert_eq!(exact[11..], [2, 3, 4, 5, 6, 7].map(|days| days * DAY_MS));
        for random in [0, 10_000, 123_456_789] {
            for (pair, plan) in tries(Plan::Spread, random).windows(2).zip(exact.windows(2)) {
                let (pause, planned) = (pair[1] - pair[0], plan[1] - plan[0]);
                assert!(
                    (planned * 4 / 5..=planned * 6 / 5).contains(&pause),
                    "{pause} of {planned}"
                );
            }
            assert!(tries(Plan::Spread, random).iter().all(|at_ms| *at_ms <= PATIENCE_MS));
        }
    }

    #[test]
    fn the_other_plan_is_exact() {
        let minutes: Vec<i64> = tries(Plan::Exact, 7).iter().map(|at_ms| at_ms / MINUTE_MS).collect();
        assert_eq!(minutes[..6], [0, 5, 35, 155, 635, 2_075]);
        assert_eq!(minutes[6] - minutes[5], 24 * 60);
        assert!(tries(Plan::Exact, 0).iter().all(|at_ms| *at_ms <= PATIENCE_MS));
    }

    #[test]
    fn a_receiver_may_ask_for_later_never_for_sooner_nor_for_more_than_a_day() {
        let wish = |ms| next_try(Plan::Spread, 1, (0, 0), Some(ms), 5_000);
        assert_eq!(wish(1), Next::Try(5_000));
        assert_eq!(wish(90_000), Next::Try(90_000));
        assert_eq!(wish(i64::MAX), Next::Try(DAY_MS));
        assert_eq!(wish(-1), Next::Try(5_000));
    }

    #[test]
    fn people_are_told_once_at_each_mark() {
        assert_eq!(mark_to_tell(HOUR_MS - 1, 0), None);
        assert_eq!(mark_to_tell(HOUR_MS, 0), Some(1));
        assert_eq!(mark_to_tell(30 * HOUR_MS, 1), Some(24));
        assert_eq!(mark_to_tell(30 * HOUR_MS, 24), None);
        assert_eq!(mark_to_tell(100 * HOUR_MS, 0), Some(72));
    }

    #[test]
    fn selections_round_trip_and_unknown_names_are_refused() {
        for text in ["*", "payment.completed payment.failed"] {
            assert_eq!(EventSelection::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(EventSelection::parse("payment.compleated"), None);
        assert_eq!(EventSelection::parse(""), None);
        assert!(
            !EventSelection::parse("payment.failed")
                .unwrap()
                .includes(Announcement::PaymentCompleted)
        );
    }
}
