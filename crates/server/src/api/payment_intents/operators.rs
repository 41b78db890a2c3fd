//! The operators' names in this API, and the payment methods that they are: a generic code with a country, or an older
//! spelling that has the country in it.

use engine::catalogue::Catalogue;
use engine::domain::country::Country;
use engine::domain::method::MethodCode;

/// Generic codes, and the method of each; the catalogue knows where it is offered.
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
    /// No such name.
    #[error("is not an operator that is known")]
    Unknown,
    /// Its suffix names another country.
    #[error("names another country than country does")]
    OtherCountry,
    /// It is not offered there.
    #[error("is not offered in this country")]
    NotOffered,
}

/// Reads an operator in a country.
pub(super) fn read(text: &str, country: Country, catalogue: &Catalogue) -> Result<MethodCode, OperatorError> {
    let method = match generic(text) {
        Some(method) => method,
        None => of_suffixed(text, country)?,
    };
    match catalogue.offer(method, country) {
        Some(_) => Ok(method),
        None => Err(OperatorError::NotOffered),
    }
}

fn generic(text: &str) -> Option<MethodCode> {
    let known = GENERIC.iter().find(|(name, _)| *name == text).map(|(_, code)| *code);
    // Methods without a generic name are known by their own code.
    MethodCode::parse(known.unwrap_or(text))
        .ok()
        .filter(|method| method.code() != "card")
}

fn of_suffixed(text: &str, country: Country) -> Result<MethodCode, OperatorError> {
    let (name, suffix) = text.rsplit_once('_').ok_or(OperatorError::Unknown)?;
    let method = generic(name).ok_or(OperatorError::Unknown)?;
    let named = Country::parse(&suffix.to_ascii_uppercase()).map_err(|_| OperatorError::Unknown)?;
    match named == country {
        true => Ok(method),
        false => Err(OperatorError::OtherCountry),
    }
}
