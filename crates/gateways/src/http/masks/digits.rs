//! Numbers that are masked because of what they are: the payer's phone number in its spellings, any number in E.164,
//! card numbers. Leaves other numbers alone, which are amounts, times and ids.

use domain::phone::Phone;

/// Digits of a card number.
const CARD: std::ops::RangeInclusive<usize> = 13..=19;

/// Digits of a phone number in E.164.
const E164: std::ops::RangeInclusive<usize> = 7..=15;

/// A number that is looked for.
#[derive(Clone)]
pub(super) struct KnownPhone {
    /// Digits only.
    spellings: Vec<String>,
    masked: String,
}

impl KnownPhone {
    pub(super) fn new(phone: &Phone) -> Self {
        let international = phone.e164().trim_start_matches('+').to_owned();
        let prefix = phone.country_code().to_string();
        let national = international.strip_prefix(&prefix).unwrap_or_default().to_owned();
        let mut spellings = vec![
            format!("00{international}"),
            format!("0{national}"),
            national.trim_start_matches('0').to_owned(),
            // Before a renumbering the plan had eight digits in several countries.
            national
                .get(national.len().saturating_sub(8)..)
                .unwrap_or_default()
                .to_owned(),
            national,
            international,
        ];
        spellings.retain(|spelling| spelling.len() >= 7);
        Self {
            spellings,
            masked: phone.masked(),
        }
    }
}

/// A value that stands where a phone number is expected; left alone when it is none.
pub(super) fn as_phone(value: &str) -> String {
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    let is_number = value.chars().all(|c| c.is_ascii_digit() || " +-.()/%Bb".contains(c));
    if is_number && E164.contains(&digits.len()) {
        masked_e164(
            &digits,
            if value.starts_with('+') {
                Plus::There
            } else {
                Plus::Absent
            },
        )
    } else {
        value.to_owned()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Plus {
    There,
    Absent,
}

fn masked_e164(digits: &str, plus: Plus) -> String {
    match Phone::from_e164(&format!("+{digits}")) {
        Ok(phone) if plus == Plus::There => phone.masked(),
        Ok(_) | Err(_) => format!("•••••{}", last(digits, 3)),
    }
}

fn last(digits: &str, count: usize) -> &str {
    digits.get(digits.len().saturating_sub(count)..).unwrap_or_default()
}

/// Masks the numbers of a text.
pub(super) fn mask(text: &str, known: &[KnownPhone]) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(begin) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(begin);
        let (group, after) = from.split_at(end_of_group(from));
        let plus = if before.ends_with('+') || before.to_ascii_lowercase().ends_with("%2b") {
            Plus::There
        } else {
            Plus::Absent
        };
        let beside_letters = before.chars().next_back().is_some_and(char::is_alphabetic)
            || after.chars().next().is_some_and(char::is_alphabetic);
        let place = Place { plus, beside_letters };
        match judge(group, place, known) {
            Some(masked) => {
                let before = if masked.starts_with('+') {
                    before.strip_suffix('+').unwrap_or(before)
                } else {
                    before
                };
                out.push_str(before);
                out.push_str(&masked);
            }
            None => {
                out.push_str(before);
                push_pieces(&mut out, group, place, known);
            }
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[derive(Clone, Copy)]
struct Place {
    plus: Plus,
    beside_letters: bool,
}

/// Digits with single separators between.
fn end_of_group(text: &str) -> usize {
    let mut end = 0;
    let mut separated = false;
    for (at, c) in text.char_indices() {
        match c {
            c if c.is_ascii_digit() => {
                end = at + 1;
                separated = false;
            }
            ' ' | '-' | '.' if !separated => separated = true,
            _ => break,
        }
    }
    end
}

/// A group that is no number as a whole may hold one.
fn push_pieces(out: &mut String, group: &str, place: Place, known: &[KnownPhone]) {
    let mut place = place;
    for piece in group.split_inclusive([' ', '-', '.']) {
        let digits = piece.trim_end_matches([' ', '-', '.']);
        match judge(digits, place, known) {
            Some(masked) => {
                if masked.starts_with('+') && out.ends_with('+') {
                    out.pop();
                }
                out.push_str(&masked);
                out.push_str(piece.get(digits.len()..).unwrap_or_default());
            }
            None => out.push_str(piece),
        }
        place.plus = Plus::Absent;
    }
}

/// What stands for these digits, if they may not be shown.
fn judge(group: &str, place: Place, known: &[KnownPhone]) -> Option<String> {
    let digits: String = group.chars().filter(char::is_ascii_digit).collect();
    if let Some(phone) = known.iter().find(|phone| phone.spellings.contains(&digits)) {
        return Some(phone.masked.clone());
    }
    if place.plus == Plus::There && E164.contains(&digits.len()) {
        return Some(masked_e164(&digits, place.plus));
    }
    let is_card = CARD.contains(&digits.len()) && !place.beside_letters && passes_luhn(&digits);
    is_card.then(|| format!("•••••{}", last(&digits, 4)))
}

fn passes_luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .chars()
        .rev()
        .filter_map(|c| c.to_digit(10))
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit) {
            (0, digit) => digit,
            (_, digit @ 0..=4) => digit * 2,
            (_, digit) => digit * 2 - 9,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_payers_number_is_masked_in_every_spelling() {
        let known = [KnownPhone::new(&Phone::from_e164("+2250700000130").unwrap())];
        for number in [
            "+2250700000130",
            "2250700000130",
            "002250700000130",
            "0700000130",
            "07 00 00 01 30",
            "+225 07-00-00-01-30",
            "00000130",
        ] {
            assert_eq!(mask(&format!("x {number}, y"), &known), "x +225•••••130, y", "{number}");
        }
        assert_eq!(mask("p=%2B2250700000130&", &known), "p=%2B+225•••••130&");
        assert_eq!(mask("ref2250700000130x", &known), "ref+225•••••130x");
        assert_eq!(mask("2026-06-08 0700000130", &known), "2026-06-08 +225•••••130");
    }

    #[test]
    fn any_number_in_e164_and_any_card_is_masked_and_nothing_else() {
        for (given, masked) in [
            ("to +22961234567.", "to +229•••••567."),
            ("card 4111 1111 1111 1111", "card •••••1111"),
            ("card 4111111111111111", "card •••••1111"),
            ("amount 150000 at 1780920000000", "amount 150000 at 1780920000000"),
            ("id 4111111111111111a", "id 4111111111111111a"),
            ("v1.2.3 +5", "v1.2.3 +5"),
            ("2026-06-08T12:00:00+00:00", "2026-06-08T12:00:00+00:00"),
        ] {
            assert_eq!(mask(given, &[]), masked, "{given}");
        }
    }
}
