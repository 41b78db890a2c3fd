//! The receipt of a payment: subject, text and HTML. Owns its words and its look; whatever comes from outside stands in it as
//! plain text on one line.

use askama::Template;
use domain::language::Language;
use domain::money::Money;
use domain::scope::Environment;

use crate::{amount, moment, texts};

/// What a receipt tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// In which language.
    pub language: Language,
    /// Whether it is real.
    pub environment: Environment,
    /// Who was paid.
    pub merchant: String,
    /// What the payer paid.
    pub paid: Money,
    /// The price, when it is in another currency.
    pub price: Option<Money>,
    /// What for.
    pub description: Option<String>,
    /// How it was paid, in the language of the receipt.
    pub method: String,
    /// The payer's number, masked.
    pub phone: Option<String>,
    /// The payment's id as its merchant knows it.
    pub reference: String,
    /// The operator's id of the transaction.
    pub operator_reference: Option<String>,
    /// When it was paid, milliseconds UTC.
    pub paid_at_ms: i64,
}

/// A mail in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composed {
    /// One line.
    pub subject: String,
    /// For readers without HTML.
    pub text: String,
    /// A whole document that loads nothing and links to nothing.
    pub html: String,
}

/// One line of a receipt.
struct Line {
    label: String,
    value: String,
    /// Both, for readers without HTML.
    text: String,
}

#[derive(Template)]
#[template(path = "receipt.html")]
struct HtmlPart<'p> {
    language: &'static str,
    subject: &'p str,
    title: &'p str,
    paid_to: &'p str,
    amount: &'p str,
    test: Option<&'p str>,
    lines: &'p [Line],
    footer: &'p str,
}

#[derive(Template)]
#[template(path = "receipt.txt")]
struct TextPart<'p> {
    title: &'p str,
    paid_to: &'p str,
    amount: &'p str,
    test: Option<&'p str>,
    lines: &'p [Line],
    footer: &'p str,
}

impl Receipt {
    /// Puts it into words.
    pub fn compose(&self) -> Composed {
        let merchant = plain(&self.merchant);
        let amount = amount::shown(self.paid, self.language);
        let of_merchant = |name: &str| texts::say(self.language, name, [("merchant", merchant.as_str().into())]);
        let (subject, test) = match self.environment {
            Environment::Live => ("subject", None),
            Environment::Sandbox => ("subject-test", Some(self.say("test"))),
        };
        let values = [
            ("merchant", merchant.as_str().into()),
            ("amount", amount.as_str().into()),
        ];
        let subject = texts::say(self.language, subject, values);
        let (title, paid_to, footer) = (self.say("title"), of_merchant("paid-to"), of_merchant("footer"));
        let lines = self.lines();
        let html = HtmlPart {
            language: self.language.code(),
            subject: &subject,
            title: &title,
            paid_to: &paid_to,
            amount: &amount,
            test: test.as_deref(),
            lines: &lines,
            footer: &footer,
        };
        let text = TextPart {
            title: &title,
            paid_to: &paid_to,
            amount: &amount,
            test: test.as_deref(),
            lines: &lines,
            footer: &footer,
        };
        // Writing to a string does not fail.
        let (text, html) = (text.render().unwrap_or_default(), html.render().unwrap_or_default());
        Composed { subject, text, html }
    }

    fn lines(&self) -> Vec<Line> {
        let price = self.price.map(|price| amount::shown(price, self.language));
        let line = |label: String, value: Option<&str>| {
            let value = plain(value?);
            if value.is_empty() {
                return None;
            }
            let pair = [("label", label.as_str().into()), ("value", value.as_str().into())];
            let text = texts::say(self.language, "line", pair);
            Some(Line { label, value, text })
        };
        let lines = [
            line(self.say("description"), self.description.as_deref()),
            line(self.say("price"), price.as_deref()),
            line(self.say("method"), Some(&self.method)),
            line(self.say("phone"), self.phone.as_deref()),
            line(self.say("date"), Some(&moment::shown(self.paid_at_ms, self.language))),
            line(self.say("reference"), Some(&self.reference)),
            line(self.say("operator-reference"), self.operator_reference.as_deref()),
        ];
        lines.into_iter().flatten().collect()
    }

    fn say(&self, name: &str) -> String {
        texts::say(self.language, name, [])
    }
}

/// One line without anything that ends lines, moves the cursor or turns the direction of writing.
fn plain(text: &str) -> String {
    let is_odd = |c: char| {
        c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let spaced: String = text.chars().map(|c| if is_odd(c) { ' ' } else { c }).collect();
    spaced.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use domain::currency::Currency;

    use super::*;

    fn xof(major: &str) -> Money {
        Money::parse_major(major, Currency::parse("XOF").unwrap()).unwrap()
    }

    fn receipt(language: Language) -> Receipt {
        Receipt {
            language,
            environment: Environment::Live,
            merchant: "Chez Awa".to_owned(),
            paid: xof("5000"),
            price: None,
            description: Some("Order 1024".to_owned()),
            method: "MTN MoMo".to_owned(),
            phone: Some("+225•••••130".to_owned()),
            reference: "TRX01".to_owned(),
            operator_reference: None,
            paid_at_ms: 1_780_920_300_000,
        }
    }

    #[test]
    fn both_parts_say_the_same_in_both_languages() {
        let english = receipt(Language::English).compose();
        assert_eq!(english.subject, "Receipt from Chez Awa: 5,000\u{a0}XOF");
        let expected = "Receipt\nPaid to Chez Awa\n\n5,000\u{a0}XOF\n\nFor: Order 1024\nPaid with: MTN MoMo\n\
            From number: +225•••••130\nDate: 8 June 2026, 12:05 UTC\nReference: TRX01\n\n-- \nYou get this e-mail because \
            Chez Awa was given your address for the receipt of this payment. There is nothing for you to do.\n";
        assert_eq!(english.text, expected);
        let french = receipt(Language::French).compose();
        assert!(french.html.contains("<html lang=\"fr\">") && french.text.contains("8 juin 2026"));
        for (composed, language) in [(&english, Language::English), (&french, Language::French)] {
            for line in receipt(language).lines() {
                assert!(composed.html.contains(&line.label), "{}", line.label);
                assert!(composed.html.contains(&line.value), "{}", line.value);
                assert!(composed.text.contains(&line.text), "{}", line.text);
            }
            assert!(!composed.html.contains("http") && !composed.html.contains("<a "));
        }
    }

    #[test]
    fn a_test_says_so_and_another_currency_shows_the_price() {
        let mut receipt = receipt(Language::English);
        receipt.environment = Environment::Sandbox;
        receipt.price = Some(Money::parse_major("7.5", Currency::parse("EUR").unwrap()).unwrap());
        let composed = receipt.compose();
        assert!(composed.subject.starts_with("[Test] "));
        assert!(composed.html.contains("No money was moved") && composed.text.contains("No money was moved"));
        assert!(composed.text.contains("Price: 7.50\u{a0}EUR\n"));
    }

    #[test]
    fn what_comes_from_outside_stays_on_its_line_and_is_no_markup() {
        let mut receipt = receipt(Language::English);
        receipt.merchant = "Awa\r\nBcc: all@example.com\u{202e}".to_owned();
        receipt.description = Some("<b onclick=x>{ $amount }\n\n-- \u{2028}fake".to_owned());
        let composed = receipt.compose();
        assert!(
            !composed.subject.contains(['\r', '\n', '\u{202e}']),
            "{}",
            composed.subject
        );
        assert!(!composed.html.contains("<b onclick"));
        assert!(
            composed.text.contains("For: <b onclick=x>{ $amount }  --  fake\n"),
            "{}",
            composed.text
        );
    }
}
