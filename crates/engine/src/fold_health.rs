//! Fold what payments observed into the health of their accounts. Owns the folding and telling of it; what opens a
//! breaker is `domain::routing::breaker`'s.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::routing::breaker::{Breaker, Outcome, Standing};
use domain::routing::score::Score;
use domain::scope::Scope;
use store::Tx;
use store::accounts;
use store::health::{self, Health, Observation, Seen, Subject};

use crate::house::House;
use crate::measure::show_health;
use crate::refusal::Refusal;

/// Observations folded in one transaction.
const BATCH: i64 = 500;

/// The share of the newest call in the latency that is shown.
const LATENCY_PARTS: i64 = 8;

/// A standing that changed.
struct Change {
    scope: Scope,
    subject: Subject,
    gateway_code: String,
    before: Standing,
    after: Standing,
}

/// Folds what waits, and tells of each account whose standing changed.
pub(crate) async fn fold_health(house: &Arc<House>) -> Result<(), Refusal> {
    let waiting = house.store.read(|tx| Ok::<_, Refusal>(health::is_waiting(tx)?)).await?;
    if !waiting {
        return Ok(());
    }
    let changes = house.store.write(fold).await?;
    for change in changes {
        tell(&change);
    }
    Ok(())
}

fn tell(change: &Change) {
    let Change {
        scope,
        subject,
        gateway_code,
        before,
        after,
    } = change;
    tracing::warn!(event = "gateway_health_changed", project = %scope.project_id, account = %subject.account_id,
        gateway = %gateway_code, method = subject.method.code(), country = subject.country.code(),
        before = before.code(), after = after.code());
    show_health(subject, gateway_code.clone(), *after);
    metrics::counter!("cowry_gateway_health_changes_total", "gateway" => gateway_code.clone(), "to" => after.code())
        .increment(1);
}

fn fold(tx: &mut Tx<'_>) -> Result<Vec<Change>, Refusal> {
    let mut by_subject: BTreeMap<_, (Scope, Vec<Observation>)> = BTreeMap::new();
    for (scope, observation) in health::take(tx, BATCH)? {
        // A fixed order of locks: two processes that fold never wait for each other in a circle.
        let place = (scope.project_id, scope.environment, observation.subject);
        let (_, of_subject) = by_subject.entry(place).or_insert((scope, Vec::new()));
        of_subject.push(observation);
    }
    let mut changes = Vec::new();
    for ((_, _, subject), (scope, observations)) in by_subject {
        let at_ms = store::clock(tx)?;
        let known = health::lock(tx, &scope, subject)?;
        let old = known.unwrap_or_else(|| unknown(subject, at_ms));
        let before = old.breaker.standing();
        let new = observations.iter().fold(old, learn);
        health::save(tx, &scope, &new)?;
        let after = new.breaker.standing();
        if before != after {
            let account = accounts::get(tx, &scope, subject.account_id)?;
            changes.push(Change {
                scope,
                subject,
                gateway_code: account.map(|account| account.gateway_code).unwrap_or_default(),
                before,
                after,
            });
        }
    }
    Ok(changes)
}

fn unknown(subject: Subject, at_ms: i64) -> Health {
    Health {
        subject,
        breaker: Breaker::new(at_ms),
        score: Score {
            at_ms,
            ..Score::default()
        },
        latency_ms: 0,
    }
}

fn learn(health: Health, observation: &Observation) -> Health {
    let Observation {
        started_at_ms, at_ms, ..
    } = *observation;
    let call = |outcome| health.breaker.clone().learn(outcome, started_at_ms, at_ms);
    match observation.seen {
        Seen::Worked => {
            let took_ms = (at_ms - started_at_ms).max(0);
            let latency_ms = match health.latency_ms {
                0 => took_ms,
                known_ms => (known_ms * (LATENCY_PARTS - 1) + took_ms) / LATENCY_PARTS,
            };
            Health {
                breaker: call(Outcome::Worked),
                latency_ms,
                ..health
            }
        }
        Seen::Outage => Health {
            breaker: call(Outcome::Outage),
            ..health
        },
        Seen::Paid => Health {
            score: health.score.paid(at_ms),
            ..health
        },
        Seen::Lost => Health {
            score: health.score.lost(at_ms),
            ..health
        },
    }
}
