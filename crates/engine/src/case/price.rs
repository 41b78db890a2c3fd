//! What an attempt costs the payer, in the currency of the attempt: frozen when it starts.

use domain::exchange_rate::convert;
use domain::money::Money;
use store::exchange_rates;

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
    /// What an attempt costs now: the intent's amount, or what it is worth by the project's valid rate.
    pub(crate) fn price(&mut self, command: &StartAttempt) -> Result<Price, Refusal> {
        let amount = self.intent.amount;
        let currency = command.currency.unwrap_or(amount.currency());
        if currency == amount.currency() {
            return Ok(Price {
                amount,
                exchange_rate: None,
                correction_rate: None,
            });
        }
        let pair = (amount.currency(), currency);
        let scope = self.bench.tenant.scope;
        let Some(row) = exchange_rates::valid(self.tx, &scope, pair, self.at_ms)? else {
            let (from, to) = pair;
            return Err(Refusal::NoExchangeRate { from, to });
        };
        let converted = convert(amount, &row.rate, &row.correction, currency);
        let converted = converted.map_err(|error| Refusal::NotConvertible(error.to_string()))?;
        let house = &self.bench.house;
        let limit = house
            .catalogue
            .offer(command.method, command.country)
            .and_then(|offer| offer.limit(currency));
        if let Some(limit) = limit.filter(|limit| limit.forbids(converted)) {
            return Err(Refusal::AmountOutOfRange {
                method: command.method,
                country: command.country,
                min: limit.min,
                max: limit.max,
            });
        }
        Ok(Price {
            amount: converted,
            exchange_rate: Some(row.rate.to_string()),
            correction_rate: Some(row.correction.to_string()),
        })
    }
}
