//! What went over the wire in each call: sealed by the engine, one row per exchange. Kept for a time, unlike what it led
//! to; the one table about money whose rows go away.

use domain::exchange::Exchange;
use domain::ids::{CallId, ExchangeId, PermitId};
use domain::scope::Scope;

use crate::exchange_codec;
use crate::{FromRow, Row, StoreError, Tx};

/// A sealed exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedExchange {
    /// Which.
    pub id: ExchangeId,
    /// Its sealed bytes (of [`to_bytes`]) as text.
    pub sealed: String,
    /// Milliseconds UTC at which it began.
    pub created_at_ms: i64,
}

impl FromRow for SealedExchange {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            sealed: row.get(1)?,
            created_at_ms: row.get(2)?,
        })
    }
}

/// The bytes of an exchange, to be sealed.
///
/// # Errors
/// [`StoreError::Other`] when it cannot be written, which no exchange is known to cause.
pub fn to_bytes(exchange: &Exchange) -> Result<Vec<u8>, StoreError> {
    exchange_codec::write(exchange).map_err(StoreError::Other)
}

/// The exchange of opened bytes.
///
/// # Errors
/// [`StoreError::Other`] when the bytes are not those of one.
pub fn from_bytes(bytes: &[u8]) -> Result<Exchange, StoreError> {
    exchange_codec::read(bytes).map_err(StoreError::Other)
}

/// Writes an exchange of a call; `number` is 1 for its first. One that is there stays: the transaction that keeps a
/// provider's answer is tried until it is known to have committed, and may have done so before.
pub fn insert(
    tx: &mut Tx<'_>,
    scope: &Scope,
    call_id: CallId,
    number: i64,
    exchange: &SealedExchange,
) -> Result<u64, StoreError> {
    tx.sql(
        "INSERT INTO exchanges (project_id, environment, id, call_id, number, sealed, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(exchange.id)
    .bind(call_id)
    .bind(number)
    .bind(&exchange.sealed)
    .bind(exchange.created_at_ms)
    .execute()
}

/// The exchanges of a call that are still kept, in order.
pub fn of_call(tx: &mut Tx<'_>, scope: &Scope, call_id: CallId) -> Result<Vec<SealedExchange>, StoreError> {
    tx.sql(
        "SELECT id, sealed, created_at FROM exchanges
        WHERE project_id = ?1 AND environment = ?2 AND call_id = ?3 ORDER BY number",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(call_id)
    .all()
}

/// Forgets the exchanges of all questions about a permit but the latest `kept`, a hundred older ones at a time.
pub fn forget_questions(tx: &mut Tx<'_>, scope: &Scope, permit_id: PermitId, kept: i64) -> Result<u64, StoreError> {
    tx.sql(
        "DELETE FROM exchanges WHERE project_id = ?1 AND environment = ?2 AND call_id IN (
            SELECT id FROM calls WHERE project_id = ?1 AND environment = ?2 AND permit_id = ?3 AND kind = 'look_up'
            ORDER BY started_at DESC, id DESC LIMIT 100 OFFSET ?4)",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(permit_id)
    .bind(kept)
    .execute()
}

/// Forgets exchanges that began before `began_before_ms` (milliseconds UTC), of any project.
pub fn forget(tx: &mut Tx<'_>, began_before_ms: i64) -> Result<u64, StoreError> {
    tx.sql("DELETE FROM exchanges WHERE created_at < ?1")
        .bind(began_before_ms)
        .execute()
}
