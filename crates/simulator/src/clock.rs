//! The simulator's own time: it is a separate process in the field, so it reads the machine's clock itself.
//!
//! Owns reading, sleeping, scaling and printing time. Never decides what happens when.
#![expect(
    clippy::disallowed_methods,
    reason = "the simulator is a peer of the house and keeps its own real time"
)]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970-01-01 UTC by the machine's wall clock.
pub(crate) fn now_ms() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}

/// Sleeps for real time.
pub(crate) async fn sleep_ms(duration_ms: u64) {
    tokio::time::sleep(Duration::from_millis(duration_ms)).await;
}

/// Sleeps until the wall clock shows `at_ms`; at once when that has passed.
pub(crate) async fn sleep_until(at_ms: i64) {
    sleep_ms(u64::try_from(at_ms.saturating_sub(now_ms())).unwrap_or(0)).await;
}

/// ISO 8601, UTC, milliseconds.
pub(crate) fn iso(at_ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(at_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    format!("{at:.3}")
}

/// Hours and minutes, UTC.
pub(crate) fn hour(at_ms: i64) -> String {
    iso(at_ms).get(11..16).unwrap_or_default().to_owned()
}

/// How many times faster than the table of scenarios this simulator plays.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace(i64);

impl Pace {
    /// A speed of 0 counts as 1.
    pub(crate) fn new(speed: u32) -> Self {
        Pace(i64::from(speed.max(1)))
    }

    /// The moment `scenario_ms` of scenario time after `from_ms`.
    pub(crate) fn after(self, from_ms: i64, scenario_ms: i64) -> i64 {
        from_ms.saturating_add(scenario_ms.checked_div(self.0).unwrap_or(scenario_ms))
    }
}
