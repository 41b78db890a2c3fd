//! The payer goes on at a provider's page: where that is, and that they come back.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use engine::Door;
use url::Url;

use super::{Around, label, time_left};
use crate::checkout::frame::{Frame, Watch};
use crate::checkout::headers;

#[derive(Template)]
#[template(path = "checkout/leave.html")]
struct Leave {
    frame: Frame,
    lead: String,
    /// Address of the provider's page.
    url: String,
    /// Where it is.
    host: String,
    button: String,
    left: Option<(String, i64)>,
    has_other_ways: bool,
}

/// Draws the screen.
pub(super) fn draw(around: &Around<'_>, url: &str, until_ms: Option<i64>) -> Response {
    let (visit, texts) = (around.visit, around.texts());
    let active = visit.payment.active_attempt.as_ref();
    let method = active.map_or_else(String::new, |active| label(texts, active.attempt.method));
    let parsed = Url::parse(url)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"));
    let mut frame = Frame::of(around, "redirect", "leave-title").watching(Watch::Yes);
    frame.title = texts.with("leave-title", "method", &method);
    let drawn = Leave {
        frame,
        lead: texts.with("leave-lead", "method", &method),
        host: parsed
            .as_ref()
            .and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_default(),
        url: parsed.map(String::from).unwrap_or_default(),
        button: texts.with("leave-button", "method", &method),
        left: time_left(texts, around.now_ms, until_ms),
        has_other_ways: matches!(around.visitor.door, Door::Checkout(_)),
    };
    headers::page(StatusCode::OK, drawn.render().unwrap_or_default())
}
