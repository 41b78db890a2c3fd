//! What the payer sees: one file per screen. Owns the words that each screen is made of; never what is done.

use axum::http::StatusCode;
use axum::response::Response;
use engine::catalogue::Catalogue;
use engine::domain::failure::{Failure, FailureCode};
use engine::domain::method::MethodCode;
use engine::domain::next_action::NextAction;
use engine::{Door, Visit};

use super::standing::Standing;
use super::visitor::{Visitor, Wish};
use crate::api::Api;
use crate::envelope::Problem;
use crate::texts::Texts;

mod approve;
pub(crate) mod choose;
mod code;
pub(crate) mod country;
mod leave;
mod message;
mod paid;
mod scan;

pub(crate) use message::of_problem;

/// The screen of a payment as it stands.
///
/// # Errors
/// What the engine refuses while it says how the payment can be paid.
pub(crate) async fn draw(api: &Api, visit: &Visit, visitor: &Visitor) -> Result<Response, Problem> {
    let now_ms = api.engine.now_ms();
    let around = Around { visit, visitor, now_ms };
    match Standing::of(visit, now_ms) {
        Standing::Choosing(failure) => match visitor.door {
            Door::Checkout(_) => choose::draw(api, &around, &choose::Entered::default(), failure).await,
            // Its merchant begins all tries, and there is none.
            Door::Payment(_) => Ok(message::failed(&around, failure)),
        },
        Standing::TriedAgain => match (visitor.wish, &visitor.door) {
            (Wish::OtherWays, Door::Checkout(_)) => choose::draw(api, &around, &choose::Entered::default(), None).await,
            (Wish::OtherWays | Wish::AsItStands, _) => Ok(message::tried_again(&around)),
        },
        Standing::Acting(action, _) if visitor.wish == Wish::OtherWays && may_be_left(action, visitor) => {
            choose::draw(api, &around, &choose::Entered::default(), None).await
        }
        Standing::Acting(action, failure) => Ok(act(&around, action, failure)),
        Standing::Asking => Ok(message::asking(&around)),
        Standing::Unheard => Ok(message::unheard(&around)),
        Standing::Paid { at_ms } => Ok(paid::draw(&around, at_ms)),
        Standing::Mismatched => Ok(message::mismatched(&around)),
        Standing::Arrived => Ok(message::arrived(&around)),
        Standing::TakenAfterEnd => Ok(message::taken_after_end(&around)),
        Standing::Failed(failure) => Ok(message::failed(&around, failure)),
        Standing::Expired => Ok(message::expired(&around)),
        Standing::Cancelled => Ok(message::cancelled(&around)),
    }
}

/// What every screen of a payment is drawn from.
pub(crate) struct Around<'a> {
    /// The payment.
    pub(crate) visit: &'a Visit,
    /// Who looks.
    pub(crate) visitor: &'a Visitor,
    /// Milliseconds UTC.
    pub(crate) now_ms: i64,
}

impl Around<'_> {
    /// The texts of the page.
    pub(crate) fn texts(&self) -> Texts {
        self.visitor.texts(&self.visit.payment)
    }
}

fn act(around: &Around<'_>, action: &NextAction, failure: Option<&Failure>) -> Response {
    match action {
        NextAction::Approval {
            message,
            ussd_code,
            expires_at_ms,
        } => approve::draw(around, message, ussd_code.as_deref(), *expires_at_ms),
        NextAction::Otp { ussd_code, length, .. } => {
            let was_wrong = failure.is_some_and(|failure| failure.code == FailureCode::OtpInvalid);
            let problem = was_wrong.then(|| around.texts().say("code-wrong"));
            code::draw(around, (ussd_code.as_deref(), *length), problem, StatusCode::OK)
        }
        NextAction::Redirect { url, expires_at_ms } => leave::draw(around, url, *expires_at_ms),
        NextAction::QrCode {
            payload,
            deep_links,
            expires_at_ms,
        } => scan::draw(around, payload, deep_links, *expires_at_ms),
    }
}

/// The screen of the one-time code again, with the text of what is wrong with it.
pub(crate) fn code_again(around: &Around<'_>, problem: &str) -> Option<Response> {
    code_refused(around, around.texts().say(problem))
}

/// The screen of the one-time code again, with what is wrong; `None` when no code is awaited.
pub(crate) fn code_refused(around: &Around<'_>, problem: String) -> Option<Response> {
    match Standing::of(around.visit, around.now_ms) {
        Standing::Acting(NextAction::Otp { ussd_code, length, .. }, _) => {
            let asked = (ussd_code.as_deref(), *length);
            Some(code::draw(
                around,
                asked,
                Some(problem),
                StatusCode::UNPROCESSABLE_ENTITY,
            ))
        }
        _ => None,
    }
}

/// Whether other ways are shown while one is under way. A prompt on a phone cannot be taken back.
fn may_be_left(action: &NextAction, visitor: &Visitor) -> bool {
    let is_prompt = matches!(action, NextAction::Approval { .. });
    !is_prompt && matches!(visitor.door, Door::Checkout(_))
}

/// How long something lasts still, in words; `None` when that is not known.
fn time_left(texts: Texts, now_ms: i64, until_ms: Option<i64>) -> Option<(String, i64)> {
    let left_ms = until_ms? - now_ms;
    let minutes = (left_ms + 59_999).div_euclid(60_000);
    Some((texts.counted("time-left", minutes.max(1)), left_ms.max(0)))
}

/// How a method is called.
pub(super) fn label(texts: Texts, method: MethodCode) -> String {
    let catalogue = Catalogue::builtin().ok();
    let info = catalogue.and_then(|catalogue| catalogue.method(method));
    info.map_or_else(
        || method.code().to_owned(),
        |info| texts.language().text(&info.label).to_owned(),
    )
}

/// The address of a number for the telephone app.
fn dial_link(code: &str) -> String {
    let mut link = String::from("tel:");
    for character in code.chars() {
        match character {
            '#' => link.push_str("%23"),
            '0'..='9' | '*' | '+' => link.push(character),
            _ => {}
        }
    }
    link
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_code_to_dial_becomes_a_link() {
        assert_eq!(super::dial_link("#144*82#"), "tel:%23144*82%23");
        assert_eq!(super::dial_link("*133#\" onclick"), "tel:*133%23");
    }
}
