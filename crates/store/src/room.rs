//! Whether writes have lately found no room on the disk. Reads go on then, so that nobody would notice. Owns when that was;
//! decides nothing.

use std::sync::atomic::{AtomicI64, Ordering};

use world::World;

use crate::error::StoreError;

/// A write that found no room is remembered for this long, in milliseconds.
const REMEMBERED_MS: i64 = 10_000;

/// When a write last found no room.
pub(crate) struct Room {
    world: World,
    /// By the monotonic clock; `i64::MIN` when none has.
    lacked_ms: AtomicI64,
}

impl Room {
    pub(crate) fn new(world: World) -> Self {
        let lacked_ms = AtomicI64::new(i64::MIN);
        Self { world, lacked_ms }
    }

    /// Remembers what a write met.
    pub(crate) fn note(&self, failure: Option<&StoreError>) {
        if let Some(StoreError::Full | StoreError::Disk(_)) = failure {
            self.lacked_ms.store(self.world.monotonic_ms(), Ordering::Relaxed);
        }
    }

    /// Whether a write found none a moment ago.
    pub(crate) fn is_lacking(&self) -> bool {
        let lacked_ms = self.lacked_ms.load(Ordering::Relaxed);
        self.world.monotonic_ms().saturating_sub(lacked_ms) < REMEMBERED_MS
    }
}
