//! Faults on request: an operator that is down, slow, silent before the charge or misbehaves for a share of its traffic.
//!
//! Owns the rules set through `POST /control`, in memory only and in real time. Never touches the ledger.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Number, Value, json};

use crate::clock;
use crate::ledger::Gateway;
use crate::operator::Shared;
use crate::refusal::Refusal;
use crate::scenario::{self, Scenario};

/// A slow operator answers this much later, in real time.
pub(crate) const SLOW_MS: u64 = 5_000;

/// Between two looks at whether sessions are still held back.
const LOOK_AGAIN_MS: u64 = 10;

#[derive(Clone, Copy, Debug)]
enum Mode {
    Normal,
    Slow,
    /// Sessions are answered when this ends.
    Hold,
    /// Plays this scenario instead of the payer's.
    Plays(&'static Scenario),
}

/// Which calls are meant. Absent members stand for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) gateway: Option<Gateway>,
    pub(crate) method: Option<String>,
    pub(crate) country: Option<String>,
}

/// What a person can switch an operator to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Switch {
    Normal,
    Slow,
    Down,
}

impl Switch {
    pub(crate) fn parse(text: &str) -> Option<Switch> {
        match text {
            "normal" => Some(Switch::Normal),
            "slow" => Some(Switch::Slow),
            "down" => Some(Switch::Down),
            _ => None,
        }
    }
}

#[derive(Debug)]
struct Rule {
    scope: Scope,
    mode: Mode,
    /// Of every million calls, how many it meets.
    per_million: u32,
    until_ms: Option<i64>,
}

/// Who is asking the operator.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traffic<'a> {
    pub(crate) gateway: Gateway,
    pub(crate) method: &'a str,
    pub(crate) country: &'a str,
}

impl Scope {
    fn covers(&self, traffic: Traffic<'_>) -> bool {
        self.gateway.is_none_or(|gateway| gateway == traffic.gateway)
            && self.method.as_deref().is_none_or(|method| method == traffic.method)
            && self.country.as_deref().is_none_or(|country| country == traffic.country)
    }

    /// Whether every call that the other means is meant.
    fn holds(&self, other: &Scope) -> bool {
        fn wider<T: PartialEq>(new: &Option<T>, old: &Option<T>) -> bool {
            new.is_none() || new == old
        }
        wider(&self.gateway, &other.gateway)
            && wider(&self.method, &other.method)
            && wider(&self.country, &other.country)
    }
}

impl Rule {
    fn is_in_force(&self, now_ms: i64) -> bool {
        self.until_ms.is_none_or(|until_ms| until_ms > now_ms)
    }
}

/// Rules that are kept; the oldest goes.
const RULES_MAX: usize = 256;

/// The rules in force, newest last. The newest that covers a call decides.
#[derive(Debug, Default)]
pub(crate) struct Controls {
    rules: Vec<Rule>,
}

impl Controls {
    fn set(&mut self, rule: Rule, now_ms: i64) {
        self.rules
            .retain(|older| older.is_in_force(now_ms) && !rule.scope.holds(&older.scope));
        if self.rules.len() >= RULES_MAX {
            self.rules.remove(0);
        }
        self.rules.push(rule);
    }

    /// A person switches these operators until further notice.
    pub(crate) fn switch(&mut self, scope: Scope, position: Switch) {
        let mode = match (position, scenario::named("down")) {
            (Switch::Down, Some(down)) => Mode::Plays(down),
            (Switch::Slow, _) => Mode::Slow,
            (Switch::Normal | Switch::Down, _) => Mode::Normal,
        };
        let rule = Rule {
            scope,
            mode,
            per_million: 1_000_000,
            until_ms: None,
        };
        self.set(rule, clock::now_ms());
    }

    /// Where the switch of these operators stands; nothing while a fault is played that no switch has.
    pub(crate) fn position(&self, scope: &Scope) -> Option<Switch> {
        let now_ms = clock::now_ms();
        let mut newest_first = self.rules.iter().rev();
        let rule = newest_first.find(|rule| rule.is_in_force(now_ms) && rule.scope.holds(scope));
        match rule.map(|rule| (rule.mode, rule.per_million)) {
            None | Some((Mode::Normal, _)) => Some(Switch::Normal),
            Some((Mode::Slow, 1_000_000)) => Some(Switch::Slow),
            Some((Mode::Plays(scenario), 1_000_000)) if scenario.name == "down" => Some(Switch::Down),
            Some((Mode::Slow | Mode::Hold | Mode::Plays(_), _)) => None,
        }
    }

    /// The scopes of the rules in force.
    pub(crate) fn scopes(&self) -> Vec<Scope> {
        let now_ms = clock::now_ms();
        let in_force = self.rules.iter().filter(|rule| rule.is_in_force(now_ms));
        in_force.map(|rule| rule.scope.clone()).collect()
    }

    fn mode(&self, traffic: Traffic<'_>, now_ms: i64) -> Option<&Rule> {
        let in_force = |rule: &&Rule| rule.is_in_force(now_ms) && rule.scope.covers(traffic);
        self.rules.iter().rev().find(in_force)
    }

    /// The scenario that a new charge plays instead of its own. Shares are drawn by lot.
    pub(crate) fn imposed(&self, traffic: Traffic<'_>) -> Option<&'static Scenario> {
        let rule = self.mode(traffic, clock::now_ms())?;
        match rule.mode {
            Mode::Plays(scenario) if drawn(rule.per_million) => Some(scenario),
            Mode::Plays(_) | Mode::Normal | Mode::Slow | Mode::Hold => None,
        }
    }

    /// True while the whole operator is down for this traffic, also for charges whose session is older.
    pub(crate) fn is_down(&self, traffic: Traffic<'_>) -> bool {
        let rule = self.mode(traffic, clock::now_ms());
        rule.is_some_and(|rule| match rule.mode {
            Mode::Plays(scenario) => scenario.name == "down" && rule.per_million >= 1_000_000,
            Mode::Normal | Mode::Slow | Mode::Hold => false,
        })
    }

    /// True while sessions are held back.
    fn holds(&self, traffic: Traffic<'_>) -> bool {
        let rule = self.mode(traffic, clock::now_ms());
        rule.is_some_and(|rule| matches!(rule.mode, Mode::Hold))
    }

    /// How long the answer waits, in real time.
    pub(crate) fn delay_ms(&self, traffic: Traffic<'_>) -> u64 {
        let rule = self.mode(traffic, clock::now_ms());
        let slow = rule.is_some_and(|rule| matches!(rule.mode, Mode::Slow) && drawn(rule.per_million));
        if slow { SLOW_MS } else { 0 }
    }
}

/// Waits while sessions are held back for a share of the traffic, once this call was drawn.
pub(crate) async fn held_back(operator: &Shared, traffic: Traffic<'_>) {
    let meets = {
        let controls = operator.controls();
        let rule = controls.mode(traffic, clock::now_ms());
        rule.is_some_and(|rule| matches!(rule.mode, Mode::Hold) && drawn(rule.per_million))
    };
    while meets && operator.controls().holds(traffic) {
        clock::sleep_ms(LOOK_AGAIN_MS).await;
    }
}

/// By lot; a machine without randomness always draws.
fn drawn(per_million: u32) -> bool {
    per_million >= 1_000_000 || getrandom::u32().unwrap_or(0) % 1_000_000 < per_million
}

#[derive(Deserialize)]
struct Request {
    gateway: Option<String>,
    method: Option<String>,
    country: Option<String>,
    mode: String,
    fault: Option<String>,
    rate: Option<Number>,
    for_s: Option<Number>,
}

/// `POST /control`. Errors: 422 naming the member.
pub(crate) async fn control(State(operator): State<Shared>, body: Bytes) -> Result<Json<Value>, Refusal> {
    let request: Request = serde_json::from_slice(&body).map_err(|_| Refusal::Invalid("body"))?;
    let now_ms = clock::now_ms();
    operator.controls().set(request.into_rule(now_ms)?, now_ms);
    Ok(Json(json!({})))
}

impl Request {
    fn into_rule(self, now_ms: i64) -> Result<Rule, Refusal> {
        let gateway = match self.gateway.as_deref() {
            None => None,
            Some(name) => Some(Gateway::parse(name).ok_or(Refusal::Invalid("gateway"))?),
        };
        let mode = match (self.mode.as_str(), self.fault.as_deref()) {
            ("normal", _) => Mode::Normal,
            ("slow", _) => Mode::Slow,
            ("hold", _) => Mode::Hold,
            ("down", _) => Mode::Plays(scenario::named("down").ok_or(Refusal::Invalid("mode"))?),
            ("fault", Some(name)) => Mode::Plays(scenario::named(name).ok_or(Refusal::UnknownScenario)?),
            ("fault", None) => return Err(Refusal::Invalid("fault")),
            _ => return Err(Refusal::Invalid("mode")),
        };
        let per_million = thousandfold(self.rate.as_ref(), 1_000, "rate")?.unwrap_or(1_000_000);
        let for_ms = thousandfold(self.for_s.as_ref(), 1, "for_s")?;
        Ok(Rule {
            scope: Scope {
                gateway,
                method: self.method,
                country: self.country,
            },
            mode,
            per_million: u32::try_from(per_million)
                .ok()
                .filter(|n| *n <= 1_000_000)
                .ok_or(Refusal::Invalid("rate"))?,
            until_ms: for_ms.map(|for_ms| now_ms.saturating_add(for_ms)),
        })
    }
}

/// The number times 1000 times `factor`, whole and not negative.
fn thousandfold(number: Option<&Number>, factor: i64, field: &'static str) -> Result<Option<i64>, Refusal> {
    let Some(number) = number else { return Ok(None) };
    let exact = number.to_string().parse::<Decimal>().ok();
    let scaled = exact.and_then(|exact| exact.checked_mul(Decimal::from(factor.saturating_mul(1_000))));
    let whole = scaled
        .and_then(|scaled| i64::try_from(scaled.trunc()).ok())
        .filter(|whole| *whole >= 0);
    whole.map(Some).ok_or(Refusal::Invalid(field))
}
