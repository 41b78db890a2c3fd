//! What the glass of one phone shows: the prompts that wait, and the messages that came.
//!
//! Owns how a transaction is told to its payer. Never changes one.

use askama::Template;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::face::Face;
use super::words::Words;
use crate::ledger::{Row, Status, Wait};
use crate::operator::Shared;
use crate::{clock, prompts};

/// Messages that are shown, newest first.
const MESSAGES_MAX: usize = 6;
const MINUTE_MS: i64 = 60_000;

/// A prompt that waits.
struct Ask {
    id: String,
    operator: String,
    amount: String,
    description: Option<String>,
    has_page: bool,
    left: String,
    is_set_aside: bool,
}

/// A message that came.
struct Message {
    at_ms: i64,
    from: String,
    text: String,
    /// `paid`, `not` or `code`.
    kind: &'static str,
}

impl Message {
    fn at(&self) -> String {
        clock::iso(self.at_ms)
    }

    fn hour(&self) -> String {
        clock::hour(self.at_ms)
    }
}

/// The glass, ready to be drawn.
#[derive(Template)]
#[template(path = "screen.html")]
pub(super) struct Screen {
    face: Face,
    w: &'static Words,
    root: &'static str,
    number: String,
    asks: Vec<Ask>,
    messages: Vec<Message>,
}

impl Screen {
    pub(super) fn of(operator: &Shared, face: Face, root: &'static str, number: &str) -> Screen {
        let words = face.words();
        let rows = operator.ledger().by_phone(number);
        let codes = operator.phones().codes(Some(number));
        let mut messages: Vec<Message> = rows.iter().filter_map(|row| told(row, words)).collect();
        messages.extend(codes.iter().map(|code| Message {
            at_ms: code.at_ms,
            from: words.from_operator.to_owned(),
            text: words.sms_code.to_owned(),
            kind: "code",
        }));
        messages.sort_by_key(|message| std::cmp::Reverse(message.at_ms));
        messages.truncate(MESSAGES_MAX);
        let now_ms = clock::now_ms();
        let waiting = prompts::waiting(operator, number);
        Screen {
            face,
            w: words,
            root,
            number: number.to_owned(),
            asks: waiting.iter().map(|row| ask(row, face, now_ms)).collect(),
            messages,
        }
    }

    /// Whether anything waits for the person.
    pub(super) fn asks(&self) -> bool {
        !self.asks.is_empty()
    }

    fn waits(&self) -> String {
        match self.asks.iter().filter(|ask| !ask.is_set_aside).count() {
            0 => String::new(),
            count => self.w.waits(count),
        }
    }

    /// The HTML, and what tells this state from others.
    pub(super) fn drawn(&self) -> (String, String) {
        let html = self.render().unwrap_or_default();
        let digest = Sha256::digest(html.as_bytes());
        let seen = digest.get(..8).map(|start| HEXLOWER.encode(start));
        (html, seen.unwrap_or_default())
    }
}

fn ask(row: &Row, face: Face, now_ms: i64) -> Ask {
    let left_ms = row.expires_at_ms.saturating_sub(now_ms);
    let minutes = left_ms
        .saturating_add(MINUTE_MS / 2)
        .checked_div(MINUTE_MS)
        .unwrap_or(0);
    Ask {
        id: row.id.clone(),
        operator: format!("{} · {}", operator_name(&row.method), face.country(&row.country)),
        amount: amount(&row.amount, &row.currency),
        description: row.description.clone().filter(|text| !text.is_empty()),
        has_page: row.flow.has_page(),
        left: face.words().left(if left_ms < MINUTE_MS { 0 } else { minutes }),
        is_set_aside: row.wait == Some(Wait::SetAside),
    }
}

/// What the operator writes to the payer when it is over.
fn told(row: &Row, words: &Words) -> Option<Message> {
    let amount = amount(&row.amount, &row.currency);
    let (text, kind) = match row.status {
        Status::Pending => return None,
        Status::Charged => (words.paid(&amount, row.description.as_deref(), &row.id), "paid"),
        Status::Declined | Status::Expired => {
            let why = words.reason(row.reason.as_deref().unwrap_or_default());
            (words.not_paid(&amount, why), "not")
        }
    };
    Some(Message {
        at_ms: row.at_ms,
        from: operator_name(&row.method),
        text,
        kind,
    })
}

/// `50 XOF`; long ones grouped by narrow spaces.
pub(super) fn amount(decimal: &str, currency: &str) -> String {
    let (whole, part) = decimal.split_once('.').unwrap_or((decimal, ""));
    let mut text = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && whole.len() > 4 && whole.len().saturating_sub(index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    if !part.is_empty() {
        text.push('.');
        text.push_str(part);
    }
    format!("{text}\u{a0}{currency}")
}

/// `momo_mtn` as people say it: `MTN`.
pub(super) fn operator_name(method: &str) -> String {
    let brand = method.split_once('_').map_or(method, |(_, brand)| brand);
    let words = brand.split('_').map(|word| match word.len() {
        0..=3 => word.to_uppercase(),
        _ => {
            let mut letters = word.chars();
            let first = letters.next().into_iter().flat_map(char::to_uppercase);
            first.chain(letters).collect()
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_operators_are_told_as_people_read_them() {
        assert_eq!(amount("50", "XOF"), "50\u{a0}XOF");
        assert_eq!(amount("1234567.5", "KES"), "1\u{202f}234\u{202f}567.5\u{a0}KES");
        assert_eq!(operator_name("momo_mtn"), "MTN");
        assert_eq!(operator_name("wallet_my_nita"), "MY Nita");
        assert_eq!(operator_name("card"), "Card");
    }
}
