//! Paid: the receipt, and the way back to the merchant.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::{Around, label};
use crate::checkout::frame::Frame;
use crate::checkout::{headers, way_back};

#[derive(Template)]
#[template(path = "checkout/paid.html")]
struct Paid {
    frame: Frame,
    /// What stands on the receipt: names and values.
    rows: Vec<(String, String)>,
    back: Option<String>,
    back_button: String,
    going_back: String,
}

/// Draws the screen. Paid at `at_ms`, milliseconds UTC.
pub(super) fn draw(around: &Around<'_>, at_ms: i64) -> Response {
    let (visit, texts) = (around.visit, around.texts());
    let intent = &visit.payment.intent;
    let attempt = visit.paid_by.as_ref().map(|paid| &paid.attempt);
    let mut rows = vec![
        (texts.say("receipt-merchant"), visit.merchant.clone()),
        (texts.say("receipt-amount"), texts.money(intent.amount)),
    ];
    let mut row = |name: &str, value: Option<String>| rows.extend(value.map(|value| (texts.say(name), value)));
    let charged = attempt.map(|attempt| attempt.amount);
    let elsewhere = charged.filter(|charged| charged.currency() != intent.amount.currency());
    row("receipt-charged", elsewhere.map(|charged| texts.money(charged)));
    row("receipt-for", intent.description.clone());
    row("receipt-method", attempt.map(|attempt| label(texts, attempt.method)));
    let phone = visit.paid_by.as_ref().and_then(|paid| paid.phone.as_ref());
    row("receipt-number", phone.map(|phone| phone.masked()));
    row("receipt-reference", Some(intent.id.to_string()));
    row("receipt-date", Some(texts.date(at_ms)));
    let drawn = Paid {
        frame: Frame::of(around, "paid", "paid-title"),
        rows,
        back: way_back::of(&visit.payment),
        back_button: texts.with("back-button", "merchant", &visit.merchant),
        going_back: texts.with("paid-going-back", "merchant", &visit.merchant),
    };
    headers::page(StatusCode::OK, drawn.render().unwrap_or_default())
}
