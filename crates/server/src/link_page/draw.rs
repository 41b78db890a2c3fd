//! How a link's page looks: one that can be paid, and one that cannot. Never decides which.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use engine::domain::language::Language;
use engine::domain::link::{LinkAmount, LinkStatus, ReceiptWish};
use engine::domain::scope::Environment;
use engine::links::LinkVisit;

use super::entered::Entered;
use crate::checkout::frame::{Frame, Sale};
use crate::checkout::{assets, headers};
use crate::texts::Texts;

/// What the page is drawn from.
pub(super) struct Page<'a> {
    /// The link.
    pub(super) visit: &'a LinkVisit,
    /// The texts of the page.
    pub(super) texts: Texts,
    /// The language that was chosen on the page, to be kept.
    pub(super) kept: Option<Language>,
    /// Of this form and no other.
    pub(super) nonce: String,
}

#[derive(Template)]
#[template(path = "checkout/link.html")]
struct Open<'a> {
    frame: Frame,
    nonce: &'a str,
    entered: &'a Entered,
    /// Where the payer enters the amount.
    amount: Option<AmountField>,
    /// Where the receipt goes, if that is asked.
    email: Option<EmailField>,
}

struct AmountField {
    label: String,
    hint: String,
    /// Whether there are parts of the currency's unit.
    has_parts: bool,
}

struct EmailField {
    hint: String,
    is_required: bool,
}

#[derive(Template)]
#[template(path = "checkout/link_closed.html")]
struct Closed {
    frame: Frame,
    lead: String,
}

impl Page<'_> {
    /// The page as the link stands.
    pub(super) fn draw(&self, entered: &Entered) -> Response {
        match self.visit.status {
            LinkStatus::Active => self.open(entered),
            LinkStatus::Paid => self.closed("link-paid-title", "link-paid-lead"),
            LinkStatus::Expired => self.closed("link-expired-title", "link-expired-lead"),
            LinkStatus::Inactive => self.closed("link-inactive-title", "link-inactive-lead"),
        }
    }

    fn open(&self, entered: &Entered) -> Response {
        let (texts, link) = (self.texts, &self.visit.link);
        let title = match link.amount {
            LinkAmount::Fixed(_) => "link-title",
            LinkAmount::Entered { .. } => "link-title-entered",
        };
        let email = match link.receipt {
            ReceiptWish::NotAsked => None,
            ReceiptWish::Optional => Some(EmailField {
                hint: texts.say("link-email-optional"),
                is_required: false,
            }),
            ReceiptWish::Required => Some(EmailField {
                hint: texts.say("link-email-required"),
                is_required: true,
            }),
        };
        let drawn = Open {
            frame: self.frame("link", title),
            nonce: &self.nonce,
            entered,
            amount: self.amount(),
            email,
        };
        let status = match entered.is_wrong() {
            true => StatusCode::UNPROCESSABLE_ENTITY,
            false => StatusCode::OK,
        };
        headers::page(status, drawn.render().unwrap_or_default())
    }

    fn amount(&self) -> Option<AmountField> {
        let texts = self.texts;
        let LinkAmount::Entered { min, max } = self.visit.link.amount else {
            return None;
        };
        let hint = match max {
            Some(max) => texts.filled(
                "link-amount-between",
                &[("min", &texts.money(min)), ("max", &texts.money(max))],
            ),
            None => texts.with("link-amount-from", "min", texts.money(min)),
        };
        Some(AmountField {
            label: texts.with("link-amount", "currency", min.currency()),
            hint,
            has_parts: min.currency().exponent() > 0,
        })
    }

    fn closed(&self, title: &'static str, lead: &'static str) -> Response {
        let drawn = Closed {
            frame: self.frame("link-closed", title),
            lead: self.texts.with(lead, "merchant", &self.visit.merchant),
        };
        headers::page(StatusCode::OK, drawn.render().unwrap_or_default())
    }

    fn frame(&self, screen: &'static str, title: &str) -> Frame {
        let mut frame = Frame::alone(self.texts, screen, title);
        frame.sale = Some(self.sale());
        frame.kept = self.kept;
        frame
    }

    fn sale(&self) -> Sale {
        let visit = self.visit;
        let link = &visit.link;
        let number = match link.amount {
            LinkAmount::Fixed(amount) => self.texts.number(amount),
            LinkAmount::Entered { .. } => String::new(),
        };
        let is_test = visit.scope.environment == Environment::Sandbox;
        Sale {
            merchant: visit.merchant.clone(),
            number,
            currency: link.amount.currency().code(),
            description: Some(link.description.clone()),
            reference: String::new(),
            fingerprint: visit.status.code().to_owned(),
            brand: link.customization.color.as_deref().and_then(assets::brand),
            test_phone: is_test.then(|| "/sandbox/phone".to_owned()),
        }
    }
}
