//! What an attempt costs the payer, in the currency of the attempt.

use domain::money::Money;

use super::Case;
use crate::commands::StartAttempt;
use crate::refusal::Refusal;

/// The amount of an attempt and the rates that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Price {
    /// What is to be paid.
    pub(crate) amount: Money,
    /// Exact decimal text; `None` when the currencies are equal.
    pub(crate) exchange_rate: Option<String>,
    /// Exact decimal text; `None` when the currencies are equal.
    pub(crate) correction_rate: Option<String>,
}

impl Case<'_, '_> {
    /// What an attempt costs, frozen when it starts.
    pub(crate) fn price(&mut self, _command: &StartAttempt) -> Result<Price, Refusal> {
        Ok(Price {
            amount: self.intent.amount,
            exchange_rate: None,
            correction_rate: None,
        })
    }
}
