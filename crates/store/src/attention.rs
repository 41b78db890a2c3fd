//! The attention list: what waits for a person, with its evidence.

use domain::attention::AttentionKind;
use domain::ids::{AttentionId, IntentId};
use domain::scope::Scope;

use crate::codec::coded;
use crate::{FromRow, FromValue, Row, StoreError, Tx, Value, ValueRef};

coded! { AttentionKind, Self::parse; }

/// An item of the list.
#[derive(Clone, Debug)]
pub struct Item {
    /// Whose.
    pub scope: Scope,
    /// Which.
    pub id: AttentionId,
    /// Why a person is needed.
    pub kind: AttentionKind,
    /// Public spelling of what it is about; one open item per kind and subject.
    pub subject_id: String,
    /// The payment, when it is about one.
    pub intent_id: Option<IntentId>,
    /// Evidence for people; no personal values.
    pub evidence: String,
    /// Milliseconds UTC.
    pub created_at_ms: i64,
}

impl FromRow for Item {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            scope: Scope {
                project_id: row.get(0)?,
                environment: row.get(1)?,
            },
            id: row.get(2)?,
            kind: row.get(3)?,
            subject_id: row.get(4)?,
            intent_id: row.get(5)?,
            evidence: row.get(6)?,
            created_at_ms: row.get(7)?,
        })
    }
}

/// Puts an item on the list. Returns 0 rows when it is there already.
pub fn insert(tx: &mut Tx<'_>, item: &Item) -> Result<u64, StoreError> {
    tx.sql(
        "INSERT INTO attention (project_id, environment, id, kind, subject_id, intent_id, evidence, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
    )
    .bind(item.scope.project_id)
    .bind(item.scope.environment)
    .bind(item.id)
    .bind(item.kind)
    .bind(&item.subject_id)
    .bind(item.intent_id)
    .bind(&item.evidence)
    .bind(item.created_at_ms)
    .execute()
}

/// Takes the open item of that kind about that subject off the list. Returns the rows changed.
pub fn resolve(
    tx: &mut Tx<'_>,
    scope: &Scope,
    kind: AttentionKind,
    subject_id: &str,
    at_ms: i64,
) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE attention SET resolved_at = ?5
        WHERE project_id = ?1 AND environment = ?2 AND kind = ?3 AND subject_id = ?4 AND resolved_at IS NULL",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(kind)
    .bind(subject_id)
    .bind(at_ms)
    .execute()
}

/// Open items of any project, oldest first.
pub fn open(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<Item>, StoreError> {
    tx.sql(
        "SELECT project_id, environment, id, kind, subject_id, intent_id, evidence, created_at FROM attention
        WHERE resolved_at IS NULL ORDER BY created_at, id LIMIT ?1",
    )
    .bind(limit)
    .all()
}

/// Open items of one intent, oldest first.
pub fn of_intent(tx: &mut Tx<'_>, scope: &Scope, intent_id: IntentId) -> Result<Vec<Item>, StoreError> {
    tx.sql(
        "SELECT project_id, environment, id, kind, subject_id, intent_id, evidence, created_at FROM attention
        WHERE project_id = ?1 AND environment = ?2 AND intent_id = ?3 AND resolved_at IS NULL ORDER BY created_at, id",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(intent_id)
    .all()
}
