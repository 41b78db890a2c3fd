//! What a database says about itself, for `cowry doctor`. Never changes anything.

use std::{fs, path::Path};

use crate::{
    error::{OpenError, StoreError},
    migrate::MigrationState,
    options::{Options, Target},
    postgres::Address,
};

/// The facts about a database that decide whether a commit is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// `SQLite 3.x` or `PostgreSQL 1x`.
    pub engine: String,
    /// Where the schema stands.
    pub schema: MigrationState,
    /// Settings that durability rests on, as they are on a connection of ours.
    pub settings: Vec<Setting>,
    /// Size of the database.
    pub size_bytes: u64,
    /// Size of SQLite's write-ahead log; none on PostgreSQL.
    pub wal_bytes: Option<u64>,
}

/// One setting, found and wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name in the engine.
    pub name: &'static str,
    /// Its value.
    pub value: String,
    /// The only value that is safe.
    pub wanted: &'static str,
}

impl Setting {
    /// Whether it is as it must be.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        self.value == self.wanted
    }
}

/// Looks at the database without its lock, also while another process owns it. Blocks.
///
/// # Errors
/// When there is no database or it cannot be reached.
pub fn inspect(options: &Options) -> Result<Inspection, OpenError> {
    match &options.target {
        Target::Sqlite(path) => file(path),
        Target::Postgres(url) => {
            let address = Address::parse(url)?;
            crate::postgres::on_own_thread(move || server(&address))
        }
        Target::SqliteMemory => Err(OpenError::Unsupported(
            "a database in memory has nothing durable to inspect",
        )),
    }
}

fn file(path: &Path) -> Result<Inspection, OpenError> {
    let connection = crate::sqlite::look(path)?;
    let pragma = |name: &'static str, wanted: &'static str| -> Result<Setting, StoreError> {
        let read = |row: &rusqlite::Row<'_>| row.get::<_, rusqlite::types::Value>(0);
        let value = connection
            .pragma_query_value(None, name, read)
            .map_err(crate::sqlite::refusal)?;
        let value = match value {
            rusqlite::types::Value::Integer(number) => number.to_string(),
            rusqlite::types::Value::Text(text) => text,
            other => format!("{other:?}"),
        };
        Ok(Setting { name, value, wanted })
    };
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    Ok(Inspection {
        engine: format!("SQLite {}", rusqlite::version()),
        schema: crate::sqlite::state(&connection)?,
        // 2 is FULL.
        settings: vec![
            pragma("journal_mode", "wal")?,
            pragma("synchronous", "2")?,
            pragma("foreign_keys", "1")?,
        ],
        size_bytes: size(path),
        wal_bytes: Some(size(Path::new(&log))),
    })
}

fn server(address: &Address) -> Result<Inspection, OpenError> {
    let mut client = address.connect()?;
    let mut settings = Vec::new();
    for name in crate::postgres::DURABLE.into_iter().chain(["synchronous_commit"]) {
        let value = crate::postgres::show(&mut client, name)?;
        settings.push(Setting {
            name,
            value,
            wanted: "on",
        });
    }
    let version = crate::postgres::show(&mut client, "server_version")?;
    let row = client.query_one("SELECT pg_database_size(current_database())", &[]);
    let size: i64 = row.and_then(|row| row.try_get(0)).map_err(crate::postgres::refusal)?;
    Ok(Inspection {
        engine: format!("PostgreSQL {version}"),
        schema: crate::postgres::state(&mut client)?,
        settings,
        size_bytes: size.try_into().unwrap_or(0),
        wal_bytes: None,
    })
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |facts| facts.len())
}
