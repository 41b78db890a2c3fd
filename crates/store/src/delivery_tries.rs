//! Tries of deliveries: what was answered, for thirty days.

use domain::ids::DeliveryId;
use domain::scope::Scope;
use domain::webhook::TryOutcome;

use crate::codec::coded;
use crate::{FromRow, FromValue, Row, StoreError, Tx, Value, ValueRef};

coded! { TryOutcome, Self::parse; }

/// One try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Try {
    /// Of which delivery.
    pub delivery_id: DeliveryId,
    /// 1 for the first.
    pub number: i64,
    /// Where to.
    pub url: String,
    /// How it ended.
    pub outcome: TryOutcome,
    /// Status of the answer.
    pub status: Option<i64>,
    /// First 16 KiB of the answer, sealed; absent when it was empty.
    pub answer: Option<String>,
    /// Milliseconds UTC at which it began.
    pub at_ms: i64,
    /// How long it took, in milliseconds.
    pub took_ms: i64,
}

impl FromRow for Try {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            delivery_id: row.get(0)?,
            number: row.get(1)?,
            url: row.get(2)?,
            outcome: row.get(3)?,
            status: row.get(4)?,
            answer: row.get(5)?,
            at_ms: row.get(6)?,
            took_ms: row.get(7)?,
        })
    }
}

/// Writes a try.
pub fn insert(tx: &mut Tx<'_>, scope: &Scope, done: &Try) -> Result<(), StoreError> {
    tx.sql(
        "INSERT INTO delivery_tries (project_id, environment, delivery_id, number, url, outcome, status, answer, at,
            took_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(done.delivery_id)
    .bind(done.number)
    .bind(&done.url)
    .bind(done.outcome)
    .bind(done.status)
    .bind(done.answer.as_ref())
    .bind(done.at_ms)
    .bind(done.took_ms)
    .execute()?;
    Ok(())
}

/// Every try of a delivery, oldest first.
pub fn of(tx: &mut Tx<'_>, scope: &Scope, delivery_id: DeliveryId) -> Result<Vec<Try>, StoreError> {
    tx.sql(
        "SELECT delivery_id, number, url, outcome, status, answer, at, took_ms FROM delivery_tries
        WHERE project_id = ?1 AND environment = ?2 AND delivery_id = ?3 ORDER BY number",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(delivery_id)
    .all()
}

/// The latest try of a delivery.
pub fn last(tx: &mut Tx<'_>, scope: &Scope, delivery_id: DeliveryId) -> Result<Option<Try>, StoreError> {
    tx.sql(
        "SELECT delivery_id, number, url, outcome, status, answer, at, took_ms FROM delivery_tries
        WHERE project_id = ?1 AND environment = ?2 AND delivery_id = ?3 ORDER BY number DESC LIMIT 1",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(delivery_id)
    .optional()
}
