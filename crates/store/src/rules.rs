//! Routing rules and policies, by revision: what was in force when a payment's first attempt started stays readable.

use domain::country::Country;
use domain::failure::FailureCode;
use domain::ids::{AccountId, RuleId};
use domain::method::MethodCode;
use domain::routing::{Policy, Strategy};
use domain::scope::Scope;
use domain::words;

use crate::codec::coded;
use crate::{FromRow, FromValue, Row, StoreError, Tx, Value, ValueRef};

words! {
    /// Which way the money goes.
    Direction {
        /// From the payer.
        Payment = "payment",
        /// To a recipient.
        Payout = "payout",
    }
}

coded! {
    Direction, Self::parse;
    Strategy, Self::parse;
}

/// What a rule matches. `None` stands for any country.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// Which way.
    pub direction: Direction,
    /// Method.
    pub method: MethodCode,
    /// Country, or any.
    pub country: Option<Country>,
}

/// An account of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleAccount {
    /// Which account.
    pub account_id: AccountId,
    /// Its share under `load_balanced`, 0 to 100.
    pub weight: i64,
}

/// A rule: the accounts that take a method in a country, the primary one first; one to three.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Which; the same in every revision.
    pub id: RuleId,
    /// What it matches.
    pub matches: Match,
    /// Its accounts in order.
    pub accounts: Vec<RuleAccount>,
    /// Milliseconds UTC at which this version of it was written.
    pub created_at_ms: i64,
}

struct RuleRow {
    id: RuleId,
    from_revision: i64,
    matches: Match,
    created_at_ms: i64,
}

impl FromRow for RuleRow {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let country: String = row.get(4)?;
        let country = match country.as_str() {
            "*" => None,
            text => Some(Country::parse(text).map_err(|_| row.invalid(4, "is no country"))?),
        };
        Ok(Self {
            id: row.get(0)?,
            from_revision: row.get(1)?,
            matches: Match {
                direction: row.get(2)?,
                method: row.get(3)?,
                country,
            },
            created_at_ms: row.get(5)?,
        })
    }
}

impl FromRow for RuleAccount {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            account_id: row.get(0)?,
            weight: row.get(1)?,
        })
    }
}

struct Stored(Policy);

impl FromRow for Stored {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let codes: String = row.get(2)?;
        let codes = codes.split_whitespace().map(FailureCode::parse).collect::<Option<_>>();
        Ok(Self(Policy {
            strategy: row.get(0)?,
            exploration_percent: row.get(1)?,
            no_fallback_after: codes.ok_or_else(|| row.invalid(2, "holds an unknown failure code"))?,
        }))
    }
}

/// The newest revision of an environment and its policy, to be changed by this transaction: changes of routing come one
/// after the other, each on what the one before it left.
pub fn lock(tx: &mut Tx<'_>, scope: &Scope) -> Result<(i64, Policy), StoreError> {
    let revision: i64 = tx
        .sql("SELECT routing_revision FROM environments WHERE project_id = ?1 AND environment = ?2")
        .bind(scope.project_id)
        .bind(scope.environment)
        .for_update()
        .one()?;
    Ok((revision, policy(tx, scope, revision)?.unwrap_or_default()))
}

/// Raises the revision of an environment and writes its policy. Returns the new revision: rules are written for it.
pub fn begin_revision(tx: &mut Tx<'_>, scope: &Scope, policy: &Policy, at_ms: i64) -> Result<i64, StoreError> {
    tx.sql(
        "UPDATE environments SET routing_revision = routing_revision + 1 WHERE project_id = ?1 AND environment = ?2",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .execute()?;
    let revision: i64 = tx
        .sql("SELECT routing_revision FROM environments WHERE project_id = ?1 AND environment = ?2")
        .bind(scope.project_id)
        .bind(scope.environment)
        .one()?;
    let codes: Vec<&str> = policy.no_fallback_after.iter().map(|code| code.code()).collect();
    tx.sql(
        "INSERT INTO routing_revisions (project_id, environment, revision, strategy, exploration_percent,
            no_fallback_after, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(revision)
    .bind(policy.strategy)
    .bind(policy.exploration_percent)
    .bind(codes.join(" "))
    .bind(at_ms)
    .execute()?;
    Ok(revision)
}

/// The policy of a revision.
pub fn policy(tx: &mut Tx<'_>, scope: &Scope, revision: i64) -> Result<Option<Policy>, StoreError> {
    let found: Option<Stored> = tx
        .sql(
            "SELECT strategy, exploration_percent, no_fallback_after FROM routing_revisions
            WHERE project_id = ?1 AND environment = ?2 AND revision = ?3",
        )
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(revision)
        .optional()?;
    Ok(found.map(|Stored(policy)| policy))
}

/// Writes a rule as of a revision. One for the same match must have been retired by then.
pub fn insert(tx: &mut Tx<'_>, scope: &Scope, revision: i64, rule: &Rule) -> Result<(), StoreError> {
    tx.sql(
        "INSERT INTO rules (project_id, environment, id, from_revision, direction, method_code, country, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(rule.id)
    .bind(revision)
    .bind(rule.matches.direction)
    .bind(rule.matches.method)
    .bind(rule.matches.country.map_or("*", |country| country.code()))
    .bind(rule.created_at_ms)
    .execute()?;
    for (position, account) in (1_i64..).zip(&rule.accounts) {
        tx.sql(
            "INSERT INTO rule_accounts (project_id, environment, rule_id, from_revision, position, account_id, weight)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(rule.id)
        .bind(revision)
        .bind(position)
        .bind(account.account_id)
        .bind(account.weight)
        .execute()?;
    }
    Ok(())
}

/// Ends a rule as of a revision. Returns 0 rows when none of that id is in force.
pub fn retire(tx: &mut Tx<'_>, scope: &Scope, revision: i64, id: RuleId) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE rules SET until_revision = ?4
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3 AND until_revision IS NULL",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .bind(revision)
    .execute()
}

/// Every rule in force at a revision, by direction, method and country; one for any country first.
pub fn in_force(tx: &mut Tx<'_>, scope: &Scope, revision: i64) -> Result<Vec<Rule>, StoreError> {
    let rows: Vec<RuleRow> = tx
        .sql(
            "SELECT id, from_revision, direction, method_code, country, created_at FROM rules
            WHERE project_id = ?1 AND environment = ?2 AND from_revision <= ?3
                AND (until_revision IS NULL OR until_revision > ?3)
            ORDER BY direction, method_code, country",
        )
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(revision)
        .all()?;
    rows.into_iter().map(|row| with_accounts(tx, scope, row)).collect()
}

/// The rule for a method in a country at a revision: one for the country itself goes before one for any country.
pub fn find(
    tx: &mut Tx<'_>,
    scope: &Scope,
    revision: i64,
    wanted: (Direction, MethodCode, Country),
) -> Result<Option<Rule>, StoreError> {
    let (direction, method, country) = wanted;
    let row: Option<RuleRow> = tx
        .sql(
            "SELECT id, from_revision, direction, method_code, country, created_at FROM rules
            WHERE project_id = ?1 AND environment = ?2 AND direction = ?4 AND method_code = ?5
                AND from_revision <= ?3 AND (until_revision IS NULL OR until_revision > ?3)
                AND country IN (?6, '*')
            ORDER BY country DESC LIMIT 1",
        )
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(revision)
        .bind(direction)
        .bind(method)
        .bind(country)
        .optional()?;
    row.map(|row| with_accounts(tx, scope, row)).transpose()
}

fn with_accounts(tx: &mut Tx<'_>, scope: &Scope, row: RuleRow) -> Result<Rule, StoreError> {
    let accounts = tx
        .sql(
            "SELECT account_id, weight FROM rule_accounts
            WHERE project_id = ?1 AND environment = ?2 AND rule_id = ?3 AND from_revision = ?4 ORDER BY position",
        )
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(row.id)
        .bind(row.from_revision)
        .all()?;
    Ok(Rule {
        id: row.id,
        matches: row.matches,
        accounts,
        created_at_ms: row.created_at_ms,
    })
}
