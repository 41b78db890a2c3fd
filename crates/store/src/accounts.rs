//! Gateway accounts: a merchant's credentials at one provider, sealed.

use domain::ids::AccountId;
use domain::scope::Scope;
use domain::words;

use crate::codec::coded;
use crate::{FromRow, FromValue, Row, StoreError, Tx, Value, ValueRef};

words! {
    /// Whether an account takes new attempts. What runs on a closed one goes on.
    AccountState {
        /// It does.
        Active = "active",
        /// It does not.
        Closed = "closed",
    }
}

coded! { AccountState, Self::parse; }

/// A gateway account.
#[derive(Clone, Debug)]
pub struct AccountRow {
    /// Which.
    pub id: AccountId,
    /// The gateway's code.
    pub gateway_code: String,
    /// Name for people.
    pub name: String,
    /// Sealed settings.
    pub settings: String,
    /// Raised whenever the credentials change.
    pub version: i64,
    /// The unguessable part of its callback URL.
    pub callback_path: String,
    /// Whether it takes new attempts.
    pub state: AccountState,
    /// Milliseconds UTC.
    pub created_at_ms: i64,
}

impl FromRow for AccountRow {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            gateway_code: row.get(1)?,
            name: row.get(2)?,
            settings: row.get(3)?,
            version: row.get(4)?,
            callback_path: row.get(5)?,
            state: row.get(6)?,
            created_at_ms: row.get(7)?,
        })
    }
}

/// Writes an account.
pub fn insert(tx: &mut Tx<'_>, scope: &Scope, account: &AccountRow) -> Result<(), StoreError> {
    tx.sql(
        "INSERT INTO accounts (project_id, environment, id, gateway_code, name, settings, version, callback_path, state,
            created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(account.id)
    .bind(&account.gateway_code)
    .bind(&account.name)
    .bind(&account.settings)
    .bind(account.version)
    .bind(&account.callback_path)
    .bind(account.state)
    .bind(account.created_at_ms)
    .execute()?;
    Ok(())
}

/// One account.
pub fn get(tx: &mut Tx<'_>, scope: &Scope, id: AccountId) -> Result<Option<AccountRow>, StoreError> {
    tx.sql(
        "SELECT id, gateway_code, name, settings, version, callback_path, state, created_at FROM accounts
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .optional()
}

/// One account, to be changed by this transaction.
pub fn lock(tx: &mut Tx<'_>, scope: &Scope, id: AccountId) -> Result<Option<AccountRow>, StoreError> {
    tx.sql(
        "SELECT id, gateway_code, name, settings, version, callback_path, state, created_at FROM accounts
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .for_update()
    .optional()
}

/// Every account of an environment, oldest first.
pub fn all(tx: &mut Tx<'_>, scope: &Scope) -> Result<Vec<AccountRow>, StoreError> {
    tx.sql(
        "SELECT id, gateway_code, name, settings, version, callback_path, state, created_at FROM accounts
        WHERE project_id = ?1 AND environment = ?2 ORDER BY created_at, id",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .all()
}

/// Gives an account new sealed settings and raises its version.
pub fn reseal(tx: &mut Tx<'_>, scope: &Scope, id: AccountId, settings: &str) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE accounts SET settings = ?4, version = version + 1
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .bind(settings)
    .execute()
}

/// Gives an account another name. Returns the rows changed.
pub fn rename(tx: &mut Tx<'_>, scope: &Scope, id: AccountId, name: &str) -> Result<u64, StoreError> {
    tx.sql("UPDATE accounts SET name = ?4 WHERE project_id = ?1 AND environment = ?2 AND id = ?3")
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(id)
        .bind(name)
        .execute()
}

/// Opens an account to new attempts, or closes it to them. Returns the rows changed.
pub fn set_state(tx: &mut Tx<'_>, scope: &Scope, id: AccountId, state: AccountState) -> Result<u64, StoreError> {
    tx.sql("UPDATE accounts SET state = ?4 WHERE project_id = ?1 AND environment = ?2 AND id = ?3")
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(id)
        .bind(state)
        .execute()
}

/// The account behind a callback path, with its scope: the caller knows neither.
pub fn by_callback_path(tx: &mut Tx<'_>, path: &str) -> Result<Option<(Scope, AccountId)>, StoreError> {
    struct Found(Scope, AccountId);
    impl FromRow for Found {
        fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
            Ok(Self(
                Scope {
                    project_id: row.get(0)?,
                    environment: row.get(1)?,
                },
                row.get(2)?,
            ))
        }
    }
    let found: Option<Found> = tx
        .sql("SELECT project_id, environment, id FROM accounts WHERE callback_path = ?1")
        .bind(path)
        .optional()?;
    Ok(found.map(|Found(scope, id)| (scope, id)))
}
