//! The payer makes a one-time code and writes it here.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use engine::Door;

use super::{Around, dial_link, label};
use crate::checkout::frame::{Frame, Watch};
use crate::checkout::headers;

#[derive(Template)]
#[template(path = "checkout/code.html")]
struct Code {
    frame: Frame,
    lead: String,
    /// To be dialled, and as a link.
    dial: Option<(String, String)>,
    field: String,
    problem: Option<String>,
    button: String,
    has_other_ways: bool,
}

/// Draws the screen. `asked` is what to dial, and how many digits come of it.
pub(super) fn draw(
    around: &Around<'_>,
    (dial, length): (Option<&str>, u32),
    problem: Option<String>,
    status: StatusCode,
) -> Response {
    let (visit, texts) = (around.visit, around.texts());
    let active = visit.payment.active_attempt.as_ref();
    let method = active.map_or_else(String::new, |active| label(texts, active.attempt.method));
    let amount = active.map_or(visit.payment.intent.amount, |active| active.attempt.amount);
    let drawn = Code {
        frame: Frame::of(around, "otp", "code-title").watching(Watch::ByScriptOnly),
        lead: match dial {
            Some(_) => texts.with("code-lead-dial", "method", &method),
            None => texts.with("code-lead", "method", &method),
        },
        dial: dial.map(|code| (code.to_owned(), dial_link(code))),
        field: texts.counted("code-field", i64::from(length)),
        problem,
        button: texts.with("pay-button", "amount", texts.money(amount)),
        has_other_ways: matches!(around.visitor.door, Door::Checkout(_)),
    };
    headers::page(status, drawn.render().unwrap_or_default())
}
