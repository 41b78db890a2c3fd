//! Gateway accounts: a merchant's credentials at one provider, sealed; and the routing rules that name them.

use domain::country::Country;
use domain::ids::{AccountId, RuleId};
use domain::method::MethodCode;
use domain::scope::Scope;

use crate::{FromRow, Row, StoreError, Tx};

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
    pub active: bool,
    /// Milliseconds UTC.
    pub created_at_ms: i64,
}

impl FromRow for AccountRow {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let state: String = row.get(6)?;
        Ok(Self {
            id: row.get(0)?,
            gateway_code: row.get(1)?,
            name: row.get(2)?,
            settings: row.get(3)?,
            version: row.get(4)?,
            callback_path: row.get(5)?,
            active: state == "active",
            created_at_ms: row.get(7)?,
        })
    }
}

/// A rule: which account takes a method in a country.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The account that is tried first.
    pub primary_account_id: AccountId,
    /// The account that is tried when the first provably took nothing.
    pub fallback_account_id: Option<AccountId>,
}

impl FromRow for Rule {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            primary_account_id: row.get(0)?,
            fallback_account_id: row.get(1)?,
        })
    }
}

/// What a rule to be written matches. `None` stands for any country.
#[derive(Clone, Copy, Debug)]
pub struct Match {
    /// Method.
    pub method: MethodCode,
    /// Country, or any.
    pub country: Option<Country>,
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
    .bind(if account.active { "active" } else { "closed" })
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

/// Writes a rule for payments.
pub fn insert_rule(
    tx: &mut Tx<'_>,
    scope: &Scope,
    new: (RuleId, Match),
    rule: &Rule,
    at_ms: i64,
) -> Result<(), StoreError> {
    let (id, matched) = new;
    tx.sql(
        "INSERT INTO rules (project_id, environment, id, direction, method_code, country, primary_account_id,
            fallback_account_id, created_at) VALUES (?1, ?2, ?3, 'payment', ?4, ?5, ?6, ?7, ?8)",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .bind(matched.method)
    .bind(matched.country.map_or("*", |country| country.code()))
    .bind(rule.primary_account_id)
    .bind(rule.fallback_account_id)
    .bind(at_ms)
    .execute()?;
    Ok(())
}

/// The rule for a method in a country: one for the country itself goes before one for any country.
pub fn rule_for(
    tx: &mut Tx<'_>,
    scope: &Scope,
    method: MethodCode,
    country: Country,
) -> Result<Option<Rule>, StoreError> {
    tx.sql(
        "SELECT primary_account_id, fallback_account_id FROM rules
        WHERE project_id = ?1 AND environment = ?2 AND direction = 'payment' AND method_code = ?3
            AND country IN (?4, '*') ORDER BY country DESC",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(method)
    .bind(country)
    .optional()
}
