//! The audit log: who changed what in an environment, append-only. Facts as text; a secret is never among them.

use std::collections::BTreeMap;

use domain::ids::AuditId;
use domain::scope::Scope;

use crate::page::Beyond;
use crate::{FromRow, Row, StoreError, Tx};

/// Public facts of a thing, by name.
pub type Members = BTreeMap<String, String>;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Which.
    pub id: AuditId,
    /// `key <id>`, `command line` or `system`.
    pub actor: String,
    /// Such as `gateway_account.update`.
    pub action: String,
    /// Public id of what was changed.
    pub subject_id: String,
    /// Its facts before; `None` when it was made.
    pub before: Option<Members>,
    /// Its facts afterwards; `None` when it is gone.
    pub after: Option<Members>,
    /// Milliseconds UTC.
    pub at_ms: i64,
}

/// What a list of changes shows. `None` leaves a filter out.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// What actions begin with.
    pub action_prefix: Option<String>,
    /// Public id of what was changed.
    pub subject_id: Option<String>,
    /// Who.
    pub actor: Option<String>,
    /// At or after, milliseconds UTC.
    pub from_ms: Option<i64>,
    /// At or before, milliseconds UTC.
    pub to_ms: Option<i64>,
}

impl FromRow for AuditRow {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            actor: row.get(1)?,
            action: row.get(2)?,
            subject_id: row.get(3)?,
            before: row.parse(4, read)?,
            after: row.parse(5, read)?,
            at_ms: row.get(6)?,
        })
    }
}

fn read(text: Option<String>) -> Result<Option<Members>, String> {
    let members = text.map(|text| serde_json::from_str(&text));
    members.transpose().map_err(|error| error.to_string())
}

fn written(members: Option<&Members>) -> Result<Option<String>, StoreError> {
    let text = members.map(serde_json::to_string);
    text.transpose().map_err(|error| StoreError::Other(error.to_string()))
}

/// Writes a change.
pub fn insert(tx: &mut Tx<'_>, scope: &Scope, change: &AuditRow) -> Result<(), StoreError> {
    let (before, after) = (written(change.before.as_ref())?, written(change.after.as_ref())?);
    tx.sql(
        "INSERT INTO audit (project_id, environment, id, actor, action, subject_id, before, after, at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(change.id)
    .bind(&change.actor)
    .bind(&change.action)
    .bind(&change.subject_id)
    .bind(before)
    .bind(after)
    .bind(change.at_ms)
    .execute()?;
    Ok(())
}

/// Up to `limit` changes beyond `page`. Newest first, but oldest first for [`Beyond::Newer`].
pub fn list(
    tx: &mut Tx<'_>,
    scope: &Scope,
    filter: &AuditFilter,
    page: Beyond<AuditId>,
    limit: i64,
) -> Result<Vec<AuditRow>, StoreError> {
    let statement = match page {
        Beyond::First | Beyond::Older(..) => tx.sql(
            "SELECT id, actor, action, subject_id, before, after, at FROM audit
            WHERE project_id = ?1 AND environment = ?2 AND (at < ?3 OR (at = ?3 AND id < CAST(?4 AS TEXT)))
                AND (CAST(?5 AS TEXT) IS NULL OR substr(action, 1, length(CAST(?5 AS TEXT))) = ?5)
                AND (CAST(?6 AS TEXT) IS NULL OR subject_id = ?6) AND (CAST(?7 AS TEXT) IS NULL OR actor = ?7)
                AND at >= ?8 AND at <= ?9
            ORDER BY at DESC, id DESC LIMIT ?10",
        ),
        Beyond::Newer(..) => tx.sql(
            "SELECT id, actor, action, subject_id, before, after, at FROM audit
            WHERE project_id = ?1 AND environment = ?2 AND (at > ?3 OR (at = ?3 AND id > CAST(?4 AS TEXT)))
                AND (CAST(?5 AS TEXT) IS NULL OR substr(action, 1, length(CAST(?5 AS TEXT))) = ?5)
                AND (CAST(?6 AS TEXT) IS NULL OR subject_id = ?6) AND (CAST(?7 AS TEXT) IS NULL OR actor = ?7)
                AND at >= ?8 AND at <= ?9
            ORDER BY at, id LIMIT ?10",
        ),
    };
    let (at, id) = page.bounds();
    statement
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(at)
        .bind(id)
        .bind(filter.action_prefix.as_ref())
        .bind(filter.subject_id.as_ref())
        .bind(filter.actor.as_ref())
        .bind(filter.from_ms.unwrap_or(i64::MIN))
        .bind(filter.to_ms.unwrap_or(i64::MAX))
        .bind(limit)
        .all()
}
