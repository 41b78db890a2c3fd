//! Idempotency keys: claimed in the transaction of their effect, done when an answer is stored. Never executed again.

use std::ops::Range;

use domain::ids::{AttemptId, IntentId};
use domain::scope::{ApiFamily, Scope};
use domain::words;

use crate::codec::coded;
use crate::{FromRow, FromValue, Row, StoreError, Tx, Value, ValueRef};

words! {
    /// What kind of effect a key was claimed for: decides how it is answered from the present state.
    EffectKind {
        /// An intent was created.
        Create = "create",
        /// An attempt was started.
        Attempt = "attempt",
        /// A one-time code was taken.
        Code = "code",
        /// An intent was cancelled.
        Cancel = "cancel",
        /// The provider was asked again.
        Reconcile = "reconcile",
        /// An intent's description or metadata, or a customer, was changed.
        Update = "update",
        /// A checkout was created.
        Checkout = "checkout",
    }
}

coded! { EffectKind, Self::parse; }

/// What a key was claimed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The key.
    pub key: String,
    /// HTTP method.
    pub method: String,
    /// Path, without the query.
    pub path: String,
    /// Hash of the parsed body.
    pub fingerprint: String,
    /// Which API.
    pub family: ApiFamily,
}

/// A stored key.
#[derive(Clone, Debug)]
pub struct StoredKey {
    /// What it was claimed for.
    pub claim: Claim,
    /// What kind of effect it has.
    pub effect: EffectKind,
    /// The intent that it made or touched.
    pub intent_id: Option<IntentId>,
    /// The attempt that it made.
    pub attempt_id: Option<AttemptId>,
    /// The process that claimed it.
    pub epoch: i64,
    /// Status and sealed body of the answer, when it is done.
    pub answer: Option<StoredAnswer>,
}

/// A stored answer.
#[derive(Clone, Debug)]
pub struct StoredAnswer {
    /// HTTP status.
    pub status: u16,
    /// Sealed body; `None` when its retention is over.
    pub body: Option<String>,
}

impl FromRow for StoredKey {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let status: Option<u16> = row.get(8)?;
        let body: Option<String> = row.get(9)?;
        let effect = row.get(10)?;
        Ok(Self {
            claim: Claim {
                key: row.get(0)?,
                method: row.get(1)?,
                path: row.get(2)?,
                fingerprint: row.get(3)?,
                family: row.get(4)?,
            },
            effect,
            intent_id: row.get(5)?,
            attempt_id: row.get(6)?,
            epoch: row.get(7)?,
            answer: status.map(|status| StoredAnswer { status, body }),
        })
    }
}

/// A claim about to be written.
#[derive(Clone, Copy, Debug)]
pub struct NewClaim<'a> {
    /// What for.
    pub claim: &'a Claim,
    /// What kind of effect it will have.
    pub effect: EffectKind,
    /// The process that claims it.
    pub epoch: i64,
    /// Milliseconds UTC.
    pub at_ms: i64,
}

/// Claims a key. Returns 0 rows when it is not free.
pub fn claim(tx: &mut Tx<'_>, scope: &Scope, new: NewClaim<'_>) -> Result<u64, StoreError> {
    tx.sql(
        "INSERT INTO idempotency (project_id, environment, key, state, method, path, fingerprint, family, effect,
            epoch, created_at)
        VALUES (?1, ?2, ?3, 'claimed', ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (project_id, environment, key) DO NOTHING",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(&new.claim.key)
    .bind(&new.claim.method)
    .bind(&new.claim.path)
    .bind(&new.claim.fingerprint)
    .bind(new.claim.family)
    .bind(new.effect)
    .bind(new.epoch)
    .bind(new.at_ms)
    .execute()
}

/// Writes what a claimed key made.
pub fn bind_effect(
    tx: &mut Tx<'_>,
    scope: &Scope,
    key: &str,
    intent_id: IntentId,
    attempt_id: Option<AttemptId>,
) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE idempotency SET intent_id = ?4, attempt_id = ?5
        WHERE project_id = ?1 AND environment = ?2 AND key = ?3 AND state = 'claimed'",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(key)
    .bind(intent_id)
    .bind(attempt_id)
    .execute()
}

/// Stores the answer of a claimed key. Returns 0 rows when it has one already: the first answer stays.
pub fn finish(tx: &mut Tx<'_>, scope: &Scope, key: &str, answer: &StoredAnswer, at_ms: i64) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE idempotency SET state = 'done', status = ?4, body = ?5, done_at = ?6
        WHERE project_id = ?1 AND environment = ?2 AND key = ?3 AND state = 'claimed'",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(key)
    .bind(answer.status)
    .bind(answer.body.as_ref())
    .bind(at_ms)
    .execute()
}

/// A key, if it is not free, and when it was claimed, in milliseconds UTC.
pub fn get(tx: &mut Tx<'_>, scope: &Scope, key: &str) -> Result<Option<(StoredKey, i64)>, StoreError> {
    struct Found(StoredKey, i64);
    impl FromRow for Found {
        fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
            Ok(Self(StoredKey::from_row(row)?, row.get(11)?))
        }
    }
    let found: Option<Found> = tx
        .sql(
            "SELECT key, method, path, fingerprint, family, intent_id, attempt_id, epoch, status, body, effect,
            created_at
        FROM idempotency WHERE project_id = ?1 AND environment = ?2 AND key = ?3",
        )
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(key)
        .optional()?;
    Ok(found.map(|Found(stored, created_at_ms)| (stored, created_at_ms)))
}

/// Empties answers of keys claimed in `claimed_ms` (milliseconds UTC), of any project: a repeat is then answered from
/// the present state.
pub fn forget_answers(tx: &mut Tx<'_>, claimed_ms: Range<i64>) -> Result<u64, StoreError> {
    tx.sql("UPDATE idempotency SET body = NULL WHERE created_at >= ?1 AND created_at < ?2 AND body IS NOT NULL")
        .bind(claimed_ms.start)
        .bind(claimed_ms.end)
        .execute()
}

/// Forgets keys claimed before `claimed_before_ms`, of any project.
pub fn forget_keys(tx: &mut Tx<'_>, claimed_before_ms: i64) -> Result<u64, StoreError> {
    tx.sql("DELETE FROM idempotency WHERE created_at < ?1")
        .bind(claimed_before_ms)
        .execute()
}
