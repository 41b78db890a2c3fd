//! Projects, their environments, and the secrets of the whole database.

use domain::ids::ProjectId;
use domain::intent::{LatePolicy, LateSuccess};
use domain::scope::{Environment, Scope};

use crate::codec::coded;
use crate::{FromRow, FromValue, Row, StoreError, Tx, Value, ValueRef};

/// A merchant's project.
#[derive(Clone, Debug)]
pub struct Project {
    /// Which.
    pub id: ProjectId,
    /// Name for people.
    pub name: String,
    /// Milliseconds UTC.
    pub created_at_ms: i64,
}

/// One environment of a project and its policies.
#[derive(Clone, Debug)]
pub struct EnvironmentRow {
    /// Project and environment.
    pub scope: Scope,
    /// The data key, wrapped by the key-encryption key.
    pub data_key: String,
    /// Default of `fail_with_attempt`.
    pub fail_with_attempt: bool,
    /// What happens with money that comes after the end.
    pub late_success: LateSuccess,
    /// The newest revision of its routing; 0 before the first.
    pub routing_revision: i64,
    /// Milliseconds UTC.
    pub created_at_ms: i64,
}

coded! { LatePolicy, Self::parse; }

impl FromRow for Project {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            created_at_ms: row.get(2)?,
        })
    }
}

impl FromRow for EnvironmentRow {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            scope: Scope {
                project_id: row.get(0)?,
                environment: row.get(1)?,
            },
            data_key: row.get(2)?,
            fail_with_attempt: row.get(3)?,
            late_success: LateSuccess {
                after_end: row.get(4)?,
                after_cancel: row.get(5)?,
            },
            routing_revision: row.get(6)?,
            created_at_ms: row.get(7)?,
        })
    }
}

/// Writes a project.
pub fn insert(tx: &mut Tx<'_>, project: &Project) -> Result<(), StoreError> {
    tx.sql("INSERT INTO projects (id, name, created_at) VALUES (?1, ?2, ?3)")
        .bind(project.id)
        .bind(&project.name)
        .bind(project.created_at_ms)
        .execute()?;
    Ok(())
}

/// Writes an environment; its routing begins at revision 0, which has no rules.
pub fn insert_environment(tx: &mut Tx<'_>, environment: &EnvironmentRow) -> Result<(), StoreError> {
    tx.sql(
        "INSERT INTO environments (project_id, environment, data_key, fail_with_attempt, late_after_end,
            late_after_cancel, routing_revision, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7)",
    )
    .bind(environment.scope.project_id)
    .bind(environment.scope.environment)
    .bind(&environment.data_key)
    .bind(environment.fail_with_attempt)
    .bind(environment.late_success.after_end)
    .bind(environment.late_success.after_cancel)
    .bind(environment.created_at_ms)
    .execute()?;
    Ok(())
}

/// Every project, oldest first.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Project>, StoreError> {
    tx.sql("SELECT id, name, created_at FROM projects ORDER BY created_at, id")
        .all()
}

/// The first environment that there is: what belongs to no tenant is counted under it.
pub fn first_scope(tx: &mut Tx<'_>) -> Result<Option<Scope>, StoreError> {
    let found: Option<(ProjectId, Environment)> = tx
        .sql("SELECT project_id, environment FROM environments ORDER BY project_id, environment LIMIT 1")
        .optional()?;
    Ok(found.map(|(project_id, environment)| Scope {
        project_id,
        environment,
    }))
}

/// Every environment of every project.
pub fn all_environments(tx: &mut Tx<'_>) -> Result<Vec<EnvironmentRow>, StoreError> {
    tx.sql(
        "SELECT project_id, environment, data_key, fail_with_attempt, late_after_end, late_after_cancel, routing_revision,
            created_at
        FROM environments ORDER BY created_at, project_id, environment",
    )
    .all()
}

/// One project.
pub fn get(tx: &mut Tx<'_>, scope: &Scope) -> Result<Option<Project>, StoreError> {
    tx.sql("SELECT id, name, created_at FROM projects WHERE id = ?1")
        .bind(scope.project_id)
        .optional()
}

/// One environment.
pub fn environment(tx: &mut Tx<'_>, scope: &Scope) -> Result<Option<EnvironmentRow>, StoreError> {
    tx.sql(
        "SELECT project_id, environment, data_key, fail_with_attempt, late_after_end, late_after_cancel, routing_revision,
            created_at
        FROM environments WHERE project_id = ?1 AND environment = ?2",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .optional()
}

/// Gives a project another name. Returns the rows changed.
pub fn rename(tx: &mut Tx<'_>, scope: &Scope, name: &str) -> Result<u64, StoreError> {
    tx.sql("UPDATE projects SET name = ?2 WHERE id = ?1")
        .bind(scope.project_id)
        .bind(name)
        .execute()
}

/// Gives an environment other policies. Returns the rows changed.
pub fn set_policies(
    tx: &mut Tx<'_>,
    scope: &Scope,
    fail_with_attempt: bool,
    late_success: LateSuccess,
) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE environments SET fail_with_attempt = ?3, late_after_end = ?4, late_after_cancel = ?5
        WHERE project_id = ?1 AND environment = ?2",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(fail_with_attempt)
    .bind(late_success.after_end)
    .bind(late_success.after_cancel)
    .execute()
}

/// Replaces the wrapped data key of an environment. Returns the rows changed.
pub fn rewrap(tx: &mut Tx<'_>, scope: &Scope, data_key: &str) -> Result<u64, StoreError> {
    tx.sql("UPDATE environments SET data_key = ?3 WHERE project_id = ?1 AND environment = ?2")
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(data_key)
        .execute()
}

/// Every sealed secret of the whole database, with its name.
pub fn secrets(tx: &mut Tx<'_>) -> Result<Vec<(String, String)>, StoreError> {
    tx.sql("SELECT name, sealed FROM secrets ORDER BY name").all()
}

/// Replaces a sealed secret. Returns the rows changed.
pub fn reseal_secret(tx: &mut Tx<'_>, name: &str, sealed: &str) -> Result<u64, StoreError> {
    tx.sql("UPDATE secrets SET sealed = ?2 WHERE name = ?1")
        .bind(name)
        .bind(sealed)
        .execute()
}

/// A sealed secret of the whole database, by name.
pub fn secret(tx: &mut Tx<'_>, name: &str) -> Result<Option<String>, StoreError> {
    tx.sql("SELECT sealed FROM secrets WHERE name = ?1")
        .bind(name)
        .optional()
}

/// Writes a sealed secret once; a second one of that name changes nothing. Returns the rows written.
pub fn insert_secret(tx: &mut Tx<'_>, name: &str, sealed: &str, at_ms: i64) -> Result<u64, StoreError> {
    tx.sql("INSERT INTO secrets (name, sealed, created_at) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO NOTHING")
        .bind(name)
        .bind(sealed)
        .bind(at_ms)
        .execute()
}
