//! Processes on this database: each start raises the epoch. Owns heartbeats and fences.

use crate::{FromRow, Row, StoreError, Tx};

/// A running or former process.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Its number; every start has a higher one.
    pub epoch: i64,
    /// Version of the program.
    pub version: String,
    /// Milliseconds UTC.
    pub started_at_ms: i64,
    /// Milliseconds UTC of the last sign of life.
    pub heartbeat_at_ms: i64,
    /// Milliseconds UTC at which it was declared dead.
    pub fenced_at_ms: Option<i64>,
}

impl FromRow for Instance {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            epoch: row.get(0)?,
            version: row.get(1)?,
            started_at_ms: row.get(2)?,
            heartbeat_at_ms: row.get(3)?,
            fenced_at_ms: row.get(4)?,
        })
    }
}

/// Registers this process and returns its epoch. Of processes that start together each gets its own.
pub fn start(tx: &mut Tx<'_>, version: &str, at_ms: i64) -> Result<i64, StoreError> {
    loop {
        let epoch: i64 = tx.sql("SELECT COALESCE(MAX(epoch), 0) + 1 FROM instances").one()?;
        let rows = tx
            .sql(
                "INSERT INTO instances (epoch, version, started_at, heartbeat_at) VALUES (?1, ?2, ?3, ?3)
                ON CONFLICT (epoch) DO NOTHING",
            )
            .bind(epoch)
            .bind(version)
            .bind(at_ms)
            .execute()?;
        if rows == 1 {
            return Ok(epoch);
        } // Another process was faster and has committed: the next look sees it.
    }
}

/// A sign of life. Returns 0 rows when this process was fenced: it must stop sending.
pub fn beat(tx: &mut Tx<'_>, epoch: i64, at_ms: i64) -> Result<u64, StoreError> {
    tx.sql("UPDATE instances SET heartbeat_at = ?2 WHERE epoch = ?1 AND fenced_at IS NULL")
        .bind(epoch)
        .bind(at_ms)
        .execute()
}

/// Declares dead every other process that gave no sign of life since `silent_since_ms`.
pub fn fence_silent(tx: &mut Tx<'_>, own_epoch: i64, silent_since_ms: i64, at_ms: i64) -> Result<u64, StoreError> {
    tx.sql("UPDATE instances SET fenced_at = ?3 WHERE epoch <> ?1 AND fenced_at IS NULL AND heartbeat_at < ?2")
        .bind(own_epoch)
        .bind(silent_since_ms)
        .bind(at_ms)
        .execute()
}

/// Whether the process of that epoch is alive as far as the database knows.
pub fn is_alive(tx: &mut Tx<'_>, epoch: i64) -> Result<bool, StoreError> {
    let fenced: Option<Option<i64>> = tx
        .sql("SELECT fenced_at FROM instances WHERE epoch = ?1")
        .bind(epoch)
        .optional()?;
    Ok(fenced == Some(None))
}

/// Every process, newest first.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Instance>, StoreError> {
    tx.sql("SELECT epoch, version, started_at, heartbeat_at, fenced_at FROM instances ORDER BY epoch DESC LIMIT 100")
        .all()
}
