//! Amounts as the API shows them. Owns the factor between real minor units and the API's `value`; nobody else knows it.

use engine::domain::money::Money;
use serde::Serialize;
use utoipa::ToSchema;

/// Decimals that `value` counts, at least.
const VALUE_DECIMALS: u32 = 2;

/// An amount of money.
#[derive(Serialize, ToSchema)]
#[schema(as = Amount)]
pub(crate) struct AmountBody {
    /// Hundredths of the major unit for every currency, XOF included; thousandths for currencies with three decimals.
    #[schema(example = 5000)]
    value: i64,
    /// Two decimals (three for three-decimal currencies), a point, no grouping.
    #[schema(example = "50.00 XOF")]
    formatted: String,
    /// Without trailing zero decimals.
    #[schema(example = "50 XOF")]
    short: String,
    /// ISO 4217.
    #[schema(example = "XOF")]
    currency: &'static str,
    /// Major units, exact.
    #[schema(example = "50")]
    decimal: String,
}

impl AmountBody {
    /// Shows an amount.
    pub(crate) fn of(money: Money) -> Self {
        let currency = money.currency();
        let missing = VALUE_DECIMALS.saturating_sub(currency.exponent());
        Self {
            value: money.minor().saturating_mul(10_i64.saturating_pow(missing)),
            formatted: format!("{} {currency}", money.fixed(VALUE_DECIMALS)),
            short: format!("{} {currency}", money.decimal()),
            currency: currency.code(),
            decimal: money.decimal(),
        }
    }
}

#[cfg(test)]
mod tests {
    use engine::domain::currency::Currency;
    use engine::domain::money::Money;

    use super::AmountBody;

    #[test]
    fn the_published_forms() {
        for (currency, major, value, formatted, short, decimal) in [
            ("XOF", "50", 5000, "50.00 XOF", "50 XOF", "50"),
            ("USD", "12.3", 1230, "12.30 USD", "12.3 USD", "12.3"),
            ("USD", "50.10", 5010, "50.10 USD", "50.1 USD", "50.1"),
            ("TND", "1.234", 1234, "1.234 TND", "1.234 TND", "1.234"),
            ("TND", "2", 2000, "2.000 TND", "2 TND", "2"),
            ("KES", "100", 10_000, "100.00 KES", "100 KES", "100"),
            (
                "XOF",
                "999999999999",
                99_999_999_999_900,
                "999999999999.00 XOF",
                "999999999999 XOF",
                "999999999999",
            ),
        ] {
            let body = AmountBody::of(Money::parse_major(major, Currency::parse(currency).unwrap()).unwrap());
            assert_eq!(body.value, value);
            assert_eq!((body.formatted.as_str(), body.short.as_str()), (formatted, short));
            assert_eq!((body.currency, body.decimal.as_str()), (currency, decimal));
        }
    }
}
