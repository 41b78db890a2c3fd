//! What an attempt costs the payer, in the currency of the attempt: frozen when it starts.

use std::sync::Arc;

use domain::exchange_rate::convert;
use domain::money::Money;
use store::{Tx, exchange_rates};

use super::{Bench, Case};
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
        price_at(self.tx, &self.bench, command, self.intent.amount, self.at_ms)
    }
}

/// Refuses what has no price, before anything is given up for it.
pub(crate) async fn check_price(bench: &Bench, command: &StartAttempt, amount: Money) -> Result<(), Refusal> {
    if command.currency.is_none_or(|currency| currency == amount.currency()) {
        return Ok(());
    }
    let (house, bench, command) = (Arc::clone(&bench.house), bench.clone(), command.clone());
    let look = move |tx: &mut Tx<'_>| {
        let at_ms = store::clock(tx)?;
        price_at(tx, &bench, &command, amount, at_ms).map(drop)
    };
    house.store.read(look).await
}

fn price_at(
    tx: &mut Tx<'_>,
    bench: &Bench,
    command: &StartAttempt,
    amount: Money,
    at_ms: i64,
) -> Result<Price, Refusal> {
    let (from, to) = (amount.currency(), command.currency.unwrap_or(amount.currency()));
    if from == to {
        return Ok(Price {
            amount,
            exchange_rate: None,
            correction_rate: None,
        });
    }
    let row = exchange_rates::valid(tx, &bench.tenant.scope, (from, to), at_ms)?;
    let row = row.ok_or(Refusal::NoExchangeRate { from, to })?;
    let converted = convert(amount, &row.rate, &row.correction, to);
    let converted = converted.map_err(|error| Refusal::NotConvertible(error.to_string()))?;
    let offer = bench.house.catalogue.offer(command.method, command.country);
    let limit = offer.and_then(|offer| offer.limit(to));
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
