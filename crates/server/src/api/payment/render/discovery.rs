//! Countries and methods to choose from, as the API shows them.

use engine::catalogue::{CountryInfo, Evidence};
use engine::{AnyCountry, PayableCountries, PayableMethod};
use serde::Serialize;
use utoipa::ToSchema;

use super::amount::AmountBody;
use super::method::MethodBody;
use engine::domain::language::Language;

/// Countries in which a payment can be paid.
#[derive(Serialize, ToSchema)]
#[schema(as = Countries)]
pub(crate) struct CountriesBody {
    /// Most likely first.
    data: Vec<CountryBody>,
    /// About the whole list.
    meta: CountriesMeta,
}

/// A country.
#[derive(Serialize, ToSchema)]
#[schema(as = Country)]
pub(crate) struct CountryBody {
    /// ISO 3166-1 alpha-2.
    #[schema(example = "CI")]
    code: &'static str,
    /// In the language that `Accept-Language` wants, English or French.
    #[schema(example = "Côte d'Ivoire")]
    name: String,
    /// An emoji.
    #[schema(example = "🇨🇮")]
    flag: String,
}

/// About a list of countries.
#[derive(Serialize, ToSchema)]
pub(crate) struct CountriesMeta {
    /// How many there are.
    #[schema(example = 1)]
    total: usize,
    /// Whether a routing rule of the project is for any country.
    supports_any_country: bool,
}

/// Methods with which a payment can be paid in a country.
#[derive(Serialize, ToSchema)]
#[schema(as = PayableMethods)]
pub(crate) struct PayableMethodsBody {
    /// Most likely first.
    data: Vec<PayableMethodBody>,
}

/// A method that can be chosen.
#[derive(Serialize, ToSchema)]
#[schema(as = PayableMethod)]
pub(crate) struct PayableMethodBody {
    #[serde(flatten)]
    method: MethodBody,
    /// Its family.
    #[schema(example = "momo")]
    family: &'static str,
    /// Whether an attempt needs the payer's number.
    needs_phone: bool,
    /// What the payer does.
    #[schema(example = "prompt")]
    flow: &'static str,
    /// One per currency in which this payment can be paid so.
    limits: Vec<LimitBody>,
    /// `available`; `degraded` when there are outages; `down` when every gateway account is out of order;
    /// `not_configured` when none can take it.
    #[schema(example = "available")]
    availability: &'static str,
}

/// The smallest and the largest amount that an operator takes.
#[derive(Serialize, ToSchema)]
#[schema(as = Limit)]
pub(crate) struct LimitBody {
    /// Smallest amount.
    min: AmountBody,
    /// Largest amount.
    max: AmountBody,
    /// Whether the two have a source. Attempts outside of them are refused only then.
    is_sourced: bool,
    /// Decimals that the operator takes, at most those of the currency.
    #[schema(example = 0)]
    decimals: u32,
}

impl CountriesBody {
    /// Shows countries.
    pub(crate) fn of(found: &PayableCountries, language: Language) -> Self {
        let country = |info: &&'static CountryInfo| CountryBody {
            code: info.country.code(),
            name: language.text(&info.name).to_owned(),
            flag: info.flag(),
        };
        Self {
            data: found.countries.iter().map(country).collect(),
            meta: CountriesMeta {
                total: found.countries.len(),
                supports_any_country: found.any_country == AnyCountry::Supported,
            },
        }
    }
}

impl PayableMethodsBody {
    /// Shows methods.
    pub(crate) fn of(found: &[PayableMethod], public_url: &str, language: Language) -> Self {
        let data = found
            .iter()
            .map(|method| PayableMethodBody::of(method, public_url, language));
        Self { data: data.collect() }
    }
}

impl PayableMethodBody {
    fn of(found: &PayableMethod, public_url: &str, language: Language) -> Self {
        let offer = found.offer;
        let limits = found.currencies.iter().filter_map(|currency| offer.limit(*currency));
        Self {
            method: MethodBody::in_language(offer.method, public_url, language),
            family: offer.method.code().split('_').next().unwrap_or_default(),
            needs_phone: offer.method.needs_phone(),
            flow: offer.flow.code(),
            limits: limits
                .map(|limit| LimitBody {
                    min: AmountBody::of(limit.min),
                    max: AmountBody::of(limit.max),
                    is_sourced: limit.evidence == Evidence::Sourced,
                    decimals: limit.decimals,
                })
                .collect(),
            availability: found.availability.code(),
        }
    }
}
