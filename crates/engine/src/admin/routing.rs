//! The routing policy of an environment: its strategy, and after which failures another account is tried. Owns what a
//! project may tighten; the house's own table is the domain's.

use domain::failure::{FailureCode, Rerouting};
use domain::routing::{Policy, Strategy};
use domain::scope::Scope;
use store::{projects, rules};

use super::rules::has_no_weight;
use super::{Actor, AdminRefusal, Change, Members, audit, members};
use crate::Engine;

/// A policy, and what it means for each failure.
#[derive(Clone, Debug)]
pub struct RoutingView {
    /// The policy.
    pub policy: Policy,
    /// Raised by every change of the policy or of a rule.
    pub revision: i64,
    /// Every failure, in the published order.
    pub table: Vec<(FailureCode, FallsBack)>,
}

/// Whether another account is tried after a failure, once it is proven that nothing was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FallsBack {
    /// It is.
    Yes,
    /// Never: the payer or the merchant must act, or nothing would be won.
    NotInThisHouse,
    /// Not in this project, although the house would.
    NotInThisProject,
}

/// What is to be other than it is.
#[derive(Clone, Debug, Default)]
pub struct PolicyChanges {
    /// How the accounts of a rule are ordered.
    pub strategy: Option<Strategy>,
    /// Share of attempts that `success_rate` spends on a random account, 0 to 50.
    pub exploration_percent: Option<i64>,
    /// Failures after which this project never falls back.
    pub no_fallback_after: Option<Vec<FailureCode>>,
}

impl Engine {
    /// The policy in force.
    ///
    /// # Errors
    /// An [`AdminRefusal`] of the database.
    pub async fn routing(&self, scope: Scope) -> Result<RoutingView, AdminRefusal> {
        self.house
            .store
            .read(move |tx| {
                let environment = projects::environment(tx, &scope)?.ok_or(AdminRefusal::Unknown("project"))?;
                let revision = environment.routing_revision;
                Ok(view(rules::policy(tx, &scope, revision)?.unwrap_or_default(), revision))
            })
            .await
    }

    /// Changes the policy: payments that start from now on follow it.
    ///
    /// # Errors
    /// [`AdminRefusal::Invalid`] for a failure after which the house never falls back, and for `load_balanced` when the
    /// accounts of a rule have no weight.
    pub async fn change_routing(
        &self,
        actor: &Actor,
        scope: Scope,
        changes: PolicyChanges,
    ) -> Result<RoutingView, AdminRefusal> {
        refuse_pointless(&changes)?;
        let (bench, actor) = (self.bench(scope).await?, actor.clone());
        self.house
            .store
            .write(move |tx| {
                let (revision, before) = rules::lock(tx, &scope)?;
                let after = with(&before, &changes);
                if after == before {
                    return Ok(view(after, revision));
                }
                if after.strategy == Strategy::LoadBalanced {
                    let present = rules::in_force(tx, &scope, revision)?;
                    if let Some(rule) = present.iter().find(|rule| has_no_weight(&rule.accounts)) {
                        let text = format!(
                            "No account of the rule {} has a weight above 0: give it one first.",
                            rule.id
                        );
                        return Err(AdminRefusal::field("strategy", text));
                    }
                }
                let at_ms = store::clock(tx)?;
                let next = rules::begin_revision(tx, &scope, &after, at_ms)?;
                let change = Change {
                    actor: &actor,
                    action: "routing.update",
                    subject_id: scope.project_id.to_string(),
                    before: Some(told(&before)),
                    after: Some(told(&after)),
                };
                audit(tx, &mut bench.draws.clone(), &scope, change)?;
                Ok(view(after, next))
            })
            .await
    }
}

/// A project may tighten the table, so a failure that never falls back cannot be meant.
fn refuse_pointless(changes: &PolicyChanges) -> Result<(), AdminRefusal> {
    let codes = changes.no_fallback_after.iter().flatten().enumerate();
    let problems: Vec<(String, String)> = codes
        .filter(|(_, code)| code.rerouting() == Rerouting::Pointless)
        .map(|(index, code)| {
            let text = format!("After {code} no other account is ever tried.");
            (format!("no_fallback_after.{index}"), text)
        })
        .collect();
    match problems.is_empty() {
        true => Ok(()),
        false => Err(AdminRefusal::Invalid(problems)),
    }
}

fn with(before: &Policy, changes: &PolicyChanges) -> Policy {
    let codes = changes.no_fallback_after.as_ref().unwrap_or(&before.no_fallback_after);
    Policy {
        strategy: changes.strategy.unwrap_or(before.strategy),
        exploration_percent: changes.exploration_percent.unwrap_or(before.exploration_percent),
        // In the published order, each once.
        no_fallback_after: FailureCode::ALL
            .iter()
            .copied()
            .filter(|code| codes.contains(code))
            .collect(),
    }
}

fn view(policy: Policy, revision: i64) -> RoutingView {
    let falls_back = |code: &FailureCode| match code.rerouting() {
        Rerouting::Pointless => FallsBack::NotInThisHouse,
        Rerouting::MayHelp if policy.no_fallback_after.contains(code) => FallsBack::NotInThisProject,
        Rerouting::MayHelp => FallsBack::Yes,
    };
    let table = FailureCode::ALL.iter().map(|code| (*code, falls_back(code))).collect();
    RoutingView {
        policy,
        revision,
        table,
    }
}

fn told(policy: &Policy) -> Members {
    let codes: Vec<&str> = policy.no_fallback_after.iter().map(|code| code.code()).collect();
    members([
        ("strategy", policy.strategy.code().to_owned()),
        ("exploration_percent", policy.exploration_percent.to_string()),
        ("no_fallback_after", codes.join(" ")),
    ])
}
