//! Choosing the gateway account of an attempt: the rule and policy in force, the order of its accounts, and why each one
//! is taken or passed over. Owns the walk through the candidates; the order itself is `domain::routing`'s.

use domain::country::Country;
use domain::failure::FailureCode;
use domain::ids::AccountId;
use domain::method::MethodCode;
use domain::routing::breaker::Standing;
use domain::routing::decision::{RouteStep, Skipped, Taken, Verdict};
use domain::routing::ranking::{Candidate, rank};
use domain::routing::{Policy, score::Score};
use store::accounts::{self, AccountRow};
use store::health::{self, Health};
use store::rules::{self, Direction, Rule};
use store::{StoreError, projects};

use super::{Case, Counters};
use crate::availability::Wanted;
use crate::refusal::Refusal;

/// A routing decision.
pub(crate) struct Route {
    /// The account that takes it; `None` when none can.
    pub(crate) account: Option<AccountRow>,
    /// Whether an account before it was passed over as down.
    pub(crate) avoided_outage: bool,
    /// Why each account was taken or passed over.
    pub(crate) steps: Vec<RouteStep>,
}

impl Route {
    /// Why nobody took it.
    pub(crate) fn failure_code(&self) -> FailureCode {
        if self.avoided_outage {
            FailureCode::GatewayUnavailable
        } else {
            FailureCode::RoutingNotConfigured
        }
    }
}

impl Case<'_, '_> {
    /// The routing revision of this payment, pinned when its first attempt starts.
    fn routing_revision(&mut self) -> Result<i64, StoreError> {
        if let Some(revision) = self.intent.routing_revision {
            return Ok(revision);
        }
        let environment = projects::environment(self.tx, &self.bench.tenant.scope)?.ok_or(StoreError::Missing)?;
        self.intent.routing_revision = Some(environment.routing_revision);
        self.counted = Counters::Moved;
        Ok(environment.routing_revision)
    }

    /// The routing policy of this payment.
    pub(crate) fn policy(&mut self) -> Result<Policy, StoreError> {
        let revision = self.routing_revision()?;
        Ok(rules::policy(self.tx, &self.bench.tenant.scope, revision)?.unwrap_or_default())
    }

    /// The rule of this payment for a method in a country.
    pub(crate) fn rule(&mut self, method: MethodCode, country: Country) -> Result<Option<Rule>, StoreError> {
        let revision = self.routing_revision()?;
        let wanted = (Direction::Payment, method, country);
        rules::find(self.tx, &self.bench.tenant.scope, revision, wanted)
    }

    /// Chooses the account that takes a payment, apart from those that were tried for it. May take the one seat of a
    /// probe at an account that is down.
    pub(crate) fn route(&mut self, wanted: Wanted, tried: &[AccountId]) -> Result<Route, Refusal> {
        let mut route = Route {
            account: None,
            avoided_outage: false,
            steps: Vec::new(),
        };
        let Some(rule) = self.rule(wanted.method, wanted.country)? else {
            return Ok(route);
        };
        let policy = self.policy()?;
        let known = health::of_method(self.tx, &self.bench.tenant.scope, wanted.method, wanted.country)?;
        let health_of = |id: AccountId| known.iter().find(|health| health.subject.account_id == id);
        let candidates: Vec<Candidate> = rule
            .accounts
            .iter()
            .map(|account| Candidate {
                weight: account.weight,
                success_permille: self.success_of(health_of(account.account_id)),
            })
            .collect();
        let random = self.bench.draws.number();
        for (index, reason) in rank(&policy, &candidates, random) {
            let Some(id) = rule.accounts.get(index).map(|account| account.account_id) else {
                continue;
            };
            let Some(row) = accounts::get(self.tx, &self.bench.tenant.scope, id)? else {
                continue;
            };
            let verdict = match self.hindrance(&row, wanted, &route, tried) {
                Some(skipped) => Verdict::Skipped(skipped),
                None => self.may_take(health_of(id), reason)?,
            };
            route.avoided_outage |= verdict == Verdict::Skipped(Skipped::Down);
            route.steps.push(RouteStep {
                account_id: id,
                gateway_code: row.gateway_code.clone(),
                verdict,
                success_permille: self.success_of(health_of(id)),
            });
            if matches!(verdict, Verdict::Taken(_)) {
                route.account = Some(row);
            }
        }
        Ok(route)
    }

    fn success_of(&self, health: Option<&Health>) -> i64 {
        health
            .map_or_else(Score::default, |health| health.score)
            .permille(self.at_ms)
    }

    /// What forbids an account in this decision, whatever its health.
    fn hindrance(&self, row: &AccountRow, wanted: Wanted, route: &Route, tried: &[AccountId]) -> Option<Skipped> {
        if route.account.is_some() {
            return Some(Skipped::NotNeeded);
        }
        if tried.contains(&row.id) {
            return Some(Skipped::AlreadyTried);
        }
        self.bench
            .house
            .hindrance(self.bench.tenant.scope.environment, row, wanted)
    }

    /// Whether an account's health lets it take the payment. Of those that want to probe one that is down, one may.
    fn may_take(&mut self, health: Option<&Health>, reason: Taken) -> Result<Verdict, StoreError> {
        let Some(health) = health.filter(|health| health.breaker.standing() == Standing::Down) else {
            return Ok(Verdict::Taken(reason));
        };
        let scope = self.bench.tenant.scope;
        if health.breaker.wants_probe(self.at_ms) && health::begin_probe(self.tx, &scope, health, self.at_ms)? == 1 {
            return Ok(Verdict::Taken(Taken::Probe));
        }
        Ok(Verdict::Skipped(Skipped::Down))
    }
}
