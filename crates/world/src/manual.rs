//! A virtual world for tests and `verify`: time moves only when told, chance follows from a seed.
//!
//! Never reads the machine's clocks. A sleeper woken by [`ManualClock::advance`] runs when its executor polls it.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;

use crate::{Chance, Clock, Sleep};

/// The hand that moves a virtual world's clocks. Clones share them.
#[derive(Clone)]
pub struct ManualClock {
    dial: Arc<Mutex<Dial>>,
}

/// Sleepers in the order of their due time, then of their arrival.
struct Dial {
    wall_ms: i64,
    /// Part of a millisecond that the wall clock has not shown yet.
    wall_rest: Duration,
    elapsed: Duration,
    sleepers: BTreeMap<(Duration, u64), Waker>,
    arrivals: u64,
}

impl ManualClock {
    pub(crate) fn starting_at(wall_ms: i64) -> Self {
        let dial = Dial {
            wall_ms,
            wall_rest: Duration::ZERO,
            elapsed: Duration::ZERO,
            sleepers: BTreeMap::new(),
            arrivals: 0,
        };
        Self {
            dial: Arc::new(Mutex::new(dial)),
        }
    }

    /// Moves both clocks by `duration` and wakes, in the order in which they are due, the sleepers whose time came.
    pub fn advance(&self, duration: Duration) {
        let due = {
            let mut dial = self.dial();
            dial.elapsed = dial.elapsed.saturating_add(duration);
            let unshown = dial.wall_rest.saturating_add(duration);
            let whole_ms = i64::try_from(unshown.as_millis()).unwrap_or(i64::MAX);
            dial.wall_ms = dial.wall_ms.saturating_add(whole_ms);
            dial.wall_rest = Duration::from_nanos(u64::from(unshown.subsec_nanos() % 1_000_000));
            let now = dial.elapsed;
            let later = dial.sleepers.split_off(&(now, u64::MAX));
            std::mem::replace(&mut dial.sleepers, later)
        };
        for waker in due.into_values() {
            waker.wake();
        }
    }

    /// Moves only the wall clock, by `delta_ms`, back when negative: what an administrator or NTP does.
    pub fn jump_wall(&self, delta_ms: i64) {
        let mut dial = self.dial();
        dial.wall_ms = dial.wall_ms.saturating_add(delta_ms);
    }

    /// How far to advance until the next sleeper is due; `None` when nobody sleeps. A sleep counts from its first poll.
    #[must_use]
    pub fn next_due_in(&self) -> Option<Duration> {
        let dial = self.dial();
        dial.sleepers
            .keys()
            .next()
            .map(|(due, _)| due.saturating_sub(dial.elapsed))
    }

    /// The number of sleepers that wait.
    #[must_use]
    pub fn sleepers(&self) -> usize {
        self.dial().sleepers.len()
    }

    fn dial(&self) -> MutexGuard<'_, Dial> {
        self.dial.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleeper(&self, duration: Duration) -> Sleeper {
        let mut dial = self.dial();
        dial.arrivals += 1;
        let place = (dial.elapsed.saturating_add(duration), dial.arrivals);
        Sleeper {
            clock: self.clone(),
            place,
        }
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dial = self.dial();
        f.debug_struct("ManualClock")
            .field("wall_ms", &dial.wall_ms)
            .field("elapsed", &dial.elapsed)
            .finish()
    }
}

impl Clock for ManualClock {
    fn now_ms(&self) -> i64 {
        self.dial().wall_ms
    }

    fn monotonic_ms(&self) -> i64 {
        i64::try_from(self.dial().elapsed.as_millis()).unwrap_or(i64::MAX)
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        Box::pin(self.sleeper(duration))
    }

    /// Waits until another thread has advanced the clock far enough.
    fn sleep_blocking(&self, duration: Duration) {
        let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        let mut sleeper = pin!(self.sleeper(duration));
        while sleeper.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
            std::thread::park();
        }
    }
}

struct Sleeper {
    clock: ManualClock,
    place: (Duration, u64),
}

impl Future for Sleeper {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut dial = self.clock.dial();
        if self.place.0 <= dial.elapsed {
            return Poll::Ready(());
        }
        let replaced = dial.sleepers.insert(self.place, context.waker().clone());
        // Dropping a waker may drop a task, and with it other sleepers: never under the lock.
        drop(dial);
        drop(replaced);
        Poll::Pending
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        let mut dial = self.clock.dial();
        let forgotten = dial.sleepers.remove(&self.place);
        drop(dial);
        drop(forgotten);
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// `SplitMix64`: small, without a lock, good enough to be different; never for keys.
pub(crate) struct SeededChance {
    state: AtomicU64,
}

const GOLDEN_GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

impl SeededChance {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            state: AtomicU64::new(seed),
        }
    }

    fn next_u64(&self) -> u64 {
        let state = self
            .state
            .fetch_add(GOLDEN_GAMMA, Ordering::Relaxed)
            .wrapping_add(GOLDEN_GAMMA);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

impl Chance for SeededChance {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            for (byte, random) in chunk.iter_mut().zip(self.next_u64().to_le_bytes()) {
                *byte = random;
            }
        }
    }
}
