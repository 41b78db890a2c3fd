//! One mail on its way to one payer, and the bytes that mail servers take. Never breaks a line that it is given.

use std::time::{Duration, SystemTime};

use lettre::Message;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};

use crate::Composed;

/// A mail to somebody.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// The same at every try, so that a mail that was sent twice can be told from two mails. ASCII letters, digits and `_`.
    pub id: String,
    /// The address of who gets it.
    pub to: String,
    /// When it was written, milliseconds UTC.
    pub at_ms: i64,
    /// What it says.
    pub composed: Composed,
}

/// Why a letter cannot be sent to anybody: an address that is none. Names it not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address is not one that mail can be sent to")]
pub struct Unusable;

/// Tells other machines not to answer (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

impl Letter {
    /// The message from a mailbox: text and HTML, the reader's choice.
    pub(crate) fn message(&self, from: &Mailbox) -> Result<Message, Unusable> {
        let to = Mailbox::new(None, self.to.parse().map_err(|_| Unusable)?);
        let at = Duration::from_millis(u64::try_from(self.at_ms).unwrap_or(0));
        let parts = MultiPart::alternative()
            .boundary(format!("part_{}", self.id))
            .singlepart(SinglePart::plain(self.composed.text.clone()))
            .singlepart(SinglePart::html(self.composed.html.clone()));
        Message::builder()
            .from(from.clone())
            .to(to)
            .subject(&self.composed.subject)
            .date(SystemTime::UNIX_EPOCH + at)
            .message_id(Some(format!("<{}@{}>", self.id, from.email.domain())))
            .header(AutoSubmitted)
            .multipart(parts)
            .map_err(|_| Unusable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(to: &str, subject: &str) -> Letter {
        Letter {
            id: "mail_01".to_owned(),
            to: to.to_owned(),
            at_ms: 1_780_920_300_000,
            composed: Composed {
                subject: subject.to_owned(),
                text: "Bonjour é\n.\nfin".to_owned(),
                html: "<p>Bonjour é</p>".to_owned(),
            },
        }
    }

    #[test]
    fn a_message_is_the_same_at_every_try_and_holds_both_parts() {
        let from: Mailbox = "Chez Awa <receipts@shop.example>".parse().unwrap();
        let bytes = letter("payer@example.com", "Reçu").message(&from).unwrap().formatted();
        let again = letter("payer@example.com", "Reçu").message(&from).unwrap().formatted();
        assert_eq!(bytes, again);
        let text = String::from_utf8(bytes).unwrap();
        for expected in [
            "Message-ID: <mail_01@shop.example>\r\n",
            "Date: Mon, 08 Jun 2026 12:05:00 +0000\r\n",
            "To: payer@example.com\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "multipart/alternative",
            "text/plain; charset=utf-8",
            "text/html; charset=utf-8",
        ] {
            assert!(text.contains(expected), "{expected} is not in {text}");
        }
        assert!(text.is_ascii());
    }

    #[test]
    fn nothing_makes_a_header_of_its_own() {
        let from: Mailbox = "receipts@shop.example".parse().unwrap();
        let subject = "Receipt\r\nBcc: all@example.com\r\n\r\nbody";
        let text = String::from_utf8(letter("payer@example.com", subject).message(&from).unwrap().formatted()).unwrap();
        assert!(
            !text.lines().any(|line| line.starts_with("Bcc:") || line == "body"),
            "{text}"
        );
        for wrong in ["", "nobody", "a@b\r\nBcc: c@d", "a b@c", "<a@b.c>\n"] {
            assert!(letter(wrong, "x").message(&from).is_err(), "{wrong}");
        }
    }
}
