//! What signs deliveries to the URLs that payments name themselves: one secret per environment, sealed; while it is
//! replaced the previous one signs too.

use domain::scope::Scope;

use crate::{FromRow, Row, StoreError, Tx};

/// Sealed secrets: of an environment or of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedSecrets {
    /// The present one.
    pub secret: String,
    /// The one before, while it still signs.
    pub previous: Option<SealedPrevious>,
}

/// A secret that was replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedPrevious {
    /// Sealed.
    pub secret: String,
    /// Milliseconds UTC until which it signs.
    pub until_ms: i64,
}

impl SealedSecrets {
    /// Reads the three columns that begin at `first`.
    pub(crate) fn read(row: &Row<'_>, first: usize) -> Result<Self, StoreError> {
        let previous: Option<String> = row.get(first + 1)?;
        let until_ms: Option<i64> = row.get(first + 2)?;
        Ok(Self {
            secret: row.get(first)?,
            previous: previous
                .zip(until_ms)
                .map(|(secret, until_ms)| SealedPrevious { secret, until_ms }),
        })
    }

    pub(crate) fn previous_secret(&self) -> Option<&String> {
        self.previous.as_ref().map(|previous| &previous.secret)
    }

    pub(crate) fn previous_until_ms(&self) -> Option<i64> {
        self.previous.as_ref().map(|previous| previous.until_ms)
    }
}

impl FromRow for SealedSecrets {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Self::read(row, 0)
    }
}

/// The secrets of an environment; none before the first was made.
pub fn get(tx: &mut Tx<'_>, scope: &Scope) -> Result<Option<SealedSecrets>, StoreError> {
    tx.sql(
        "SELECT secret, previous_secret, previous_until FROM webhook_secrets WHERE project_id = ?1 AND environment = ?2",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .optional()
}

/// Writes the first secret of an environment; a second call changes nothing. Returns the rows written.
pub fn insert(tx: &mut Tx<'_>, scope: &Scope, secret: &str, at_ms: i64) -> Result<u64, StoreError> {
    tx.sql(
        "INSERT INTO webhook_secrets (project_id, environment, secret, created_at) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (project_id, environment) DO NOTHING",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(secret)
    .bind(at_ms)
    .execute()
}

/// Makes every other change of an environment's secrets wait until this transaction ends. Returns the rows locked.
pub fn lock(tx: &mut Tx<'_>, scope: &Scope) -> Result<u64, StoreError> {
    tx.sql("UPDATE webhook_secrets SET secret = secret WHERE project_id = ?1 AND environment = ?2")
        .bind(scope.project_id)
        .bind(scope.environment)
        .execute()
}

/// Replaces the secrets of an environment. Returns the rows changed.
pub fn replace(tx: &mut Tx<'_>, scope: &Scope, secrets: &SealedSecrets) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE webhook_secrets SET secret = ?3, previous_secret = ?4, previous_until = ?5
        WHERE project_id = ?1 AND environment = ?2",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(&secrets.secret)
    .bind(secrets.previous_secret())
    .bind(secrets.previous_until_ms())
    .execute()
}
