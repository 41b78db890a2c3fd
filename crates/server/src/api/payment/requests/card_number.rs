//! Recognises card numbers in free text, so that they are refused before anything stores or logs them. Phone numbers, times and
//! the numbers of shops are as long, and every tenth of them passes the Luhn check: what no scheme issues is no card number.

use std::ops::RangeInclusive;

/// Digits of a card number.
const DIGITS: RangeInclusive<usize> = 13..=19;
/// What card numbers begin with, as their first four digits, by their length (ISO/IEC 7812: of the schemes' published ranges).
const ISSUED: [(RangeInclusive<usize>, RangeInclusive<u16>); 14] = [
    // Visa, Mastercard, Maestro, UnionPay, Discover, RuPay, Verve, Meeza.
    (16..=19, 4_000..=6_999),
    // Visa's first cards.
    (13..=13, 4_000..=4_999),
    // Mir.
    (16..=19, 2_200..=2_204),
    // Mastercard.
    (16..=16, 2_221..=2_720),
    // JCB.
    (16..=19, 3_528..=3_589),
    // Diners Club.
    (14..=19, 3_000..=3_059),
    (14..=19, 3_095..=3_095),
    (14..=19, 3_600..=3_699),
    (14..=19, 3_800..=3_999),
    // American Express.
    (15..=15, 3_400..=3_499),
    (15..=15, 3_700..=3_799),
    // UnionPay, RuPay.
    (16..=19, 8_100..=8_299),
    // Humo and Uzcard, Troy: domestic cards that are 16 digits long.
    (16..=16, 8_600..=8_600),
    (16..=16, 9_792..=9_860),
];
/// More characters between two groups of digits than this, and they do not belong together.
const GAP_MAX: usize = 3;

/// Whether a text holds 13 to 19 digits that a scheme may have issued and that pass the Luhn check, written together or in
/// groups with spaces, dashes, dots or the like between them.
pub(crate) fn is_in(text: &str) -> bool {
    if text.chars().filter(char::is_ascii_digit).count() < *DIGITS.start() {
        return false;
    }
    runs(text).iter().any(|groups| is_in_groups(groups))
}

/// The groups of digits of each stretch in which nothing but separators stands between digits.
fn runs(text: &str) -> Vec<Vec<String>> {
    let (mut runs, mut groups, mut group, mut gap) = (Vec::new(), Vec::new(), String::new(), 0);
    for c in text.chars() {
        if c.is_ascii_digit() {
            group.push(c);
            gap = 0;
            continue;
        }
        if !group.is_empty() {
            groups.push(std::mem::take(&mut group));
        }
        gap += 1;
        if gap > GAP_MAX || c.is_alphanumeric() {
            runs.push(std::mem::take(&mut groups));
        }
    }
    groups.push(group);
    runs.push(groups);
    runs
}

/// Whether some groups in a row make a card number.
fn is_in_groups(groups: &[String]) -> bool {
    (0..groups.len()).any(|start| {
        let mut digits = String::new();
        groups.iter().skip(start).any(|group| {
            digits.push_str(group);
            digits.len() <= *DIGITS.end() && DIGITS.contains(&digits.len()) && is_issued(&digits) && is_luhn(&digits)
        })
    })
}

fn is_issued(digits: &str) -> bool {
    let beginning = digits.get(..4).and_then(|beginning| beginning.parse().ok());
    beginning.is_some_and(|beginning: u16| {
        ISSUED
            .iter()
            .any(|(lengths, beginnings)| lengths.contains(&digits.len()) && beginnings.contains(&beginning))
    })
}

fn is_luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, byte)| match (u32::from(byte.wrapping_sub(b'0')), index % 2) {
            (digit, 0) => digit,
            (digit, _) if digit > 4 => digit * 2 - 9,
            (digit, _) => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::is_in;

    #[test]
    fn card_numbers_are_found_however_they_are_written() {
        for text in [
            "4111111111111111",
            "pay with 4111 1111 1111 1111 please",
            "4111-1111-1111-1111",
            "4111.1111.1111.1111",
            "4111 - 1111 - 1111 - 1111",
            "order 12 5555555555554444",
            "378282246310005",
            "6304000000000000000",
            "x4242424242424242y",
            "4222222222222",
            "4111\u{a0}1111\u{a0}1111\u{a0}1111",
            // One of each scheme.
            "2223003122003222",
            "6011111111111117",
            "3530111333300000",
            "30569309025904",
            "36006666333344",
            "6200000000000005",
            "5060666666666666666",
            "6528 8700 0000 0006",
        ] {
            assert!(is_in(text), "{text}");
        }
    }

    #[test]
    fn other_numbers_are_left_alone() {
        for text in [
            "",
            "Order 1024",
            "4111111111111112",
            "411111111111",
            "+225 07 00 00 01 30",
            // These pass the Luhn check.
            "Recharge +2250707070743",
            "+225 07 07 07 07 43",
            "2026-06-08 12:34:08",
            "1717430400000",
            "00229 01 97 00 00 08",
            "2026-06-08T12:00:00",
            "41111111111111110000000000",
            "4111 1111 and 1111 1111",
            "01JXA5QJ0C8Z6T9Y3M4N5P6R7S",
        ] {
            assert!(!is_in(text), "{text}");
        }
    }
}
