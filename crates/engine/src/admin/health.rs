//! How the gateway accounts of an environment do, by our own traffic. Looks only.

use domain::routing::breaker::Standing;
use domain::scope::Scope;
use store::accounts;
use store::health::{self, Subject};

use super::AdminRefusal;
use crate::Engine;

/// How one account does for one method in one country.
#[derive(Clone, Debug)]
pub struct HealthView {
    /// Of what.
    pub subject: Subject,
    /// The account's name for people.
    pub account_name: String,
    /// Its gateway's code.
    pub gateway_code: String,
    /// How it does.
    pub standing: Standing,
    /// Milliseconds UTC since when routing takes it, or passes it over.
    pub since_ms: i64,
    /// Milliseconds UTC from which one payment may try it, while it is down.
    pub next_probe_ms: Option<i64>,
    /// Recent success in thousandths; 750 when nothing is known.
    pub success_permille: i64,
    /// How long charge calls took lately, in milliseconds.
    pub latency_ms: i64,
}

impl Engine {
    /// Everything that had traffic, by account, method and country.
    ///
    /// # Errors
    /// An [`AdminRefusal`] of the database.
    pub async fn health(&self, scope: Scope) -> Result<Vec<HealthView>, AdminRefusal> {
        self.house
            .store
            .read(move |tx| {
                let (at_ms, accounts) = (store::clock(tx)?, accounts::all(tx, &scope)?);
                let rows = health::all(tx, &scope)?.into_iter().filter_map(|row| {
                    let account = accounts.iter().find(|account| account.id == row.subject.account_id)?;
                    let standing = row.breaker.standing();
                    Some(HealthView {
                        subject: row.subject,
                        account_name: account.name.clone(),
                        gateway_code: account.gateway_code.clone(),
                        standing,
                        since_ms: row.breaker.changed_at_ms,
                        next_probe_ms: (standing == Standing::Down).then_some(row.breaker.probe_at_ms),
                        success_permille: row.score.permille(at_ms),
                        latency_ms: row.latency_ms,
                    })
                });
                Ok(rows.collect())
            })
            .await
    }
}
