//! What a visitor wrote: an amount as people write amounts, an e-mail address. What can be read in two ways is asked again,
//! never guessed. Owns reading; the engine decides what is taken.

use engine::domain::currency::Currency;
use engine::domain::link::{LinkAmount, ReceiptWish};
use engine::domain::money::Money;
use engine::links::{AmountNotTaken, Link};

use crate::api::payment::requests::address;
use crate::checkout::pay::Form;
use crate::texts::Texts;

/// What was written, and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub(super) struct Entered {
    /// As it was written.
    pub(super) amount_text: String,
    /// As it was written.
    pub(super) email_text: String,
    /// What is wrong with the amount.
    pub(super) amount_problem: Option<String>,
    /// What is wrong with the address.
    pub(super) email_problem: Option<String>,
    /// The amount, where one was entered.
    pub(super) amount: Option<Money>,
    /// The address, where one was entered.
    pub(super) email: Option<String>,
}

impl Entered {
    /// Whether something must be written anew.
    pub(super) fn is_wrong(&self) -> bool {
        self.amount_problem.is_some() || self.email_problem.is_some()
    }

    /// With what the engine says of the amount.
    pub(super) fn with_amount(self, texts: Texts, why: AmountNotTaken) -> Self {
        let problem = match why {
            AmountNotTaken::Missing => texts.say("link-amount-missing"),
            AmountNotTaken::BelowMin(min) => texts.with("link-amount-min", "min", texts.money(min)),
            AmountNotTaken::AboveMax(max) => texts.with("link-amount-max", "max", texts.money(max)),
        };
        Self {
            amount_problem: Some(problem),
            ..self
        }
    }

    /// With the missing address.
    pub(super) fn without_email(self, texts: Texts) -> Self {
        Self {
            email_problem: Some(texts.say("link-email-missing")),
            ..self
        }
    }
}

/// Reads a form.
pub(super) fn read(form: &Form, texts: Texts, link: &Link) -> Entered {
    let mut entered = Entered {
        amount_text: form.get("amount").to_owned(),
        email_text: form.get("email").to_owned(),
        ..Entered::default()
    };
    if let LinkAmount::Entered { min, .. } = link.amount {
        match (
            entered.amount_text.is_empty(),
            amount(&entered.amount_text, min.currency()),
        ) {
            (true, _) => entered.amount_problem = Some(texts.say("link-amount-missing")),
            (false, None) => entered.amount_problem = Some(texts.say("link-amount-wrong")),
            (false, read) => entered.amount = read,
        }
        if let Err(why) = link.amount.taken(entered.amount)
            && entered.amount.is_some()
        {
            entered = entered.with_amount(texts, why);
        }
    }
    if link.receipt == ReceiptWish::NotAsked {
        return entered;
    }
    match (entered.email_text.is_empty(), address::email(&entered.email_text)) {
        (true, _) if link.receipt == ReceiptWish::Required => entered.without_email(texts),
        (true, _) => entered,
        (false, Ok(email)) => Entered {
            email: Some(email),
            ..entered
        },
        (false, Err(_)) => Entered {
            email_problem: Some(texts.say("link-email-wrong")),
            ..entered
        },
    }
}

/// Reads major units: `1500`, `1 500`, `12.50`, `12,50`. Where a currency has no parts, points and commas can only stand
/// between groups of three digits: `1.500`.
fn amount(text: &str, currency: Currency) -> Option<Money> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let is_mark = |c: char| matches!(c, '.' | ',');
    if text.len() > 20 || !text.chars().all(|c| c.is_ascii_digit() || is_mark(c)) {
        return None;
    }
    let groups: Vec<&str> = text.split(is_mark).collect();
    let parts_max = usize::try_from(currency.exponent()).unwrap_or(0);
    let plain = match groups.as_slice() {
        [whole] => (*whole).to_owned(),
        [whole, part] if (1..=parts_max).contains(&part.len()) => format!("{whole}.{part}"),
        [first, rest @ ..] if parts_max == 0 && (1..=3).contains(&first.len()) => {
            rest.iter().all(|group| group.len() == 3).then(|| groups.concat())?
        }
        _ => return None,
    };
    Money::parse_major(&plain, currency).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them_and_never_guessed() {
        for (text, code, expected) in [
            ("1500", "XOF", Some("1500")),
            (" 1 500 ", "XOF", Some("1500")),
            ("1\u{202f}500", "XOF", Some("1500")),
            ("1.500", "XOF", Some("1500")),
            ("1,500,000", "XOF", Some("1500000")),
            ("1.50", "XOF", None),
            ("1500,0", "XOF", None),
            ("12.50", "USD", Some("12.5")),
            ("12,5", "USD", Some("12.5")),
            ("1,500", "USD", None),
            ("1.500,20", "USD", None),
            ("1,234", "TND", Some("1.234")),
            (".50", "USD", None),
            ("5e3", "XOF", None),
            ("-5", "XOF", None),
            ("", "XOF", None),
            ("12 francs", "XOF", None),
            ("99999999999999999999", "XOF", None),
        ] {
            let read = amount(text, Currency::parse(code).unwrap());
            assert_eq!(read.map(Money::decimal).as_deref(), expected, "{text} {code}");
        }
    }
}
