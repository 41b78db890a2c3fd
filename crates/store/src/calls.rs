//! Calls to providers: one row each, written before the call is made.

use domain::ids::{CallId, IntentId, PermitId};
use domain::outcome::OutcomeClass;
use domain::scope::Scope;
use domain::words;

use crate::codec::coded;
use crate::{FromRow, FromValue, Row, StoreError, Tx, Value, ValueRef};

coded! { OutcomeClass, Self::parse; }

words! {
    /// What a call asks of a provider.
    CallKind {
        /// Take money.
        Charge = "charge",
        /// Close an open session.
        Close = "close",
        /// Say where an attempt stands.
        LookUp = "look_up",
    }
}

coded! { CallKind, Self::parse; }

/// A call about to be made.
#[derive(Clone, Debug)]
pub struct Call {
    /// Which.
    pub id: CallId,
    /// Under which permit.
    pub permit_id: PermitId,
    /// What it asks.
    pub kind: CallKind,
    /// Version of the account's credentials.
    pub account_version: i64,
    /// The process that makes it.
    pub epoch: i64,
    /// That process's monotonic clock, milliseconds.
    pub monotonic_ms: i64,
    /// Milliseconds UTC.
    pub started_at_ms: i64,
}

impl FromRow for Call {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            permit_id: row.get(1)?,
            kind: row.get(2)?,
            account_version: row.get(3)?,
            epoch: row.get(4)?,
            monotonic_ms: row.get(5)?,
            started_at_ms: row.get(6)?,
        })
    }
}

/// How a call ended.
#[derive(Clone, Debug)]
pub struct CallEnd {
    /// Its class.
    pub class: OutcomeClass,
    /// What happened, for people; no personal values.
    pub evidence: Option<String>,
    /// Milliseconds UTC.
    pub at_ms: i64,
}

/// Writes a call that is about to be made. A second charge of one permit is refused by the database.
pub fn insert(tx: &mut Tx<'_>, scope: &Scope, call: &Call) -> Result<(), StoreError> {
    tx.sql(
        "INSERT INTO calls (project_id, environment, id, permit_id, kind, otp_no, outcome, account_version, epoch,
            monotonic_ms, started_at) VALUES (?1, ?2, ?3, ?4, ?5, 0, 'open', ?6, ?7, ?8, ?9)",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(call.id)
    .bind(call.permit_id)
    .bind(call.kind)
    .bind(call.account_version)
    .bind(call.epoch)
    .bind(call.monotonic_ms)
    .bind(call.started_at_ms)
    .execute()?;
    Ok(())
}

/// Writes a call that has been made and answered: for questions, which need no row before they are asked.
pub fn insert_ended(tx: &mut Tx<'_>, scope: &Scope, call: &Call, end: &CallEnd) -> Result<(), StoreError> {
    tx.sql(
        "INSERT INTO calls (project_id, environment, id, permit_id, kind, otp_no, outcome, evidence, account_version,
            epoch, monotonic_ms, started_at, ended_at)
        VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(call.id)
    .bind(call.permit_id)
    .bind(call.kind)
    .bind(end.class)
    .bind(end.evidence.as_ref())
    .bind(call.account_version)
    .bind(call.epoch)
    .bind(call.monotonic_ms)
    .bind(call.started_at_ms)
    .bind(end.at_ms)
    .execute()?;
    Ok(())
}

/// Writes the end of an open call. Returns 0 rows when somebody wrote it before.
pub fn end(tx: &mut Tx<'_>, scope: &Scope, id: CallId, end: &CallEnd) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE calls SET outcome = ?4, evidence = ?5, ended_at = ?6
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3 AND outcome = 'open'",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .bind(end.class)
    .bind(end.evidence.as_ref())
    .bind(end.at_ms)
    .execute()
}

/// The charge call of a permit.
pub fn charge_of(tx: &mut Tx<'_>, scope: &Scope, permit_id: PermitId) -> Result<Option<Call>, StoreError> {
    tx.sql(
        "SELECT id, permit_id, kind, account_version, epoch, monotonic_ms, started_at FROM calls
        WHERE project_id = ?1 AND environment = ?2 AND permit_id = ?3 AND kind = 'charge'",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(permit_id)
    .optional()
}

/// A call and how it ended.
#[derive(Clone, Debug)]
pub struct MadeCall {
    /// The call.
    pub call: Call,
    /// Its end; `None` while it is open.
    pub end: Option<CallEnd>,
}

impl FromRow for MadeCall {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let (class, evidence) = (row.get(7)?, row.get(8)?);
        let ended_at: Option<i64> = row.get(9)?;
        Ok(Self {
            call: Call::from_row(row)?,
            end: ended_at.map(|at_ms| CallEnd { class, evidence, at_ms }),
        })
    }
}

/// The first `limit` calls of a permit that are no questions, and its latest `limit` questions; oldest first.
pub fn of_permit(tx: &mut Tx<'_>, scope: &Scope, permit_id: PermitId, limit: i64) -> Result<Vec<MadeCall>, StoreError> {
    let mut made: Vec<MadeCall> = tx
        .sql(
            "SELECT id, permit_id, kind, account_version, epoch, monotonic_ms, started_at, outcome, evidence, ended_at
            FROM calls WHERE project_id = ?1 AND environment = ?2 AND permit_id = ?3 AND kind <> 'look_up'
            ORDER BY started_at, id LIMIT ?4",
        )
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(permit_id)
        .bind(limit)
        .all()?;
    let questions: Vec<MadeCall> = tx
        .sql(
            "SELECT id, permit_id, kind, account_version, epoch, monotonic_ms, started_at, outcome, evidence, ended_at
            FROM calls WHERE project_id = ?1 AND environment = ?2 AND permit_id = ?3 AND kind = 'look_up'
            ORDER BY started_at DESC, id DESC LIMIT ?4",
        )
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(permit_id)
        .bind(limit)
        .all()?;
    made.extend(questions);
    made.sort_by_key(|made| (made.call.started_at_ms, made.call.id));
    Ok(made)
}

/// Number of questions about a permit that were answered or not.
pub fn count_questions(tx: &mut Tx<'_>, scope: &Scope, permit_id: PermitId) -> Result<i64, StoreError> {
    tx.sql(
        "SELECT COUNT(*) FROM calls
        WHERE project_id = ?1 AND environment = ?2 AND permit_id = ?3 AND kind = 'look_up'",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(permit_id)
    .one()
}

struct Open(Scope, Call);

impl FromRow for Open {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let scope = Scope {
            project_id: row.get(7)?,
            environment: row.get(8)?,
        };
        Ok(Self(scope, Call::from_row(row)?))
    }
}

/// Open calls of processes that are no longer alive: up to `limit`, of any project, with their scopes.
pub fn orphaned(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<(Scope, Call)>, StoreError> {
    let found: Vec<Open> = tx
        .sql(
            "SELECT c.id, c.permit_id, c.kind, c.account_version, c.epoch, c.monotonic_ms, c.started_at, c.project_id,
                c.environment
            FROM calls c JOIN instances i ON i.epoch = c.epoch
            WHERE c.outcome = 'open' AND i.fenced_at IS NOT NULL ORDER BY c.epoch LIMIT ?1",
        )
        .bind(limit)
        .all()?;
    Ok(found.into_iter().map(|Open(scope, call)| (scope, call)).collect())
}

/// Open calls of one process that began before `started_before_ms`: up to `limit`, of any project, with their scopes.
pub fn overdue(
    tx: &mut Tx<'_>,
    epoch: i64,
    started_before_ms: i64,
    limit: i64,
) -> Result<Vec<(Scope, Call)>, StoreError> {
    let found: Vec<Open> = tx
        .sql(
            "SELECT id, permit_id, kind, account_version, epoch, monotonic_ms, started_at, project_id, environment
            FROM calls WHERE outcome = 'open' AND epoch = ?1 AND started_at < ?2 ORDER BY started_at LIMIT ?3",
        )
        .bind(epoch)
        .bind(started_before_ms)
        .bind(limit)
        .all()?;
    Ok(found.into_iter().map(|Open(scope, call)| (scope, call)).collect())
}

/// Number of calls without an outcome, of any project.
pub fn count_open(tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    tx.sql("SELECT COUNT(*) FROM calls WHERE outcome = 'open'").one()
}

/// Whether a call of that process under any permit of the intent has no outcome yet.
pub fn runs(tx: &mut Tx<'_>, scope: &Scope, intent_id: IntentId, epoch: i64) -> Result<bool, StoreError> {
    let found: Option<i64> = tx
        .sql(
            "SELECT c.epoch FROM calls c JOIN permits p ON p.project_id = c.project_id
                AND p.environment = c.environment AND p.id = c.permit_id
            WHERE p.project_id = ?1 AND p.environment = ?2 AND p.intent_id = ?3 AND c.outcome = 'open' AND c.epoch = ?4",
        )
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(intent_id)
        .bind(epoch)
        .optional()?;
    Ok(found.is_some())
}
