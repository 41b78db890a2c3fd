//! The real world: kernel clocks, tokio's timers, the operating system's randomness.
//!
//! Never falls back to a weaker source: without randomness the process ends.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::{Chance, Clock, Sleep};

/// `CLOCK_MONOTONIC` of Linux stands still while the machine is suspended, `CLOCK_BOOTTIME` does not. Elsewhere the
/// monotonic clock counts suspended time by itself.
#[cfg(target_os = "linux")]
const MONOTONIC: ClockId = ClockId::Boottime;
#[cfg(not(target_os = "linux"))]
const MONOTONIC: ClockId = ClockId::Monotonic;

/// Timers of the runtime stand still during a suspension. Long sleeps are cut into slices, so that after waking the
/// machine a sleep is late by one slice at most.
const LONGEST_SLICE: Duration = Duration::from_secs(1);

/// `EX_SOFTWARE` of sysexits.h.
const EXIT_NO_RANDOMNESS: i32 = 70;

pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        let now = clock_gettime(ClockId::Realtime);
        now.tv_sec.saturating_mul(1_000).saturating_add(now.tv_nsec / 1_000_000)
    }

    fn monotonic_ms(&self) -> i64 {
        i64::try_from(monotonic().as_millis()).unwrap_or(i64::MAX)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the door that the others go through")]
    fn sleep(&self, duration: Duration) -> Sleep {
        let due = monotonic().saturating_add(duration);
        Box::pin(async move {
            loop {
                let left = due.saturating_sub(monotonic());
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(LONGEST_SLICE)).await;
            }
        })
    }

    #[expect(clippy::disallowed_methods, reason = "this is the door that the others go through")]
    fn sleep_blocking(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

fn monotonic() -> Duration {
    let now = clock_gettime(MONOTONIC);
    let whole_secs = Duration::from_secs(u64::try_from(now.tv_sec).unwrap_or_default());
    whole_secs.saturating_add(Duration::from_nanos(u64::try_from(now.tv_nsec).unwrap_or_default()))
}

pub(crate) struct SystemChance;

impl Chance for SystemChance {
    fn fill(&self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            eprintln!("cowry: the operating system gives no randomness ({error}); stopping");
            std::process::exit(EXIT_NO_RANDOMNESS);
        }
    }
}
