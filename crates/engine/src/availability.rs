//! How well a method can be paid with right now, by the accounts of its rule. Owns the judgement of a whole rule; routing
//! judges its accounts one by one for a payment.

use domain::country::Country;
use domain::currency::Currency;
use domain::method::MethodCode;
use domain::routing::breaker::Standing;
use domain::routing::decision::Skipped;
use domain::scope::{Environment, Scope};
use gateways::contract::Reach;
use store::accounts::{self, AccountRow, AccountState};
use store::health;
use store::rules::Rule;
use store::{StoreError, Tx};

use crate::house::House;

/// What is to be paid with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) method: MethodCode,
    pub(crate) country: Country,
    pub(crate) currency: Currency,
}

/// How well a method can be paid with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Availability {
    /// An account that can take it works.
    Available,
    /// The best account that can take it has outages.
    Degraded,
    /// Every account that can take it is down.
    Down,
    /// No account can take it.
    NotConfigured,
}

impl Availability {
    /// Published spelling.
    pub fn code(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Degraded => "degraded",
            Self::Down => "down",
            Self::NotConfigured => "not_configured",
        }
    }
}

impl From<Standing> for Availability {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Healthy => Self::Available,
            Standing::Degraded => Self::Degraded,
            Standing::Down => Self::Down,
        }
    }
}

impl House {
    /// What forbids an account for a payment, whatever its health.
    pub(crate) fn hindrance(&self, environment: Environment, row: &AccountRow, wanted: Wanted) -> Option<Skipped> {
        if row.state == AccountState::Closed {
            return Some(Skipped::Closed);
        }
        let Some(gateway) = self.registry.get(&row.gateway_code) else {
            return Some(Skipped::NotInBuild);
        };
        let contract = gateway.contract();
        match (contract.reach, environment) {
            (Reach::SandboxOnly, Environment::Live) => Some(Skipped::WrongEnvironment),
            (Reach::SandboxOnly, Environment::Sandbox) | (Reach::Everywhere, _) => {
                let takes = contract.takes(wanted.method, wanted.country, wanted.currency);
                (!takes).then_some(Skipped::NotTaken)
            }
        }
    }

    /// How well the accounts of a rule can take a payment: the best of them counts.
    pub(crate) fn availability(
        &self,
        tx: &mut Tx<'_>,
        scope: &Scope,
        rule: &Rule,
        wanted: Wanted,
    ) -> Result<Availability, StoreError> {
        let known = health::of_method(tx, scope, wanted.method, wanted.country)?;
        let mut best = Availability::NotConfigured;
        for account in &rule.accounts {
            let Some(row) = accounts::get(tx, scope, account.account_id)? else {
                continue;
            };
            if self.hindrance(scope.environment, &row, wanted).is_some() {
                continue;
            }
            let health = known.iter().find(|health| health.subject.account_id == row.id);
            let standing = health.map_or(Standing::Healthy, |health| health.breaker.standing());
            best = best.min(standing.into());
        }
        Ok(best)
    }
}
