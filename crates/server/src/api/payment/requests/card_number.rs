//! Recognises card numbers in free text, so that they are refused before anything stores or logs them.

/// Digits of a card number.
const DIGITS: std::ops::RangeInclusive<usize> = 13..=19;
/// More characters between two groups of digits than this, and they do not belong together.
const GAP_MAX: usize = 3;

/// Whether a text holds 13 to 19 digits that pass the Luhn check, written together or in groups with spaces, dashes, dots
/// or the like between them.
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
            digits.len() <= *DIGITS.end() && DIGITS.contains(&digits.len()) && is_luhn(&digits)
        })
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
            "2026-06-08T12:00:00",
            "41111111111111110000000000",
            "4111 1111 and 1111 1111",
            "01JXA5QJ0C8Z6T9Y3M4N5P6R7S",
        ] {
            assert!(!is_in(text), "{text}");
        }
    }
}
