//! The stopwatch. The one place of bench that asks for the time by itself: figures need microseconds, and no test turns
//! this clock.

use std::time::{Duration, Instant};

/// Now, for intervals within this process.
#[expect(clippy::disallowed_methods, reason = "measuring is what this program is for")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// A duration in whole microseconds.
pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// Waits in an async task.
pub(crate) async fn pause(duration: Duration) {
    tokio::time::sleep_until((now() + duration).into()).await;
}
