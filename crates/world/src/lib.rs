//! Clock, sleep and randomness: the one door through which a process meets time and chance.
//!
//! Owns the [`World`] value that everything else is given, the real implementation and a virtual one for tests and
//! `verify`. Never decides anything, never reads the environment, never remembers what was asked of it.

mod manual;
mod system;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

pub use manual::ManualClock;

/// A sleep that is under way. Dropping it ends it.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Time as the process meets it.
pub trait Clock: Send + Sync + 'static {
    /// The wall clock: milliseconds since 1970-01-01 UTC. It may jump in both directions.
    fn now_ms(&self) -> i64;
    /// Milliseconds since some fixed moment. It never goes back and counts the time the machine was suspended.
    fn monotonic_ms(&self) -> i64;
    /// A future that is ready when `duration` has passed on the monotonic clock, counted from this call.
    fn sleep(&self, duration: Duration) -> Sleep;
    /// Blocks the calling thread until `duration` has passed. Never for use inside an async task.
    fn sleep_blocking(&self, duration: Duration);
}

/// Randomness as the process meets it.
pub trait Chance: Send + Sync + 'static {
    /// Fills the whole slice. There is no failure: an implementation that cannot fill it ends the process.
    fn fill(&self, bytes: &mut [u8]);
}

/// Time and chance, handed to everything that needs them. Cloning is cheap and shares both.
#[derive(Clone)]
pub struct World {
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
}

impl World {
    /// The real world: the machine's clocks, tokio's timers and the operating system's randomness.
    #[must_use]
    pub fn system() -> Self {
        Self::from_parts(system::SystemClock, system::SystemChance)
    }

    /// A world made of the given parts.
    pub fn from_parts(clock: impl Clock, chance: impl Chance) -> Self {
        Self {
            clock: Arc::new(clock),
            chance: Arc::new(chance),
        }
    }

    /// A virtual world: its wall clock stands at `start_ms` (ms UTC), its monotonic clock at zero, both until the
    /// returned [`ManualClock`] moves them; the same `seed` always gives the same random bytes.
    #[must_use]
    pub fn manual(start_ms: i64, seed: u64) -> (Self, ManualClock) {
        let clock = ManualClock::starting_at(start_ms);
        (Self::from_parts(clock.clone(), manual::SeededChance::new(seed)), clock)
    }

    /// The wall clock: milliseconds since 1970-01-01 UTC. For what is stored and shown, never for intervals.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// The monotonic clock in milliseconds, suspended time included. For intervals within this process.
    #[must_use]
    pub fn monotonic_ms(&self) -> i64 {
        self.clock.monotonic_ms()
    }

    /// Ready when `duration` has passed on the monotonic clock, counted from this call.
    #[must_use = "a sleep does nothing until it is awaited"]
    pub fn sleep(&self, duration: Duration) -> Sleep {
        self.clock.sleep(duration)
    }

    /// Blocks the calling thread until `duration` has passed. Never for use inside an async task.
    pub fn sleep_blocking(&self, duration: Duration) {
        self.clock.sleep_blocking(duration);
    }

    /// Fills the slice with random bytes fit for keys. Ends the process (code 70) if the system has none to give.
    pub fn fill(&self, bytes: &mut [u8]) {
        self.chance.fill(bytes);
    }

    /// 128 random bits.
    #[must_use]
    pub fn random_u128(&self) -> u128 {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        u128::from_le_bytes(bytes)
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("now_ms", &self.now_ms())
            .finish_non_exhaustive()
    }
}
