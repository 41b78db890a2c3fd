//! Turns data files into a catalogue. Owns the shape of the files and every check on them: what gets through needs no
//! second look.

use std::collections::BTreeMap;
use std::fmt::Display;

use domain::country::Country;
use domain::currency::Currency;
use domain::language::Language;
use domain::method::{Family, MethodCode};
use domain::money::Money;
use domain::next_action::Text;
use serde::Deserialize;

use super::{Catalogue, CatalogueError, CountryInfo, Evidence, Flow, Limit, MethodInfo, Offer};

/// Every operator we know of uses six digits.
const OTP_LENGTH: u32 = 6;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MethodsFile {
    method: Vec<MethodEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MethodEntry {
    code: String,
    family: String,
    label: TextEntry,
    description: TextEntry,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TextEntry {
    en: String,
    fr: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CountryFile {
    code: String,
    name: TextEntry,
    language: String,
    dial_prefix: String,
    currencies: Vec<String>,
    operator: Vec<OperatorEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OperatorEntry {
    method: String,
    operator: Option<String>,
    flow: Flow,
    prompt_lifetime_s: u64,
    cool_down_s: u64,
    ussd_code: Option<String>,
    otp_dial: Option<String>,
    prefixes: Option<PrefixesEntry>,
    limits: Vec<LimitEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PrefixesEntry {
    numbers: Vec<String>,
    source: Option<String>,
    #[serde(default)]
    unverified: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitEntry {
    currency: String,
    min: String,
    max: String,
    /// Decimals that the operator takes; as many as the currency has when absent.
    decimals: Option<DecimalsEntry>,
    source: Option<String>,
    #[serde(default)]
    unverified: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DecimalsEntry {
    digits: u32,
    source: Option<String>,
    #[serde(default)]
    unverified: bool,
}

/// What is wrong with a file, before its name is known.
type Problem = String;

/// Reads and checks all files.
pub(super) fn read(methods: &str, countries: &[(&str, &str)]) -> Result<Catalogue, CatalogueError> {
    let methods = read_methods(methods).map_err(in_file("methods.toml"))?;
    let mut catalogue = Catalogue {
        methods,
        countries: Vec::new(),
        offers: BTreeMap::new(),
    };
    for (file, text) in countries {
        let (info, offers) = read_country(text).map_err(in_file(file))?;
        if catalogue.country(info.country).is_some() {
            return Err(in_file(file)(format!("{} has a file already", info.country)));
        }
        catalogue.countries.push(info);
        for offer in offers {
            let what = format!("{} stands twice", offer.method);
            if catalogue.offers.insert((offer.country, offer.method), offer).is_some() {
                return Err(in_file(file)(what));
            }
        }
    }
    Ok(catalogue)
}

fn in_file(file: &str) -> impl Fn(Problem) -> CatalogueError {
    move |problem| CatalogueError {
        file: file.to_owned(),
        problem,
    }
}

/// Names the entry that a problem is in.
fn at(place: impl Display) -> impl FnOnce(Problem) -> Problem {
    move |problem| format!("{place}: {problem}")
}

fn text(error: impl Display) -> Problem {
    error.to_string()
}

fn read_methods(file: &str) -> Result<Vec<MethodInfo>, Problem> {
    let file: MethodsFile = toml::from_str(file).map_err(text)?;
    let mut methods: Vec<MethodInfo> = Vec::new();
    for entry in file.method {
        let code = MethodCode::parse(&entry.code).map_err(text).map_err(at(&entry.code))?;
        if code.family().code() != entry.family {
            return Err(format!("{code} is of the family {}", code.family().code()));
        }
        if methods.iter().any(|method| method.code == code) {
            return Err(format!("{code} stands twice"));
        }
        methods.push(MethodInfo {
            code,
            label: entry.label.into(),
            description: entry.description.into(),
        });
    }
    match MethodCode::all().find(|code| methods.iter().all(|method| method.code != *code)) {
        Some(missing) => Err(format!("{missing} is missing")),
        None => Ok(methods),
    }
}

fn read_country(file: &str) -> Result<(CountryInfo, Vec<Offer>), Problem> {
    let file: CountryFile = toml::from_str(file).map_err(text)?;
    let country = Country::parse(&file.code).map_err(text).map_err(at("code"))?;
    let prefix_digits = file.dial_prefix.strip_prefix('+').unwrap_or_default();
    if !(1..=3).contains(&prefix_digits.len()) || !are_digits(prefix_digits) {
        return Err(at("dial_prefix")("must be a plus and up to three digits".to_owned()));
    }
    let currencies = file.currencies.iter().map(|code| {
        let currency = Currency::parse(code).map_err(text).map_err(at(code));
        currency.map_err(at("currencies"))
    });
    let currencies = currencies.collect::<Result<Vec<_>, _>>()?;
    let language = Language::parse(&file.language).ok_or_else(|| at("language")("must be `en` or `fr`".to_owned()))?;
    let info = CountryInfo {
        country,
        name: file.name.into(),
        currencies,
        language,
        dial_prefix: file.dial_prefix,
    };
    let mut offers: Vec<Offer> = Vec::new();
    for entry in file.operator {
        let place = entry.method.clone();
        let offer = read_offer(entry, &info).map_err(at(&place))?;
        let others = || offers.iter().flat_map(|other| &other.prefixes);
        if let Some(taken) = offer
            .prefixes
            .iter()
            .find(|prefix| others().any(|other| other == *prefix))
        {
            return Err(at(place)(format!("another operator has the prefix {taken}")));
        }
        offers.push(offer);
    }
    for (place, offer) in (1..).zip(&mut offers) {
        offer.popularity = place;
    }
    Ok((info, offers))
}

fn read_offer(entry: OperatorEntry, info: &CountryInfo) -> Result<Offer, Problem> {
    let method = MethodCode::parse(&entry.method).map_err(text)?;
    let mut limits: Vec<Limit> = Vec::new();
    for limit in &entry.limits {
        let limit = read_limit(limit, info).map_err(at(format!("limits, {}", limit.currency)))?;
        if limits.iter().any(|other| other.min.currency() == limit.min.currency()) {
            return Err(format!("{} stands twice", limit.min.currency()));
        }
        limits.push(limit);
    }
    if limits.is_empty() {
        return Err("no currency has limits".to_owned());
    }
    if entry.operator.is_none() != (method.family() == Family::Card) {
        return Err("every operator but a card's has a name".to_owned());
    }
    if entry.flow == Flow::Otp && entry.otp_dial.is_none() {
        return Err("an otp flow needs otp_dial".to_owned());
    }
    let (prefixes, prefix_evidence) = read_prefixes(entry.prefixes.as_ref())?;
    Ok(Offer {
        method,
        country: info.country,
        prefixes,
        prefix_evidence,
        popularity: 0,
        operator: entry.operator,
        flow: entry.flow,
        limits,
        prompt_lifetime_s: entry.prompt_lifetime_s,
        cool_down_s: entry.cool_down_s,
        ussd_code: entry.ussd_code,
        otp_dial: entry.otp_dial,
        otp_length: OTP_LENGTH,
    })
}

fn read_limit(entry: &LimitEntry, info: &CountryInfo) -> Result<Limit, Problem> {
    let currency = Currency::parse(&entry.currency).map_err(text)?;
    if !info.currencies.contains(&currency) {
        return Err("the country does not list this currency".to_owned());
    }
    let amount =
        |field: &'static str, figure: &str| Money::parse_major(figure, currency).map_err(text).map_err(at(field));
    let (min, max) = (amount("min", &entry.min)?, amount("max", &entry.max)?);
    if min.is_zero() || min.minor() > max.minor() {
        return Err("min must be above zero and not above max".to_owned());
    }
    let (decimals, decimals_evidence) = read_decimals(entry.decimals.as_ref(), currency).map_err(at("decimals"))?;
    let evidence = evidence(entry.source.as_ref(), entry.unverified)?;
    Ok(Limit {
        min,
        max,
        evidence,
        decimals,
        decimals_evidence,
    })
}

fn read_decimals(entry: Option<&DecimalsEntry>, currency: Currency) -> Result<(u32, Evidence), Problem> {
    let Some(entry) = entry else {
        return Ok((currency.exponent(), Evidence::Unverified));
    };
    if entry.digits > currency.exponent() {
        return Err(format!("the currency has no {} decimals", entry.digits));
    }
    Ok((entry.digits, evidence(entry.source.as_ref(), entry.unverified)?))
}

fn read_prefixes(entry: Option<&PrefixesEntry>) -> Result<(Vec<String>, Evidence), Problem> {
    let Some(entry) = entry else {
        return Ok((Vec::new(), Evidence::Unverified));
    };
    for (index, prefix) in entry.numbers.iter().enumerate() {
        if prefix.is_empty() || !are_digits(prefix) {
            return Err(format!("prefixes: {prefix:?} is not digits"));
        }
        if entry.numbers.iter().skip(index + 1).any(|other| other == prefix) {
            return Err(format!("prefixes: {prefix} stands twice"));
        }
    }
    let evidence = evidence(entry.source.as_ref(), entry.unverified).map_err(at("prefixes"))?;
    Ok((entry.numbers.clone(), evidence))
}

fn are_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn evidence(source: Option<&String>, unverified: bool) -> Result<Evidence, Problem> {
    match (source, unverified) {
        (Some(_), false) => Ok(Evidence::Sourced),
        (None, true) => Ok(Evidence::Unverified),
        _ => Err("must say either their source or unverified = true".to_owned()),
    }
}

impl From<TextEntry> for Text {
    fn from(entry: TextEntry) -> Self {
        Self {
            en: entry.en,
            fr: entry.fr,
        }
    }
}
