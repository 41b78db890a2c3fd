//! How a store is to be opened: where, with how many threads, and what it may do. Never reads the environment.

use std::{fmt, path::PathBuf, sync::Arc};

/// Where the data is.
#[derive(Clone, PartialEq, Eq)]
pub enum Target {
    /// A SQLite file, made if it is not there.
    Sqlite(PathBuf),
    /// A SQLite database in memory: only for [`crate::Store::open_inline`].
    SqliteMemory,
    /// A PostgreSQL server: `postgres://user:password@host:port/database?sslmode=…&sslrootcert=…`.
    Postgres(String),
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "Sqlite({})", path.display()),
            Self::SqliteMemory => f.write_str("SqliteMemory"),
            Self::Postgres(_) => f.write_str("Postgres(…)"), // the URL holds a password
        }
    }
}

/// Whether waiting migrations are run at open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Migrate {
    /// Run them (SQLite: after a backup).
    Auto,
    /// Refuse to open.
    Check,
}

/// What the store may do with the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everything. On SQLite: the only process that may.
    ReadWrite,
    /// Look, also while another process writes. Never migrates.
    ReadOnly,
}

/// What is called when the disk fails under SQLite. It should not return: nothing more can be promised.
pub type OnFatal = Arc<dyn Fn(&str) + Send + Sync>;

/// How to open a store. Start from [`Options::new`] and change what differs.
#[derive(Clone)]
pub struct Options {
    /// Where the data is.
    pub target: Target,
    /// Connections that only read, each with a thread.
    pub readers: usize,
    /// Connections that write, each with a thread (PostgreSQL; SQLite has one writer).
    pub connections: usize,
    /// How many closures may wait before the next is refused with `Busy`; for reads and for writes.
    pub queue: usize,
    /// What to do about waiting migrations.
    pub migrate: Migrate,
    /// What the store may do.
    pub access: Access,
    /// What to do when the disk fails. By default: log and end the process with status 70.
    pub on_fatal: OnFatal,
}

impl Options {
    /// The defaults for a target: migrations run by themselves on SQLite and are only checked on PostgreSQL.
    #[must_use]
    pub fn new(target: Target) -> Self {
        let migrate = match target {
            Target::Sqlite(_) | Target::SqliteMemory => Migrate::Auto,
            Target::Postgres(_) => Migrate::Check,
        };
        Self {
            target,
            readers: 4,
            connections: 8,
            queue: 4096,
            migrate,
            access: Access::ReadWrite,
            on_fatal: Arc::new(end_process),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("target", &self.target)
            .field("readers", &self.readers)
            .field("connections", &self.connections)
            .field("queue", &self.queue)
            .field("migrate", &self.migrate)
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}

fn end_process(reason: &str) {
    tracing::error!(
        reason,
        "the disk failed: stopping, so that nothing is promised that is not kept"
    );
    std::process::exit(70);
}
