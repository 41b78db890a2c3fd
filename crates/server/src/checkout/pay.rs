//! What a payer sends: how they want to pay, or the code that they were given. Owns reading the forms and where the payer is
//! led afterwards; the engine decides whether anything is paid.

use std::collections::BTreeMap;

use axum::extract::{FromRequestParts, State};
use axum::http::header::{LOCATION, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use engine::commands::StartAttempt;
use engine::domain::country::Country;
use engine::domain::method::MethodCode;
use engine::domain::phone::Phone;
use engine::{Door, PayableMethod, Refusal, Visit, door};

use super::limits;
use super::origin::must_be_ours;
use super::screens::choose::{self, Entered};
use super::screens::country::Places;
use super::screens::{self, Around};
use super::visitor::{Note, Visitor};
use crate::api::Api;
use crate::body;
use crate::envelope::Problem;
use crate::error_codes::ErrorCode;
use crate::texts::Texts;

/// Digits of a code.
const CODE_DIGITS: std::ops::RangeInclusive<usize> = 4..=8;
/// Characters of a field that are kept.
const FIELD_CHARS_MAX: usize = 256;

/// The fields of a form; of two with one name the first counts.
pub(crate) struct Form(BTreeMap<String, String>);

impl<S: Sync> FromRequestParts<S> for Form {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let bytes = body::bytes(parts)?;
        let mut fields = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(&bytes).take(20) {
            let kept = value.chars().filter(|c| !c.is_control()).take(FIELD_CHARS_MAX);
            fields.entry(name.into_owned()).or_insert_with(|| kept.collect());
        }
        Ok(Self(fields))
    }
}

impl Form {
    /// A field without the spaces around it; empty when there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |value| value.trim())
    }
}

/// `POST /c/{token}` and `POST /pay/{token}`.
pub(crate) async fn receive(
    State(api): State<Api>,
    visitor: Visitor,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    must_be_ours(&headers, &api.config.public_url)?;
    let visit = api.engine.visit(&visitor.door).await?;
    let around = Around {
        visit: &visit,
        visitor: &visitor,
        now_ms: api.engine.now_ms(),
    };
    match (form.get("step"), &visitor.door) {
        ("code", _) => take_code(&api, &around, form.get("code")).await,
        (_, Door::Checkout(_)) => pay(&api, &around, &form).await,
        // Nothing is begun there.
        (_, Door::Payment(_)) => back(&visitor, None),
    }
}

async fn take_code(api: &Api, around: &Around<'_>, written: &str) -> Result<Response, Problem> {
    let code: String = written.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if !CODE_DIGITS.contains(&code.len()) || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return match screens::code_again(around, "code-malformed") {
            Some(page) => Ok(page),
            None => back(around.visitor, None),
        };
    }
    if let Err(problem) = limits::count_code(api, around.visit).await {
        let wait = wait(around.texts(), &problem);
        return match screens::code_refused(around, wait) {
            Some(page) => Ok(too_often(page, &problem)),
            None => Err(problem),
        };
    }
    match api.engine.give_code(around.visit, code).await {
        Ok(()) => back(around.visitor, None),
        // What is not awaited any more is seen on the page.
        Err(Refusal::CodeNotExpected { .. } | Refusal::IntentExpired | Refusal::IntentEnded { .. }) => {
            back(around.visitor, None)
        }
        Err(Refusal::LinkPaid) => to_link(api, around).await,
        Err(refusal) => Err(refusal.into()),
    }
}

async fn pay(api: &Api, around: &Around<'_>, form: &Form) -> Result<Response, Problem> {
    let visit = around.visit;
    let Ok(number_of_form) = form.get("form").parse::<i64>() else {
        return back(around.visitor, None);
    };
    if visit.payment.intent.attempts_made != number_of_form {
        return back(around.visitor, Some(Note::GoneOn));
    }
    let places = Places::of(api, around).await?;
    let country = Country::parse(form.get("country")).ok();
    let Some(country) = country.filter(|country| places.has(*country)) else {
        let again = Entered {
            number: form.get("phone").to_owned(),
            country_problem: Some(around.texts().say("country-not-possible")),
            ..Entered::default()
        };
        return choose::draw(api, around, &again, None).await;
    };
    let methods = choose::methods(api, &visit.payment, country).await?;
    let entered = entered(api, around, form, (country, &methods)).await?;
    let (entered, phone) = match entered {
        Read::Ready(entered, phone) => (entered, phone),
        Read::Again(entered) => return choose::draw(api, around, &entered, None).await,
    };
    let Some(chosen) = methods
        .iter()
        .find(|method| Some(method.offer.method) == entered.method)
    else {
        return choose::draw(api, around, &entered, None).await;
    };
    let own = visit.payment.intent.amount.currency();
    let price = choose::price_elsewhere(chosen, own).map(|price| price.minor().to_string());
    if price.is_some_and(|price| price != form.get(&format!("price-{}", chosen.offer.method))) {
        let again = Entered {
            method_problem: Some(around.texts().say("method-price-changed")),
            ..entered
        };
        return choose::draw(api, around, &again, None).await;
    }
    let command = StartAttempt {
        method: chosen.offer.method,
        country,
        phone: phone.filter(|_| chosen.offer.method.needs_phone()),
        card_token: None,
        return_url: None,
        currency: chosen.currencies.first().copied().filter(|currency| *currency != own),
        scenario: None,
    };
    let said = (number_of_form, around.texts().language());
    if let Err(problem) = limits::check_attempts(api, visit).await {
        return wait_and_choose(api, around, entered, &problem).await;
    }
    match api.engine.pay(visit, said, command).await {
        Ok(()) => back(around.visitor, None),
        Err(refusal) => refused(api, around, entered, refusal).await,
    }
}

/// What came of a form.
enum Read {
    /// It can be paid so.
    Ready(Entered, Option<Phone>),
    /// It must be looked at again.
    Again(Entered),
}

/// Reads what was chosen. Where only the method is missing, it is guessed and shown to be confirmed.
async fn entered(
    api: &Api,
    around: &Around<'_>,
    form: &Form,
    (country, methods): (Country, &[PayableMethod]),
) -> Result<Read, Problem> {
    let texts = around.texts();
    let chosen = MethodCode::parse(form.get("method")).ok();
    let mut entered = Entered {
        country: Some(country),
        number: form.get("phone").to_owned(),
        method: chosen.filter(|chosen| methods.iter().any(|method| method.offer.method == *chosen)),
        ..Entered::default()
    };
    let needs_phone = entered.method.is_none_or(MethodCode::needs_phone);
    let phone = match needs_phone {
        true => number(around.visit, texts, &entered.number, country),
        false => Ok(None),
    };
    let phone = phone.unwrap_or_else(|problem| {
        entered.number_problem = Some(problem);
        None
    });
    if entered.method.is_none() {
        match &phone {
            Some(phone) => guess(api, around, &mut entered, (phone, country)).await?,
            None => entered.method_problem = Some(texts.say("method-missing")),
        }
        return Ok(Read::Again(entered));
    }
    Ok(match entered.number_problem {
        Some(_) => Read::Again(entered),
        None => Read::Ready(entered, phone),
    })
}

async fn guess(
    api: &Api,
    around: &Around<'_>,
    entered: &mut Entered,
    (phone, country): (&Phone, Country),
) -> Result<(), Problem> {
    let texts = around.texts();
    entered.method = match entered.number.is_empty() {
        true => choose::guessed(api, around, country).await?,
        false => api.engine.predict_by_prefix(phone, country),
    };
    match entered.method {
        Some(method) => {
            let name = screens::label(texts, method);
            entered.guess = Some(texts.with("method-guess", "method", name));
        }
        None => entered.method_problem = Some(texts.say("method-missing")),
    }
    Ok(())
}

/// The number that pays: the one that the merchant says, else what was written, else the one that is known.
fn number(visit: &Visit, texts: Texts, written: &str, country: Country) -> Result<Option<Phone>, String> {
    if let Some(locked) = choose::locked_number(&visit.payment) {
        return Ok(Some(locked));
    }
    match (written.is_empty(), &visit.phone) {
        (true, Some(known)) => Ok(Some(known.clone())),
        (true, None) => Err(texts.say("number-missing")),
        (false, _) => Phone::read(written, country)
            .map(Some)
            .map_err(|_| texts.say("number-wrong")),
    }
}

/// What the payer sees when the engine does not do it.
async fn refused(api: &Api, around: &Around<'_>, entered: Entered, refusal: Refusal) -> Result<Response, Problem> {
    let texts = around.texts();
    let again = match refusal {
        Refusal::KeyReused | Refusal::KeyInProgress => return back(around.visitor, Some(Note::GoneOn)),
        Refusal::AttemptInProgress { .. } => return back(around.visitor, Some(Note::StillPayable)),
        Refusal::IntentEnded { .. } | Refusal::IntentExpired | Refusal::AmountMismatch => {
            return back(around.visitor, None);
        }
        Refusal::LinkPaid => return to_link(api, around).await,
        Refusal::PayerCoolingDown { retry_after_ms } => {
            let seconds = retry_after_ms.saturating_add(999).div_euclid(1_000).max(1);
            Entered {
                number_problem: Some(texts.counted("number-cooling-down", seconds)),
                ..entered
            }
        }
        Refusal::TooManyPrompts { retry_after_ms } => {
            let minutes = retry_after_ms.saturating_add(59_999).div_euclid(60_000).max(1);
            Entered {
                number_problem: Some(texts.counted("number-too-often", minutes)),
                ..entered
            }
        }
        Refusal::PhoneRequired { .. } => Entered {
            number_problem: Some(texts.say("number-missing")),
            ..entered
        },
        Refusal::MethodNotOffered { .. }
        | Refusal::CurrencyNotTaken { .. }
        | Refusal::NoExchangeRate { .. }
        | Refusal::NotConvertible(_)
        | Refusal::AmountOutOfRange { .. }
        | Refusal::TooManyDecimals { .. }
        | Refusal::UnknownCountry(_) => Entered {
            method: None,
            method_problem: Some(texts.say("method-not-possible")),
            ..entered
        },
        other => return Err(other.into()),
    };
    choose::draw(api, around, &again, None).await
}

/// The form again, with how long to wait.
async fn wait_and_choose(
    api: &Api,
    around: &Around<'_>,
    entered: Entered,
    problem: &Problem,
) -> Result<Response, Problem> {
    let again = Entered {
        method_problem: Some(wait(around.texts(), problem)),
        ..entered
    };
    let page = choose::draw(api, around, &again, None).await?;
    Ok(too_often(page, problem))
}

fn wait(texts: Texts, problem: &Problem) -> String {
    texts.with("wait", "time", texts.duration(problem.retry_after_s().unwrap_or(1)))
}

/// A page that is drawn again because something was sent too often.
fn too_often(mut page: Response, problem: &Problem) -> Response {
    *page.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    if let Some(seconds) = problem.retry_after_s() {
        page.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    page
}

/// Leads back to the page as it stands now, so that nothing is sent again by a reload.
fn back(visitor: &Visitor, note: Option<Note>) -> Result<Response, Problem> {
    lead(&visitor.address(note))
}

/// Leads to the link that the payment was made through: its page says that it was paid.
async fn to_link(api: &Api, around: &Around<'_>) -> Result<Response, Problem> {
    let Some(token) = api.engine.link_token(&around.visit.payment).await? else {
        return back(around.visitor, None);
    };
    lead(&around.visitor.with_language(&door::link_path(&token)))
}

/// Leads elsewhere.
pub(crate) fn lead(address: &str) -> Result<Response, Problem> {
    let address = HeaderValue::from_str(address).map_err(|_| Problem::new(ErrorCode::NotFound))?;
    Ok((StatusCode::SEE_OTHER, [(LOCATION, address)]).into_response())
}
