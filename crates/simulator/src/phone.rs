//! The sandbox phone: pages on which a person plays the payer.
//!
//! Owns the addresses under `/phone`, in French and English, with and without a script. Answers go through `prompts`,
//! faults through `control`; nothing is decided here.

use askama::Template;
use axum::extract::{Form, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::operator::Shared;
use crate::phones::{GLANCE_MS, STILL_MS};
use crate::prompts::{self, Reply};
use crate::refusal::Refusal;
use crate::{clock, numbers};

pub(crate) mod assets;
mod choose;
pub(crate) mod face;
pub(crate) mod history;
pub(crate) mod operators;
mod screen;
mod words;

use face::Face;
use screen::Screen;
use words::Words;

/// Everything from here, nothing inline, in nobody's frame.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// Says which state of the screen was sent.
const SEEN: HeaderName = HeaderName::from_static("x-seen");
/// The script's question for news is answered after this time at the latest.
const PATIENCE_MS: i64 = 8_000;
/// Between two looks for news.
const LOOK_AGAIN_MS: u64 = 150;
/// Without a script the page looks again after so many seconds: while nothing waits, and while somebody may be typing.
const REFRESH_S: (u32, u32) = (3, 55);

#[derive(Template)]
#[template(path = "phone.html")]
struct PhonePage {
    face: Face,
    w: &'static Words,
    root: &'static str,
    number: String,
    shown: String,
    refresh_s: u32,
    seen: String,
    screen: String,
    alert: Option<&'static str>,
}

/// What the addresses of a phone may carry.
#[derive(Default, Deserialize)]
pub(crate) struct Asked {
    number: Option<String>,
    country: Option<String>,
    phone: Option<String>,
    /// What became of the last answer.
    said: Option<String>,
    seen: Option<String>,
}

/// `GET /phone`: without a number the choice of one, else its phone.
pub(crate) async fn show(State(operator): State<Shared>, face: Face, Query(asked): Query<Asked>) -> Response {
    if let Some(typed) = &asked.phone {
        return match numbers::read(typed, asked.country.as_deref().unwrap_or_default()) {
            Some(number) => to_phone("phone", face, &number, None),
            None => choose::page(&operator, face, Some(&asked)),
        };
    }
    match asked.number.as_deref().map(numbers::from_address) {
        Some(Some(number)) => phone(&operator, face, number, asked.said.as_deref()),
        Some(None) => choose::page(&operator, face, Some(&asked)),
        None => choose::page(&operator, face, None),
    }
}

fn phone(operator: &Shared, face: Face, number: String, said: Option<&str>) -> Response {
    let words = face.words();
    let screen = Screen::of(operator, face, "", &number);
    let (for_ms, refresh_s) = match screen.asks() {
        true => (STILL_MS, REFRESH_S.1),
        false => (GLANCE_MS, REFRESH_S.0),
    };
    operator.phones().look(&number, for_ms, clock::now_ms());
    let (screen, seen) = screen.drawn();
    page(&PhonePage {
        face,
        w: words,
        root: "",
        shown: numbers::shown(&number),
        number,
        refresh_s,
        seen,
        screen,
        alert: match said {
            Some("pin") => Some(words.said_pin),
            Some("late") => Some(words.said_late),
            Some("dial") => Some(words.said_dial),
            _ => None,
        },
    })
}

/// `GET /phone/screen`: what the phone shows, once it is not what was `seen` any more; 204 when nothing came.
pub(crate) async fn screen(State(operator): State<Shared>, face: Face, Query(asked): Query<Asked>) -> Response {
    let Some(number) = asked.number.as_deref().and_then(numbers::from_address) else {
        return Refusal::Invalid("number").into_response();
    };
    let give_up_at_ms = clock::now_ms().saturating_add(PATIENCE_MS);
    let stopped = operator.stopped();
    tokio::pin!(stopped);
    loop {
        let now_ms = clock::now_ms();
        operator.phones().look(&number, GLANCE_MS, now_ms);
        let (html, seen) = Screen::of(&operator, face, "", &number).drawn();
        if asked.seen.as_ref() != Some(&seen) {
            return ([(SEEN, seen)], guarded(Html(html))).into_response();
        }
        if now_ms >= give_up_at_ms {
            return StatusCode::NO_CONTENT.into_response();
        }
        tokio::select! {
            () = &mut stopped => return StatusCode::NO_CONTENT.into_response(),
            () = clock::sleep_ms(LOOK_AGAIN_MS) => {}
        }
    }
}

/// The form of a prompt.
#[derive(Deserialize)]
pub(crate) struct Answered {
    number: String,
    id: String,
    answer: String,
    pin: Option<String>,
}

/// `POST /phone/answer`, and back to the phone.
pub(crate) async fn answer(State(operator): State<Shared>, face: Face, Form(form): Form<Answered>) -> Response {
    let Some(number) = numbers::from_address(&form.number) else {
        return Refusal::Invalid("number").into_response();
    };
    let Some(reply) = Reply::parse(&form.answer, form.pin) else {
        return Refusal::Invalid("answer").into_response();
    };
    match prompts::answer(&operator, &form.id, &reply) {
        Ok(_) => to_phone("../phone", face, &number, None),
        Err(Refusal::Invalid(_)) => to_phone("../phone", face, &number, Some("pin")),
        Err(Refusal::NotWaiting(_) | Refusal::UnknownPrompt) => to_phone("../phone", face, &number, Some("late")),
        Err(refusal) => refusal.into_response(),
    }
}

/// The form below the screen.
#[derive(Deserialize)]
pub(crate) struct Dialled {
    number: String,
    dial: String,
}

/// `POST /phone/dial`: whoever dials an operator's code gets a one-time code.
pub(crate) async fn dial(State(operator): State<Shared>, face: Face, Form(form): Form<Dialled>) -> Response {
    let Some(number) = numbers::from_address(&form.number) else {
        return Refusal::Invalid("number").into_response();
    };
    let dialled = form.dial.trim();
    let is_code = (2..=20).contains(&dialled.len())
        && dialled.starts_with(['*', '#'])
        && dialled
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'*' || byte == b'#');
    if !is_code {
        return to_phone("../phone", face, &number, Some("dial"));
    }
    operator.phones().dial(&number, clock::now_ms());
    to_phone("../phone", face, &number, None)
}

fn to_phone(path: &str, face: Face, number: &str, said: Option<&str>) -> Response {
    let said = said.map(|said| format!("&said={said}")).unwrap_or_default();
    let digits = number.trim_start_matches('+');
    Redirect::to(&format!("{path}?lang={}&number=%2B{digits}{said}", face.code())).into_response()
}

/// A whole page with what protects it.
fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => guarded(Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page cannot be drawn");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn guarded(html: Html<String>) -> impl IntoResponse {
    let headers = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, html)
}
