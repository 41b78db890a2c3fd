//! The attention list: what waits for a person, with its evidence.

use domain::attention::AttentionKind;
use domain::ids::{AttentionId, IntentId};
use domain::scope::Scope;
use domain::words;

use crate::codec::coded;
use crate::page::Beyond;
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

/// Takes off the list what waited because nobody knew the outcome of a charge. Returns the rows changed.
pub fn decided(tx: &mut Tx<'_>, scope: &Scope, subject_id: &str, at_ms: i64) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE attention SET resolved_at = ?4
        WHERE project_id = ?1 AND environment = ?2 AND kind IN ('undecided', 'accepted_then_not_found')
            AND subject_id = ?3 AND resolved_at IS NULL",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(subject_id)
    .bind(at_ms)
    .execute()
}

/// Takes one item off the list because a person says so, with a note. Returns 0 rows when it is off already.
pub fn resolve_one(tx: &mut Tx<'_>, scope: &Scope, id: AttentionId, note: &str, at_ms: i64) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE attention SET resolved_at = ?4, note = ?5
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3 AND resolved_at IS NULL",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .bind(at_ms)
    .bind(note)
    .execute()
}

/// Takes off the list every parked timer, of any project, that has meanwhile done its work or is not needed any more.
/// Returns the rows changed.
pub fn resolve_unparked(tx: &mut Tx<'_>, at_ms: i64) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE attention SET resolved_at = ?1 WHERE kind = 'timer_parked' AND resolved_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM timers t WHERE t.project_id = attention.project_id
                AND t.environment = attention.environment AND t.kind || ' ' || t.aggregate_id = attention.subject_id
                AND t.tries > 0)",
    )
    .bind(at_ms)
    .execute()
}

/// Open items of any project, newest first.
pub fn open(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<Item>, StoreError> {
    tx.sql(
        "SELECT project_id, environment, id, kind, subject_id, intent_id, evidence, created_at FROM attention
        WHERE resolved_at IS NULL ORDER BY created_at DESC, id DESC LIMIT ?1",
    )
    .bind(limit)
    .all()
}

/// Number of open items of any project.
pub fn count_open(tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    tx.sql("SELECT COUNT(*) FROM attention WHERE resolved_at IS NULL").one()
}

/// Number of open items of that kind, of any project.
pub fn count_open_of(tx: &mut Tx<'_>, kind: AttentionKind) -> Result<i64, StoreError> {
    tx.sql("SELECT COUNT(*) FROM attention WHERE resolved_at IS NULL AND kind = ?1")
        .bind(kind)
        .one()
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

/// An item, open or not.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The item.
    pub item: Item,
    /// Milliseconds UTC at which it was taken off the list.
    pub resolved_at_ms: Option<i64>,
    /// What the person who did that wrote; `None` when it went by itself.
    pub note: Option<String>,
}

impl Entry {
    /// Whether it waits.
    pub fn standing(&self) -> Standing {
        match self.resolved_at_ms {
            None => Standing::Open,
            Some(_) => Standing::Resolved,
        }
    }
}

impl FromRow for Entry {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            item: Item::from_row(row)?,
            resolved_at_ms: row.get(8)?,
            note: row.get(9)?,
        })
    }
}

words! {
    /// Whether an item waits.
    Standing {
        /// It does.
        Open = "open",
        /// It is off the list.
        Resolved = "resolved",
    }
}

/// What a list of items shows. `None` leaves a filter out.
#[derive(Clone, Debug, Default)]
pub struct AttentionFilter {
    /// Whether they wait.
    pub standing: Option<Standing>,
    /// Why a person is needed.
    pub kind: Option<AttentionKind>,
}

/// One item, open or not.
pub fn get(tx: &mut Tx<'_>, scope: &Scope, id: AttentionId) -> Result<Option<Entry>, StoreError> {
    tx.sql(
        "SELECT project_id, environment, id, kind, subject_id, intent_id, evidence, created_at, resolved_at, note
        FROM attention WHERE project_id = ?1 AND environment = ?2 AND id = ?3",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .optional()
}

/// Up to `limit` items beyond `page`. Newest first, but oldest first for [`Beyond::Newer`].
pub fn list(
    tx: &mut Tx<'_>,
    scope: &Scope,
    filter: &AttentionFilter,
    page: Beyond<AttentionId>,
    limit: i64,
) -> Result<Vec<Entry>, StoreError> {
    let statement = match page {
        Beyond::First | Beyond::Older(..) => tx.sql(
            "SELECT project_id, environment, id, kind, subject_id, intent_id, evidence, created_at, resolved_at, note
            FROM attention
            WHERE project_id = ?1 AND environment = ?2
                AND (created_at < ?3 OR (created_at = ?3 AND id < CAST(?4 AS TEXT)))
                AND (CAST(?5 AS TEXT) IS NULL OR (resolved_at IS NULL) = (CAST(?5 AS TEXT) = 'open'))
                AND (CAST(?6 AS TEXT) IS NULL OR kind = ?6)
            ORDER BY created_at DESC, id DESC LIMIT ?7",
        ),
        Beyond::Newer(..) => tx.sql(
            "SELECT project_id, environment, id, kind, subject_id, intent_id, evidence, created_at, resolved_at, note
            FROM attention
            WHERE project_id = ?1 AND environment = ?2
                AND (created_at > ?3 OR (created_at = ?3 AND id > CAST(?4 AS TEXT)))
                AND (CAST(?5 AS TEXT) IS NULL OR (resolved_at IS NULL) = (CAST(?5 AS TEXT) = 'open'))
                AND (CAST(?6 AS TEXT) IS NULL OR kind = ?6)
            ORDER BY created_at, id LIMIT ?7",
        ),
    };
    let (at, id) = page.bounds();
    statement
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(at)
        .bind(id)
        .bind(filter.standing.map(Standing::code))
        .bind(filter.kind.map(AttentionKind::code))
        .bind(limit)
        .all()
}
