//! SQLite: one thread that writes in groups, some that read, and the settings that make a commit durable.

mod migration;
mod reader;
mod refusal;
mod statement;
mod writer;

use std::{fs::OpenOptions, io, os::unix::fs::OpenOptionsExt, path::Path, sync::Arc, thread, time::Duration};

use rusqlite::{Connection, OpenFlags, config::DbConfig};
use world::World;

pub(crate) use migration::{back_up, migrate, state};
pub(crate) use refusal::refusal;
pub(crate) use statement::{cell, execute, prepare, query};

use crate::{
    error::{OpenError, StoreError},
    lock::Lock,
    migrate::{MIGRATIONS, MigrationState},
    options::{Access, Migrate, Options},
    store::{Alive, Threads},
};

const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// More than the house has statements, so that none is prepared twice.
const STATEMENTS: usize = 512;

/// Opens the file, migrates it, and starts the threads.
pub(crate) fn open(path: &Path, options: &Options, world: &World) -> Result<Threads, OpenError> {
    let (threads, alive) = Threads::new(options.queue);
    if options.access == Access::ReadWrite {
        let lock = Lock::take(path)?;
        let mut connection = connect(path)?;
        bring_up(&mut connection, path, options, world)?;
        writer::Writer::new(connection, lock, &threads, options, world)?.start(alive.clone())?;
    } else {
        state(&look(path)?)?.must_be_current()?;
    }
    for number in 0..options.readers.max(1) {
        let reader = reader::Reader::new(look(path)?, &threads, options, world);
        spawn(&format!("store-read-{number}"), alive.clone(), move || reader.run())?;
    }
    Ok(threads)
}

/// Migrates the file without starting anything.
pub(crate) fn migrate_file(path: &Path, world: &World) -> Result<MigrationState, OpenError> {
    let _lock = Lock::take(path)?;
    let mut connection = connect(path)?;
    back_up(&connection, path, MIGRATIONS)?;
    migrate(&mut connection, world, MIGRATIONS)
}

/// A connection that writes, with the durability settings of the house.
pub(crate) fn connect(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    make_private(path)?;
    let connection = open_file(path, flags)?;
    let mode: String = connection
        .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
        .map_err(refusal)?;
    if mode != "wal" {
        return Err(OpenError::Unsupported(
            "this file system does not allow SQLite's write-ahead log",
        ));
    }
    let settings = "PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY;
         PRAGMA journal_size_limit = 134217728";
    connection.execute_batch(settings).map_err(refusal)?;
    settle(&connection)?;
    Ok(connection)
}

/// A connection that only reads; never blocks the writer, never blocked by it.
pub(crate) fn look(path: &Path) -> Result<Connection, OpenError> {
    let connection = open_file(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    settle(&connection)?;
    connection.execute_batch("PRAGMA query_only = ON").map_err(refusal)?;
    Ok(connection)
}

/// The settings that make sense without a file.
pub(crate) fn settle(connection: &Connection) -> Result<(), StoreError> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.busy_timeout(BUSY_TIMEOUT).map_err(refusal)?;
    connection
        .execute_batch("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF")
        .map_err(refusal)?;
    // "Double quotes" are names, as PostgreSQL has it; SQLite would take a misspelt one for a text.
    for dialect in [DbConfig::SQLITE_DBCONFIG_DQS_DML, DbConfig::SQLITE_DBCONFIG_DQS_DDL] {
        connection.set_db_config(dialect, false).map_err(refusal)?;
    }
    // Without it SQLite prepares a statement again whenever a parameter that was compared with the condition of a
    // partial index is bound: every statement on permits, calls and facts, every time.
    let stable_plans = DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG;
    connection.set_db_config(stable_plans, true).map_err(refusal)?;
    Ok(())
}

/// Starts a thread that holds its token until it ends.
fn spawn(name: &str, alive: Alive, work: impl FnOnce() + Send + 'static) -> Result<(), OpenError> {
    let hold = move || {
        work();
        drop(alive);
    };
    let started = thread::Builder::new().name(name.to_owned()).spawn(hold);
    let fail = |error: io::Error| StoreError::Other(format!("no thread: {error}"));
    started.map_err(fail)?;
    Ok(())
}

fn bring_up(connection: &mut Connection, path: &Path, options: &Options, world: &World) -> Result<(), OpenError> {
    match options.migrate {
        Migrate::Auto => {
            back_up(connection, path, MIGRATIONS)?;
            migrate(connection, world, MIGRATIONS)?;
            Ok(())
        }
        Migrate::Check => state(connection)?.must_be_current(),
    }
}

/// Makes an empty file that only its owner may read and write, unless there is one. SQLite would make it as the umask says,
/// and gives its log the mode of the database.
fn make_private(path: &Path) -> Result<(), OpenError> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match made {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(OpenError::File {
            path: path.to_owned(),
            reason: error.to_string(),
        }),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn open_file(path: &Path, flags: OpenFlags) -> Result<Connection, OpenError> {
    Connection::open_with_flags(path, flags).map_err(|error| OpenError::File {
        path: path.to_owned(),
        reason: error.to_string(),
    })
}

/// Tells the process that the disk failed, if it did.
fn stop_if_disk_failed(on_fatal: &Arc<dyn Fn(&str) + Send + Sync>, outcome: &Result<(), StoreError>) {
    if let Err(StoreError::Disk(reason)) = outcome {
        on_fatal(reason);
    }
}
