//! The calls that a task of this process is at work on. A call that is open and not among them has lost its task: to a
//! panic, or to a commit whose outcome nobody learned.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use domain::ids::CallId;

use crate::house::held;

#[derive(Clone, Default)]
pub(crate) struct CallsAtWork {
    ids: Arc<Mutex<HashSet<CallId>>>,
}

/// While it lives, the call is at work; also a panic ends it.
pub(crate) struct AtWork {
    calls: CallsAtWork,
    id: CallId,
}

impl CallsAtWork {
    pub(crate) fn begin(&self, id: CallId) -> AtWork {
        held(&self.ids).insert(id);
        AtWork {
            calls: self.clone(),
            id,
        }
    }

    pub(crate) fn has(&self, id: CallId) -> bool {
        held(&self.ids).contains(&id)
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        held(&self.calls.ids).remove(&self.id);
    }
}
