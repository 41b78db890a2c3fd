//! API keys: what is kept of them is an id and a hash.

use domain::rights::Rights;
use domain::scope::{ApiFamily, Scope};

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

/// Every key, newest first.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<ApiKey>, StoreError> {
    tx.sql(
        "SELECT project_id, environment, id, family, hash, name, created_at, expires_at, revoked_at, scopes,
            last_used_at FROM api_keys ORDER BY created_at DESC, id",
    )
    .all()
}

/// Refuses a key from now on. Returns 0 rows when it does not exist or was revoked before.
pub fn revoke(tx: &mut Tx<'_>, id: &str, at_ms: i64) -> Result<u64, StoreError> {
    tx.sql("UPDATE api_keys SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL")
        .bind(id)
        .bind(at_ms)
        .execute()
}
