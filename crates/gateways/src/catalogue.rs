//! Which methods can be paid with in which country, and how: data from `catalogue/`, read once. Owns looking it up; never
//! decides which gateway takes a payment.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use domain::country::Country;
use domain::currency::Currency;
use domain::language::Language;
use domain::method::MethodCode;
use domain::money::Money;
use domain::next_action::Text;
use serde::Deserialize;
use thiserror::Error;

mod embedded;
mod prediction;
mod reading;

pub use prediction::Prediction;

static BUILTIN: LazyLock<Result<Catalogue, CatalogueError>> =
    LazyLock::new(|| Catalogue::read(embedded::METHODS, &embedded::COUNTRIES));

/// All methods, countries, and what is offered where.
#[derive(Clone, Debug)]
pub struct Catalogue {
    methods: Vec<MethodInfo>,
    countries: Vec<CountryInfo>,
    offers: BTreeMap<(Country, MethodCode), Offer>,
}

/// A method as payers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MethodInfo {
    /// The published code.
    pub code: MethodCode,
    /// Its name.
    pub label: Text,
    /// What paying with it means, in one line.
    pub description: Text,
}

/// A country as payers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountryInfo {
    /// ISO 3166-1 alpha-2.
    pub country: Country,
    /// Its everyday name.
    pub name: Text,
    /// The language in which its payers are spoken to while nobody knows theirs.
    pub language: Language,
    /// Currencies that its methods take, the usual one first.
    pub currencies: Vec<Currency>,
    /// International prefix with plus, for example `+225`.
    pub dial_prefix: String,
}

/// How the payer confirms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    /// A prompt on the phone.
    Prompt,
    /// A page of the provider.
    Redirect,
    /// A one-time code that the payer makes and hands over.
    Otp,
    /// A code to scan, or a link into an app.
    Qr,
}

/// One method in one country.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The method.
    pub method: MethodCode,
    /// The country.
    pub country: Country,
    /// Operator name of the payment-intents API, for example `orange_money`; cards have none.
    pub operator: Option<String>,
    /// How the payer confirms.
    pub flow: Flow,
    /// One per currency, the usual one first; never empty.
    pub limits: Vec<Limit>,
    /// Seconds after which the operator gives up on a payer who does not act.
    pub prompt_lifetime_s: u64,
    /// Seconds between a prompt that may stand and the next one to the same number.
    pub cool_down_s: u64,
    /// What the payer dials when no prompt comes.
    pub ussd_code: Option<String>,
    /// What the payer dials to make a one-time code; `{amount}` stands for the amount. See [`Offer::otp_dial_for`].
    pub otp_dial: Option<String>,
    /// Digits of a one-time code.
    pub otp_length: u32,
    /// What the operator's national numbers begin with.
    pub prefixes: Vec<String>,
    /// How far to trust the prefixes. Numbers move between operators in any case.
    pub prefix_evidence: Evidence,
    /// 1 for what is most used in the country: the order of its file.
    pub popularity: u32,
}

/// Smallest and largest amount in one currency, both allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Smallest amount.
    pub min: Money,
    /// Largest amount, of the same currency.
    pub max: Money,
    /// How far to trust the two.
    pub evidence: Evidence,
    /// Decimals that the operator takes, at most those of the currency.
    pub decimals: u32,
    /// How far to trust them.
    pub decimals_evidence: Evidence,
}

/// Why an operator is known not to take an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objection {
    /// Below the smallest or above the largest amount.
    OutOfRange,
    /// More decimals than the operator takes.
    TooManyDecimals,
}

/// How far a figure of the catalogue can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Published or observed; the data file names the source.
    Sourced,
    /// A plausible figure that nobody has confirmed: show it, do not refuse a payment by it.
    Unverified,
}

/// A data file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("catalogue file {file}: {problem}")]
pub struct CatalogueError {
    /// Which file.
    pub file: String,
    /// What is wrong with it.
    pub problem: String,
}

impl Catalogue {
    /// The catalogue of this build, read at the first call.
    ///
    /// # Errors
    /// [`CatalogueError`] when a data file is wrong; a test proves that none is.
    pub fn builtin() -> Result<&'static Self, CatalogueError> {
        BUILTIN.as_ref().map_err(Clone::clone)
    }

    /// Reads a catalogue from the text of `methods.toml` and of country files, each with its name.
    ///
    /// # Errors
    /// [`CatalogueError`] for the first file that is malformed or contradicts the published codes or another file.
    pub fn read(methods: &str, countries: &[(&str, &str)]) -> Result<Self, CatalogueError> {
        reading::read(methods, countries)
    }

    /// Every method of the fixed list, offered somewhere or not.
    pub fn methods(&self) -> &[MethodInfo] {
        &self.methods
    }

    /// The texts of one method.
    pub fn method(&self, code: MethodCode) -> Option<&MethodInfo> {
        self.methods.iter().find(|method| method.code == code)
    }

    /// Every country where something is offered.
    pub fn countries(&self) -> &[CountryInfo] {
        &self.countries
    }

    /// One country, when something is offered there.
    pub fn country(&self, country: Country) -> Option<&CountryInfo> {
        self.countries.iter().find(|info| info.country == country)
    }

    /// Every offer, by country and method.
    pub fn offers(&self) -> impl Iterator<Item = &Offer> {
        self.offers.values()
    }

    /// What is offered in one country, by method.
    pub fn offers_in(&self, country: Country) -> impl Iterator<Item = &Offer> {
        self.offers().filter(move |offer| offer.country == country)
    }

    /// A method in a country, when it is offered there.
    pub fn offer(&self, method: MethodCode, country: Country) -> Option<&Offer> {
        self.offers.get(&(country, method))
    }

    /// The offer of an operator by its name in the payment-intents API, for example `orange_money` in Senegal.
    pub fn offer_of_operator(&self, operator: &str, country: Country) -> Option<&Offer> {
        self.offers_in(country)
            .find(|offer| offer.operator.as_deref() == Some(operator))
    }
}

impl CountryInfo {
    /// The flag: the code in regional indicator symbols, which phones draw as a flag.
    pub fn flag(&self) -> String {
        let symbol = |letter: char| char::from_u32(0x1F1E6 + u32::from(letter).checked_sub(u32::from('A'))?);
        self.country.code().chars().filter_map(symbol).collect()
    }
}

impl Offer {
    /// Currencies that can be paid in, the usual one first.
    pub fn currencies(&self) -> impl Iterator<Item = Currency> {
        self.limits.iter().map(|limit| limit.min.currency())
    }

    /// The limits in one currency; `None` when the offer does not take it.
    pub fn limit(&self, currency: Currency) -> Option<&Limit> {
        self.limits.iter().find(|limit| limit.min.currency() == currency)
    }

    /// What to dial for a one-time code that pays `amount`.
    pub fn otp_dial_for(&self, amount: Money) -> Option<String> {
        self.otp_dial
            .as_ref()
            .map(|code| code.replace("{amount}", &amount.decimal()))
    }
}

impl Limit {
    /// What is known to speak against an amount of this limit's currency; figures without a source never do.
    pub fn objection(&self, amount: Money) -> Option<Objection> {
        let is_outside = amount.minor() < self.min.minor() || amount.minor() > self.max.minor();
        let step = 10_i64.pow(amount.currency().exponent().saturating_sub(self.decimals));
        if self.evidence == Evidence::Sourced && is_outside {
            Some(Objection::OutOfRange)
        } else if self.decimals_evidence == Evidence::Sourced && amount.minor() % step != 0 {
            Some(Objection::TooManyDecimals)
        } else {
            None
        }
    }
}

impl Flow {
    /// The word of the API and the data files: `prompt`, `redirect`, `otp` or `qr`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::Redirect => "redirect",
            Self::Otp => "otp",
            Self::Qr => "qr",
        }
    }
}
