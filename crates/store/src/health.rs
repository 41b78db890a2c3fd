//! The health of gateway accounts per method and country, and the observations that wait to be folded into it. A payment
//! only adds an observation: no transaction of a payment locks a row that every payment of an account needs.

use domain::country::Country;
use domain::ids::{AccountId, ObservationId};
use domain::method::MethodCode;
use domain::routing::breaker::{Breaker, Circuit, Outcome, Standing};
use domain::routing::score::Score;
use domain::scope::Scope;
use domain::words;

use crate::codec::coded;
use crate::{FromRow, FromValue, Row, StoreError, Tx, Value, ValueRef};

/// What health is kept of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subject {
    /// Which account.
    pub account_id: AccountId,
    /// Which method.
    pub method: MethodCode,
    /// Where.
    pub country: Country,
}

/// The health of one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Of what.
    pub subject: Subject,
    /// Whether traffic flows.
    pub breaker: Breaker,
    /// Recent success.
    pub score: Score,
    /// How long charge calls took lately, in milliseconds.
    pub latency_ms: i64,
}

words! {
    /// What was seen.
    Seen {
        /// A charge call was answered as by a working provider.
        Worked = "worked",
        /// A charge call met an outage.
        Outage = "outage",
        /// An attempt was paid.
        Paid = "paid",
        /// An attempt failed for a reason of the operator or gateway.
        Lost = "lost",
    }
}

coded! {
    Seen, Self::parse;
    Circuit, Self::parse;
}

/// One observation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Which.
    pub id: ObservationId,
    /// Of what.
    pub subject: Subject,
    /// What was seen.
    pub seen: Seen,
    /// Milliseconds UTC at which the call or attempt started.
    pub started_at_ms: i64,
    /// Milliseconds UTC.
    pub at_ms: i64,
}

struct Scoped(Scope, Observation);

impl FromRow for Scoped {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let scope = Scope {
            project_id: row.get(0)?,
            environment: row.get(1)?,
        };
        let observation = Observation {
            id: row.get(2)?,
            subject: Subject {
                account_id: row.get(3)?,
                method: row.get(4)?,
                country: row.get(5)?,
            },
            seen: row.get(6)?,
            started_at_ms: row.get(7)?,
            at_ms: row.get(8)?,
        };
        Ok(Self(scope, observation))
    }
}

impl FromRow for Health {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let recent: String = row.get(5)?;
        let recent = recent.chars().map(|mark| match mark {
            '1' => Some(Outcome::Worked),
            '0' => Some(Outcome::Outage),
            _ => None,
        });
        Ok(Self {
            subject: Subject {
                account_id: row.get(0)?,
                method: row.get(1)?,
                country: row.get(2)?,
            },
            breaker: Breaker {
                circuit: row.get(3)?,
                outages_in_row: row.get(4)?,
                recent: recent
                    .collect::<Option<_>>()
                    .ok_or_else(|| row.invalid(5, "holds an unknown mark"))?,
                changed_at_ms: row.get(6)?,
                probe_at_ms: row.get(7)?,
                probe_wait_ms: row.get(8)?,
            },
            score: Score {
                paid_milli: row.get(9)?,
                ended_milli: row.get(10)?,
                at_ms: row.get(11)?,
            },
            latency_ms: row.get(12)?,
        })
    }
}

struct WithGateway(Health, String);

impl FromRow for WithGateway {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self(Health::from_row(row)?, row.get(13)?))
    }
}

/// Adds an observation.
pub fn observe(tx: &mut Tx<'_>, scope: &Scope, observation: &Observation) -> Result<(), StoreError> {
    tx.sql(
        "INSERT INTO observations (project_id, environment, id, account_id, method_code, country, kind, started_at, at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(observation.id)
    .bind(observation.subject.account_id)
    .bind(observation.subject.method)
    .bind(observation.subject.country)
    .bind(observation.seen)
    .bind(observation.started_at_ms)
    .bind(observation.at_ms)
    .execute()?;
    Ok(())
}

/// Whether observations of any project wait to be folded.
pub fn is_waiting(tx: &mut Tx<'_>) -> Result<bool, StoreError> {
    let found: Option<String> = tx.sql("SELECT id FROM observations LIMIT 1").optional()?;
    Ok(found.is_some())
}

/// Takes away up to `limit` observations of any project, in the order in which they were made.
pub fn take(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<(Scope, Observation)>, StoreError> {
    let taken: Vec<Scoped> = tx
        .sql(
            "SELECT project_id, environment, id, account_id, method_code, country, kind, started_at, at
            FROM observations ORDER BY at, id LIMIT ?1",
        )
        .bind(limit)
        .skip_locked()
        .all()?;
    for Scoped(scope, observation) in &taken {
        tx.sql("DELETE FROM observations WHERE project_id = ?1 AND environment = ?2 AND id = ?3")
            .bind(scope.project_id)
            .bind(scope.environment)
            .bind(observation.id)
            .execute()?;
    }
    Ok(taken
        .into_iter()
        .map(|Scoped(scope, observation)| (scope, observation))
        .collect())
}

/// The health of one subject, to be changed by this transaction.
pub fn lock(tx: &mut Tx<'_>, scope: &Scope, subject: Subject) -> Result<Option<Health>, StoreError> {
    tx.sql(
        "SELECT account_id, method_code, country, state, failures_in_row, recent, changed_at, probe_at, probe_wait_ms,
            paid_milli, ended_milli, scored_at, latency_ms FROM health
        WHERE project_id = ?1 AND environment = ?2 AND account_id = ?3 AND method_code = ?4 AND country = ?5",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(subject.account_id)
    .bind(subject.method)
    .bind(subject.country)
    .for_update()
    .optional()
}

/// The health of every account for a method in a country.
pub fn of_method(
    tx: &mut Tx<'_>,
    scope: &Scope,
    method: MethodCode,
    country: Country,
) -> Result<Vec<Health>, StoreError> {
    tx.sql(
        "SELECT account_id, method_code, country, state, failures_in_row, recent, changed_at, probe_at, probe_wait_ms,
            paid_milli, ended_milli, scored_at, latency_ms FROM health
        WHERE project_id = ?1 AND environment = ?2 AND method_code = ?3 AND country = ?4",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(method)
    .bind(country)
    .all()
}

/// The health of everything in an environment, by account, method and country.
pub fn all(tx: &mut Tx<'_>, scope: &Scope) -> Result<Vec<Health>, StoreError> {
    tx.sql(
        "SELECT account_id, method_code, country, state, failures_in_row, recent, changed_at, probe_at, probe_wait_ms,
            paid_milli, ended_milli, scored_at, latency_ms FROM health
        WHERE project_id = ?1 AND environment = ?2 ORDER BY account_id, method_code, country",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .all()
}

/// Where everything stands, of every tenant, with the codes of the gateways; closed accounts too.
pub fn standings(tx: &mut Tx<'_>) -> Result<Vec<(Subject, String, Standing)>, StoreError> {
    let found: Vec<WithGateway> = tx
        .sql(
            "SELECT h.account_id, h.method_code, h.country, h.state, h.failures_in_row, h.recent, h.changed_at, h.probe_at,
                h.probe_wait_ms, h.paid_milli, h.ended_milli, h.scored_at, h.latency_ms, a.gateway_code
            FROM health h JOIN accounts a ON a.project_id = h.project_id AND a.environment = h.environment
                AND a.id = h.account_id",
        )
        .all()?;
    let told = |WithGateway(health, code): WithGateway| (health.subject, code, health.breaker.standing());
    Ok(found.into_iter().map(told).collect())
}

/// Writes what is now known of a subject.
pub fn save(tx: &mut Tx<'_>, scope: &Scope, health: &Health) -> Result<(), StoreError> {
    let Health {
        subject,
        breaker,
        score,
        latency_ms,
    } = health;
    let recent: String = breaker
        .recent
        .iter()
        .map(|outcome| match outcome {
            Outcome::Worked => '1',
            Outcome::Outage => '0',
        })
        .collect();
    tx.sql(
        "INSERT INTO health (project_id, environment, account_id, method_code, country, state, failures_in_row, recent,
            changed_at, probe_at, probe_wait_ms, paid_milli, ended_milli, scored_at, latency_ms)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
        ON CONFLICT (project_id, environment, account_id, method_code, country) DO UPDATE SET state = excluded.state,
            failures_in_row = excluded.failures_in_row, recent = excluded.recent, changed_at = excluded.changed_at,
            probe_at = excluded.probe_at, probe_wait_ms = excluded.probe_wait_ms, paid_milli = excluded.paid_milli,
            ended_milli = excluded.ended_milli, scored_at = excluded.scored_at, latency_ms = excluded.latency_ms",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(subject.account_id)
    .bind(subject.method)
    .bind(subject.country)
    .bind(breaker.circuit)
    .bind(breaker.outages_in_row)
    .bind(recent)
    .bind(breaker.changed_at_ms)
    .bind(breaker.probe_at_ms)
    .bind(breaker.probe_wait_ms)
    .bind(score.paid_milli)
    .bind(score.ended_milli)
    .bind(score.at_ms)
    .bind(*latency_ms)
    .execute()?;
    Ok(())
}

/// Takes the one seat of a probe, if it is free at `at_ms`. Returns the rows changed: 1 is the permission to try.
pub fn begin_probe(tx: &mut Tx<'_>, scope: &Scope, health: &Health, at_ms: i64) -> Result<u64, StoreError> {
    let probing = health.breaker.clone().probing(at_ms);
    tx.sql(
        "UPDATE health SET state = ?6, changed_at = ?7, probe_at = ?8
        WHERE project_id = ?1 AND environment = ?2 AND account_id = ?3 AND method_code = ?4 AND country = ?5
            AND state <> 'closed' AND probe_at <= ?7",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(health.subject.account_id)
    .bind(health.subject.method)
    .bind(health.subject.country)
    .bind(probing.circuit)
    .bind(at_ms)
    .bind(probing.probe_at_ms)
    .execute()
}
