//! The one thread that writes: takes what waits, runs each closure in its own savepoint, commits once, then answers
//! all. Never answers before the commit is durable, never sleeps to fill a group.

use std::sync::{
    Arc,
    atomic::{AtomicI32, Ordering},
};

use rusqlite::Connection;
use world::World;

use super::{refusal, spawn, stop_if_disk_failed};
use crate::{
    error::{OpenError, StoreError},
    job::{Job, Ran},
    lock::Lock,
    options::{OnFatal, Options},
    queue::Queue,
    store::{Alive, Threads},
    tx::Tx,
};

/// The most closures that share a commit.
const GROUP: usize = 128;
/// Pages in the write-ahead log that make a checkpoint due (16 MiB).
const CHECKPOINT_PAGES: i32 = 4096;

pub(super) struct Writer {
    // Fields are dropped in this order: the lock is let go of after the connection is closed.
    connection: Connection,
    _lock: Lock,
    queue: Arc<Queue>,
    world: World,
    on_fatal: OnFatal,
    log: Log,
}

/// The write-ahead log, as told by SQLite after each commit.
struct Log {
    pages: Arc<AtomicI32>,
    last_pages: i32,
    due_pages: i32,
}

type Served = (Box<dyn Job>, Result<(), StoreError>);

impl Writer {
    pub(super) fn new(
        mut connection: Connection,
        lock: Lock,
        threads: &Threads,
        options: &Options,
        world: &World,
    ) -> Result<Self, StoreError> {
        let pages = Arc::new(AtomicI32::new(0));
        let seen = Arc::clone(&pages);
        // This takes the place of SQLite's automatic checkpoint, which would run before the answers go out.
        let hook = move |_: &mut rusqlite::hooks::Wal, pages| {
            seen.store(pages, Ordering::Relaxed);
            Ok(())
        };
        connection.wal_hook(Some(hook)).map_err(refusal)?;
        Ok(Self {
            connection,
            _lock: lock,
            queue: Arc::clone(&threads.writes),
            world: world.clone(),
            on_fatal: Arc::clone(&options.on_fatal),
            log: Log {
                pages,
                last_pages: 0,
                due_pages: CHECKPOINT_PAGES,
            },
        })
    }

    pub(super) fn start(self, alive: Alive) -> Result<(), OpenError> {
        spawn("store-write", alive, move || self.run())
    }

    fn run(mut self) {
        let mut served = Vec::with_capacity(GROUP);
        while let Some(job) = self.queue.pop() {
            let outcome = self.serve(job, &mut served);
            stop_if_disk_failed(&self.on_fatal, &outcome);
            for (job, own) in served.drain(..) {
                job.answer(outcome.clone().and(own));
            }
            if self.log.is_due() {
                self.checkpoint("PASSIVE");
            }
        }
        self.checkpoint("TRUNCATE");
    }

    /// Runs the job and what waits behind it in one transaction, and commits it.
    fn serve(&self, job: Box<dyn Job>, served: &mut Vec<Served>) -> Result<(), StoreError> {
        let mut next = Some(job);
        let mut begun = self.run_sql("BEGIN IMMEDIATE");
        while let Some(mut job) = next.take() {
            let own = begun.clone().and_then(|()| self.serve_one(job.as_mut()));
            if self.connection.is_autocommit() || matches!(own, Err(StoreError::Disk(_))) {
                // SQLite rolled the whole of it back (FULL, IOERR, NOMEM): nobody's work stands.
                let cause = begun.err().or_else(|| own.clone().err());
                begun = self.give_up(cause.unwrap_or(StoreError::Aborted));
            }
            served.push((job, own));
            if begun.is_ok() && served.len() < GROUP {
                next = self.queue.take_waiting();
            }
        }
        begun?;
        self.run_sql("COMMIT").or_else(|error| self.give_up(error))
    }

    /// Runs one closure in its savepoint. The error is the closure's own: the transaction goes on without it.
    fn serve_one(&self, job: &mut dyn Job) -> Result<(), StoreError> {
        self.run_sql("SAVEPOINT closure")?;
        let ran = job.run(&mut Tx::sqlite(&self.connection, &self.world));
        let cause = ran.failure().cloned();
        let undo = || {
            self.run_sql("ROLLBACK TO closure")
                .and_then(|()| self.run_sql("RELEASE closure"))
        };
        let ended = match ran {
            Ran::Done => self.run_sql("RELEASE closure"),
            Ran::Refused(Some(StoreError::Disk(reason))) => Err(StoreError::Disk(reason)),
            Ran::Refused(_) => undo(),
            Ran::Broken(error) => undo().and(Err(error)),
        };
        // When the transaction is gone there is no savepoint to go back to; say why it is gone.
        if self.connection.is_autocommit() {
            cause.map_or(ended, Err)
        } else {
            ended
        }
    }

    fn give_up(&self, error: StoreError) -> Result<(), StoreError> {
        if !self.connection.is_autocommit() {
            self.run_sql("ROLLBACK")?;
        }
        Err(error)
    }

    fn checkpoint(&self, mode: &str) {
        let text = format!("PRAGMA wal_checkpoint({mode})");
        let done = self.connection.query_row(&text, [], |_| Ok(())).map_err(refusal);
        if let Err(error) = &done {
            tracing::warn!(%error, mode, "the write-ahead log could not be copied into the database");
        }
        stop_if_disk_failed(&self.on_fatal, &done);
    }

    fn run_sql(&self, text: &str) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(text).map_err(refusal)?;
        statement.raw_execute().map(drop).map_err(refusal)
    }
}

impl Log {
    /// Whether enough was added since the last checkpoint, or since the log began anew.
    fn is_due(&mut self) -> bool {
        let pages = self.pages.load(Ordering::Relaxed);
        if pages < self.last_pages {
            self.due_pages = CHECKPOINT_PAGES;
        }
        self.last_pages = pages;
        let due = pages >= self.due_pages;
        if due {
            self.due_pages = pages.saturating_add(CHECKPOINT_PAGES);
        }
        due
    }
}
