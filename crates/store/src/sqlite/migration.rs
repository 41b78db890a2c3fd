//! Bringing a SQLite file to this program's schema, after a backup of what was there.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, params};
use world::World;

use super::refusal;
use crate::{
    error::{OpenError, StoreError},
    migrate::{self, Dialect, Migration, MigrationState},
};

/// Where the schema stands.
pub(crate) fn state(connection: &Connection) -> Result<MigrationState, StoreError> {
    state_for(connection, migrate::MIGRATIONS)
}

/// Runs what waits, each migration in a transaction of its own.
pub(crate) fn migrate(
    connection: &mut Connection,
    world: &World,
    list: &[Migration],
) -> Result<MigrationState, OpenError> {
    let before = state_for(connection, list)?;
    before.must_be_known()?;
    for migration in migrate::waiting(&before, list) {
        apply(connection, migration, world.now_ms())?;
        tracing::info!(version = migration.version, name = migration.name, "migrated");
    }
    Ok(state_for(connection, list)?)
}

/// Copies the database to `<database>.backup-v<version>` when it holds something and a migration waits.
pub(crate) fn back_up(connection: &Connection, path: &Path, list: &[Migration]) -> Result<(), OpenError> {
    let before = state_for(connection, list)?;
    if before.schema == 0 || migrate::waiting(&before, list).next().is_none() {
        return Ok(());
    }
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".backup-v{}", before.schema));
    let backup = PathBuf::from(name);
    let fresh = backup.with_extension(format!("backup-v{}.part", before.schema));
    let fail = |error: std::io::Error| OpenError::File {
        path: backup.clone(),
        reason: error.to_string(),
    };
    if fresh.exists() {
        fs::remove_file(&fresh).map_err(fail)?;
    }
    let target = fresh.to_string_lossy();
    connection.execute("VACUUM INTO ?1", params![target]).map_err(refusal)?;
    fs::File::open(&fresh).and_then(|file| file.sync_all()).map_err(fail)?;
    fs::rename(&fresh, &backup).map_err(fail)?;
    tracing::info!(backup = %backup.display(), "backed up before migrating");
    Ok(())
}

fn state_for(connection: &Connection, list: &[Migration]) -> Result<MigrationState, StoreError> {
    let there: bool = connection
        .query_row(
            "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version')",
            [],
            |row| row.get(0),
        )
        .map_err(refusal)?;
    if !there {
        return Ok(MigrationState::new(0, 0, list));
    }
    connection
        .query_row(migrate::STATE, [], |row| {
            Ok(MigrationState::new(row.get(0)?, row.get(1)?, list))
        })
        .map_err(refusal)
}

fn apply(connection: &mut Connection, migration: &Migration, now_ms: i64) -> Result<(), StoreError> {
    let text = migrate::for_dialect(migration.text, Dialect::Sqlite)?;
    let transaction = connection.transaction().map_err(refusal)?;
    transaction.execute_batch(migrate::TABLE).map_err(refusal)?;
    transaction.execute_batch(&text).map_err(refusal)?;
    let row = params![migration.version, migration.name, now_ms, migration.min_binary];
    transaction.execute(migrate::RECORD, row).map_err(refusal)?;
    transaction.commit().map_err(refusal)
}
