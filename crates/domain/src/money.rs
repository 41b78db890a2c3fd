//! Amounts of money. Owns exact arithmetic in whole minor units and exact decimal text; never uses floats, never guesses
//! a currency, never rounds but in [`Money::convert`].

use std::fmt;

use rust_decimal::Decimal;
use thiserror::Error;

use crate::currency::Currency;

/// The largest amount, in minor units of any currency.
pub const MAX_MINOR: i64 = 999_999_999_999;

/// Digits of [`MAX_MINOR`], all of them nine: a number fits exactly when it has no more digits.
const MAX_DIGITS: i64 = 12;

/// Decimals an exchange rate or a correction factor may have.
const MAX_RATE_DECIMALS: u32 = 8;

/// An amount from zero to [`MAX_MINOR`] minor units of one currency.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// Why an amount cannot be. The texts go to API users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// Not a number as JSON writes one.
    #[error("the amount is not a number")]
    NotANumber,
    /// Below zero.
    #[error("the amount must not be negative")]
    Negative,
    /// More than [`MAX_MINOR`] minor units.
    #[error("the amount is too large; the largest is 999999999999 of the smallest unit of {currency}")]
    TooLarge {
        /// The currency of the amount.
        currency: Currency,
    },
    /// More decimals than the currency has.
    #[error("{}", too_precise(*currency, *decimals))]
    TooPrecise {
        /// The currency of the amount; its exponent is what is allowed.
        currency: Currency,
        /// Decimals the amount has, trailing zeros not counted.
        decimals: u64,
    },
    /// Two amounts of different currencies.
    #[error("the amounts are in {left} and {right}; they must be in one currency")]
    CurrencyMismatch {
        /// Currency of the first amount.
        left: Currency,
        /// Currency of the second amount.
        right: Currency,
    },
    /// A rate or factor that is not above zero.
    #[error("a rate must be above zero")]
    RateNotPositive,
    /// A rate or factor of more than eight decimals.
    #[error("a rate has at most 8 decimals")]
    RateTooPrecise,
}

fn too_precise(currency: Currency, decimals: u64) -> String {
    match currency.exponent() {
        0 => format!("{currency} has no decimals; the amount has {decimals}"),
        allowed => format!("{currency} has {allowed} decimals; the amount has {decimals}"),
    }
}

impl Money {
    /// Makes an amount from whole minor units.
    ///
    /// # Errors
    /// [`MoneyError::Negative`] below zero, [`MoneyError::TooLarge`] above [`MAX_MINOR`].
    pub fn from_minor(minor: i64, currency: Currency) -> Result<Self, MoneyError> {
        match minor {
            ..0 => Err(MoneyError::Negative),
            0..=MAX_MINOR => Ok(Self { minor, currency }),
            _ => Err(MoneyError::TooLarge { currency }),
        }
    }

    /// Reads major units from the own text of a JSON number (`50`, `12.34`, `5e1`). Exact; trailing zero decimals count
    /// for nothing, so `50.0` XOF is 50. Work and memory are bounded by the length of the text, whatever its exponent.
    ///
    /// # Errors
    /// [`MoneyError`] for texts that are no number, negative, too large or too precise.
    pub fn parse_major(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let number = Number::read(text).ok_or(MoneyError::NotANumber)?;
        if number.digits.is_empty() {
            return Ok(Self { minor: 0, currency });
        }
        if number.is_negative {
            return Err(MoneyError::Negative);
        }
        let zeros = number.power.saturating_add(i64::from(currency.exponent()));
        let length = i64::try_from(number.digits.len()).unwrap_or(i64::MAX);
        if length.saturating_add(zeros) > MAX_DIGITS {
            return Err(MoneyError::TooLarge { currency });
        }
        let Ok(zeros) = u32::try_from(zeros) else {
            return Err(MoneyError::TooPrecise {
                currency,
                decimals: number.power.unsigned_abs(),
            });
        };
        let minor = number
            .digits
            .parse::<i64>()
            .ok()
            .and_then(|digits| digits.checked_mul(10_i64.checked_pow(zeros)?));
        Self::from_minor(minor.ok_or(MoneyError::TooLarge { currency })?, currency)
    }

    /// Whole minor units.
    pub fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// The shortest exact text in major units: `50`, `12.3`, `12.34`.
    pub fn decimal(self) -> String {
        let fixed = self.fixed(self.currency.exponent());
        match fixed.contains('.') {
            true => fixed.trim_end_matches('0').trim_end_matches('.').to_owned(),
            false => fixed,
        }
    }

    /// Text in major units with `decimals` decimals, or with as many as the currency has when that is more: never
    /// rounded. `fixed(2)` of 50 XOF is `50.00`.
    pub fn fixed(self, decimals: u32) -> String {
        let exponent = self.currency.exponent();
        let unit = 10_i64.pow(exponent);
        let (whole, part) = (self.minor / unit, self.minor % unit);
        let width = |count: u32| usize::try_from(count).unwrap_or(0);
        let shown = match exponent {
            0 => String::new(),
            _ => format!("{part:0width$}", width = width(exponent)),
        };
        match decimals.max(exponent) {
            0 => whole.to_string(),
            decimals => format!("{whole}.{shown:0<width$}", width = width(decimals)),
        }
    }

    /// The sum of two amounts of one currency.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`], or [`MoneyError::TooLarge`] above [`MAX_MINOR`].
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        Self::from_minor(self.minor.saturating_add(other.minor), self.currency)
    }

    /// The difference of two amounts of one currency.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`], or [`MoneyError::Negative`] when `other` is more.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        Self::from_minor(self.minor.saturating_sub(other.minor), self.currency)
    }

    /// `round_half_up(amount × rate × factor)` to the exponent of `to`: the one place that rounds. `rate` is units of
    /// `to` per unit of this currency, `factor` the merchant's correction; both have at most 8 decimals.
    ///
    /// # Errors
    /// [`MoneyError::RateNotPositive`], [`MoneyError::RateTooPrecise`], or [`MoneyError::TooLarge`] for the result.
    pub fn convert(self, rate: Decimal, factor: Decimal, to: Currency) -> Result<Self, MoneyError> {
        let (rate, factor) = (checked_rate(rate)?, checked_rate(factor)?);
        // The scales sum to at most 3 + 8 + 8, so an overflow of 128 bits is far above the largest amount.
        let numerator = i128::from(self.minor)
            .checked_mul(rate.mantissa())
            .and_then(|product| product.checked_mul(factor.mantissa()))
            .and_then(|product| product.checked_mul(10_i128.pow(to.exponent())))
            .ok_or(MoneyError::TooLarge { currency: to })?;
        let denominator = 10_i128.pow(self.currency.exponent() + rate.scale() + factor.scale());
        let (whole, rest) = (numerator / denominator, numerator % denominator);
        let rounded = if rest >= denominator - rest { whole + 1 } else { whole };
        let minor = i64::try_from(rounded).map_err(|_| MoneyError::TooLarge { currency: to })?;
        Self::from_minor(minor, to)
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        match self.currency == other.currency {
            true => Ok(()),
            false => Err(MoneyError::CurrencyMismatch {
                left: self.currency,
                right: other.currency,
            }),
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn checked_rate(rate: Decimal) -> Result<Decimal, MoneyError> {
    let rate = rate.normalize();
    if rate.is_sign_negative() || rate.is_zero() {
        return Err(MoneyError::RateNotPositive);
    }
    if rate.scale() > MAX_RATE_DECIMALS {
        return Err(MoneyError::RateTooPrecise);
    }
    Ok(rate)
}

/// A JSON number as written: `digits × 10^power`, without leading or trailing zeros in `digits` (empty for zero).
struct Number {
    is_negative: bool,
    digits: String,
    power: i64,
}

impl Number {
    /// Reads the grammar of RFC 8259 §6 and nothing more.
    fn read(text: &str) -> Option<Self> {
        let (is_negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)?),
            None => (text, 0),
        };
        let (whole, part) = match mantissa.split_once('.') {
            Some((whole, part)) => (whole, all_digits(part)?),
            None => (mantissa, ""),
        };
        all_digits(whole)?;
        if whole.len() > 1 && whole.starts_with('0') {
            return None;
        }
        let written = [whole, part].concat();
        let significant = written.trim_end_matches('0');
        let dropped = i64::try_from(written.len() - significant.len()).ok()?;
        let power = exponent
            .saturating_sub(i64::try_from(part.len()).ok()?)
            .saturating_add(dropped);
        Some(Self {
            is_negative,
            digits: significant.trim_start_matches('0').to_owned(),
            power,
        })
    }
}

/// The exponent of a number; one that is too long for 64 bits becomes the largest or smallest.
fn read_exponent(text: &str) -> Option<i64> {
    let (is_negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let size = all_digits(text)?.parse::<i64>().unwrap_or(i64::MAX);
    Some(if is_negative { -size } else { size })
}

fn all_digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}
