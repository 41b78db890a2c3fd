//! Events for merchants, written in the transaction of what they tell, with their body rendered once. A publisher numbers
//! them after the commit, so that a reader who knows a number has seen every lower one.

use domain::announcement::Announcement;
use domain::ids::{EventId, IntentId};
use domain::scope::{ApiFamily, Scope};

use crate::codec::coded;
use crate::page::Beyond;
use crate::{FromRow, FromValue, Row, StoreError, Tx, Value, ValueRef};

coded! { Announcement, Self::parse; }

/// An event.
#[derive(Clone, Debug)]
pub struct Event {
    /// Which.
    pub id: EventId,
    /// In whose shape its body is.
    pub family: ApiFamily,
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
    /// Its number in its environment, once it is published.
    pub stream_no: Option<i64>,
}

/// What a list of events shows. `None` leaves a filter out.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// In this shape.
    pub family: Option<ApiFamily>,
    /// Telling this.
    pub announcement: Option<Announcement>,
    /// Of this payment.
    pub intent_id: Option<IntentId>,
    /// At or after, milliseconds UTC.
    pub from_ms: Option<i64>,
    /// At or before, milliseconds UTC.
    pub to_ms: Option<i64>,
}

/// An event that has no number yet.
#[derive(Clone, Debug)]
pub struct Unpublished {
    /// Which.
    pub id: EventId,
    /// In whose shape its body is.
    pub family: ApiFamily,
    /// Of which intent.
    pub intent_id: IntentId,
    /// 1 for the first event of its intent.
    pub sequence: i64,
    /// What it tells.
    pub announcement: Announcement,
    /// Where the payment itself wants its events.
    pub webhook_url: Option<String>,
}

impl FromRow for Event {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            family: row.get(1)?,
            intent_id: row.get(2)?,
            sequence: row.get(3)?,
            announcement: row.get(4)?,
            body: row.get(5)?,
            created_at_ms: row.get(6)?,
            stream_no: row.get(7)?,
        })
    }
}

impl FromRow for Unpublished {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            family: row.get(1)?,
            intent_id: row.get(2)?,
            sequence: row.get(3)?,
            announcement: row.get(4)?,
            webhook_url: row.get(5)?,
        })
    }
}

/// Writes an event; it has no number yet.
pub fn insert(tx: &mut Tx<'_>, scope: &Scope, event: &Event) -> Result<(), StoreError> {
    tx.sql(
        "INSERT INTO outbox (project_id, environment, id, family, intent_id, sequence, event, body, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(event.id)
    .bind(event.family)
    .bind(event.intent_id)
    .bind(event.sequence)
    .bind(event.announcement)
    .bind(&event.body)
    .bind(event.created_at_ms)
    .execute()?;
    Ok(())
}

/// One event, published or not.
pub fn get(tx: &mut Tx<'_>, scope: &Scope, id: EventId) -> Result<Option<Event>, StoreError> {
    tx.sql(
        "SELECT id, family, intent_id, sequence, event, body, created_at, stream_no FROM outbox
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .optional()
}

/// Every event of an intent, oldest first.
pub fn of_intent(tx: &mut Tx<'_>, scope: &Scope, intent_id: IntentId) -> Result<Vec<Event>, StoreError> {
    tx.sql(
        "SELECT id, family, intent_id, sequence, event, body, created_at, stream_no FROM outbox
        WHERE project_id = ?1 AND environment = ?2 AND intent_id = ?3 ORDER BY family, sequence",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(intent_id)
    .all()
}

/// Up to `limit` published events beyond `page`, which is told by the number (as its time) and the id of an event. Newest
/// first, but oldest first for [`Beyond::Newer`].
pub fn list(
    tx: &mut Tx<'_>,
    scope: &Scope,
    filter: &EventFilter,
    page: Beyond<EventId>,
    limit: i64,
) -> Result<Vec<Event>, StoreError> {
    // A text for one payment's too: SQLite plans a text once, for all its filters. `+ 0`: by the payment, not by numbers.
    let statement = match (&page, filter.intent_id) {
        (Beyond::First | Beyond::Older(..), None) => tx.sql(
            "SELECT id, family, intent_id, sequence, event, body, created_at, stream_no FROM outbox
            WHERE project_id = ?1 AND environment = ?2 AND stream_no < ?3
                AND (CAST(?4 AS TEXT) IS NULL OR family = ?4) AND (CAST(?5 AS TEXT) IS NULL OR event = ?5)
                AND (CAST(?6 AS TEXT) IS NULL OR intent_id = ?6) AND created_at >= ?7 AND created_at <= ?8
            ORDER BY stream_no DESC LIMIT ?9",
        ),
        (Beyond::First | Beyond::Older(..), Some(_)) => tx.sql(
            "SELECT id, family, intent_id, sequence, event, body, created_at, stream_no FROM outbox
            WHERE project_id = ?1 AND environment = ?2 AND stream_no + 0 < ?3
                AND (CAST(?4 AS TEXT) IS NULL OR family = ?4) AND (CAST(?5 AS TEXT) IS NULL OR event = ?5)
                AND intent_id = ?6 AND created_at >= ?7 AND created_at <= ?8
            ORDER BY stream_no + 0 DESC LIMIT ?9",
        ),
        (Beyond::Newer(..), None) => tx.sql(
            "SELECT id, family, intent_id, sequence, event, body, created_at, stream_no FROM outbox
            WHERE project_id = ?1 AND environment = ?2 AND stream_no > ?3
                AND (CAST(?4 AS TEXT) IS NULL OR family = ?4) AND (CAST(?5 AS TEXT) IS NULL OR event = ?5)
                AND (CAST(?6 AS TEXT) IS NULL OR intent_id = ?6) AND created_at >= ?7 AND created_at <= ?8
            ORDER BY stream_no LIMIT ?9",
        ),
        (Beyond::Newer(..), Some(_)) => tx.sql(
            "SELECT id, family, intent_id, sequence, event, body, created_at, stream_no FROM outbox
            WHERE project_id = ?1 AND environment = ?2 AND stream_no + 0 > ?3
                AND (CAST(?4 AS TEXT) IS NULL OR family = ?4) AND (CAST(?5 AS TEXT) IS NULL OR event = ?5)
                AND intent_id = ?6 AND created_at >= ?7 AND created_at <= ?8
            ORDER BY stream_no + 0 LIMIT ?9",
        ),
    };
    let (number, _) = page.bounds();
    statement
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(number)
        .bind(filter.family)
        .bind(filter.announcement)
        .bind(filter.intent_id)
        .bind(filter.from_ms.unwrap_or(i64::MIN))
        .bind(filter.to_ms.unwrap_or(i64::MAX))
        .bind(limit)
        .all()
}

/// The number of the newest published event; 0 before the first.
pub fn last_no(tx: &mut Tx<'_>, scope: &Scope) -> Result<i64, StoreError> {
    let found: Option<i64> = tx
        .sql("SELECT last_no FROM event_streams WHERE project_id = ?1 AND environment = ?2")
        .bind(scope.project_id)
        .bind(scope.environment)
        .optional()?;
    Ok(found.unwrap_or(0))
}

/// The environments that have events without a number, up to `limit`; those that have waited longest first, so that none is
/// passed over for ever.
pub fn unpublished_scopes(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<Scope>, StoreError> {
    struct Found(Scope);
    impl FromRow for Found {
        fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
            Ok(Self(Scope {
                project_id: row.get(0)?,
                environment: row.get(1)?,
            }))
        }
    }
    let found: Vec<Found> = tx
        .sql(
            "SELECT w.project_id, w.environment FROM (
                SELECT e.project_id, e.environment, (SELECT MIN(o.created_at) FROM outbox o
                    WHERE o.project_id = e.project_id AND o.environment = e.environment AND o.stream_no IS NULL) AS oldest
                FROM environments e) AS w
            WHERE w.oldest IS NOT NULL ORDER BY w.oldest LIMIT ?1",
        )
        .bind(limit)
        .all()?;
    Ok(found.into_iter().map(|Found(scope)| scope).collect())
}

/// Makes every other publisher of this environment wait until this transaction ends; returns the newest number.
pub fn lock_stream(tx: &mut Tx<'_>, scope: &Scope) -> Result<i64, StoreError> {
    tx.sql(
        "INSERT INTO event_streams (project_id, environment, last_no) VALUES (?1, ?2, 0)
        ON CONFLICT (project_id, environment) DO UPDATE SET last_no = event_streams.last_no",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .execute()?;
    last_no(tx, scope)
}

/// Up to `limit` events without a number, oldest first.
pub fn unpublished(tx: &mut Tx<'_>, scope: &Scope, limit: i64) -> Result<Vec<Unpublished>, StoreError> {
    tx.sql(
        "SELECT o.id, o.family, o.intent_id, o.sequence, o.event, i.webhook_url FROM outbox o
        JOIN intents i ON i.project_id = o.project_id AND i.environment = o.environment AND i.id = o.intent_id
        WHERE o.project_id = ?1 AND o.environment = ?2 AND o.stream_no IS NULL
        ORDER BY o.created_at, o.sequence, o.id LIMIT ?3",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(limit)
    .all()
}

/// Gives an event its number, once. Returns the rows changed.
pub fn number(tx: &mut Tx<'_>, scope: &Scope, id: EventId, stream_no: i64) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE outbox SET stream_no = ?4 WHERE project_id = ?1 AND environment = ?2 AND id = ?3 AND stream_no IS NULL",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .bind(stream_no)
    .execute()
}

/// Writes the newest number of a locked stream. Returns the rows changed.
pub fn move_stream(tx: &mut Tx<'_>, scope: &Scope, last_no: i64) -> Result<u64, StoreError> {
    tx.sql("UPDATE event_streams SET last_no = ?3 WHERE project_id = ?1 AND environment = ?2 AND last_no <= ?3")
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(last_no)
        .execute()
}
