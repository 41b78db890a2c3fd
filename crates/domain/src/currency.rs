//! Currencies with a known minor unit. Owns which ISO 4217 codes can be paid in; never knows rates or symbols.

use std::fmt;

use thiserror::Error;

/// A currency of ISO 4217 with 0, 2 or 3 minor digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency {
    iso: iso_currency::Currency,
    exponent: u32,
}

/// Why a text is not a currency that can be paid in. The texts go to API users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CurrencyError {
    /// Not three upper-case ASCII letters.
    #[error("a currency is three upper-case letters of ISO 4217, for example XOF")]
    Malformed,
    /// Three letters that ISO 4217 does not list.
    #[error("this currency is not in ISO 4217")]
    Unknown,
    /// Metals, test codes and units of account (XAU, XXX, XDR …), and currencies counted in four decimals (CLF, UYW).
    #[error("this currency has no minor unit of 0, 2 or 3 decimals and cannot be paid in")]
    NotPayable,
}

impl Currency {
    /// Reads exactly three upper-case letters.
    ///
    /// # Errors
    /// [`CurrencyError`] says whether the form, the code or its minor unit is the problem.
    pub fn parse(text: &str) -> Result<Self, CurrencyError> {
        if text.len() != 3 || !text.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(CurrencyError::Malformed);
        }
        let iso = iso_currency::Currency::from_code(text).ok_or(CurrencyError::Unknown)?;
        match iso.exponent() {
            Some(exponent @ (0 | 2 | 3)) => Ok(Self {
                iso,
                exponent: u32::from(exponent),
            }),
            _ => Err(CurrencyError::NotPayable),
        }
    }

    /// The three letters.
    pub fn code(self) -> &'static str {
        self.iso.code()
    }

    /// Decimals of the minor unit: 0, 2 or 3.
    pub fn exponent(self) -> u32 {
        self.exponent
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
