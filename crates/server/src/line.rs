//! What a request may know of the connection that it came on: whether the server stops; and what it may say: that its answer
//! lasts. Never touches the socket.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

/// A connection, as its requests and its socket share it.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    stopped: watch::Receiver<bool>,
    lasting: Arc<AtomicBool>,
}

impl Line {
    /// A connection that is told by `stopped` when the server stops.
    pub(crate) fn new(stopped: watch::Receiver<bool>) -> Self {
        Self {
            stopped,
            lasting: Arc::default(),
        }
    }

    /// A request came.
    pub(crate) fn begin(&self) {
        self.lasting.store(false, Ordering::Relaxed);
    }

    /// Its answer lasts until somebody ends it: whoever hangs up wants no more of it, and no stop waits for its reader.
    pub(crate) fn hold_open(&self) {
        self.lasting.store(true, Ordering::Relaxed);
    }

    /// Whether the latest answer lasts.
    pub(crate) fn is_lasting(&self) -> bool {
        self.lasting.load(Ordering::Relaxed)
    }

    /// Ready when the server stops.
    pub(crate) async fn stopped(&self) {
        // An error says that the server is gone.
        let _ = self.stopped.clone().wait_for(|stop| *stop).await;
    }
}
