//! Where a scenario keeps its data while it is measured: a folder, and an empty database on the engine that is asked
//! for. All of it is gone when this is dropped.

use std::path::Path;

use store::testing::{self, Guard};
use store::{Target, migrate};
use tempfile::TempDir;
use world::World;

use crate::Result;
use crate::arguments::Engine;
use crate::program::Database;

/// A folder and a database.
pub(crate) struct Place {
    folder: TempDir,
    server: Option<(Guard, String)>,
}

impl Place {
    /// An empty one under `parent`.
    pub(crate) fn new(parent: &Path, engine: Engine) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(parent)?;
        let server = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(on_server()?),
        };
        Ok(Self { folder, server })
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The database, for `cowry serve`.
    pub(crate) fn database(&self) -> Database<'_> {
        match &self.server {
            Some((_, url)) => Database::At(url),
            None => Database::Embedded,
        }
    }

    /// The database, as an address.
    pub(crate) fn address(&self) -> String {
        match &self.server {
            Some((_, url)) => url.clone(),
            None => format!("sqlite:{}", self.folder().join("floor.db").display()),
        }
    }
}

/// Whether there is a server to measure on.
pub(crate) fn has_postgres() -> bool {
    testing::engine_under_test().is_some()
}

fn on_server() -> Result<(Guard, String)> {
    let world = World::system();
    let guard = testing::fresh_database(&world)?;
    let options = guard.options();
    migrate(&options, &world)?;
    match options.target {
        Target::Postgres(url) => Ok((guard, url)),
        Target::Sqlite(_) | Target::SqliteMemory => Err("COWRY_TEST_DATABASE names no PostgreSQL server".into()),
    }
}
