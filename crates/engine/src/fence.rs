//! Whether this process may send. It may not once another process has declared it dead.

use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Default)]
pub(crate) struct Fence {
    raised: AtomicBool,
    changed: AtomicBool,
}

impl Fence {
    pub(crate) fn raise(&self) {
        self.raised.store(true, Ordering::SeqCst);
    }

    /// A sign of life was taken: silent processes may have been declared dead with it.
    pub(crate) fn lift(&self) {
        self.raised.store(false, Ordering::SeqCst);
        self.changed.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_raised(&self) -> bool {
        self.raised.load(Ordering::SeqCst)
    }

    /// Whether processes may have been declared dead since this was last asked.
    pub(crate) fn take_changed(&self) -> bool {
        self.changed.swap(false, Ordering::SeqCst)
    }
}
