//! A thread that reads: one closure at a time, each in a transaction of its own that sees one state of the data.

use std::sync::Arc;

use rusqlite::Connection;
use world::World;

use super::{refusal, stop_if_disk_failed};
use crate::{
    error::StoreError,
    job::{Job, Ran},
    options::{OnFatal, Options},
    queue::Queue,
    store::Threads,
    tx::Tx,
};

pub(super) struct Reader {
    connection: Connection,
    queue: Arc<Queue>,
    world: World,
    on_fatal: OnFatal,
}

impl Reader {
    pub(super) fn new(connection: Connection, threads: &Threads, options: &Options, world: &World) -> Self {
        Self {
            connection,
            queue: Arc::clone(&threads.reads),
            world: world.clone(),
            on_fatal: Arc::clone(&options.on_fatal),
        }
    }

    pub(super) fn run(self) {
        while let Some(mut job) = self.queue.pop() {
            let outcome = self.serve(job.as_mut());
            stop_if_disk_failed(&self.on_fatal, &outcome);
            job.answer(outcome);
        }
    }

    fn serve(&self, job: &mut dyn Job) -> Result<(), StoreError> {
        self.run_sql("BEGIN")?;
        let ran = job.run(&mut Tx::sqlite(&self.connection, &self.world));
        let ended = if self.connection.is_autocommit() {
            Ok(())
        } else {
            self.run_sql("ROLLBACK")
        };
        match ran {
            Ran::Refused(Some(StoreError::Disk(reason))) => Err(StoreError::Disk(reason)),
            Ran::Done | Ran::Refused(_) => ended,
            Ran::Broken(error) => ended.and(Err(error)),
        }
    }

    fn run_sql(&self, text: &str) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(text).map_err(refusal)?;
        statement.raw_execute().map(drop).map_err(refusal)
    }
}
