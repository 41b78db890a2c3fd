//! What outlives a process under test: its data folder and its database. And the program itself.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;

use store::Target;
use store::testing::Guard;
use tempfile::TempDir;
use world::World;

/// The folder and the database of a server, which outlive its processes. The last clone removes them.
#[derive(Clone)]
pub struct Home {
    pub folder: Arc<TempDir>,
    database: Option<Arc<Guard>>,
}

impl Home {
    /// A new folder and, on PostgreSQL, a new database of its own.
    pub fn new() -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let database = store::testing::engine_under_test()
            .map(|_| Arc::new(store::testing::fresh_database(&World::system()).unwrap()));
        Self { folder, database }
    }

    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// URL of the PostgreSQL database, when that is the engine under test.
    pub fn database_url(&self) -> Option<String> {
        match self.database.as_ref().map(|guard| guard.options().target) {
            Some(Target::Postgres(url)) => Some(url),
            _ => None,
        }
    }

    /// Opens the database of a server that does not run, or reads along with one that does.
    pub fn store(&self) -> store::Store {
        let target = match self.database_url() {
            Some(url) => Target::Postgres(url),
            None => Target::Sqlite(self.data_dir().join("cowry.db")),
        };
        let options = store::Options {
            access: store::Access::ReadOnly,
            migrate: store::Migrate::Check,
            ..store::Options::new(target)
        };
        store::Store::open(options, World::system()).unwrap()
    }

    /// The program with a command and the flags that say where the data is.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = program();
        command.args(words).arg("--data-dir").arg(self.data_dir());
        if let Some(url) = self.database_url() {
            command.arg("--database-url").arg(url);
        }
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// Runs a command that must succeed and returns its stdout.
    pub fn stdout(&self, words: &[&str]) -> String {
        let output = self.run(words);
        assert!(
            output.status.success(),
            "{words:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }
}

/// A PostgreSQL database without any table; none when the engine under test is SQLite.
pub struct EmptyDatabase {
    pub url: String,
    server: String,
    name: String,
}

impl EmptyDatabase {
    pub fn new() -> Option<Self> {
        let server = store::testing::engine_under_test()?;
        let name = format!("cowry_empty_{:032x}", World::system().random_u128());
        let (head, tail) = server.split_once("://").unwrap();
        let (authority, query) = (
            tail.split(['/', '?']).next().unwrap(),
            tail.split_once('?').map(|(_, query)| query),
        );
        let url = format!(
            "{head}://{authority}/{name}{}",
            query.map(|q| format!("?{q}")).unwrap_or_default()
        );
        psql(&server, &format!("CREATE DATABASE {name}"));
        Some(Self { url, server, name })
    }
}

impl Drop for EmptyDatabase {
    fn drop(&mut self) {
        psql(
            &self.server,
            &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name),
        );
    }
}

fn psql(server: &str, statement: &str) {
    let done = Command::new("psql").args([server, "-qc", statement]).status().unwrap();
    assert!(done.success(), "{statement}");
}

/// The program, without the variables of the environment that tests run in.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cowry"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("COWRY_") || name == "RUST_LOG" {
            command.env_remove(name);
        }
    }
    command
}
