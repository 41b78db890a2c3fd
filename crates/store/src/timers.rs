//! Timers: what must happen later. Nothing that is not final is without one.

use domain::scope::Scope;
use domain::words;

use crate::codec::coded;
use crate::{FromRow, FromValue, Row, StoreError, Tx, Value, ValueRef};

/// How long a claim holds, in milliseconds.
pub const LEASE_MS: i64 = 30_000;

/// Failures after which a timer is parked: about five hours by the pauses of `domain::schedule`.
pub const TRIES_MAX: i64 = 16;

/// Failures of a timer that was parked and is tried again: not none, so that one can tell that it is not yet well.
const TRIES_KNOWN: i64 = 1;

words! {
    /// What a timer does.
    TimerKind {
        /// Ask the provider about a permit.
        LookUp = "look_up",
        /// End an intent whose time is over.
        Expire = "expire",
        /// Try a dead attempt's payment at another account.
        FallBack = "fall_back",
        /// Process a callback.
        ProcessCallback = "process_callback",
        /// Close the page of an attempt that must not be paid any more.
        ClosePage = "close_page",
    }
}

coded! { TimerKind, Self::parse; }

/// A claimed timer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timer {
    /// Whose.
    pub scope: Scope,
    /// What it does.
    pub kind: TimerKind,
    /// To what: the stored spelling of an id.
    pub aggregate_id: String,
    /// Milliseconds UTC at which it was due.
    pub due_at_ms: i64,
    /// Failures so far.
    pub tries: i64,
    /// Milliseconds UTC until which this claim holds: tells it from a later claim of the same process.
    pub lease_until_ms: i64,
}

impl FromRow for Timer {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            scope: Scope {
                project_id: row.get(0)?,
                environment: row.get(1)?,
            },
            kind: row.get(2)?,
            aggregate_id: row.get(3)?,
            due_at_ms: row.get(4)?,
            tries: row.get(5)?,
            lease_until_ms: 0,
        })
    }
}

/// Sets a timer, or moves the one that is there; a lease on it ends.
pub fn set(
    tx: &mut Tx<'_>,
    scope: &Scope,
    kind: TimerKind,
    aggregate_id: &str,
    due_at_ms: i64,
) -> Result<(), StoreError> {
    tx.sql(
        "INSERT INTO timers (project_id, environment, kind, aggregate_id, due_at, tries, parked)
        VALUES (?1, ?2, ?3, ?4, ?5, 0, FALSE)
        ON CONFLICT (project_id, environment, kind, aggregate_id) DO UPDATE SET due_at = excluded.due_at,
            lease_epoch = NULL, lease_until = NULL, tries = 0, parked = FALSE",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(kind)
    .bind(aggregate_id)
    .bind(due_at_ms)
    .execute()?;
    Ok(())
}

/// Brings a timer that nobody has claimed forward to `due_at_ms`, never back. Returns the rows changed.
pub fn bring_forward(
    tx: &mut Tx<'_>,
    scope: &Scope,
    kind: TimerKind,
    aggregate_id: &str,
    due_at_ms: i64,
) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE timers SET due_at = ?5
        WHERE project_id = ?1 AND environment = ?2 AND kind = ?3 AND aggregate_id = ?4 AND due_at > ?5
            AND lease_until IS NULL AND NOT parked",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(kind)
    .bind(aggregate_id)
    .bind(due_at_ms)
    .execute()
}

/// Removes a timer.
pub fn clear(tx: &mut Tx<'_>, scope: &Scope, kind: TimerKind, aggregate_id: &str) -> Result<u64, StoreError> {
    tx.sql("DELETE FROM timers WHERE project_id = ?1 AND environment = ?2 AND kind = ?3 AND aggregate_id = ?4")
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(kind)
        .bind(aggregate_id)
        .execute()
}

/// When the next timer of any project is due, in milliseconds UTC.
pub fn next_due(tx: &mut Tx<'_>) -> Result<Option<i64>, StoreError> {
    let due: Option<Option<i64>> = tx.sql("SELECT MIN(due_at) FROM timers WHERE NOT parked").optional()?;
    Ok(due.flatten())
}

/// Claims up to `limit` due timers of any project for this process, for [`LEASE_MS`].
pub fn claim(tx: &mut Tx<'_>, epoch: i64, now_ms: i64, limit: i64) -> Result<Vec<Timer>, StoreError> {
    let mut due: Vec<Timer> = tx
        .sql(
            "SELECT project_id, environment, kind, aggregate_id, due_at, tries FROM timers
            WHERE due_at <= ?1 AND NOT parked AND (lease_until IS NULL OR lease_until < ?1)
            ORDER BY due_at LIMIT ?2",
        )
        .bind(now_ms)
        .bind(limit)
        .skip_locked()
        .all()?;
    for timer in &mut due {
        timer.lease_until_ms = now_ms + LEASE_MS;
        tx.sql(
            "UPDATE timers SET lease_epoch = ?5, lease_until = ?6, due_at = ?6
            WHERE project_id = ?1 AND environment = ?2 AND kind = ?3 AND aggregate_id = ?4",
        )
        .bind(timer.scope.project_id)
        .bind(timer.scope.environment)
        .bind(timer.kind)
        .bind(&timer.aggregate_id)
        .bind(epoch)
        .bind(now_ms + LEASE_MS)
        .execute()?;
    }
    Ok(due)
}

/// Ends a claimed timer that has done its work, unless somebody set it anew meanwhile.
pub fn finish(tx: &mut Tx<'_>, timer: &Timer, epoch: i64) -> Result<u64, StoreError> {
    tx.sql(
        "DELETE FROM timers WHERE project_id = ?1 AND environment = ?2 AND kind = ?3 AND aggregate_id = ?4
            AND lease_epoch = ?5 AND lease_until = ?6",
    )
    .bind(timer.scope.project_id)
    .bind(timer.scope.environment)
    .bind(timer.kind)
    .bind(&timer.aggregate_id)
    .bind(epoch)
    .bind(timer.lease_until_ms)
    .execute()
}

/// Counts a failure of a claimed timer: it is tried again at `due_at_ms`, or parked after [`TRIES_MAX`].
/// Returns whether it was parked.
pub fn fail(tx: &mut Tx<'_>, timer: &Timer, epoch: i64, due_at_ms: i64) -> Result<Parked, StoreError> {
    let parked = timer.tries + 1 >= TRIES_MAX;
    let rows = tx
        .sql(
            "UPDATE timers SET tries = tries + 1, parked = ?6, due_at = ?7, lease_epoch = NULL, lease_until = NULL
            WHERE project_id = ?1 AND environment = ?2 AND kind = ?3 AND aggregate_id = ?4
                AND lease_epoch = ?5 AND lease_until = ?8",
        )
        .bind(timer.scope.project_id)
        .bind(timer.scope.environment)
        .bind(timer.kind)
        .bind(&timer.aggregate_id)
        .bind(epoch)
        .bind(parked)
        .bind(due_at_ms)
        .bind(timer.lease_until_ms)
        .execute()?;
    Ok(if parked && rows == 1 { Parked::Yes } else { Parked::No })
}

/// Makes a parked timer due now. Returns the rows changed.
pub fn release(
    tx: &mut Tx<'_>,
    scope: &Scope,
    kind: TimerKind,
    aggregate_id: &str,
    now_ms: i64,
) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE timers SET parked = FALSE, tries = ?5, due_at = ?6
        WHERE project_id = ?1 AND environment = ?2 AND kind = ?3 AND aggregate_id = ?4 AND parked",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(kind)
    .bind(aggregate_id)
    .bind(TRIES_KNOWN)
    .bind(now_ms)
    .execute()
}

/// Makes every parked timer of any project due now. Returns the rows changed.
pub fn release_all(tx: &mut Tx<'_>, now_ms: i64) -> Result<u64, StoreError> {
    tx.sql("UPDATE timers SET parked = FALSE, tries = ?1, due_at = ?2 WHERE parked")
        .bind(TRIES_KNOWN)
        .bind(now_ms)
        .execute()
}

/// Whether a timer was parked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parked {
    /// It waits for a person.
    Yes,
    /// It is tried again.
    No,
}

/// What waits: number of timers and the oldest due time in milliseconds UTC, of any project.
pub fn backlog(tx: &mut Tx<'_>, now_ms: i64) -> Result<(i64, Option<i64>), StoreError> {
    tx.sql("SELECT COUNT(*), MIN(due_at) FROM timers WHERE due_at <= ?1 AND NOT parked")
        .bind(now_ms)
        .one()
}

/// Number of parked timers, of any project.
pub fn count_parked(tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    tx.sql("SELECT COUNT(*) FROM timers WHERE parked").one()
}

/// Whether a timer is set and not parked.
pub fn is_set(tx: &mut Tx<'_>, scope: &Scope, kind: TimerKind, aggregate_id: &str) -> Result<bool, StoreError> {
    let found: Option<i64> = tx
        .sql(
            "SELECT due_at FROM timers
            WHERE project_id = ?1 AND environment = ?2 AND kind = ?3 AND aggregate_id = ?4 AND NOT parked",
        )
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(kind)
        .bind(aggregate_id)
        .optional()?;
    Ok(found.is_some())
}

/// A timer that is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// What it does.
    pub kind: TimerKind,
    /// Milliseconds UTC; while somebody works on it, when that one is taken to have died.
    pub due_at_ms: i64,
    /// Failures so far.
    pub tries: i64,
    /// Whether it has failed too often and waits for a person.
    pub parked: Parked,
}

impl FromRow for Waiting {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let parked: bool = row.get(3)?;
        Ok(Self {
            kind: row.get(0)?,
            due_at_ms: row.get(1)?,
            tries: row.get(2)?,
            parked: if parked { Parked::Yes } else { Parked::No },
        })
    }
}

/// The timers of one thing.
pub fn of(tx: &mut Tx<'_>, scope: &Scope, aggregate_id: &str) -> Result<Vec<Waiting>, StoreError> {
    tx.sql(
        "SELECT kind, due_at, tries, parked FROM timers
        WHERE project_id = ?1 AND environment = ?2 AND aggregate_id = ?3
            AND kind IN ('look_up', 'expire', 'fall_back', 'process_callback', 'close_page') ORDER BY due_at",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(aggregate_id)
    .all()
}
