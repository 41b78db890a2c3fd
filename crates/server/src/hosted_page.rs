//! Our own page of a payment: it asks for a one-time code, shows a code to scan, and says how the payment stands. Works without
//! a script; while something is under way it looks again by itself. Owns its words; never decides about the payment.

use askama::Template;
use axum::extract::{FromRequestParts, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use engine::domain::failure::FailureCode;
use engine::domain::language::Language;
use engine::domain::next_action::NextAction;
use engine::domain::payment_status::PaymentStatus;
use engine::views::PaymentView;
use engine::{Door, Refusal};

use crate::api::Api;
use crate::api::payment::render::next_action::drawing;
use crate::body;
use crate::envelope::Problem;
use crate::language::Wanted;
use crate::segment::Segment;

/// Nothing from elsewhere, no script, in nobody's frame; forms go to ourselves.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// Digits of a code.
const CODE_DIGITS: std::ops::RangeInclusive<usize> = 4..=8;

/// What the page shows.
enum Screen {
    /// Asks for a one-time code.
    Code {
        message: String,
        dial: Option<String>,
        length: u32,
        was_wrong: bool,
    },
    /// Shows a code to scan.
    Scan { svg: Option<String>, links: Vec<String> },
    /// Leads to the provider's page.
    Leave { url: String },
    /// The payer approves on the phone.
    Approve { message: String, dial: Option<String> },
    /// Nobody knows yet.
    Wait,
    /// Nothing is under way.
    Idle,
    /// Paid.
    Paid,
    /// Not paid.
    NotPaid,
}

#[derive(Template)]
#[template(path = "hosted.html")]
struct HostedPage {
    is_french: bool,
    amount: String,
    description: Option<String>,
    reference: String,
    token: String,
    /// Whether it looks again by itself.
    looks_again: bool,
    return_url: Option<String>,
    screen: Screen,
}

/// The code of a form.
pub(crate) struct CodeForm(String);

impl<S: Sync> FromRequestParts<S> for CodeForm {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let bytes = body::bytes(parts)?;
        let mut pairs = url::form_urlencoded::parse(&bytes);
        let code = pairs
            .find(|(name, _)| name == "code")
            .map(|(_, value)| value.into_owned());
        let digits = code.unwrap_or_default().split_whitespace().collect();
        Ok(Self(digits))
    }
}

/// `GET /pay/{token}`.
pub(crate) async fn show(State(api): State<Api>, Segment(token): Segment, Wanted(language): Wanted) -> Response {
    match api.engine.visit(&Door::Payment(token.clone())).await {
        Ok(visit) => page(&visit.payment, token, language),
        Err(refusal) => Problem::from(refusal).into_response(),
    }
}

/// `POST /pay/{token}`: the payer's code.
pub(crate) async fn hand_over(State(api): State<Api>, Segment(token): Segment, CodeForm(code): CodeForm) -> Response {
    let is_code = CODE_DIGITS.contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit());
    if is_code {
        let given = match api.engine.visit(&Door::Payment(token.clone())).await {
            Ok(visit) => api.engine.give_code(&visit, code).await,
            Err(refusal) => Err(refusal),
        };
        match given {
            // What is not awaited any more is seen on the page.
            Ok(()) | Err(Refusal::CodeNotExpected { .. } | Refusal::IntentExpired | Refusal::IntentEnded { .. }) => {}
            Err(refusal) => return Problem::from(refusal).into_response(),
        }
    }
    let back = format!("/pay/{token}");
    match HeaderValue::from_str(&back) {
        Ok(back) => (StatusCode::SEE_OTHER, [(LOCATION, back)]).into_response(),
        Err(_) => Problem::from(Refusal::UnknownIntent(String::new())).into_response(),
    }
}

fn page(view: &PaymentView, token: String, language: Language) -> Response {
    let screen = screen(view, language);
    let amount = view.intent.amount;
    let drawn = HostedPage {
        is_french: language == Language::French,
        amount: format!("{} {}", amount.decimal(), amount.currency()),
        description: view.intent.description.clone(),
        reference: view.intent.id.to_string(),
        token,
        looks_again: matches!(screen, Screen::Wait | Screen::Approve { .. } | Screen::Scan { .. }),
        return_url: view.intent.return_url.clone().filter(|_| view.intent.state.is_final()),
        screen,
    };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (ROBOTS, HeaderValue::from_static("noindex")),
    ];
    (headers, drawn.render().unwrap_or_default()).into_response()
}

fn screen(view: &PaymentView, language: Language) -> Screen {
    let state = view.active_attempt.as_ref().map(|active| &active.attempt.state);
    match PaymentStatus::of(view.intent.state, state) {
        PaymentStatus::Succeeded => return Screen::Paid,
        PaymentStatus::Failed | PaymentStatus::Canceled => return Screen::NotPaid,
        PaymentStatus::RequiresPaymentMethod => return Screen::Idle,
        PaymentStatus::RequiresAction | PaymentStatus::Processing => {}
    }
    let was_wrong = state
        .and_then(|state| state.failure())
        .is_some_and(|failure| failure.code == FailureCode::OtpInvalid);
    match state.and_then(|state| state.next_action()) {
        Some(NextAction::Otp {
            message,
            ussd_code,
            length,
            ..
        }) => Screen::Code {
            message: language.text(message).to_owned(),
            dial: ussd_code.clone(),
            length: *length,
            was_wrong,
        },
        Some(NextAction::QrCode {
            payload, deep_links, ..
        }) => Screen::Scan {
            svg: drawing(payload),
            links: deep_links.iter().filter(|link| is_web(link)).cloned().collect(),
        },
        Some(NextAction::Redirect { url, .. }) => Screen::Leave { url: url.clone() },
        Some(NextAction::Approval { message, ussd_code, .. }) => Screen::Approve {
            message: language.text(message).to_owned(),
            dial: ussd_code.clone(),
        },
        None => Screen::Wait,
    }
}

/// Links of other schemes are for apps; here only those that a browser opens.
fn is_web(link: &str) -> bool {
    link.starts_with("https://") || link.starts_with("http://")
}
