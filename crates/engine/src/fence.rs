//! Whether this process may send. It may not once another process has declared it dead.

use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Default)]
pub(crate) struct Fence {
    raised: AtomicBool,
}

impl Fence {
    pub(crate) fn raise(&self) {
        self.raised.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_raised(&self) -> bool {
        self.raised.load(Ordering::SeqCst)
    }
}
