//! How many streams each key has open in this process. Owns the counting; never opens or ends one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Streams that one key may have open at once.
const STREAMS_MAX: usize = 16;

/// Streams that are open, by key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seats(Arc<Mutex<HashMap<String, usize>>>);

/// One open stream. It counts until this is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    seats: Seats,
    key: String,
}

impl Seats {
    /// Counts one more stream of a key, unless it has as many as it may.
    pub(crate) fn take(&self, key: &str) -> Option<Seat> {
        let mut taken = self.taken();
        let own = taken.entry(key.to_owned()).or_default();
        if *own >= STREAMS_MAX {
            return None;
        }
        *own += 1;
        drop(taken);
        metrics::gauge!("cowry_event_streams_open").increment(1);
        Some(Seat {
            seats: self.clone(),
            key: key.to_owned(),
        })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken();
        if let Some(own) = taken.get_mut(&self.key) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                taken.remove(&self.key);
            }
        }
        drop(taken);
        metrics::gauge!("cowry_event_streams_open").decrement(1);
    }
}

#[cfg(test)]
mod tests {
    use super::{STREAMS_MAX, Seats};

    #[test]
    fn a_key_has_so_many_and_no_more_until_one_is_dropped() {
        let seats = Seats::default();
        let mut held: Vec<_> = (0..STREAMS_MAX).map(|_| seats.take("a").unwrap()).collect();
        assert!(seats.take("a").is_none());
        assert!(seats.take("b").is_some(), "every key has its own");
        held.pop();
        let last = seats.take("a");
        assert!(last.is_some() && seats.take("a").is_none());
        drop((held, last));
        assert!(seats.taken().is_empty());
    }
}
