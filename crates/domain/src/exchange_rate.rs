//! Exchange rates and what an amount is worth in another currency: exact decimals, rounded once. Never a binary float, and
//! never a rate that nobody gave: no inverse and no detour over a third currency.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use thiserror::Error;

use crate::currency::Currency;
use crate::money::Money;

/// Decimals of a rate at most.
pub const DECIMALS_MAX: u32 = 8;

/// Both rates are counted in steps of 10⁻⁸.
const STEPS: i128 = 100_000_000;

/// A rate above this is a mistake.
const LARGEST_STEPS: i128 = 1_000_000 * STEPS;

/// Units of one currency per unit of another: positive, at most eight decimals, at most one million.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeRate(Factor);

/// The merchant's margin as a factor on top of the exchange rate: from 0.5 to 2, at most eight decimals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorrectionRate(Factor);

/// A positive number with at most eight decimals, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Factor {
    steps: i128,
    text: String,
}

/// A rate that cannot be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RateError {
    /// Not decimal digits.
    #[error("Must be a decimal number, such as 0.00152.")]
    NotDecimal,
    /// More than eight decimals.
    #[error("Must have at most 8 decimals.")]
    TooPrecise,
    /// Zero, negative, or too large.
    #[error("Must be greater than 0 and at most 1000000.")]
    OutOfRange,
    /// A margin that is none.
    #[error("Must be from 0.5 to 2.")]
    NoMargin,
}

/// An amount that has no counterpart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ConversionError {
    /// It is worth less than half of the smallest unit.
    #[error("the amount is worth less than the smallest unit of the other currency")]
    TooSmall,
    /// It is worth more than the largest amount.
    #[error("the amount is worth more than the largest amount")]
    TooLarge,
}

impl Factor {
    fn parse(text: &str) -> Result<Self, RateError> {
        let is_digit = |byte: u8| byte.is_ascii_digit();
        let plain = text.len() <= 20
            && text.bytes().all(|byte| is_digit(byte) || byte == b'.')
            && text.bytes().next().is_some_and(is_digit)
            && text.bytes().next_back().is_some_and(is_digit);
        let decimal = Decimal::from_str(text)
            .ok()
            .filter(|_| plain)
            .ok_or(RateError::NotDecimal)?;
        let decimal = decimal.normalize();
        if decimal.scale() > DECIMALS_MAX {
            return Err(RateError::TooPrecise);
        }
        let missing = DECIMALS_MAX - decimal.scale();
        let steps = decimal.mantissa().checked_mul(10_i128.pow(missing));
        let steps = steps.filter(|steps| (1..=LARGEST_STEPS).contains(steps));
        Ok(Self {
            steps: steps.ok_or(RateError::OutOfRange)?,
            text: decimal.to_string(),
        })
    }
}

impl ExchangeRate {
    /// Reads decimal digits with a point.
    ///
    /// # Errors
    /// A [`RateError`].
    pub fn parse(text: &str) -> Result<Self, RateError> {
        Factor::parse(text).map(Self)
    }
}

impl CorrectionRate {
    /// Reads decimal digits with a point.
    ///
    /// # Errors
    /// A [`RateError`].
    pub fn parse(text: &str) -> Result<Self, RateError> {
        let factor = Factor::parse(text)?;
        if (STEPS / 2..=STEPS * 2).contains(&factor.steps) {
            Ok(Self(factor))
        } else {
            Err(RateError::NoMargin)
        }
    }

    /// No margin.
    pub fn none() -> Self {
        Self(Factor {
            steps: STEPS,
            text: "1".to_owned(),
        })
    }
}

impl fmt::Display for ExchangeRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl fmt::Display for CorrectionRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

/// What an amount is worth: amount × rate × correction, rounded half up once, to the smallest unit of the other currency.
///
/// # Errors
/// A [`ConversionError`].
pub fn convert(
    amount: Money,
    rate: &ExchangeRate,
    correction: &CorrectionRate,
    to: Currency,
) -> Result<Money, ConversionError> {
    let raised = 10_i128.pow(to.exponent());
    let lowered = 10_i128.pow(amount.currency().exponent()) * STEPS * STEPS;
    let exact = i128::from(amount.minor())
        .checked_mul(rate.0.steps)
        .and_then(|product| product.checked_mul(correction.0.steps))
        .and_then(|product| product.checked_mul(raised))
        .ok_or(ConversionError::TooLarge)?;
    let rounded = (exact + lowered / 2) / lowered;
    if rounded == 0 {
        return Err(ConversionError::TooSmall);
    }
    let minor = i64::try_from(rounded).map_err(|_| ConversionError::TooLarge)?;
    Money::from_minor(minor, to).map_err(|_| ConversionError::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(major: &str, currency: &str) -> Money {
        Money::parse_major(major, Currency::parse(currency).unwrap()).unwrap()
    }

    fn worth(amount: Money, rate: &str, correction: &str, to: &str) -> Result<String, ConversionError> {
        let (rate, correction) = (
            ExchangeRate::parse(rate).unwrap(),
            CorrectionRate::parse(correction).unwrap(),
        );
        convert(amount, &rate, &correction, Currency::parse(to).unwrap()).map(|money| money.to_string())
    }

    #[test]
    fn amounts_are_converted_exactly_and_rounded_half_up_once() {
        for (amount, from, rate, correction, to, expected) in [
            ("1000", "XOF", "0.00152", "1", "EUR", "1.52 EUR"),
            ("1000", "XOF", "0.001525", "1", "EUR", "1.53 EUR"),
            ("1000", "XOF", "0.0015249999", "1", "EUR", ""),
            ("12.34", "USD", "605.5", "1.02", "XOF", "7621 XOF"),
            ("1", "USD", "3.1125", "1", "TND", "3.113 TND"),
            ("100", "KES", "4.65", "1", "XOF", "465 XOF"),
            ("999999999999", "XOF", "0.00000001", "0.5", "USD", "5000 USD"),
        ] {
            if expected.is_empty() {
                assert_eq!(ExchangeRate::parse(rate), Err(RateError::TooPrecise));
                continue;
            }
            assert_eq!(worth(money(amount, from), rate, correction, to).unwrap(), expected);
        }
    }

    #[test]
    fn what_has_no_counterpart_is_refused() {
        assert_eq!(
            worth(money("1", "XOF"), "0.001", "1", "USD"),
            Err(ConversionError::TooSmall)
        );
        assert_eq!(worth(money("1", "XOF"), "0.005", "1", "USD").unwrap(), "0.01 USD");
        assert_eq!(
            worth(money("999999999999", "XOF"), "1000000", "2", "TND"),
            Err(ConversionError::TooLarge)
        );
    }

    #[test]
    fn rates_keep_their_exact_text_and_bad_ones_are_named() {
        assert_eq!(ExchangeRate::parse("655.95700").unwrap().to_string(), "655.957");
        assert_eq!(ExchangeRate::parse("0.00000001").unwrap().to_string(), "0.00000001");
        for (text, error) in [
            ("", RateError::NotDecimal),
            ("1e3", RateError::NotDecimal),
            ("-1", RateError::NotDecimal),
            ("1,5", RateError::NotDecimal),
            (".5", RateError::NotDecimal),
            ("5.", RateError::NotDecimal),
            ("1.2.3", RateError::NotDecimal),
            ("0", RateError::OutOfRange),
            ("1000000.1", RateError::OutOfRange),
            ("0.000000001", RateError::TooPrecise),
        ] {
            assert_eq!(ExchangeRate::parse(text), Err(error), "{text}");
        }
        assert_eq!(CorrectionRate::parse("2.1"), Err(RateError::NoMargin));
        assert_eq!(CorrectionRate::none(), CorrectionRate::parse("1.00").unwrap());
    }
}
