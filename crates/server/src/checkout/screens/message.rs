//! Screens that only say something: that we wait, that it ended, that there is nothing here.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use engine::domain::failure::Failure;
use engine::{Door, Taken};

use super::{Around, label};
use crate::checkout::frame::{Frame, Watch};
use crate::checkout::{headers, way_back};
use crate::envelope::Problem;
use crate::texts::Texts;

#[derive(Template)]
#[template(path = "checkout/message.html")]
struct Message {
    frame: Frame,
    /// Whether something goes on.
    is_busy: bool,
    /// What happened, in paragraphs.
    lines: Vec<String>,
    /// What to mind above all.
    warning: Option<String>,
    back: Option<String>,
    back_button: String,
    /// Where else to go, and what the link there says.
    link: Option<(String, String)>,
}

impl Message {
    fn of(around: &Around<'_>, screen: &'static str, title: &str) -> Self {
        let texts = around.texts();
        Self {
            frame: Frame::of(around, screen, title),
            is_busy: false,
            lines: Vec::new(),
            warning: None,
            back: None,
            back_button: texts.with("back-button", "merchant", &around.visit.merchant),
            link: None,
        }
    }

    /// Tells the reference to ask about, and leads to where the merchant can be asked.
    fn with_help(mut self, around: &Around<'_>) -> Self {
        let (texts, merchant) = (around.texts(), &around.visit.merchant);
        let reference = &around.visit.payment.intent.id;
        self.lines
            .push(texts.filled("help", &[("merchant", merchant), ("reference", reference)]));
        self.link =
            way_back::site(&around.visit.payment).map(|site| (site, texts.with("help-link", "merchant", merchant)));
        self
    }

    /// Shows that something goes on.
    fn busy(mut self) -> Self {
        self.is_busy = true;
        self.frame = self.frame.watching(Watch::Yes);
        self
    }

    /// Leads back to the merchant.
    fn with_way_back(mut self, around: &Around<'_>) -> Self {
        self.back = way_back::of(&around.visit.payment);
        self
    }

    fn answer(self, status: StatusCode) -> Response {
        headers::page(status, self.render().unwrap_or_default())
    }
}

/// The operator is being asked.
pub(super) fn asking(around: &Around<'_>) -> Response {
    let texts = around.texts();
    let mut drawn = Message::of(around, "wait", "asking-title").busy();
    let active = around.visit.payment.active_attempt.as_ref();
    let method = active.map_or_else(String::new, |active| label(texts, active.attempt.method));
    drawn.lines = vec![texts.with("asking-lead", "method", method)];
    drawn.warning = Some(texts.say("do-not-pay-again"));
    drawn.answer(StatusCode::OK)
}

/// Nothing was taken, and another account is asked in a moment. Where payers choose, they may choose otherwise before.
pub(super) fn tried_again(around: &Around<'_>) -> Response {
    let texts = around.texts();
    let mut drawn = Message::of(around, "tried-again", "again-title").busy();
    let active = around.visit.payment.active_attempt.as_ref();
    let method = active.map_or_else(String::new, |active| label(texts, active.attempt.method));
    drawn.lines = vec![texts.with("again-lead", "method", method), texts.say("again-next")];
    if matches!(around.visitor.door, Door::Checkout(_)) {
        let other_ways = format!("{}&other=1", drawn.frame.query());
        drawn.link = Some((other_ways, texts.say("other-way")));
    }
    drawn.answer(StatusCode::OK)
}

/// Nobody has heard from the operator.
pub(super) fn unheard(around: &Around<'_>) -> Response {
    let texts = around.texts();
    let mut drawn = Message::of(around, "unknown", "unheard-title").busy();
    drawn.warning = Some(texts.say("do-not-pay-again"));
    drawn.lines = vec![texts.say("unheard-lead"), texts.say("unheard-when")];
    drawn.with_help(around).answer(StatusCode::OK)
}

/// The operator took another amount.
pub(super) fn mismatched(around: &Around<'_>) -> Response {
    let texts = around.texts();
    let mut drawn = Message::of(around, "mismatch", "mismatch-title");
    drawn.frame = drawn.frame.watching(Watch::ByScriptOnly);
    drawn.warning = Some(texts.say("do-not-pay-again"));
    drawn.lines = vec![texts.say("mismatch-lead")];
    drawn.with_help(around).answer(StatusCode::OK)
}

/// Money came for an earlier try while another one is under way.
pub(super) fn arrived(around: &Around<'_>) -> Response {
    let texts = around.texts();
    let mut drawn = Message::of(around, "arrived", "arrived-title").busy();
    drawn.warning = Some(texts.say("arrived-warning"));
    drawn.lines = vec![texts.say("arrived-lead")];
    drawn.with_help(around).answer(StatusCode::OK)
}

/// It ended unpaid, and money came all the same.
pub(super) fn taken_after_end(around: &Around<'_>) -> Response {
    let texts = around.texts();
    let mut drawn = Message::of(around, "taken-after-end", "late-title").with_way_back(around);
    drawn.frame = drawn.frame.watching(Watch::ByScriptOnly);
    drawn.warning = Some(texts.say("do-not-pay-again"));
    let what = match around.visit.taken {
        Taken::GivenBack => "late-given-back",
        Taken::Kept | Taken::Nothing => "late-looked-at",
    };
    drawn.lines = vec![texts.say(what)];
    drawn.with_help(around).answer(StatusCode::OK)
}

/// It ended unpaid, after a try that failed.
pub(super) fn failed(around: &Around<'_>, failure: Option<&Failure>) -> Response {
    let texts = around.texts();
    let mut drawn = Message::of(around, "failed", "failed-title").with_way_back(around);
    drawn.frame = drawn.frame.watching(Watch::ByScriptOnly);
    let why = failure.map_or_else(
        || texts.say("failed-lead"),
        |failure| texts.say(&format!("failure-{}", failure.code)),
    );
    drawn.lines = vec![why, texts.with("failed-next", "merchant", &around.visit.merchant)];
    drawn.answer(StatusCode::OK)
}

/// Nothing can take this payment.
pub(super) fn nothing(around: &Around<'_>) -> Response {
    let texts = around.texts();
    let mut drawn = Message::of(around, "nothing", "nothing-title").with_way_back(around);
    drawn.lines = vec![texts.with("nothing-lead", "merchant", &around.visit.merchant)];
    drawn.answer(StatusCode::OK)
}

/// Its time is over.
pub(super) fn expired(around: &Around<'_>) -> Response {
    let texts = around.texts();
    let mut drawn = Message::of(around, "expired", "expired-title").with_way_back(around);
    let next = texts.with("expired-next", "merchant", &around.visit.merchant);
    drawn.lines = vec![texts.say("expired-lead"), next];
    drawn.answer(StatusCode::OK)
}

/// The merchant cancelled it.
pub(super) fn cancelled(around: &Around<'_>) -> Response {
    let texts = around.texts();
    let mut drawn = Message::of(around, "cancelled", "cancelled-title").with_way_back(around);
    drawn.lines = vec![texts.with("cancelled-lead", "merchant", &around.visit.merchant)];
    drawn.answer(StatusCode::OK)
}

/// A page of no payment that says one thing: texts `{key}-title` and `{key}-lead`.
pub(crate) fn alone(texts: Texts, screen: &'static str, key: &str, status: StatusCode) -> Response {
    saying(
        texts,
        (screen, &format!("{key}-title")),
        texts.say(&format!("{key}-lead")),
        status,
    )
}

/// A page of no payment with a title and one line.
fn saying(texts: Texts, (screen, title): (&'static str, &str), line: String, status: StatusCode) -> Response {
    let drawn = Message {
        frame: Frame::alone(texts, screen, title),
        is_busy: false,
        lines: vec![line],
        warning: None,
        back: None,
        back_button: String::new(),
        link: None,
    };
    drawn.answer(status)
}

/// What a refused request is told.
pub(crate) fn of_problem(texts: Texts, problem: &Problem) -> Response {
    let status = problem.code().status();
    match status {
        StatusCode::NOT_FOUND => alone(texts, "not-found", "unknown", status),
        StatusCode::FORBIDDEN => alone(texts, "forbidden", "forbidden", status),
        StatusCode::TOO_MANY_REQUESTS => {
            let wait = texts.duration(problem.retry_after_s().unwrap_or(1));
            saying(
                texts,
                ("too-often", "too-often-title"),
                texts.with("wait", "time", wait),
                status,
            )
        }
        StatusCode::SERVICE_UNAVAILABLE => alone(texts, "unavailable", "unavailable", status),
        _ if status.is_client_error() => alone(texts, "bad-request", "bad-request", status),
        _ => alone(texts, "error", "error", status),
    }
}

#[cfg(test)]
mod tests {
    use engine::domain::language::Language;

    use super::*;
    use crate::error_codes::ErrorCode;

    /// The page of a refusal, with its own words replaced by their keys.
    async fn page(code: ErrorCode, key: &str) -> (StatusCode, String) {
        let texts = Texts::of(Language::French);
        let response = of_problem(texts, &Problem::new(code));
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 100_000).await.unwrap();
        let mut html = String::from_utf8(bytes.to_vec()).unwrap();
        for part in ["title", "lead"] {
            let words = texts.say(&format!("{key}-{part}"));
            assert!(html.contains(&words), "{html}");
            html = html.replace(&words, part);
        }
        (status, html.replace(&format!("data-screen=\"{key}\""), ""))
    }

    #[tokio::test]
    async fn a_fault_of_ours_looks_like_every_other_refusal() {
        let (fault, drawn) = page(ErrorCode::InternalError, "error").await;
        let (busy, drawn_busy) = page(ErrorCode::Unavailable, "unavailable").await;
        assert_eq!((fault.as_u16(), busy.as_u16()), (500, 503));
        assert_eq!(drawn, drawn_busy);
    }
}
