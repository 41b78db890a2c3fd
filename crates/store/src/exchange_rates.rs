//! A project's exchange rates. One is never changed or removed: a newer one goes before it, or it is withdrawn.

use domain::currency::Currency;
use domain::exchange_rate::{CorrectionRate, ExchangeRate};
use domain::ids::ExchangeRateId;
use domain::scope::Scope;

use crate::page::Beyond;
use crate::{FromRow, Row, StoreError, Tx};

/// A rate: one unit of `base` is `rate` units of `quote`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateRow {
    /// Which.
    pub id: ExchangeRateId,
    /// From.
    pub base: Currency,
    /// To.
    pub quote: Currency,
    /// Units of `quote` per unit of `base`.
    pub rate: ExchangeRate,
    /// The merchant's factor on top.
    pub correction: CorrectionRate,
    /// Milliseconds UTC from which it holds.
    pub valid_from_ms: i64,
    /// Milliseconds UTC at which it ends.
    pub expires_at_ms: i64,
    /// Milliseconds UTC.
    pub created_at_ms: i64,
    /// Milliseconds UTC since which it is not used any more.
    pub withdrawn_at_ms: Option<i64>,
}

/// What a list shows. `None` leaves a filter out.
#[derive(Clone, Debug, Default)]
pub struct RateFilter {
    /// From this currency.
    pub base: Option<Currency>,
    /// To this currency.
    pub quote: Option<Currency>,
    /// Valid and not withdrawn at this time, milliseconds UTC.
    pub at_ms: Option<i64>,
}

impl FromRow for RateRow {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            base: row.get(1)?,
            quote: row.get(2)?,
            rate: row.parse(3, |text: String| ExchangeRate::parse(&text))?,
            correction: row.parse(4, |text: String| CorrectionRate::parse(&text))?,
            valid_from_ms: row.get(5)?,
            expires_at_ms: row.get(6)?,
            created_at_ms: row.get(7)?,
            withdrawn_at_ms: row.get(8)?,
        })
    }
}

/// Writes a rate.
pub fn insert(tx: &mut Tx<'_>, scope: &Scope, rate: &RateRow) -> Result<(), StoreError> {
    tx.sql(
        "INSERT INTO exchange_rates (project_id, environment, id, base_currency, quote_currency, rate, correction_rate,
            valid_from, expires_at, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(rate.id)
    .bind(rate.base)
    .bind(rate.quote)
    .bind(rate.rate.to_string())
    .bind(rate.correction.to_string())
    .bind(rate.valid_from_ms)
    .bind(rate.expires_at_ms)
    .bind(rate.created_at_ms)
    .execute()?;
    Ok(())
}

/// One rate.
pub fn get(tx: &mut Tx<'_>, scope: &Scope, id: ExchangeRateId) -> Result<Option<RateRow>, StoreError> {
    tx.sql(
        "SELECT id, base_currency, quote_currency, rate, correction_rate, valid_from, expires_at, created_at, withdrawn_at
        FROM exchange_rates WHERE project_id = ?1 AND environment = ?2 AND id = ?3",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .optional()
}

/// The rate of a pair at a time: of those that hold then, the one that began last.
pub fn valid(
    tx: &mut Tx<'_>,
    scope: &Scope,
    pair: (Currency, Currency),
    at_ms: i64,
) -> Result<Option<RateRow>, StoreError> {
    let (base, quote) = pair;
    tx.sql(
        "SELECT id, base_currency, quote_currency, rate, correction_rate, valid_from, expires_at, created_at, withdrawn_at
        FROM exchange_rates WHERE project_id = ?1 AND environment = ?2 AND base_currency = ?3 AND quote_currency = ?4
            AND valid_from <= ?5 AND expires_at > ?5 AND withdrawn_at IS NULL
        ORDER BY valid_from DESC, created_at DESC, id DESC LIMIT 1",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(base)
    .bind(quote)
    .bind(at_ms)
    .optional()
}

/// The currencies that an amount in `base` can be converted to at a time.
pub fn quotes_of(tx: &mut Tx<'_>, scope: &Scope, base: Currency, at_ms: i64) -> Result<Vec<Currency>, StoreError> {
    tx.sql(
        "SELECT DISTINCT quote_currency FROM exchange_rates
        WHERE project_id = ?1 AND environment = ?2 AND base_currency = ?3
            AND valid_from <= ?4 AND expires_at > ?4 AND withdrawn_at IS NULL
        ORDER BY quote_currency",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(base)
    .bind(at_ms)
    .all()
}

/// Takes a rate out of use. Returns 0 rows when it does not exist or is withdrawn already.
pub fn withdraw(tx: &mut Tx<'_>, scope: &Scope, id: ExchangeRateId, at_ms: i64) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE exchange_rates SET withdrawn_at = ?4
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3 AND withdrawn_at IS NULL",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .bind(at_ms)
    .execute()
}

/// Up to `limit` rates beyond `page`. Newest first, but oldest first for [`Beyond::Newer`].
pub fn list(
    tx: &mut Tx<'_>,
    scope: &Scope,
    filter: &RateFilter,
    page: Beyond<ExchangeRateId>,
    limit: i64,
) -> Result<Vec<RateRow>, StoreError> {
    let statement = match page {
        Beyond::First | Beyond::Older(..) => tx.sql(
            "SELECT id, base_currency, quote_currency, rate, correction_rate, valid_from, expires_at, created_at,
                withdrawn_at FROM exchange_rates
            WHERE project_id = ?1 AND environment = ?2
                AND (created_at < ?3 OR (created_at = ?3 AND id < CAST(?4 AS TEXT)))
                AND (CAST(?5 AS TEXT) IS NULL OR base_currency = ?5)
                AND (CAST(?6 AS TEXT) IS NULL OR quote_currency = ?6)
                AND (CAST(?7 AS BIGINT) IS NULL OR (valid_from <= ?7 AND expires_at > ?7 AND withdrawn_at IS NULL))
            ORDER BY created_at DESC, id DESC LIMIT ?8",
        ),
        Beyond::Newer(..) => tx.sql(
            "SELECT id, base_currency, quote_currency, rate, correction_rate, valid_from, expires_at, created_at,
                withdrawn_at FROM exchange_rates
            WHERE project_id = ?1 AND environment = ?2
                AND (created_at > ?3 OR (created_at = ?3 AND id > CAST(?4 AS TEXT)))
                AND (CAST(?5 AS TEXT) IS NULL OR base_currency = ?5)
                AND (CAST(?6 AS TEXT) IS NULL OR quote_currency = ?6)
                AND (CAST(?7 AS BIGINT) IS NULL OR (valid_from <= ?7 AND expires_at > ?7 AND withdrawn_at IS NULL))
            ORDER BY created_at, id LIMIT ?8",
        ),
    };
    let (at, id) = page.bounds();
    statement
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(at)
        .bind(id)
        .bind(filter.base)
        .bind(filter.quote)
        .bind(filter.at_ms)
        .bind(limit)
        .all()
}
