//! Fresh databases for tests, on the engine that `COWRY_TEST_DATABASE` names: unset or `sqlite` for a file in the
//! temporary folder, `postgres://…` for a database of its own on that server. Not for programs.

use std::{env, fs, path::PathBuf};

use sha2::{Digest, Sha256};
use world::World;

use crate::{
    error::OpenError,
    migrate::{MIGRATIONS, TABLE},
    options::{Migrate, Options, Target},
    postgres::{Address, migrate_server, on_own_thread, refusal},
    store::Store,
};

const VARIABLE: &str = "COWRY_TEST_DATABASE";
/// The advisory lock of everyone who makes the template.
const LOCK: i64 = 0x74_656d_706c;

/// Removes the database when dropped, and says how to open it once more.
pub struct Guard {
    options: Options,
    leftover: Leftover,
}

enum Leftover {
    Folder(PathBuf),
    Database { server: String, name: String },
}

impl Guard {
    /// How to open this database again.
    #[must_use]
    pub fn options(&self) -> Options {
        self.options.clone()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let gone = match &self.leftover {
            Leftover::Folder(folder) => fs::remove_dir_all(folder).map_err(|error| error.to_string()),
            Leftover::Database { server, name } => {
                let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                run_on(server, vec![drop]).map_err(|error| error.to_string())
            }
        };
        if let Err(error) = gone {
            tracing::warn!(error, "a test database was left behind");
        }
    }
}

/// A migrated, empty database and the store open on it.
///
/// # Errors
/// When the engine under test cannot make one.
pub fn fresh(world: &World) -> Result<(Store, Guard), OpenError> {
    let guard = fresh_database(world)?;
    let store = Store::open(guard.options(), world.clone())?;
    Ok((store, guard))
}

/// A database of its own, migrated (PostgreSQL) or to be migrated at open (SQLite), that nothing has open yet.
///
/// # Errors
/// When the engine under test cannot make one.
pub fn fresh_database(world: &World) -> Result<Guard, OpenError> {
    match engine_under_test() {
        None => fresh_file(world),
        Some(server) => fresh_on_server(server, world),
    }
}

/// The URL of the PostgreSQL server under test; none when the engine under test is SQLite.
#[must_use]
pub fn engine_under_test() -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are told their engine by the environment"
    )]
    let chosen = env::var(VARIABLE).unwrap_or_default();
    (!chosen.is_empty() && chosen != "sqlite").then_some(chosen)
}

fn fresh_file(world: &World) -> Result<Guard, OpenError> {
    let folder = env::temp_dir().join(format!("cowry-test-{}", random_name(world)));
    fs::create_dir_all(&folder).map_err(|error| OpenError::File {
        path: folder.clone(),
        reason: error.to_string(),
    })?;
    let options = modest(Target::Sqlite(folder.join("cowry.db")));
    let leftover = Leftover::Folder(folder);
    Ok(Guard { options, leftover })
}

fn fresh_on_server(server: String, world: &World) -> Result<Guard, OpenError> {
    let template = template(&server, world)?;
    let name = format!("cowry_test_{}", random_name(world));
    run_on(&server, vec![format!("CREATE DATABASE {name} TEMPLATE {template}")])?;
    let mut options = modest(Target::Postgres(on_database(&server, &name)?));
    options.migrate = Migrate::Check;
    let leftover = Leftover::Database { server, name };
    Ok(Guard { options, leftover })
}

fn modest(target: Target) -> Options {
    let mut options = Options::new(target);
    (options.readers, options.connections) = (2, 4);
    options
}

/// The migrated database that others are copied from; made by the first who needs it.
fn template(server: &str, world: &World) -> Result<String, OpenError> {
    let mut hash = Sha256::new();
    hash.update(TABLE);
    for migration in MIGRATIONS {
        hash.update(migration.text);
    }
    let hash = data_encoding::HEXLOWER.encode(&hash.finalize());
    let name = format!("cowry_template_{}", hash.get(..16).unwrap_or_default());
    let (address, made, world) = (Address::parse(server)?, name.clone(), world.clone());
    let raw = on_database(server, &format!("{name}_raw"))?;
    on_own_thread(move || {
        let mut client = address.connect()?;
        client
            .execute("SELECT pg_advisory_lock($1)", &[&LOCK])
            .map_err(refusal)?;
        let there = client
            .query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&made])
            .map_err(refusal)?;
        if there.is_none() {
            let batch = |client: &mut postgres::Client, text: String| client.batch_execute(&text).map_err(refusal);
            batch(&mut client, format!("DROP DATABASE IF EXISTS {made}_raw WITH (FORCE)"))?;
            batch(&mut client, format!("CREATE DATABASE {made}_raw"))?;
            migrate_server(&raw, &world)?;
            batch(&mut client, format!("ALTER DATABASE {made}_raw RENAME TO {made}"))?;
        }
        Ok(()) // the lock ends with the connection
    })?;
    Ok(name)
}

fn run_on(server: &str, statements: Vec<String>) -> Result<(), OpenError> {
    let address = Address::parse(server)?;
    on_own_thread(move || {
        let mut client = address.connect()?;
        for statement in &statements {
            client.batch_execute(statement).map_err(refusal)?;
        }
        Ok(())
    })
}

fn on_database(server: &str, name: &str) -> Result<String, OpenError> {
    let mut url = url::Url::parse(server).map_err(|error| OpenError::Address(error.to_string()))?;
    url.set_path(name);
    Ok(url.into())
}

fn random_name(world: &World) -> String {
    let mut bytes = [0; 10];
    world.fill(&mut bytes);
    data_encoding::HEXLOWER.encode(&bytes)
}
