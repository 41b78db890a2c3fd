//! Which gateway account takes a payment: the policy, the order of the candidates, their health, and when another one
//! may be tried. Pure functions; never knows a rule's row or a provider.

pub mod breaker;
pub mod decision;
pub mod fallback;
pub mod ranking;
pub mod score;

use crate::failure::FailureCode;

/// Share of attempts, in percent, that `success_rate` spends on finding out, unless the project says otherwise.
pub const EXPLORATION_PERCENT: i64 = 5;

words! {
    /// How a project orders the accounts of a rule.
    Strategy {
        /// As the rule is written.
        Rules = "rules",
        /// Best recent success first, with a share of exploration.
        SuccessRate = "success_rate",
        /// Split by the weights of the rule.
        LoadBalanced = "load_balanced",
    }
}

/// What a project wants of routing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How the accounts of a rule are ordered.
    pub strategy: Strategy,
    /// Share of attempts that `success_rate` spends on a random account, 0 to 50.
    pub exploration_percent: i64,
    /// Failures after which this project never falls back, although the house would.
    pub no_fallback_after: Vec<FailureCode>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            strategy: Strategy::Rules,
            exploration_percent: EXPLORATION_PERCENT,
            no_fallback_after: Vec::new(),
        }
    }
}
