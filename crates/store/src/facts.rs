//! Facts: what providers said about money. Append-only and always storable.

use domain::ids::{FactId, PermitId};
use domain::money::Money;
use domain::scope::Scope;
use domain::words;

use crate::codec::coded;
use crate::{FromRow, FromValue, Row, StoreError, Tx, Value, ValueRef};

words! {
    /// What was said.
    FactKind {
        /// The charge was taken in.
        Accepted = "accepted",
        /// Money was taken.
        Captured = "captured",
        /// A final "no".
        Declined = "declined",
        /// Its time is over.
        Expired = "expired",
        /// We closed it.
        Closed = "closed",
        /// The reference is unknown.
        NotFound = "not_found",
        /// The contract promises that it was not processed.
        NotProcessed = "not_processed",
        /// Our own HTTP module proved that nothing left.
        NotSent = "not_sent",
        /// Money went back.
        Refunded = "refunded",
        /// Money went back without us.
        Reversed = "reversed",
        /// News that do not fit what was said before.
        Contradiction = "contradiction",
    }

    /// Where the news came from.
    Source {
        /// The answer to our call.
        Response = "response",
        /// A verified callback.
        Callback = "callback",
        /// The answer to a question.
        Poll = "poll",
        /// A statement.
        Statement = "statement",
        /// A person.
        Person = "person",
    }
}

coded! {
    FactKind, Self::parse;
    Source, Self::parse;
}

/// One fact.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Which.
    pub id: FactId,
    /// About which permit.
    pub permit_id: PermitId,
    /// What was said.
    pub kind: FactKind,
    /// The provider's transaction id.
    pub external_id: Option<String>,
    /// The amount that was named.
    pub amount: Option<Money>,
    /// Where the news came from.
    pub source: Source,
    /// The provider's reason or our evidence; no personal values.
    pub reason: Option<String>,
    /// The process that heard it.
    pub epoch: i64,
    /// That process's monotonic clock, milliseconds.
    pub monotonic_ms: i64,
    /// Milliseconds UTC.
    pub at_ms: i64,
}

/// Writes a fact. Returns 0 rows for a capture that is known already.
pub fn insert(tx: &mut Tx<'_>, scope: &Scope, fact: &Fact) -> Result<u64, StoreError> {
    tx.sql(
        "INSERT INTO facts (project_id, environment, id, permit_id, kind, external_id, amount_minor, currency, source,
            reason, epoch, monotonic_ms, at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT DO NOTHING",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(fact.id)
    .bind(fact.permit_id)
    .bind(fact.kind)
    .bind(fact.external_id.as_ref())
    .bind(fact.amount.map(|amount| amount.minor()))
    .bind(fact.amount.map(|amount| amount.currency()))
    .bind(fact.source)
    .bind(fact.reason.as_ref())
    .bind(fact.epoch)
    .bind(fact.monotonic_ms)
    .bind(fact.at_ms)
    .execute()
}

/// When a permit's reference was not found: process, its monotonic clock in milliseconds; oldest first. Questions
/// brought forward by somebody's reading do not count and are not kept as facts.
pub fn not_found(tx: &mut Tx<'_>, scope: &Scope, permit_id: PermitId) -> Result<Vec<(i64, i64)>, StoreError> {
    tx.sql(
        "SELECT epoch, monotonic_ms FROM facts
        WHERE project_id = ?1 AND environment = ?2 AND permit_id = ?3 AND kind = 'not_found' ORDER BY at, id",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(permit_id)
    .all()
}

/// A capture of a permit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureRow {
    /// The provider's transaction id.
    pub external_id: String,
    /// Minor units as named, whatever the currency.
    pub amount_minor: i64,
    /// Currency as named.
    pub currency: String,
}

impl FromRow for CaptureRow {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            external_id: row.get(0)?,
            amount_minor: row.get(1)?,
            currency: row.get(2)?,
        })
    }
}

/// Every capture of a permit, oldest first.
pub fn captures(tx: &mut Tx<'_>, scope: &Scope, permit_id: PermitId) -> Result<Vec<CaptureRow>, StoreError> {
    tx.sql(
        "SELECT external_id, amount_minor, currency FROM facts
        WHERE project_id = ?1 AND environment = ?2 AND permit_id = ?3 AND kind = 'captured' ORDER BY at, id",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(permit_id)
    .all()
}

/// A fact as it is told later: the amount as named, whatever the currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactRow {
    /// Which.
    pub id: FactId,
    /// What was said.
    pub kind: FactKind,
    /// The provider's transaction id.
    pub external_id: Option<String>,
    /// Minor units of the currency beside it.
    pub amount_minor: Option<i64>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// Where the news came from.
    pub source: Source,
    /// The provider's reason or our evidence.
    pub reason: Option<String>,
    /// Milliseconds UTC.
    pub at_ms: i64,
}

impl FromRow for FactRow {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            kind: row.get(1)?,
            external_id: row.get(2)?,
            amount_minor: row.get(3)?,
            currency: row.get(4)?,
            source: row.get(5)?,
            reason: row.get(6)?,
            at_ms: row.get(7)?,
        })
    }
}

/// The latest `limit` facts of a permit, oldest first.
pub fn of_permit(tx: &mut Tx<'_>, scope: &Scope, permit_id: PermitId, limit: i64) -> Result<Vec<FactRow>, StoreError> {
    let mut found: Vec<FactRow> = tx
        .sql(
            "SELECT id, kind, external_id, amount_minor, currency, source, reason, at FROM facts
            WHERE project_id = ?1 AND environment = ?2 AND permit_id = ?3 ORDER BY at DESC, id DESC LIMIT ?4",
        )
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(permit_id)
        .bind(limit)
        .all()?;
    found.reverse();
    Ok(found)
}
