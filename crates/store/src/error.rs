//! What can go wrong in the store, by name. Never decides what to do about it.

use std::path::PathBuf;

/// Why a closure, or one statement in it, was not done.
///
/// A statement that the database refused ends its closure: every later statement of it is answered
/// [`StoreError::Aborted`] and the closure is rolled back even if it returns `Ok`, on both engines alike.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A unique index or primary key refused a row.
    #[error("a row with this key exists already ({index})")]
    Unique {
        /// The index (PostgreSQL) or `table.column, …` (SQLite). For people; decide by row count.
        index: String,
    },
    /// A foreign key has no row to point to, or a row is still pointed to.
    #[error("a foreign key does not hold")]
    Foreign,
    /// A CHECK refused a row.
    #[error("the check {constraint} does not hold")]
    Check {
        /// The name of the constraint.
        constraint: String,
    },
    /// A column that needs a value got none.
    #[error("a required column is null")]
    NotNull,
    /// A trigger refused; its own words.
    #[error("refused by a trigger: {0}")]
    Trigger(String),
    /// A statement that must find one row found none.
    #[error("no such row")]
    Missing,
    /// A row cannot be read as what it should be.
    #[error("{what}: column {column} {reason}")]
    InvalidRow {
        /// The beginning of the statement that read it.
        what: String,
        /// The column.
        column: String,
        /// What is wrong with it; holds no value of a person.
        reason: String,
    },
    /// An earlier statement of this closure was refused; nothing more can be done in it.
    #[error("the transaction was given up after an earlier refusal")]
    Aborted,
    /// The queue is full, or a lock was not to be had in time: try again later.
    #[error("the database is busy")]
    Busy,
    /// The disk is full. Reads go on.
    #[error("the disk is full")]
    Full,
    /// Another transaction was in the way, also on the last retry (40001, 40P01).
    #[error("another transaction was in the way")]
    Conflict,
    /// The database cannot be reached, or the store is closed. Nothing was committed.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The connection broke while COMMIT was under way: read back, never assume.
    #[error("commit outcome unknown")]
    CommitUnknown,
    /// A write on a store, or in a closure, that only reads.
    #[error("the store is read only")]
    ReadOnly,
    /// The inline store was told to crash here (`verify`).
    #[error("crashed")]
    Crashed,
    /// The closure panicked; only its own work is undone.
    #[error("the closure panicked: {0}")]
    Panicked(String),
    /// The disk failed or the database file is damaged. The process is stopping.
    #[error("the disk failed: {0}")]
    Disk(String),
    /// Anything else: a mistake in a statement.
    #[error("{0}")]
    Other(String),
}

/// Why a store was not opened. Written for the person who starts the process.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process has the database.
    #[error("{} is in use by another process{}: one process owns a SQLite database (lock file {}). Stop it first, or use PostgreSQL to run several",
        database.display(), owner.as_ref().map(|pid| format!(" (pid {pid})")).unwrap_or_default(), lock.display())]
    Locked {
        /// The database file.
        database: PathBuf,
        /// The lock file beside it.
        lock: PathBuf,
        /// The process that wrote the lock file, if it could be read.
        owner: Option<String>,
    },
    /// The schema needs a newer program.
    #[error(
        "the database schema (version {schema}) needs a program that knows version {needs}; this one knows version {knows}: start the newer release"
    )]
    TooNew {
        /// Version of the schema in the database.
        schema: i64,
        /// The lowest version a program must know.
        needs: i64,
        /// The highest version this program knows.
        knows: i64,
    },
    /// A step of the schema is not the one that this program knows under its number.
    #[error(
        "this database was made by another build: step {version} of its schema is not the one that this program knows. Use the build that made it, or begin with an empty database"
    )]
    Foreign {
        /// Version of the first such step.
        version: i64,
    },
    /// Migrations are waiting and were not asked for.
    #[error(
        "the database schema is at version {schema}, this program needs {needs}: run `cowry migrate` (or start with --migrate)"
    )]
    Behind {
        /// Version of the schema in the database; 0 when it is empty.
        schema: i64,
        /// The version this program needs.
        needs: i64,
    },
    /// A setting of the server would lose acknowledged payments.
    #[error("the database server runs with {setting}={value}: acknowledged payments could be lost. Set {setting}=on")]
    Unsafe {
        /// The setting.
        setting: &'static str,
        /// Its value.
        value: String,
    },
    /// The address is not understood or not allowed.
    #[error("database address: {0}")]
    Address(String),
    /// The target does not work with this way of opening.
    #[error("{0}")]
    Unsupported(&'static str),
    /// A file could not be opened, made or locked.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The database refused.
    #[error("database: {0}")]
    Database(#[from] StoreError),
}
