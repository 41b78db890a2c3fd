//! Routing rules: make, show, replace, delete. Owns which accounts a rule may name; every change is a new routing
//! revision, and payments under way keep to theirs.

use std::collections::HashMap;

use domain::country::Country;
use domain::ids::{AccountId, RuleId};
use domain::method::MethodCode;
use domain::routing::{Policy, Strategy};
use domain::scope::{Environment, Scope};
use gateways::contract::Reach;
use store::Tx;
use store::accounts::{self, AccountRow, AccountState};
use store::rules::{self, Match, Rule, RuleAccount};

use super::{Actor, AdminRefusal, Change, Members, audit, members};
use crate::Engine;
use crate::case::Bench;

/// Accounts of a rule at most: the primary one and two fallbacks.
pub const ACCOUNTS_MAX: usize = 3;

/// What is said of an account that a rule names and that is not there.
pub const NO_SUCH_ACCOUNT: &str = "There is no gateway account of this id.";

const UNKNOWN: AdminRefusal = AdminRefusal::Unknown("routing rule");

/// A rule as it is to be.
#[derive(Clone, Debug)]
pub struct RuleOrder {
    /// What it matches.
    pub matches: Match,
    /// Its accounts, the primary one first.
    pub accounts: Vec<RuleAccount>,
}

/// A rule, as administrators see it.
#[derive(Clone, Debug)]
pub struct RuleView {
    /// Which.
    pub id: RuleId,
    /// What it matches.
    pub matches: Match,
    /// Its accounts, the primary one first.
    pub accounts: Vec<RuleAccountView>,
    /// Milliseconds UTC of its last change.
    pub changed_at_ms: i64,
}

/// An account of a rule.
#[derive(Clone, Debug)]
pub struct RuleAccountView {
    /// Which account.
    pub account_id: AccountId,
    /// Its name for people.
    pub name: String,
    /// Its gateway's code.
    pub gateway_code: String,
    /// Whether it takes new attempts; routing passes over one that does not.
    pub state: AccountState,
    /// Its share under `load_balanced`, 0 to 100.
    pub weight: i64,
}

impl Engine {
    /// Every rule in force, the newest first.
    ///
    /// # Errors
    /// An [`AdminRefusal`] of the database.
    pub async fn rules(&self, scope: Scope) -> Result<Vec<RuleView>, AdminRefusal> {
        self.house
            .store
            .read(move |tx| {
                let known = known(tx, &scope)?;
                let mut rules = in_force(tx, &scope)?;
                rules.sort_by_key(|rule| std::cmp::Reverse((rule.created_at_ms, rule.id)));
                Ok(rules.into_iter().map(|rule| view(rule, &known)).collect())
            })
            .await
    }

    /// One rule.
    ///
    /// # Errors
    /// [`AdminRefusal::Unknown`], also for one that was deleted.
    pub async fn rule(&self, scope: Scope, id: RuleId) -> Result<RuleView, AdminRefusal> {
        self.house
            .store
            .read(move |tx| {
                let found = in_force(tx, &scope)?.into_iter().find(|rule| rule.id == id);
                Ok(view(found.ok_or(UNKNOWN)?, &known(tx, &scope)?))
            })
            .await
    }

    /// Makes a rule.
    ///
    /// # Errors
    /// [`AdminRefusal::Invalid`]; a conflict `rule_exists` when another one matches the same.
    pub async fn create_rule(&self, actor: &Actor, scope: Scope, order: RuleOrder) -> Result<RuleView, AdminRefusal> {
        let (bench, actor) = (self.bench(scope).await?, actor.clone());
        self.house
            .store
            .write(move |tx| write(tx, &bench, (&actor, None), &order))
            .await
    }

    /// Puts another rule in the place of one; its id stays.
    ///
    /// # Errors
    /// As [`Engine::create_rule`], and [`AdminRefusal::Unknown`].
    pub async fn replace_rule(
        &self,
        actor: &Actor,
        scope: Scope,
        id: RuleId,
        order: RuleOrder,
    ) -> Result<RuleView, AdminRefusal> {
        let (bench, actor) = (self.bench(scope).await?, actor.clone());
        self.house
            .store
            .write(move |tx| write(tx, &bench, (&actor, Some(id)), &order))
            .await
    }

    /// Deletes a rule: no payment that starts from now on sees it.
    ///
    /// # Errors
    /// [`AdminRefusal::Unknown`].
    pub async fn delete_rule(&self, actor: &Actor, scope: Scope, id: RuleId) -> Result<RuleView, AdminRefusal> {
        let (bench, actor) = (self.bench(scope).await?, actor.clone());
        self.house
            .store
            .write(move |tx| {
                let (revision, policy) = rules::lock(tx, &scope)?;
                let found = rules::in_force(tx, &scope, revision)?
                    .into_iter()
                    .find(|rule| rule.id == id);
                let rule = found.ok_or(UNKNOWN)?;
                let at_ms = store::clock(tx)?;
                let next = rules::begin_revision(tx, &scope, &policy, at_ms)?;
                rules::retire(tx, &scope, next, id)?;
                let change = Change {
                    actor: &actor,
                    action: "routing_rule.delete",
                    subject_id: id.to_string(),
                    before: Some(told(&rule)),
                    after: None,
                };
                audit(tx, &mut bench.draws.clone(), &scope, change)?;
                Ok::<_, AdminRefusal>(view(rule, &known(tx, &scope)?))
            })
            .await
    }
}

fn write(
    tx: &mut Tx<'_>,
    bench: &Bench,
    (actor, replaced): (&Actor, Option<RuleId>),
    order: &RuleOrder,
) -> Result<RuleView, AdminRefusal> {
    let scope = bench.tenant.scope;
    let (revision, policy) = rules::lock(tx, &scope)?;
    let present = rules::in_force(tx, &scope, revision)?;
    let old = match replaced {
        None => None,
        Some(id) => Some(present.iter().find(|rule| rule.id == id).ok_or(UNKNOWN)?),
    };
    let known = known(tx, &scope)?;
    check(bench, &policy, order, &known)?;
    let other = present
        .iter()
        .find(|rule| rule.matches == order.matches && Some(rule.id) != replaced);
    if let Some(other) = other {
        let text = format!(
            "{} is the rule for {} already: change that one.",
            other.id,
            in_words(&order.matches)
        );
        return Err(AdminRefusal::conflict("rule_exists", text));
    }
    let (mut draws, at_ms) = (bench.draws.clone(), store::clock(tx)?);
    let next = rules::begin_revision(tx, &scope, &policy, at_ms)?;
    let rule = Rule {
        id: replaced.unwrap_or_else(|| draws.id(at_ms)),
        matches: order.matches,
        accounts: order.accounts.clone(),
        created_at_ms: at_ms,
    };
    if let Some(old) = old {
        rules::retire(tx, &scope, next, old.id)?;
    }
    rules::insert(tx, &scope, next, &rule)?;
    let change = Change {
        actor,
        action: if old.is_some() {
            "routing_rule.update"
        } else {
            "routing_rule.create"
        },
        subject_id: rule.id.to_string(),
        before: old.map(told),
        after: Some(told(&rule)),
    };
    audit(tx, &mut draws, &scope, change)?;
    Ok(view(rule, &known))
}

type Known = HashMap<AccountId, AccountRow>;

fn known(tx: &mut Tx<'_>, scope: &Scope) -> Result<Known, AdminRefusal> {
    let all = accounts::all(tx, scope)?.into_iter();
    Ok(all.map(|row| (row.id, row)).collect())
}

fn in_force(tx: &mut Tx<'_>, scope: &Scope) -> Result<Vec<Rule>, AdminRefusal> {
    let environment = store::projects::environment(tx, scope)?.ok_or(AdminRefusal::Unknown("project"))?;
    Ok(rules::in_force(tx, scope, environment.routing_revision)?)
}

/// Names everything that is wrong with a rule at once.
fn check(bench: &Bench, policy: &Policy, order: &RuleOrder, known: &Known) -> Result<(), AdminRefusal> {
    let Match { method, country, .. } = order.matches;
    let offered = offered(bench, method, country);
    let mut problems: Vec<(String, String)> = Vec::new();
    if offered.is_empty() {
        problems.push(match country {
            Some(country) => ("country".to_owned(), format!("{method} is not offered in {country}.")),
            None => (
                "method_code".to_owned(),
                format!("{method} is not offered in any country."),
            ),
        });
    }
    let count = order.accounts.len();
    if !(1..=ACCOUNTS_MAX).contains(&count) {
        let text = format!("Must name 1 to {ACCOUNTS_MAX} accounts, the primary one first, not {count}.");
        problems.push(("accounts".to_owned(), text));
    } else if policy.strategy == Strategy::LoadBalanced && has_no_weight(&order.accounts) {
        problems.push(("accounts".to_owned(), NO_WEIGHT.to_owned()));
    }
    for (index, account) in order.accounts.iter().enumerate() {
        let is_repeated = order
            .accounts
            .iter()
            .take(index)
            .any(|other| other.account_id == account.account_id);
        let problem = match known.get(&account.account_id) {
            None => Some(NO_SUCH_ACCOUNT.to_owned()),
            Some(_) if is_repeated => Some("The rule names this account twice.".to_owned()),
            Some(row) => unfit(bench, row, &order.matches, &offered),
        };
        problems.extend(problem.map(|text| (format!("accounts.{index}.account_id"), text)));
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(AdminRefusal::Invalid(problems)),
    }
}

pub(super) const NO_WEIGHT: &str = "Under load_balanced one account of the rule at least needs a weight above 0.";

pub(super) fn has_no_weight(accounts: &[RuleAccount]) -> bool {
    accounts.iter().all(|account| account.weight == 0)
}

/// Where the catalogue has what the rule matches.
fn offered(bench: &Bench, method: MethodCode, country: Option<Country>) -> Vec<&'static gateways::catalogue::Offer> {
    let offers = bench.house.catalogue.offers();
    offers
        .filter(|offer| offer.method == method && country.is_none_or(|country| offer.country == country))
        .collect()
}

/// Why an account cannot take what the rule matches.
fn unfit(
    bench: &Bench,
    row: &AccountRow,
    matches: &Match,
    offered: &[&'static gateways::catalogue::Offer],
) -> Option<String> {
    if row.state == AccountState::Closed {
        return Some("This account is closed to new attempts: reopen it first, or take another one.".to_owned());
    }
    let code = &row.gateway_code;
    let Some(gateway) = bench.house.registry.get(code) else {
        return Some(format!("This server has no gateway {code}."));
    };
    let contract = gateway.contract();
    if (contract.reach, bench.tenant.scope.environment) == (Reach::SandboxOnly, Environment::Live) {
        return Some(format!("Its gateway {code} may be used in the sandbox only."));
    }
    let takes = offered.iter().any(|offer| {
        let mut currencies = offer.currencies();
        currencies.any(|currency| contract.takes(offer.method, offer.country, currency))
    });
    (!takes && !offered.is_empty()).then(|| format!("Its gateway {code} does not take {}.", in_words(matches)))
}

fn in_words(matches: &Match) -> String {
    let direction = matches.direction.code();
    match matches.country {
        Some(country) => format!("{direction}s by {} in {country}", matches.method),
        None => format!("{direction}s by {} in any country", matches.method),
    }
}

fn view(rule: Rule, known: &Known) -> RuleView {
    let accounts = rule.accounts.iter().filter_map(|account| {
        let row = known.get(&account.account_id)?;
        Some(RuleAccountView {
            account_id: row.id,
            name: row.name.clone(),
            gateway_code: row.gateway_code.clone(),
            state: row.state,
            weight: account.weight,
        })
    });
    RuleView {
        id: rule.id,
        matches: rule.matches,
        accounts: accounts.collect(),
        changed_at_ms: rule.created_at_ms,
    }
}

fn told(rule: &Rule) -> Members {
    let accounts: Vec<String> = rule
        .accounts
        .iter()
        .map(|account| format!("{} (weight {})", account.account_id, account.weight))
        .collect();
    let country = rule.matches.country.map_or("any", Country::code);
    members([
        ("direction", rule.matches.direction.code().to_owned()),
        ("method_code", rule.matches.method.code().to_owned()),
        ("country", country.to_owned()),
        ("accounts", accounts.join(", ")),
    ])
}
