//! The payer scans a code with another device, or opens the app on this one.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use engine::Door;
use url::Url;

use super::{Around, label, time_left};
use crate::api::payment::render::next_action::drawing;
use crate::checkout::frame::{Frame, Watch};
use crate::checkout::headers;

/// What an app's link never begins with.
const NOT_APPS: [&str; 6] = ["javascript", "data", "vbscript", "file", "blob", "about"];

#[derive(Template)]
#[template(path = "checkout/scan.html")]
struct Scan {
    frame: Frame,
    /// A drawing of ours: trusted.
    svg: Option<String>,
    picture: String,
    lead: String,
    /// The first one opens the app of the method.
    links: Vec<String>,
    button: String,
    left: Option<(String, i64)>,
    has_other_ways: bool,
}

/// Draws the screen.
pub(super) fn draw(around: &Around<'_>, payload: &str, links: &[String], until_ms: Option<i64>) -> Response {
    let (visit, texts) = (around.visit, around.texts());
    let active = visit.payment.active_attempt.as_ref();
    let method = active.map_or_else(String::new, |active| label(texts, active.attempt.method));
    let drawn = Scan {
        frame: Frame::of(around, "qr", "scan-title").watching(Watch::Yes),
        svg: drawing(payload),
        picture: texts.with("scan-picture", "method", &method),
        lead: texts.with("scan-lead", "method", &method),
        links: links.iter().filter(|link| opens_an_app(link)).cloned().collect(),
        button: texts.with("scan-button", "method", &method),
        left: time_left(texts, around.now_ms, until_ms),
        has_other_ways: matches!(around.visitor.door, Door::Checkout(_)),
    };
    headers::page(StatusCode::OK, drawn.render().unwrap_or_default())
}

fn opens_an_app(link: &str) -> bool {
    Url::parse(link).is_ok_and(|url| !NOT_APPS.contains(&url.scheme()))
}
