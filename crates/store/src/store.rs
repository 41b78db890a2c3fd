//! The door: closures go in, answers come out when they are durable. Never lets a transaction out.

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};
use world::World;

use crate::{
    error::{OpenError, StoreError},
    inline::{Inline, Memory},
    job,
    options::{Access, Options, Target},
    queue::Queue,
    room::Room,
    tx::Tx,
};

/// An open database. Clones share it; when the last is gone the threads finish what waits and end.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    executor: Executor,
    name: &'static str,
    access: Access,
    room: Arc<Room>,
}

enum Executor {
    Threads(Threads),
    Inline(Inline),
}

/// The lines to the threads of an engine.
pub(crate) struct Threads {
    pub(crate) writes: Arc<Queue>,
    pub(crate) reads: Arc<Queue>,
    /// Closed when every thread has ended; each holds one [`Alive`].
    pub(crate) ended: Mutex<mpsc::Receiver<()>>,
}

/// Held by a thread for as long as it runs.
pub(crate) type Alive = mpsc::Sender<()>;

impl Threads {
    /// Two empty lines, and the token that the threads are to hold.
    pub(crate) fn new(capacity: usize) -> (Self, Alive) {
        let (alive, ended) = mpsc::channel(1);
        let threads = Self {
            writes: Arc::new(Queue::new(capacity)),
            reads: Arc::new(Queue::new(capacity)),
            ended: Mutex::new(ended),
        };
        (threads, alive)
    }

    fn close(&self) {
        self.writes.close();
        self.reads.close();
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.close();
    }
}

impl Store {
    /// Opens a database and starts its threads. Blocks until they are ready (migrations included).
    ///
    /// # Errors
    /// [`OpenError`], in words for the person who starts the process.
    pub fn open(options: Options, world: World) -> Result<Self, OpenError> {
        let access = options.access;
        let (threads, name) = match options.target.clone() {
            Target::Sqlite(path) => (crate::sqlite::open(&path, &options, &world)?, "sqlite"),
            Target::Postgres(url) => (crate::postgres::open(&url, &options, &world)?, "postgres"),
            Target::SqliteMemory => return Err(OpenError::Unsupported("a database in memory is opened inline only")),
        };
        let executor = Executor::Threads(threads);
        let room = Arc::new(Room::new(world));
        Ok(Self(Arc::new(Inner {
            executor,
            name,
            access,
            room,
        })))
    }

    /// Opens a database in memory whose closures run on the caller's thread, in order, without awaiting: for
    /// `verify`. Opening the same memory again is the restart after a crash; older stores on it stay crashed.
    ///
    /// # Errors
    /// When the schema is not this program's.
    pub fn open_inline(memory: &Memory, world: World) -> Result<Self, OpenError> {
        let room = Arc::new(Room::new(world.clone()));
        Ok(Self(Arc::new(Inner {
            executor: Executor::Inline(memory.boot(world)?),
            name: "sqlite",
            access: Access::ReadWrite,
            room,
        })))
    }

    /// Runs the closure in a transaction and answers when its commit is durable. It may run more than once, so it
    /// takes ids, times and random numbers as values and touches nothing but `tx`. Its `Err` undoes all it did.
    ///
    /// # Errors
    /// What the closure returned, or a [`StoreError`] when the transaction came to nothing.
    pub async fn write<T, E, F>(&self, mut work: F) -> Result<T, E>
    where
        F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        if self.0.access == Access::ReadOnly {
            return Err(StoreError::ReadOnly.into());
        }
        match &self.0.executor {
            Executor::Inline(inline) => inline.write(&mut work),
            Executor::Threads(threads) => {
                let (job, answer) = job::pack(work, &self.0.room);
                threads.writes.push(job)?;
                answer.await.unwrap_or_else(|_| Err(StoreError::CommitUnknown.into()))
            }
        }
    }

    /// Runs the closure in a transaction that only reads and sees one state of the data (SQLite) or one per
    /// statement (PostgreSQL). Never waits for a writer.
    ///
    /// # Errors
    /// What the closure returned, or a [`StoreError`]; [`StoreError::ReadOnly`] if it writes.
    pub async fn read<T, E, F>(&self, mut work: F) -> Result<T, E>
    where
        F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        match &self.0.executor {
            Executor::Inline(inline) => inline.read(&mut work),
            Executor::Threads(threads) => {
                let (job, answer) = job::pack(work, &self.0.room);
                threads.reads.push(job)?;
                let lost = |_| Err(StoreError::Unavailable("the store is closed".to_owned()).into());
                answer.await.unwrap_or_else(lost)
            }
        }
    }

    /// How many closures wait for a thread.
    #[must_use]
    pub fn queue_depth(&self) -> usize {
        match &self.0.executor {
            Executor::Threads(threads) => threads.writes.depth() + threads.reads.depth(),
            Executor::Inline(_) => 0,
        }
    }

    /// Whether a write has found no room on the disk, or a broken disk, in the last ten seconds.
    #[must_use]
    pub fn lacks_room(&self) -> bool {
        self.0.room.is_lacking()
    }

    /// `sqlite` or `postgres`.
    #[must_use]
    pub fn engine_name(&self) -> &'static str {
        self.0.name
    }

    /// Serves what waits, then ends the threads: SQLite copies its log into the file and releases the lock. Other
    /// clones are answered `Unavailable` from now on.
    pub async fn close(self) {
        if let Executor::Threads(threads) = &self.0.executor {
            threads.close();
            // Nothing is ever sent: `None` comes when the last thread has let go of its token.
            while threads.ended.lock().await.recv().await.is_some() {}
        }
    }
}
