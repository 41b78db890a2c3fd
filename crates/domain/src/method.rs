//! Payment methods by their published codes. Owns the fixed list and what follows from a code alone; labels, countries
//! and limits are catalogue data.

use std::fmt;

use thiserror::Error;

/// The fixed list of the payment API. Codes are `<family>_<brand>`, or `card`.
const CODES: [&str; 21] = [
    "card",
    "momo_airtel",
    "momo_amanata",
    "momo_e_money",
    "momo_eu_mobile",
    "momo_freemoney",
    "momo_halopesa",
    "momo_moov",
    "momo_mpesa",
    "momo_mtn",
    "momo_orange",
    "momo_tigo",
    "momo_tnm",
    "momo_togocel",
    "momo_vodacom",
    "momo_vodafone",
    "momo_zamani_cash",
    "momo_zamtel",
    "wallet_djamo",
    "wallet_my_nita",
    "wallet_wave",
];

/// A payment method of the fixed list, for example `momo_mtn`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MethodCode(&'static str);

/// What kind of instrument a method uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// An account at a mobile operator.
    MobileMoney,
    /// An account at a wallet provider.
    Wallet,
    /// A payment card.
    Card,
}

/// The text is not one of the published method codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("this payment method is unknown; methods look like momo_mtn, wallet_wave or card")]
pub struct UnknownMethod;

impl MethodCode {
    /// Reads a published code, lower case.
    ///
    /// # Errors
    /// [`UnknownMethod`] for every other text.
    pub fn parse(text: &str) -> Result<Self, UnknownMethod> {
        Self::all().find(|method| method.0 == text).ok_or(UnknownMethod)
    }

    /// Every method of the fixed list, in the order of the codes.
    pub fn all() -> impl Iterator<Item = Self> {
        CODES.into_iter().map(Self)
    }

    /// The published code.
    pub fn code(self) -> &'static str {
        self.0
    }

    /// What kind of instrument it uses.
    pub fn family(self) -> Family {
        if self.0.starts_with("momo_") {
            Family::MobileMoney
        } else if self.0.starts_with("wallet_") {
            Family::Wallet
        } else {
            Family::Card
        }
    }

    /// Whether an attempt must name the payer's phone.
    pub fn needs_phone(self) -> bool {
        match self.family() {
            Family::MobileMoney | Family::Wallet => true,
            Family::Card => false,
        }
    }
}

impl Family {
    /// The word the APIs and the catalogue use: `mobile_money`, `wallet` or `card`.
    pub fn code(self) -> &'static str {
        match self {
            Self::MobileMoney => "mobile_money",
            Self::Wallet => "wallet",
            Self::Card => "card",
        }
    }
}

impl fmt::Display for MethodCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for MethodCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
