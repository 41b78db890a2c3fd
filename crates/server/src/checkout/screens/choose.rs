//! The payer chooses: country, number, operator. Owns what can be chosen and what is said beside each field; a form that is
//! drawn again keeps what was written.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use engine::catalogue::Objection;
use engine::domain::country::Country;
use engine::domain::currency::Currency;
use engine::domain::failure::{Failure, FailureCode};
use engine::domain::method::MethodCode;
use engine::domain::money::Money;
use engine::domain::phone::Phone;
use engine::views::PaymentView;
use engine::{Availability, PayableMethod, Visit};

use super::country::{self, CountryOption, Places};
use super::{Around, label};
use crate::api::Api;
use crate::checkout::frame::{Frame, Watch};
use crate::checkout::headers;
use crate::envelope::Problem;
use crate::icons;
use crate::texts::Texts;

/// What a payer wrote, and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entered {
    /// The country of the form.
    pub(crate) country: Option<Country>,
    /// The number as it was written.
    pub(crate) number: String,
    /// The chosen method.
    pub(crate) method: Option<MethodCode>,
    /// Beside the country.
    pub(crate) country_problem: Option<String>,
    /// Beside the number.
    pub(crate) number_problem: Option<String>,
    /// Beside the methods.
    pub(crate) method_problem: Option<String>,
    /// Beside the methods: what we think.
    pub(crate) guess: Option<String>,
}

#[derive(Template)]
#[template(path = "checkout/choose.html")]
struct Choose {
    frame: Frame,
    /// Why the try before failed.
    failure: Option<String>,
    countries: Vec<CountryOption>,
    country: &'static str,
    country_name: String,
    dial_prefix: String,
    form: i64,
    entered: Entered,
    number: NumberField,
    cards: Vec<Card>,
    button: String,
    is_other_way: bool,
}

/// How the number is asked for.
enum NumberField {
    /// The merchant says which one pays; masked.
    Locked(String),
    /// It may be left empty: then the one that is known pays; masked.
    Known(String),
    /// It must be written.
    Open,
    /// Nothing here needs one.
    None,
}

/// A method to choose.
struct Card {
    code: &'static str,
    label: String,
    /// A drawing of ours: trusted.
    icon: String,
    detail: String,
    /// Why it may not work.
    trouble: Option<String>,
    /// What it costs in another currency, in its minor units: sent along, so that nobody pays what they did not read.
    price: Option<i64>,
    is_disabled: bool,
    is_chosen: bool,
}

/// Draws the screen.
///
/// # Errors
/// What the engine refuses while it says how the payment can be paid.
pub(crate) async fn draw(
    api: &Api,
    around: &Around<'_>,
    entered: &Entered,
    failure: Option<&Failure>,
) -> Result<Response, Problem> {
    let (visit, texts) = (around.visit, around.texts());
    let payment = &visit.payment;
    let places = Places::of(api, around).await?;
    let wanted = entered.country.filter(|country| places.has(*country));
    let Some(country) = wanted.or_else(|| places.likeliest(around)) else {
        return Ok(country::ask(around, &places, failure, entered.country_problem.clone()));
    };
    let methods = methods(api, payment, country).await?;
    let number = number_field(around, &methods);
    let again = failure.filter(|failure| may_work_again(failure.code));
    let again = again.and(payment.active_attempt.as_ref().map(|active| active.attempt.method));
    let chosen = match entered.method.or(again) {
        Some(method) => Some(method),
        None => guessed(api, around, country).await?.or_else(|| only(&methods)),
    };
    let problems = [
        &entered.country_problem,
        &entered.number_problem,
        &entered.method_problem,
    ];
    let status = match problems.into_iter().all(Option::is_none) {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let here = places.info(country);
    let (screen, title) = match failure {
        Some(_) => ("retry", "retry-title"),
        None => ("pay", "choose-title"),
    };
    let mut frame = Frame::of(around, screen, title).watching(Watch::ByScriptOnly);
    if is_under_way(visit) {
        frame = frame.of_other_ways();
    }
    let drawn = Choose {
        failure: failure.map(|failure| texts.say(&format!("failure-{}", failure.code))),
        country: country.code(),
        country_name: here.map_or_else(String::new, |info| texts.language().text(&info.name).to_owned()),
        countries: places.options(texts, Some(country)),
        dial_prefix: here.map(|info| info.dial_prefix.clone()).unwrap_or_default(),
        form: payment.intent.attempts_made,
        entered: entered.clone(),
        number,
        cards: methods
            .iter()
            .map(|method| card(texts, method, payment.intent.amount, chosen))
            .collect(),
        button: texts.with("pay-button", "amount", texts.money(payment.intent.amount)),
        is_other_way: is_under_way(visit),
        frame,
    };
    Ok(headers::page(status, drawn.render().unwrap_or_default()))
}

/// With what a payment can be paid in a country; where one number must pay, only with what a number pays.
///
/// # Errors
/// What the engine refuses.
pub(crate) async fn methods(api: &Api, payment: &PaymentView, country: Country) -> Result<Vec<PayableMethod>, Problem> {
    let ids = (payment.scope, payment.intent.id);
    let mut methods = api.engine.payable_methods(ids.0, ids.1, (country, None)).await?;
    if locked_number(payment).is_some() {
        methods.retain(|method| method.offer.method.needs_phone());
    }
    Ok(methods)
}

/// The number that the merchant says must pay.
pub(crate) fn locked_number(payment: &PaymentView) -> Option<Phone> {
    let number = payment.checkout.as_ref()?.restriction.phone.as_deref()?;
    Phone::from_e164(number).ok()
}

fn number_field(around: &Around<'_>, methods: &[PayableMethod]) -> NumberField {
    if !methods.iter().any(|method| method.offer.method.needs_phone()) {
        return NumberField::None;
    }
    match (locked_number(&around.visit.payment), &around.visit.phone) {
        (Some(locked), _) => NumberField::Locked(locked.masked()),
        (None, Some(known)) => NumberField::Known(known.masked()),
        (None, None) => NumberField::Open,
    }
}

/// What the number that is known will most likely pay with; not what has just failed. What a number paid with before is told
/// only of one that must pay, or that has paid here: anybody may write down any other.
pub(crate) async fn guessed(api: &Api, around: &Around<'_>, country: Country) -> Result<Option<MethodCode>, Problem> {
    let payment = &around.visit.payment;
    let locked = locked_number(payment);
    let Some(phone) = locked.as_ref().or(around.visit.phone.as_ref()) else {
        return Ok(None);
    };
    let tried = payment.active_attempt.as_ref().map(|active| &active.attempt);
    let is_own = locked.is_some() || tried.is_some_and(|attempt| attempt.instrument_id.is_some());
    let guess = match is_own {
        true => api.engine.predict(payment.scope, phone, country).await?,
        false => api.engine.predict_by_prefix(phone, country),
    };
    let failed = tried.map(|attempt| attempt.method);
    Ok(guess.filter(|method| Some(*method) != failed))
}

/// Whether the same way may work the next time: then it stays chosen.
fn may_work_again(code: FailureCode) -> bool {
    match code {
        FailureCode::DeclinedByPayer
        | FailureCode::WrongPin
        | FailureCode::OtpInvalid
        | FailureCode::InsufficientFunds
        | FailureCode::PaymentTimeout
        | FailureCode::Superseded
        | FailureCode::ClosedByPerson => true,
        FailureCode::WalletLimitReached
        | FailureCode::AccountNotFound
        | FailureCode::AccountBlocked
        | FailureCode::AmountOutOfRange
        | FailureCode::AmountMismatch
        | FailureCode::OperatorUnavailable
        | FailureCode::GatewayUnavailable
        | FailureCode::GatewayCredentialsRefused
        | FailureCode::GatewayLimitReached
        | FailureCode::RoutingNotConfigured
        | FailureCode::Cancelled
        | FailureCode::Unmapped => false,
    }
}

fn only(methods: &[PayableMethod]) -> Option<MethodCode> {
    match methods {
        [one] => Some(one.offer.method),
        _ => None,
    }
}

fn card(texts: Texts, method: &PayableMethod, amount: Money, chosen: Option<MethodCode>) -> Card {
    let code = method.offer.method;
    let objection = objection(texts, method);
    let trouble = match method.availability {
        Availability::Available => None,
        Availability::Degraded => Some(texts.say("method-degraded")),
        Availability::Down => Some(texts.say("method-down")),
        Availability::NotConfigured => Some(texts.say("method-not-configured")),
    };
    let is_disabled = objection.is_some() || method.availability == Availability::NotConfigured;
    Card {
        code: code.code(),
        label: label(texts, code),
        icon: icons::drawing(code),
        detail: detail(texts, method, amount.currency()),
        trouble: objection.or(trouble),
        price: price_elsewhere(method, amount.currency()).map(Money::minor),
        is_disabled,
        is_chosen: chosen == Some(code) && !is_disabled,
    }
}

/// What paying so means, in a few words.
fn detail(texts: Texts, method: &PayableMethod, own: Currency) -> String {
    let flow = texts.say(&format!("flow-{}", method.offer.flow.code()));
    match price_elsewhere(method, own) {
        Some(price) => {
            let price = texts.with("method-price", "amount", texts.money(price));
            format!("{flow}. {price}")
        }
        None => flow,
    }
}

/// What it costs, when that is in another currency.
pub(crate) fn price_elsewhere(method: &PayableMethod, own: Currency) -> Option<Money> {
    method.price.filter(|price| price.currency() != own)
}

/// Why it cannot be paid so, with the figures; figures without a source never speak against an amount.
fn objection(texts: Texts, method: &PayableMethod) -> Option<String> {
    let price = method.price?;
    let limit = method.offer.limit(price.currency())?;
    Some(match limit.objection(price)? {
        Objection::OutOfRange if price.minor() < limit.min.minor() => {
            texts.with("method-min", "amount", texts.money(limit.min))
        }
        Objection::OutOfRange => texts.with("method-max", "amount", texts.money(limit.max)),
        Objection::TooManyDecimals => texts.say("method-decimals"),
    })
}

/// Whether what the payer chooses here ends something that goes on.
pub(super) fn is_under_way(visit: &Visit) -> bool {
    let active = visit.payment.active_attempt.as_ref();
    visit.is_tried_again || active.is_some_and(|active| active.attempt.state.next_action().is_some())
}
