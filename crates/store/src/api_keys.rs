//! API keys: what is kept of them is an id and a hash.

use domain::rights::Rights;
use domain::scope::{ApiFamily, Environment, Scope};

use crate::page::Beyond;
use crate::{FromRow, Row, StoreError, Tx};

/// An API key without its secret.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// What it opens.
    pub scope: Scope,
    /// Its public part: eight characters.
    pub id: String,
    /// Which API it speaks.
    pub family: ApiFamily,
    /// Lower-case hex SHA-256 of the secret part.
    pub hash: String,
    /// Name for people.
    pub name: String,
    /// What it may do.
    pub rights: Rights,
    /// Milliseconds UTC.
    pub created_at_ms: i64,
    /// Milliseconds UTC after which it is refused.
    pub expires_at_ms: Option<i64>,
    /// Milliseconds UTC since which it is refused.
    pub revoked_at_ms: Option<i64>,
    /// Milliseconds UTC of its last use, a minute exact.
    pub last_used_at_ms: Option<i64>,
}

/// What a list of keys shows. `None` leaves a filter out.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeyFilter {
    /// Of one environment.
    pub environment: Option<Environment>,
    /// Of one API.
    pub family: Option<ApiFamily>,
}

impl FromRow for ApiKey {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            scope: Scope {
                project_id: row.get(0)?,
                environment: row.get(1)?,
            },
            id: row.get(2)?,
            family: row.get(3)?,
            hash: row.get(4)?,
            name: row.get(5)?,
            created_at_ms: row.get(6)?,
            expires_at_ms: row.get(7)?,
            revoked_at_ms: row.get(8)?,
            rights: row.parse(9, |text: String| Rights::parse(&text).ok_or("holds an unknown right"))?,
            last_used_at_ms: row.get(10)?,
        })
    }
}

/// Writes a key.
pub fn insert(tx: &mut Tx<'_>, key: &ApiKey) -> Result<(), StoreError> {
    tx.sql(
        "INSERT INTO api_keys (project_id, environment, id, family, hash, name, created_at, expires_at, revoked_at,
            scopes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )
    .bind(key.scope.project_id)
    .bind(key.scope.environment)
    .bind(&key.id)
    .bind(key.family)
    .bind(&key.hash)
    .bind(&key.name)
    .bind(key.created_at_ms)
    .bind(key.expires_at_ms)
    .bind(key.revoked_at_ms)
    .bind(key.rights.to_string())
    .execute()?;
    Ok(())
}

/// The key of that public part, whoever owns it: the caller does not know its scope yet.
pub fn by_id(tx: &mut Tx<'_>, id: &str) -> Result<Option<ApiKey>, StoreError> {
    tx.sql(
        "SELECT project_id, environment, id, family, hash, name, created_at, expires_at, revoked_at, scopes,
            last_used_at FROM api_keys WHERE id = ?1",
    )
    .bind(id)
    .optional()
}

/// One key of the project, of whichever environment.
pub fn get(tx: &mut Tx<'_>, scope: &Scope, id: &str) -> Result<Option<ApiKey>, StoreError> {
    tx.sql(
        "SELECT project_id, environment, id, family, hash, name, created_at, expires_at, revoked_at, scopes,
            last_used_at FROM api_keys WHERE project_id = ?1 AND id = ?2",
    )
    .bind(scope.project_id)
    .bind(id)
    .optional()
}

/// Up to `limit` keys of the project, of both environments, beyond `page`. Newest first, but oldest first for
/// [`Beyond::Newer`].
pub fn list(
    tx: &mut Tx<'_>,
    scope: &Scope,
    filter: &KeyFilter,
    page: Beyond<String>,
    limit: i64,
) -> Result<Vec<ApiKey>, StoreError> {
    let statement = match page {
        Beyond::First | Beyond::Older(..) => tx.sql(
            "SELECT project_id, environment, id, family, hash, name, created_at, expires_at, revoked_at, scopes,
                last_used_at
            FROM api_keys WHERE project_id = ?1 AND (created_at < ?2 OR (created_at = ?2 AND id < CAST(?3 AS TEXT)))
                AND (CAST(?4 AS TEXT) IS NULL OR environment = ?4) AND (CAST(?5 AS TEXT) IS NULL OR family = ?5)
            ORDER BY created_at DESC, id DESC LIMIT ?6",
        ),
        Beyond::Newer(..) => tx.sql(
            "SELECT project_id, environment, id, family, hash, name, created_at, expires_at, revoked_at, scopes,
                last_used_at
            FROM api_keys WHERE project_id = ?1 AND (created_at > ?2 OR (created_at = ?2 AND id > CAST(?3 AS TEXT)))
                AND (CAST(?4 AS TEXT) IS NULL OR environment = ?4) AND (CAST(?5 AS TEXT) IS NULL OR family = ?5)
            ORDER BY created_at, id LIMIT ?6",
        ),
    };
    let (at, id) = page.bounds();
    statement
        .bind(scope.project_id)
        .bind(at)
        .bind(id)
        .bind(filter.environment)
        .bind(filter.family)
        .bind(limit)
        .all()
}

/// Refuses a key of the project from now on. Returns 0 rows when it does not exist or was revoked before.
pub fn revoke(tx: &mut Tx<'_>, scope: &Scope, id: &str, at_ms: i64) -> Result<u64, StoreError> {
    tx.sql("UPDATE api_keys SET revoked_at = ?3 WHERE project_id = ?1 AND id = ?2 AND revoked_at IS NULL")
        .bind(scope.project_id)
        .bind(id)
        .bind(at_ms)
        .execute()
}

/// Lets a key of the project expire at this time, or earlier if it did so already. Returns 0 rows when it does not
/// exist or is revoked.
pub fn expire(tx: &mut Tx<'_>, scope: &Scope, id: &str, at_ms: i64) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE api_keys SET expires_at = CASE WHEN expires_at < ?3 THEN expires_at ELSE ?3 END
        WHERE project_id = ?1 AND id = ?2 AND revoked_at IS NULL",
    )
    .bind(scope.project_id)
    .bind(id)
    .bind(at_ms)
    .execute()
}

/// Remembers that a key was used, unless a use after `unless_since_ms` is known.
pub fn touch(tx: &mut Tx<'_>, id: &str, at_ms: i64, unless_since_ms: i64) -> Result<u64, StoreError> {
    tx.sql("UPDATE api_keys SET last_used_at = ?2 WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at <= ?3)")
        .bind(id)
        .bind(at_ms)
        .bind(unless_since_ms)
        .execute()
}

/// Whether there is a key for real money that is not revoked.
pub fn has_live(tx: &mut Tx<'_>) -> Result<bool, StoreError> {
    let found: Option<String> = tx
        .sql("SELECT id FROM api_keys WHERE environment = 'live' AND revoked_at IS NULL LIMIT 1")
        .optional()?;
    Ok(found.is_some())
}

/// Whether there ever was a key for real money, revoked or not.
pub fn had_live(tx: &mut Tx<'_>) -> Result<bool, StoreError> {
    let found: Option<String> = tx
        .sql("SELECT id FROM api_keys WHERE environment = 'live' LIMIT 1")
        .optional()?;
    Ok(found.is_some())
}
