//! Events for merchants, written in the transaction of what they tell, with their body rendered once.

use domain::announcement::Announcement;
use domain::ids::{EventId, IntentId};
use domain::scope::Scope;

use crate::codec::coded;
use crate::{FromRow, FromValue, Row, StoreError, Tx, Value, ValueRef};

coded! { Announcement, Self::parse; }

/// An event.
#[derive(Clone, Debug)]
pub struct Event {
    /// Which.
    pub id: EventId,
    /// Of which intent.
    pub intent_id: IntentId,
    /// 1 for the first event of its intent.
    pub sequence: i64,
    /// What it tells.
    pub announcement: Announcement,
    /// Sealed body.
    pub body: String,
    /// Milliseconds UTC.
    pub created_at_ms: i64,
}

impl FromRow for Event {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            intent_id: row.get(1)?,
            sequence: row.get(2)?,
            announcement: row.get(3)?,
            body: row.get(4)?,
            created_at_ms: row.get(5)?,
        })
    }
}

/// Writes an event.
pub fn insert(tx: &mut Tx<'_>, scope: &Scope, event: &Event) -> Result<(), StoreError> {
    tx.sql(
        "INSERT INTO outbox (project_id, environment, id, intent_id, sequence, event, body, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(event.id)
    .bind(event.intent_id)
    .bind(event.sequence)
    .bind(event.announcement)
    .bind(&event.body)
    .bind(event.created_at_ms)
    .execute()?;
    Ok(())
}

/// Every event of an intent, oldest first.
pub fn of_intent(tx: &mut Tx<'_>, scope: &Scope, intent_id: IntentId) -> Result<Vec<Event>, StoreError> {
    tx.sql(
        "SELECT id, intent_id, sequence, event, body, created_at FROM outbox
        WHERE project_id = ?1 AND environment = ?2 AND intent_id = ?3 ORDER BY sequence",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(intent_id)
    .all()
}
