//! The journal: one row per change of an aggregate, numbered without gaps and chained by hashes. Append-only.

use data_encoding::HEXLOWER;
use domain::ids::IntentId;
use domain::scope::Scope;
use sha2::{Digest, Sha256};

use crate::{FromRow, Row, StoreError, Tx};

/// A change to be written down.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// What happened, for example `attempt.failed`.
    pub event: &'a str,
    /// Public spelling of the id of the thing that it happened to.
    pub subject_id: String,
    /// Ids, codes and masked values; never personal values.
    pub detail: &'a str,
    /// Milliseconds UTC.
    pub at_ms: i64,
}

/// A journal row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRow {
    /// 1 for the first row of the aggregate.
    pub seq: i64,
    /// What happened.
    pub event: String,
    /// To what.
    pub subject_id: String,
    /// Details.
    pub detail: String,
    /// Milliseconds UTC.
    pub at_ms: i64,
    /// Hash of the row before.
    pub previous_hash: String,
    /// Hash of this row.
    pub hash: String,
}

impl FromRow for JournalRow {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            seq: row.get(0)?,
            event: row.get(1)?,
            subject_id: row.get(2)?,
            detail: row.get(3)?,
            at_ms: row.get(4)?,
            previous_hash: row.get(5)?,
            hash: row.get(6)?,
        })
    }
}

impl JournalRow {
    /// What the hash of this row must be: over every other column.
    pub fn expected_hash(&self) -> String {
        let Self {
            seq,
            event,
            subject_id,
            detail,
            at_ms,
            previous_hash,
            hash: _,
        } = self;
        let mut hasher = Sha256::new();
        for part in [
            previous_hash,
            &seq.to_string(),
            event,
            subject_id,
            detail,
            &at_ms.to_string(),
        ] {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part.as_bytes());
        }
        HEXLOWER.encode(&hasher.finalize())
    }
}

/// The end of an intent's journal, held by a transaction that has locked the intent.
#[derive(Clone, Debug)]
pub struct Chain {
    intent_id: IntentId,
    seq: i64,
    hash: String,
}

impl Chain {
    /// The journal of an intent that is being made in this transaction.
    pub fn new(intent_id: IntentId) -> Self {
        Self {
            intent_id,
            seq: 0,
            hash: String::new(),
        }
    }

    /// The journal of an intent that this transaction has locked.
    pub fn load(tx: &mut Tx<'_>, scope: &Scope, intent_id: IntentId) -> Result<Self, StoreError> {
        let last: Option<(i64, String)> = tx
            .sql(
                "SELECT seq, hash FROM journal WHERE project_id = ?1 AND environment = ?2 AND aggregate_id = ?3
                ORDER BY seq DESC LIMIT 1",
            )
            .bind(scope.project_id)
            .bind(scope.environment)
            .bind(intent_id)
            .optional()?;
        let (seq, hash) = last.unwrap_or_default();
        Ok(Self { intent_id, seq, hash })
    }

    /// Appends one row.
    pub fn append(&mut self, tx: &mut Tx<'_>, scope: &Scope, entry: &Entry<'_>) -> Result<(), StoreError> {
        let mut row = JournalRow {
            seq: self.seq + 1,
            event: entry.event.to_owned(),
            subject_id: entry.subject_id.clone(),
            detail: entry.detail.to_owned(),
            at_ms: entry.at_ms,
            previous_hash: std::mem::take(&mut self.hash),
            hash: String::new(),
        };
        row.hash = row.expected_hash();
        tx.sql(
            "INSERT INTO journal (project_id, environment, aggregate_id, seq, event, subject_id, detail, at,
                previous_hash, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(self.intent_id)
        .bind(row.seq)
        .bind(row.event)
        .bind(row.subject_id)
        .bind(row.detail)
        .bind(row.at_ms)
        .bind(row.previous_hash)
        .bind(&row.hash)
        .execute()?;
        self.seq = row.seq;
        self.hash = row.hash;
        Ok(())
    }
}

/// The whole journal of an intent, oldest first.
pub fn of_intent(tx: &mut Tx<'_>, scope: &Scope, intent_id: IntentId) -> Result<Vec<JournalRow>, StoreError> {
    tx.sql(
        "SELECT seq, event, subject_id, detail, at, previous_hash, hash FROM journal
        WHERE project_id = ?1 AND environment = ?2 AND aggregate_id = ?3 ORDER BY seq",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(intent_id)
    .all()
}
