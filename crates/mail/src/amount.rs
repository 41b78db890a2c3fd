//! Amounts as payers read them. Never rounds.

use domain::language::Language;
use domain::money::Money;

/// Between groups of digits in French.
const NARROW_NO_BREAK_SPACE: char = '\u{202f}';

/// Keeps what belongs together on one line.
const NO_BREAK_SPACE: char = '\u{a0}';

/// `1,234.50 USD` in English, `1 234,50 USD` in French, with as many decimals as the currency has.
pub(crate) fn shown(amount: Money, language: Language) -> String {
    let (thousands, point) = match language {
        Language::English => (',', '.'),
        Language::French => (NARROW_NO_BREAK_SPACE, ','),
    };
    let fixed = amount.fixed(0);
    let (whole, part) = fixed.split_once('.').unwrap_or((&fixed, ""));
    let mut text = grouped(whole, thousands);
    if !part.is_empty() {
        text.push(point);
        text.push_str(part);
    }
    format!("{text}{NO_BREAK_SPACE}{}", amount.currency())
}

fn grouped(digits: &str, separator: char) -> String {
    let count = digits.len();
    let mut text = String::with_capacity(count + count / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (count - index).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use domain::currency::Currency;

    use super::*;

    #[test]
    fn thousands_are_grouped_as_the_language_does() {
        for (currency, major, english, french) in [
            ("XOF", "50", "50\u{a0}XOF", "50\u{a0}XOF"),
            ("XOF", "5000", "5,000\u{a0}XOF", "5\u{202f}000\u{a0}XOF"),
            (
                "XOF",
                "1234567",
                "1,234,567\u{a0}XOF",
                "1\u{202f}234\u{202f}567\u{a0}XOF",
            ),
            ("USD", "1234.5", "1,234.50\u{a0}USD", "1\u{202f}234,50\u{a0}USD"),
            ("TND", "1.2", "1.200\u{a0}TND", "1,200\u{a0}TND"),
        ] {
            let amount = Money::parse_major(major, Currency::parse(currency).unwrap()).unwrap();
            assert_eq!(shown(amount, Language::English), english);
            assert_eq!(shown(amount, Language::French), french);
        }
    }
}
