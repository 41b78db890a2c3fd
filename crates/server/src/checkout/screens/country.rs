//! In which country the payer pays: what is known, and the question when nothing is. Owns the order of what speaks for a
//! country; the payer may always choose another one that the merchant allows.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use engine::catalogue::CountryInfo;
use engine::domain::country::Country;
use engine::domain::failure::Failure;

use super::choose::{is_under_way, locked_number};
use super::{Around, message};
use crate::api::Api;
use crate::checkout::frame::{Frame, Watch};
use crate::checkout::headers;
use crate::envelope::Problem;
use crate::texts::Texts;

/// Where this payer can pay.
pub(crate) struct Places {
    countries: Vec<&'static CountryInfo>,
    /// Where they paid before, or are at home.
    known: Option<Country>,
}

/// A country to choose.
pub(super) struct CountryOption {
    pub(super) code: &'static str,
    pub(super) name: String,
    pub(super) is_chosen: bool,
}

#[derive(Template)]
#[template(path = "checkout/country.html")]
struct Ask {
    frame: Frame,
    failure: Option<String>,
    problem: Option<String>,
    countries: Vec<CountryOption>,
    is_other_way: bool,
}

/// Asks for the country; says so when there is none.
pub(super) fn ask(
    around: &Around<'_>,
    places: &Places,
    failure: Option<&Failure>,
    problem: Option<String>,
) -> Response {
    let texts = around.texts();
    if places.countries.is_empty() {
        return message::nothing(around);
    }
    let drawn = Ask {
        frame: Frame::of(around, "pay", "country-title").watching(Watch::ByScriptOnly),
        failure: failure.map(|failure| texts.say(&format!("failure-{}", failure.code))),
        problem,
        countries: places.options(texts, None),
        is_other_way: is_under_way(around.visit),
    };
    let status = match drawn.problem {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    headers::page(status, drawn.render().unwrap_or_default())
}

impl Places {
    /// What the merchant restricts it to, or everything that can be routed.
    ///
    /// # Errors
    /// What the engine refuses.
    pub(crate) async fn of(api: &Api, around: &Around<'_>) -> Result<Self, Problem> {
        let payment = &around.visit.payment;
        let found = api.engine.payable_countries(payment.scope, payment.intent.id).await?;
        let checkout = payment.checkout.as_ref();
        let only = checkout.and_then(|checkout| checkout.restriction.country);
        // A number that must pay and cannot be read lets nobody pay.
        let must = checkout.is_some_and(|checkout| checkout.restriction.phone.is_some());
        let is_readable = !must || locked_number(payment).is_some();
        let is_allowed = |country: Country| is_readable && only.is_none_or(|only| country == only);
        let all = found.countries.into_iter();
        Ok(Self {
            countries: all.filter(|info| is_allowed(info.country)).collect(),
            known: found.known.filter(|country| is_allowed(*country)),
        })
    }

    /// Whether one can be paid in there.
    pub(crate) fn has(&self, country: Country) -> bool {
        self.info(country).is_some()
    }

    /// What is known of one of them.
    pub(super) fn info(&self, country: Country) -> Option<&'static CountryInfo> {
        self.countries.iter().copied().find(|info| info.country == country)
    }

    /// As chosen on the page; else where the number is from, where the payer is known to be, what the browser names or the
    /// only one there is, first of those whose own money it is. None when nothing speaks for one.
    pub(crate) fn likeliest(&self, around: &Around<'_>) -> Option<Country> {
        let own = around.visit.payment.intent.amount.currency();
        let all: Vec<Country> = self.countries.iter().map(|info| info.country).collect();
        let of_currency = self
            .countries
            .iter()
            .filter(|info| info.currencies.first() == Some(&own));
        let of_currency: Vec<Country> = of_currency.map(|info| info.country).collect();
        let chosen = around.visitor.country.filter(|country| self.has(*country));
        chosen
            .or_else(|| self.of_number(around))
            .or(self.known)
            .or_else(|| around.visitor.named_of(&of_currency))
            .or_else(|| only(&of_currency))
            .or_else(|| around.visitor.named_of(&all))
            .or_else(|| only(&all))
    }

    /// The countries as a list to choose from, the likeliest first.
    pub(super) fn options(&self, texts: Texts, chosen: Option<Country>) -> Vec<CountryOption> {
        let option = |info: &&CountryInfo| CountryOption {
            code: info.country.code(),
            name: texts.language().text(&info.name).to_owned(),
            is_chosen: chosen == Some(info.country),
        };
        self.countries.iter().map(option).collect()
    }

    fn of_number(&self, around: &Around<'_>) -> Option<Country> {
        let locked = locked_number(&around.visit.payment);
        let phone = locked.as_ref().or(around.visit.phone.as_ref())?;
        let mut fitting = self
            .countries
            .iter()
            .filter(|info| phone.e164().starts_with(&info.dial_prefix));
        fitting.next().map(|info| info.country)
    }
}

fn only(countries: &[Country]) -> Option<Country> {
    match countries {
        [one] => Some(*one),
        _ => None,
    }
}
