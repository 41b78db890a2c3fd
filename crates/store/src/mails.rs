//! E-mails to payers: which are to be sent, by whom, and how that went. What is in them stands elsewhere.

use domain::ids::{IntentId, MailId};
use domain::language::Language;
use domain::mail::{MailOccasion, MailState};
use domain::scope::Scope;

use crate::codec::coded;
use crate::{FromRow, FromValue, Row, StoreError, Tx, Value, ValueRef};

coded! {
    MailOccasion, Self::parse;
    MailState, Self::parse;
}

/// A stored mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Which.
    pub id: MailId,
    /// About which payment.
    pub intent_id: IntentId,
    /// What for.
    pub occasion: MailOccasion,
    /// In which language.
    pub language: Language,
    /// How it stands.
    pub state: MailState,
    /// Tries that failed.
    pub tries: i64,
    /// Milliseconds UTC of the next try, while it waits.
    pub due_at_ms: Option<i64>,
    /// Milliseconds UTC.
    pub created_at_ms: i64,
    /// Milliseconds UTC at which a mail server took it.
    pub sent_at_ms: Option<i64>,
    /// How the last try failed; names no address.
    pub last_failure: Option<String>,
}

impl FromRow for Mail {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            intent_id: row.get(1)?,
            occasion: row.get(2)?,
            language: row.get(3)?,
            state: row.get(4)?,
            tries: row.get(5)?,
            due_at_ms: row.get(6)?,
            created_at_ms: row.get(7)?,
            sent_at_ms: row.get(8)?,
            last_failure: row.get(9)?,
        })
    }
}

/// A mail, and whose it is.
struct Found(Scope, Mail);

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let scope = Scope {
            project_id: row.get(10)?,
            environment: row.get(11)?,
        };
        Ok(Self(scope, Mail::from_row(row)?))
    }
}

impl From<Found> for (Scope, Mail) {
    fn from(found: Found) -> Self {
        (found.0, found.1)
    }
}

/// Writes a new one. Returns 0 rows when its payment has one of that occasion already.
pub fn insert(tx: &mut Tx<'_>, scope: &Scope, mail: &Mail) -> Result<u64, StoreError> {
    tx.sql(
        "INSERT INTO mails (project_id, environment, id, intent_id, occasion, language, state, tries, due_at, created_at,
            sent_at, last_failure) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
        ON CONFLICT (project_id, environment, intent_id, occasion) DO NOTHING",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(mail.id)
    .bind(mail.intent_id)
    .bind(mail.occasion)
    .bind(mail.language)
    .bind(mail.state)
    .bind(mail.tries)
    .bind(mail.due_at_ms)
    .bind(mail.created_at_ms)
    .bind(mail.sent_at_ms)
    .bind(mail.last_failure.as_ref())
    .execute()
}

/// The mails of a payment, oldest first.
pub fn of_intent(tx: &mut Tx<'_>, scope: &Scope, intent_id: IntentId) -> Result<Vec<Mail>, StoreError> {
    tx.sql(
        "SELECT id, intent_id, occasion, language, state, tries, due_at, created_at, sent_at, last_failure FROM mails
        WHERE project_id = ?1 AND environment = ?2 AND intent_id = ?3 ORDER BY id",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(intent_id)
    .all()
}

/// When the next mail of any project is due, in milliseconds UTC, of those that nobody is sending at `now_ms`.
pub fn next_due(tx: &mut Tx<'_>, now_ms: i64) -> Result<Option<i64>, StoreError> {
    let due: Option<Option<i64>> = tx
        .sql(
            "SELECT MIN(due_at) FROM mails WHERE due_at IS NOT NULL
                AND (lease_until IS NULL OR lease_until < ?1
                    OR NOT EXISTS (SELECT 1 FROM instances n WHERE n.epoch = lease_epoch AND n.fenced_at IS NULL))",
        )
        .bind(now_ms)
        .optional()?;
    Ok(due.flatten())
}

/// Claims up to `limit` due mails of any project for this process, until `lease_until_ms`. What a dead process was sending is
/// free.
pub fn claim(
    tx: &mut Tx<'_>,
    epoch: i64,
    (now_ms, lease_until_ms): (i64, i64),
    limit: i64,
) -> Result<Vec<(Scope, Mail)>, StoreError> {
    let due: Vec<Found> = tx
        .sql(
            "SELECT id, intent_id, occasion, language, state, tries, due_at, created_at, sent_at, last_failure,
                project_id, environment
            FROM mails WHERE due_at <= ?1 AND (lease_until IS NULL OR lease_until < ?1
                OR NOT EXISTS (SELECT 1 FROM instances n WHERE n.epoch = lease_epoch AND n.fenced_at IS NULL))
            ORDER BY due_at, id LIMIT ?2",
        )
        .bind(now_ms)
        .bind(limit)
        .all()?;
    let mut claimed = Vec::with_capacity(due.len());
    for Found(scope, mail) in due {
        let rows = tx
            .sql(
                "UPDATE mails SET lease_epoch = ?4, lease_until = ?5
                WHERE project_id = ?1 AND environment = ?2 AND id = ?3 AND due_at <= ?6
                    AND (lease_until IS NULL OR lease_until < ?6
                        OR NOT EXISTS (SELECT 1 FROM instances n WHERE n.epoch = lease_epoch AND n.fenced_at IS NULL))",
            )
            .bind(scope.project_id)
            .bind(scope.environment)
            .bind(mail.id)
            .bind(epoch)
            .bind(lease_until_ms)
            .bind(now_ms)
            .execute()?;
        if rows == 1 {
            claimed.push((scope, mail));
        }
    }
    Ok(claimed)
}

/// Writes that a mail server took a claimed mail. Returns 0 rows when it is no longer ours.
pub fn sent(tx: &mut Tx<'_>, scope: &Scope, id: MailId, epoch: i64, at_ms: i64) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE mails SET state = 'sent', sent_at = ?5, due_at = NULL, lease_epoch = NULL, lease_until = NULL
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3 AND lease_epoch = ?4 AND state = 'waiting'",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .bind(epoch)
    .bind(at_ms)
    .execute()
}

/// Counts a failed try of a claimed mail: it is tried again at `due_at_ms`, or else given up. Returns 0 rows when it is no
/// longer ours.
pub fn failed(
    tx: &mut Tx<'_>,
    scope: &Scope,
    (id, epoch): (MailId, i64),
    last_failure: &str,
    due_at_ms: Option<i64>,
) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE mails SET tries = tries + 1, last_failure = ?5, due_at = ?6, lease_epoch = NULL, lease_until = NULL,
            state = CASE WHEN CAST(?6 AS BIGINT) IS NULL THEN 'given_up' ELSE 'waiting' END
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3 AND lease_epoch = ?4 AND state = 'waiting'",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .bind(epoch)
    .bind(last_failure)
    .bind(due_at_ms)
    .execute()
}

/// Up to `limit` mails of any sandbox that were kept to be looked at, newest first; those older than `below`, when it is
/// given.
pub fn kept(tx: &mut Tx<'_>, below: Option<MailId>, limit: i64) -> Result<Vec<(Scope, Mail)>, StoreError> {
    let found: Vec<Found> = tx
        .sql(
            "SELECT id, intent_id, occasion, language, state, tries, due_at, created_at, sent_at, last_failure,
                project_id, environment
            FROM mails WHERE state = 'kept' AND environment = 'sandbox' AND (CAST(?1 AS TEXT) IS NULL OR id < ?1)
            ORDER BY id DESC LIMIT ?2",
        )
        .bind(below)
        .bind(limit)
        .all()?;
    Ok(found.into_iter().map(Into::into).collect())
}

/// One of them.
pub fn kept_one(tx: &mut Tx<'_>, id: MailId) -> Result<Option<(Scope, Mail)>, StoreError> {
    let found: Option<Found> = tx
        .sql(
            "SELECT id, intent_id, occasion, language, state, tries, due_at, created_at, sent_at, last_failure,
                project_id, environment
            FROM mails WHERE state = 'kept' AND environment = 'sandbox' AND id = ?1",
        )
        .bind(id)
        .optional()?;
    Ok(found.map(Into::into))
}
