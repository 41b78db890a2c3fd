//! What an attempt costs the payer, in the currency of the attempt: frozen when it starts.

use std::sync::Arc;

use domain::exchange_rate::convert;
use domain::money::Money;
use gateways::catalogue::{Objection, Offer};
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

/// Refuses an amount that the operator is known not to take, with the figures.
pub(crate) fn check_amount(offer: &Offer, amount: Money) -> Result<(), Refusal> {
    let (method, country) = (offer.method, offer.country);
    let Some(limit) = offer.limit(amount.currency()) else {
        return Ok(());
    };
    match limit.objection(amount) {
        None => Ok(()),
        Some(Objection::OutOfRange) => Err(Refusal::AmountOutOfRange {
            method,
            country,
            min: limit.min,
            max: limit.max,
        }),
        Some(Objection::TooManyDecimals) => Err(Refusal::TooManyDecimals {
            method,
            country,
            currency: amount.currency(),
            decimals: limit.decimals,
        }),
    }
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
    if let Some(offer) = bench.house.catalogue.offer(command.method, command.country) {
        check_amount(offer, converted)?;
    }
    Ok(Price {
        amount: converted,
        exchange_rate: Some(row.rate.to_string()),
        correction_rate: Some(row.correction.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use domain::country::Country;
    use domain::currency::Currency;
    use domain::method::MethodCode;
    use gateways::catalogue::{Catalogue, Evidence, Limit};

    use super::*;

    fn kes(text: &str) -> Money {
        Money::parse_major(text, Currency::parse("KES").unwrap()).unwrap()
    }

    fn told(limit: Limit, amount: Money) -> Option<String> {
        let (method, country) = (MethodCode::parse("momo_mpesa").unwrap(), Country::parse("KE").unwrap());
        let mut offer = Catalogue::builtin().unwrap().offer(method, country).unwrap().clone();
        offer.limits = vec![limit];
        check_amount(&offer, amount).err().map(|refusal| refusal.to_string())
    }

    #[test]
    fn only_figures_with_a_source_refuse_and_they_are_told() {
        let (min, max) = (kes("10"), kes("100"));
        let limit = |evidence, decimals_evidence| Limit {
            min,
            max,
            evidence,
            decimals: 0,
            decimals_evidence,
        };
        let sourced = limit(Evidence::Sourced, Evidence::Sourced);
        let range = Some("momo_mpesa in KE takes from 10 KES to 100 KES".to_owned());
        let decimals = Some("momo_mpesa in KE takes amounts in KES with 0 decimals at most".to_owned());
        assert_eq!(told(sourced, kes("9")), range);
        assert_eq!(told(sourced, kes("100.01")), range);
        assert_eq!(told(sourced, kes("50.50")), decimals);
        assert_eq!(told(sourced, kes("50")), None);
        assert_eq!(
            told(limit(Evidence::Unverified, Evidence::Unverified), kes("9.50")),
            None
        );
        assert_eq!(
            told(limit(Evidence::Unverified, Evidence::Sourced), kes("9.50")),
            decimals
        );
    }
}
