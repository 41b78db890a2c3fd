//! Callbacks as they came in: kept raw (sealed) before they are acknowledged, processed later.

use domain::ids::{AccountId, InboxId};
use domain::scope::Scope;
use domain::words;

use crate::codec::coded;
use crate::{FromRow, FromValue, Row, StoreError, Tx, Value, ValueRef};

/// How many refused callbacks an account keeps.
pub const REFUSED_KEPT: i64 = 1_000;

words! {
    /// What became of a callback.
    InboxState {
        /// To be processed.
        Waiting = "waiting",
        /// Settled.
        Processed = "processed",
        /// Its signature did not hold, or nobody can read it.
        Refused = "refused",
        /// Its reference is not ours.
        Orphan = "orphan",
    }
}

coded! { InboxState, Self::parse; }

/// A callback.
#[derive(Clone, Debug)]
pub struct InboxRow {
    /// Which.
    pub id: InboxId,
    /// To which account.
    pub account_id: AccountId,
    /// Hash of its body: of those that were not refused the same one is kept once.
    pub digest: String,
    /// Keyed hash of the reference that it names, if it names one.
    pub reference_hash: Option<String>,
    /// Sealed headers; empty long after it was settled.
    pub headers: String,
    /// Sealed body; empty long after it was settled.
    pub body: String,
    /// What became of it.
    pub state: InboxState,
    /// Milliseconds UTC.
    pub received_at_ms: i64,
}

impl FromRow for InboxRow {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            account_id: row.get(1)?,
            digest: row.get(2)?,
            reference_hash: row.get(3)?,
            headers: row.get(4)?,
            body: row.get(5)?,
            state: row.get(6)?,
            received_at_ms: row.get(7)?,
        })
    }
}

/// Keeps a callback. Returns 0 rows when the same one was kept before; one that was refused is no such one.
pub fn insert(tx: &mut Tx<'_>, scope: &Scope, callback: &InboxRow) -> Result<u64, StoreError> {
    tx.sql(
        "INSERT INTO inbox (project_id, environment, id, account_id, digest, reference_hash, headers, body, state,
            received_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(callback.id)
    .bind(callback.account_id)
    .bind(&callback.digest)
    .bind(callback.reference_hash.as_deref())
    .bind(&callback.headers)
    .bind(&callback.body)
    .bind(callback.state)
    .bind(callback.received_at_ms)
    .execute()
}

/// One callback.
pub fn get(tx: &mut Tx<'_>, scope: &Scope, id: InboxId) -> Result<Option<InboxRow>, StoreError> {
    tx.sql(
        "SELECT id, account_id, digest, reference_hash, headers, body, state, received_at FROM inbox
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .optional()
}

/// Holds a waiting callback until the transaction ends, also against [`awaken`]. Returns 0 rows when somebody else has
/// processed it.
pub fn hold(tx: &mut Tx<'_>, scope: &Scope, id: InboxId) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE inbox SET state = 'waiting' WHERE project_id = ?1 AND environment = ?2 AND id = ?3 AND state = 'waiting'",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .execute()
}

/// Makes every callback wait again that names this reference of an account and found nobody so far. Returns which.
pub fn awaken(
    tx: &mut Tx<'_>,
    scope: &Scope,
    account_id: AccountId,
    reference_hash: &str,
) -> Result<Vec<InboxId>, StoreError> {
    tx.sql(
        "UPDATE inbox SET state = 'waiting', processed_at = NULL
        WHERE project_id = ?1 AND environment = ?2 AND account_id = ?3 AND reference_hash = ?4
            AND state IN ('waiting', 'orphan')
        RETURNING id",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(account_id)
    .bind(reference_hash)
    .all()
}

/// Writes what became of a callback.
pub fn mark(tx: &mut Tx<'_>, scope: &Scope, id: InboxId, state: InboxState, at_ms: i64) -> Result<u64, StoreError> {
    tx.sql("UPDATE inbox SET state = ?4, processed_at = ?5 WHERE project_id = ?1 AND environment = ?2 AND id = ?3")
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(id)
        .bind(state)
        .bind(at_ms)
        .execute()
}

/// Forgets refused callbacks of an account beyond the last [`REFUSED_KEPT`].
pub fn trim_refused(tx: &mut Tx<'_>, scope: &Scope, account_id: AccountId) -> Result<u64, StoreError> {
    tx.sql(
        "DELETE FROM inbox WHERE project_id = ?1 AND environment = ?2 AND account_id = ?3 AND state = 'refused'
            AND id <= (SELECT id FROM inbox WHERE project_id = ?1 AND environment = ?2 AND account_id = ?3
                AND state = 'refused' ORDER BY id DESC LIMIT 1 OFFSET ?4)",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(account_id)
    .bind(REFUSED_KEPT)
    .execute()
}

/// Empties what was settled before `before_ms`, of every tenant: that it came stays known, so that it never counts as
/// new. Returns the rows changed.
pub fn empty_settled(tx: &mut Tx<'_>, before_ms: i64) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE inbox SET headers = '', body = ''
        WHERE state = 'processed' AND body <> '' AND processed_at < ?1",
    )
    .bind(before_ms)
    .execute()
}
