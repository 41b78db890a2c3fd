//! What happened in a run, line by line, and its hash: two runs of one seed tell the same story.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use world::World;

/// A story in the making. Clones write into the same one.
#[derive(Clone)]
pub(crate) struct Story {
    told: Arc<Mutex<Told>>,
    world: World,
}

#[derive(Default)]
struct Told {
    hash: Sha256,
    lines: Vec<String>,
    violations: Vec<String>,
}

impl Story {
    pub(crate) fn new(world: World) -> Self {
        Self {
            told: Arc::default(),
            world,
        }
    }

    /// Adds a line under the time of the virtual clock.
    pub(crate) fn tell(&self, who: &str, line: &str) {
        let mono_ms = self.world.monotonic_ms();
        let text = format!("{:>9}.{:03}  {who:<9} {line}", mono_ms / 1_000, mono_ms % 1_000);
        let mut told = self.told();
        told.hash.update(text.as_bytes());
        told.lines.push(text);
    }

    /// Something happened that must never happen.
    pub(crate) fn violated(&self, invariant: &str, evidence: &str) {
        let line = format!("{invariant}: {evidence}");
        self.tell("VIOLATION", &line);
        self.told().violations.push(line);
    }

    /// Whether anything was violated so far.
    pub(crate) fn is_broken(&self) -> bool {
        !self.told().violations.is_empty()
    }

    /// The violations so far.
    pub(crate) fn violations(&self) -> Vec<String> {
        self.told().violations.clone()
    }

    /// Every line.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.told().lines.clone()
    }

    /// Lower-case hex of the hash of all lines.
    pub(crate) fn hash(&self) -> String {
        HEXLOWER.encode(&self.told().hash.clone().finalize())
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
