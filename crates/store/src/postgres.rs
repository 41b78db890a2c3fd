//! PostgreSQL: connections that are each owned for life by one thread. Never runs on an async task.

mod address;
mod cell;
mod migration;
mod placeholders;
mod refusal;
mod session;
mod worker;

use std::{sync::Arc, thread};

use world::World;

pub(crate) use address::Address;
pub(crate) use cell::cell;
pub(crate) use refusal::refusal;
pub(crate) use session::Session;

use crate::{
    error::{OpenError, StoreError},
    migrate::{MIGRATIONS, MigrationState},
    options::{Access, Migrate, Options},
    store::Threads,
};
use worker::{Purpose, Worker};

/// Settings of the server without which an acknowledged commit can be lost.
pub(crate) const DURABLE: [&str; 2] = ["fsync", "full_page_writes"];

/// Checks the server and its schema, and starts the threads.
pub(crate) fn open(url: &str, options: &Options, world: &World) -> Result<Threads, OpenError> {
    let address = Arc::new(Address::parse(url)?);
    let migrate = match options.access {
        Access::ReadWrite => options.migrate,
        Access::ReadOnly => Migrate::Check,
    };
    let (checked, clock) = (Arc::clone(&address), world.clone());
    on_own_thread(move || check(&checked, migrate, &clock))?;

    let (threads, alive) = Threads::new(options.queue);
    let writers = match options.access {
        Access::ReadWrite => options.connections.max(1),
        Access::ReadOnly => 0,
    };
    for number in 0..writers {
        let worker = Worker::new(Arc::clone(&address), Arc::clone(&threads.writes), Purpose::Write, world);
        worker.start(&format!("store-write-{number}"), alive.clone())?;
    }
    for number in 0..options.readers.max(1) {
        let worker = Worker::new(Arc::clone(&address), Arc::clone(&threads.reads), Purpose::Read, world);
        worker.start(&format!("store-read-{number}"), alive.clone())?;
    }
    Ok(threads)
}

/// Migrates the database without starting anything.
pub(crate) fn migrate_server(url: &str, world: &World) -> Result<MigrationState, OpenError> {
    let (address, world) = (Address::parse(url)?, world.clone());
    on_own_thread(move || migration::migrate(&mut address.connect()?, &world, MIGRATIONS))
}

/// Runs `work` on a thread of its own and waits: the client must not be used on an async task.
pub(crate) fn on_own_thread<T, F>(work: F) -> Result<T, OpenError>
where
    F: FnOnce() -> Result<T, OpenError> + Send + 'static,
    T: Send + 'static,
{
    let broken = || OpenError::Database(StoreError::Other("a thread of the store broke".to_owned()));
    let started = thread::Builder::new().name("store-open".to_owned()).spawn(work);
    started.map_err(|_| broken())?.join().unwrap_or_else(|_| Err(broken()))
}

/// The value of a setting of the server.
pub(crate) fn show(client: &mut postgres::Client, setting: &str) -> Result<String, StoreError> {
    let row = client
        .query_one("SELECT current_setting($1)", &[&setting])
        .map_err(refusal)?;
    row.try_get(0).map_err(refusal)
}

/// Where the schema stands.
pub(crate) fn state(client: &mut postgres::Client) -> Result<MigrationState, StoreError> {
    migration::state(client, MIGRATIONS)
}

fn check(address: &Address, migrate: Migrate, world: &World) -> Result<(), OpenError> {
    let mut client = address.connect()?;
    for setting in DURABLE {
        let value = show(&mut client, setting)?;
        if value != "on" {
            return Err(OpenError::Unsafe { setting, value });
        }
    }
    match migrate {
        Migrate::Auto => migration::migrate(&mut client, world, MIGRATIONS).map(drop),
        Migrate::Check => state(&mut client)?.must_be_current(),
    }
}
