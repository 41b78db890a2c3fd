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
    migrate::{self, Applied, Dialect, Migration, MigrationState},
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
    before.must_be_known()?;
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
    super::make_private(&fresh)?;
    let target = fresh.to_string_lossy();
    connection.execute("VACUUM INTO ?1", params![target]).map_err(refusal)?;
    fs::File::open(&fresh).and_then(|file| file.sync_all()).map_err(fail)?;
    fs::rename(&fresh, &backup).map_err(fail)?;
    tracing::info!(backup = %backup.display(), "backed up before migrating");
    Ok(())
}

fn state_for(connection: &Connection, list: &[Migration]) -> Result<MigrationState, StoreError> {
    let (is_there, is_signed): (bool, bool) = connection
        .query_row(
            "SELECT COUNT(*) > 0, COALESCE(MAX(name = 'sha256'), 0) FROM pragma_table_info('schema_version')",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .map_err(refusal)?;
    if !is_there {
        return Ok(MigrationState::of(&[], list));
    }
    let text = if is_signed {
        migrate::APPLIED
    } else {
        migrate::APPLIED_UNSIGNED
    };
    let mut statement = connection.prepare(text).map_err(refusal)?;
    let rows = statement.query_map([], |row| {
        Ok(Applied {
            version: row.get(0)?,
            min_binary: row.get(1)?,
            sha256: row.get(2)?,
        })
    });
    let applied: Result<Vec<Applied>, _> = rows.map_err(refusal)?.collect();
    Ok(MigrationState::of(&applied.map_err(refusal)?, list))
}

fn apply(connection: &mut Connection, migration: &Migration, now_ms: i64) -> Result<(), StoreError> {
    let text = migrate::for_dialect(migration.text, Dialect::Sqlite)?;
    let transaction = connection.transaction().map_err(refusal)?;
    transaction.execute_batch(migrate::TABLE).map_err(refusal)?;
    transaction.execute_batch(&text).map_err(refusal)?;
    let row = params![
        migration.version,
        migration.name,
        now_ms,
        migration.min_binary,
        migration.sha256()
    ];
    transaction.execute(migrate::RECORD, row).map_err(refusal)?;
    transaction.commit().map_err(refusal)
}
