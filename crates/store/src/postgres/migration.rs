//! Bringing a PostgreSQL database to this program's schema, one process at a time.

use postgres::{Client, Row, types::ToSql};
use world::World;

use super::{placeholders::rewrite, refusal};
use crate::{
    error::{OpenError, StoreError},
    migrate::{self, Applied, Dialect, Migration, MigrationState},
};

/// "cowry" in ASCII: the advisory lock of everyone who migrates this database.
const LOCK: i64 = 0x63_6f77_7279;

/// Runs what waits, each migration in a transaction of its own, while no other process does.
pub(super) fn migrate(client: &mut Client, world: &World, list: &[Migration]) -> Result<MigrationState, OpenError> {
    client
        .execute("SELECT pg_advisory_lock($1)", &[&LOCK])
        .map_err(refusal)?;
    let done = migrate_locked(client, world, list);
    client
        .execute("SELECT pg_advisory_unlock($1)", &[&LOCK])
        .map_err(refusal)?;
    done
}

/// Where the schema stands.
pub(super) fn state(client: &mut Client, list: &[Migration]) -> Result<MigrationState, StoreError> {
    let is_signed = "SELECT to_regclass('schema_version') IS NOT NULL, EXISTS (SELECT 1 FROM pg_attribute \
        WHERE attrelid = to_regclass('schema_version') AND attname = 'sha256' AND NOT attisdropped)";
    let row = client.query_one(is_signed, &[]).map_err(refusal)?;
    let text = match (row.try_get(0).map_err(refusal)?, row.try_get(1).map_err(refusal)?) {
        (false, _) => return Ok(MigrationState::of(&[], list)),
        (true, true) => migrate::APPLIED,
        (true, false) => migrate::APPLIED_UNSIGNED,
    };
    let rows = client.query(text, &[]).map_err(refusal)?;
    let read = |row: &Row| {
        Ok(Applied {
            version: row.try_get(0)?,
            min_binary: row.try_get(1)?,
            sha256: row.try_get(2)?,
        })
    };
    let applied: Result<Vec<Applied>, postgres::Error> = rows.iter().map(read).collect();
    Ok(MigrationState::of(&applied.map_err(refusal)?, list))
}

fn migrate_locked(client: &mut Client, world: &World, list: &[Migration]) -> Result<MigrationState, OpenError> {
    let before = state(client, list)?;
    before.must_be_known()?;
    for migration in migrate::waiting(&before, list) {
        apply(client, migration, world.now_ms())?;
        tracing::info!(version = migration.version, name = migration.name, "migrated");
    }
    Ok(state(client, list)?)
}

fn apply(client: &mut Client, migration: &Migration, now_ms: i64) -> Result<(), StoreError> {
    let text = migrate::for_dialect(migration.text, Dialect::Postgres)?;
    let mut transaction = client.transaction().map_err(refusal)?;
    transaction.batch_execute(migrate::TABLE).map_err(refusal)?;
    transaction.batch_execute(&text).map_err(refusal)?;
    let sha256 = migration.sha256();
    let row: [&(dyn ToSql + Sync); 5] = [
        &migration.version,
        &migration.name,
        &now_ms,
        &migration.min_binary,
        &sha256,
    ];
    transaction.execute(&rewrite(migrate::RECORD), &row).map_err(refusal)?;
    transaction.commit().map_err(refusal)
}
