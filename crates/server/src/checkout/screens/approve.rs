//! The payer approves on the phone: what the phone will show, how long the request waits, and what to do when none came.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use engine::Door;
use engine::catalogue::Catalogue;
use engine::domain::method::MethodCode;
use engine::domain::next_action::Text;

use super::{Around, dial_link, label, time_left};
use crate::checkout::frame::{Frame, Watch};
use crate::checkout::headers;

#[derive(Template)]
#[template(path = "checkout/approve.html")]
struct Approve {
    frame: Frame,
    /// What the provider wants said, when it is more than the usual.
    message: Option<String>,
    amount: String,
    merchant: String,
    /// Masked.
    number: Option<String>,
    method: String,
    /// In words, and in milliseconds.
    left: Option<(String, i64)>,
    /// To be dialled, and as a link.
    dial: Option<(String, String)>,
    /// The method that the number looks like, when it is another one.
    looks_like: Option<String>,
    choose_again: String,
    has_other_ways: bool,
}

/// Draws the screen.
pub(super) fn draw(around: &Around<'_>, message: &Text, ussd: Option<&str>, until_ms: Option<i64>) -> Response {
    let (visit, texts) = (around.visit, around.texts());
    let active = visit.payment.active_attempt.as_ref();
    let left = time_left(texts, around.now_ms, until_ms);
    let amount = active.map_or(visit.payment.intent.amount, |active| active.attempt.amount);
    let usual = engine::texts::approve(amount);
    let choose_again = match &left {
        Some((left, _)) => texts.with("approve-choose-again-in", "left", left),
        None => texts.say("approve-choose-again"),
    };
    let drawn = Approve {
        frame: Frame::of(around, "approve", "approve-title").watching(Watch::Yes),
        message: (*message != usual).then(|| texts.language().text(message).to_owned()),
        amount: texts.money(amount),
        merchant: visit.merchant.clone(),
        number: visit.phone.as_ref().map(|phone| phone.masked()),
        method: active.map_or_else(String::new, |active| label(texts, active.attempt.method)),
        left,
        dial: ussd.map(|code| (code.to_owned(), dial_link(code))),
        looks_like: looks_like(around).map(|method| label(texts, method)),
        choose_again,
        has_other_ways: matches!(around.visitor.door, Door::Checkout(_)),
    };
    headers::page(StatusCode::OK, drawn.render().unwrap_or_default())
}

/// What the number's prefix says, when it is another method than the one that was chosen.
fn looks_like(around: &Around<'_>) -> Option<MethodCode> {
    let attempt = &around.visit.payment.active_attempt.as_ref()?.attempt;
    let predicted = Catalogue::builtin().ok()?.predict(around.visit.phone.as_ref()?);
    let here: Vec<_> = predicted
        .iter()
        .filter(|prediction| prediction.country == attempt.country)
        .collect();
    let fits = here.iter().any(|prediction| prediction.method == attempt.method);
    here.first().filter(|_| !fits).map(|prediction| prediction.method)
}
