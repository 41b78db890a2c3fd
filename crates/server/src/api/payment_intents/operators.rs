//! The operators' names in this API, and the payment methods that they are: the catalogue's name in a country, another
//! generic code, a method code, or any of them with the country behind it.

use engine::catalogue::{Catalogue, Offer};
use engine::domain::country::Country;
use engine::domain::method::MethodCode;

/// Generic codes beside the catalogue's, and the method of each; the catalogue knows where it is offered.
const GENERIC: [(&str, &str); 14] = [
    ("orange_money", "momo_orange"),
    ("orange", "momo_orange"),
    ("mtn", "momo_mtn"),
    ("mtn_momo", "momo_mtn"),
    ("wave", "wallet_wave"),
    ("moov", "momo_moov"),
    ("moov_money", "momo_moov"),
    ("free_money", "momo_freemoney"),
    ("free", "momo_freemoney"),
    ("airtel", "momo_airtel"),
    ("airtel_money", "momo_airtel"),
    ("mpesa", "momo_mpesa"),
    ("vodacom", "momo_vodacom"),
    ("tigo", "momo_tigo"),
];

/// Why an operator is not one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum OperatorError {
    /// No such name there; which ones there are.
    #[error("no operator is called so in {0}: {1}")]
    Unknown(Country, String),
    /// Its suffix names another country.
    #[error("names another country than country does")]
    OtherCountry,
    /// It is not offered there; which ones are.
    #[error("is not offered in {0}: {1}")]
    NotOffered(Country, String),
}

/// What a payer may pay with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operators<'c> {
    /// What is offered where.
    pub(super) catalogue: &'c Catalogue,
    /// Whose operators take the money, when it is not the country that a request names.
    pub(super) rail: Option<Country>,
}

impl Operators<'_> {
    /// Reads the name of an operator in a request that names a country.
    pub(super) fn read(self, text: &str, named: Country) -> Result<MethodCode, OperatorError> {
        let Self { catalogue, rail } = self;
        let rail = rail.unwrap_or(named);
        let name = match without_suffix(text) {
            Some((name, suffix)) if is_known(name, catalogue) => match suffix == named {
                true => name,
                false => return Err(OperatorError::OtherCountry),
            },
            Some(_) | None => text,
        };
        let offer = catalogue
            .offer_of_operator(name, rail)
            .or_else(|| catalogue.offer(generic(name)?, rail));
        match offer {
            Some(offer) => Ok(offer.method),
            None if is_known(name, catalogue) => Err(OperatorError::NotOffered(rail, known_in(rail, catalogue))),
            None => Err(OperatorError::Unknown(rail, known_in(rail, catalogue))),
        }
    }
}

fn generic(name: &str) -> Option<MethodCode> {
    let known = GENERIC.iter().find(|(other, _)| *other == name).map(|(_, code)| *code);
    // Methods are known by their own code too.
    MethodCode::parse(known.unwrap_or(name))
        .ok()
        .filter(|method| method.code() != "card")
}

/// Whether there is such an operator anywhere.
fn is_known(name: &str, catalogue: &Catalogue) -> bool {
    let named = |offer: &Offer| offer.operator.as_deref() == Some(name);
    generic(name).is_some() || catalogue.offers().any(named)
}

/// A name, and the country behind it in two small letters.
fn without_suffix(text: &str) -> Option<(&str, Country)> {
    let (name, suffix) = text.rsplit_once('_')?;
    let country = Country::parse(&suffix.to_ascii_uppercase()).ok()?;
    Some((name, country))
}

/// What there is in a country instead, the most used first.
fn known_in(country: Country, catalogue: &Catalogue) -> String {
    let mut offers: Vec<&Offer> = catalogue.offers_in(country).collect();
    offers.sort_by_key(|offer| offer.popularity);
    let names: Vec<&str> = offers.iter().filter_map(|offer| offer.operator.as_deref()).collect();
    match names.as_slice() {
        [] => "no operator is offered there".to_owned(),
        names => format!("there are {}", names.join(", ")),
    }
}
