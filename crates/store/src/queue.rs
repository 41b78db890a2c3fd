//! The bounded line in which jobs wait for a thread. Never blocks the one who brings a job: a full line refuses.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

use crate::{error::StoreError, job::Job};

/// First in, first out; any number of threads take from it.
pub(crate) struct Queue {
    line: Mutex<Line>,
    arrived: Condvar,
    capacity: usize,
}

struct Line {
    jobs: VecDeque<Box<dyn Job>>,
    open: bool,
}

impl Queue {
    pub(crate) fn new(capacity: usize) -> Self {
        let capacity = capacity.max(1);
        let jobs = VecDeque::with_capacity(capacity.min(1024));
        Self {
            line: Mutex::new(Line { jobs, open: true }),
            arrived: Condvar::new(),
            capacity,
        }
    }

    /// Puts a job at the end of the line.
    pub(crate) fn push(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        let mut line = self.lock();
        if !line.open {
            return Err(StoreError::Unavailable("the store is closed".to_owned()));
        }
        if line.jobs.len() >= self.capacity {
            return Err(StoreError::Busy);
        }
        line.jobs.push_back(job);
        drop(line);
        self.arrived.notify_one();
        Ok(())
    }

    /// Takes the first job, waiting for one; none once the line is closed and empty.
    pub(crate) fn pop(&self) -> Option<Box<dyn Job>> {
        let mut line = self.lock();
        loop {
            if let Some(job) = line.jobs.pop_front() {
                return Some(job);
            }
            if !line.open {
                return None;
            }
            line = self.arrived.wait(line).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes the first job if there is one now.
    pub(crate) fn take_waiting(&self) -> Option<Box<dyn Job>> {
        self.lock().jobs.pop_front()
    }

    /// How many jobs wait.
    pub(crate) fn depth(&self) -> usize {
        self.lock().jobs.len()
    }

    /// Refuses new jobs; those in line are still served.
    pub(crate) fn close(&self) {
        self.lock().open = false;
        self.arrived.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        // No code of a caller runs under this lock, so a poisoned line is still whole.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
