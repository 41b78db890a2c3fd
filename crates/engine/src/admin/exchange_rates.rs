//! Exchange rates of a project: give, show, withdraw. Owns what a rate must be to be used; none is ever changed or removed.

use domain::currency::Currency;
use domain::exchange_rate::{CorrectionRate, ExchangeRate};
use domain::ids::ExchangeRateId;
use domain::scope::Scope;
use store::Tx;
use store::exchange_rates::{self, RateFilter, RateRow};
use store::page::Beyond;

use super::{Actor, AdminRefusal, Change, Members, audit, members};
use crate::Engine;
use crate::case::Bench;

const UNKNOWN: AdminRefusal = AdminRefusal::Unknown("exchange rate");

/// A rate to be given.
#[derive(Clone, Debug)]
pub struct RateOrder {
    /// From.
    pub base: Currency,
    /// To.
    pub quote: Currency,
    /// Units of `quote` per unit of `base`.
    pub rate: ExchangeRate,
    /// The merchant's factor on top.
    pub correction: CorrectionRate,
    /// Milliseconds UTC from which it holds; now when absent.
    pub valid_from_ms: Option<i64>,
    /// Milliseconds UTC at which it ends.
    pub expires_at_ms: i64,
}

impl Engine {
    /// Gives rates, all or none.
    ///
    /// # Errors
    /// [`AdminRefusal::Invalid`] naming members; with several orders, as `<number>.<member>`, counted from 0.
    pub async fn create_exchange_rates(
        &self,
        actor: &Actor,
        scope: Scope,
        orders: Vec<RateOrder>,
    ) -> Result<Vec<RateRow>, AdminRefusal> {
        let (bench, actor) = (self.bench(scope).await?, actor.clone());
        self.house
            .store
            .write(move |tx| write(tx, &bench, &actor, &orders))
            .await
    }

    /// Up to `limit` rates beyond `page`: newest first, but oldest first for [`Beyond::Newer`].
    ///
    /// # Errors
    /// An [`AdminRefusal`] of the database.
    pub async fn exchange_rates(
        &self,
        scope: Scope,
        filter: RateFilter,
        page: Beyond<ExchangeRateId>,
        limit: i64,
    ) -> Result<Vec<RateRow>, AdminRefusal> {
        self.house
            .store
            .read(move |tx| Ok(exchange_rates::list(tx, &scope, &filter, page.clone(), limit)?))
            .await
    }

    /// One rate.
    ///
    /// # Errors
    /// [`AdminRefusal::Unknown`].
    pub async fn exchange_rate(&self, scope: Scope, id: ExchangeRateId) -> Result<RateRow, AdminRefusal> {
        self.house
            .store
            .read(move |tx| exchange_rates::get(tx, &scope, id)?.ok_or(UNKNOWN))
            .await
    }

    /// Takes a rate out of use; attempts that were priced by it keep their price. A second time changes nothing.
    ///
    /// # Errors
    /// [`AdminRefusal::Unknown`].
    pub async fn withdraw_exchange_rate(
        &self,
        actor: &Actor,
        scope: Scope,
        id: ExchangeRateId,
    ) -> Result<RateRow, AdminRefusal> {
        let (bench, actor) = (self.bench(scope).await?, actor.clone());
        self.house
            .store
            .write(move |tx| {
                let row = exchange_rates::get(tx, &scope, id)?.ok_or(UNKNOWN)?;
                let at_ms = store::clock(tx)?;
                if exchange_rates::withdraw(tx, &scope, id, at_ms)? == 0 {
                    return Ok(row);
                }
                let change = Change {
                    actor: &actor,
                    action: "exchange_rate.withdraw",
                    subject_id: id.to_string(),
                    before: Some(told(&row)),
                    after: None,
                };
                audit(tx, &mut bench.draws.clone(), &scope, change)?;
                exchange_rates::get(tx, &scope, id)?.ok_or(UNKNOWN)
            })
            .await
    }
}

fn write(tx: &mut Tx<'_>, bench: &Bench, actor: &Actor, orders: &[RateOrder]) -> Result<Vec<RateRow>, AdminRefusal> {
    let (scope, mut draws, at_ms) = (bench.tenant.scope, bench.draws.clone(), store::clock(tx)?);
    let problems: Vec<(String, String)> = orders
        .iter()
        .enumerate()
        .flat_map(|(number, order)| {
            let prefix = if orders.len() > 1 {
                format!("{number}.")
            } else {
                String::new()
            };
            problems(order, at_ms)
                .into_iter()
                .map(move |(member, message)| (format!("{prefix}{member}"), message.to_owned()))
        })
        .collect();
    if !problems.is_empty() {
        return Err(AdminRefusal::Invalid(problems));
    }
    let mut rows = Vec::with_capacity(orders.len());
    for order in orders {
        let row = RateRow {
            id: draws.id(at_ms),
            base: order.base,
            quote: order.quote,
            rate: order.rate.clone(),
            correction: order.correction.clone(),
            valid_from_ms: order.valid_from_ms.unwrap_or(at_ms),
            expires_at_ms: order.expires_at_ms,
            created_at_ms: at_ms,
            withdrawn_at_ms: None,
        };
        exchange_rates::insert(tx, &scope, &row)?;
        let change = Change {
            actor,
            action: "exchange_rate.create",
            subject_id: row.id.to_string(),
            before: None,
            after: Some(told(&row)),
        };
        audit(tx, &mut draws, &scope, change)?;
        rows.push(row);
    }
    Ok(rows)
}

fn problems(order: &RateOrder, at_ms: i64) -> Vec<(&'static str, &'static str)> {
    let mut problems = Vec::new();
    if order.base == order.quote {
        problems.push(("quote_currency", "Must be another currency than base_currency."));
    }
    if order.expires_at_ms <= at_ms {
        problems.push(("expires_at", "Must be in the future."));
    } else if order
        .valid_from_ms
        .is_some_and(|from_ms| from_ms >= order.expires_at_ms)
    {
        problems.push(("expires_at", "Must be after valid_from."));
    }
    problems
}

fn told(row: &RateRow) -> Members {
    members([
        ("pair", format!("{} {}", row.base, row.quote)),
        ("rate", row.rate.to_string()),
        ("correction_rate", row.correction.to_string()),
        ("valid_from_ms", row.valid_from_ms.to_string()),
        ("expires_at_ms", row.expires_at_ms.to_string()),
    ])
}
