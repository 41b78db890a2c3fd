//! Phone numbers of payers. Owns reading them into E.164 and how much of one may be shown; never decides whether a number
//! has an account (the operator does), never prints one whole by accident.

use std::fmt;

use rlibphonenumber::{NumberLengthType, PHONE_NUMBER_UTIL, ParseError, PhoneNumberFormat, Region, ValidationError};
use thiserror::Error;

use crate::country::Country;

mod renumbering;

/// Characters of input that are looked at.
const MAX_INPUT_CHARS: usize = 32;

/// Characters people put between digits; the last two are no-break spaces of typeset French.
const SEPARATORS: [char; 8] = [' ', '-', '.', '(', ')', '/', '\u{a0}', '\u{202f}'];

/// A phone number in E.164. Its `Debug` is masked: numbers are personal data.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Phone {
    e164: String,
    country_code: u16,
}

/// Why a text is not a phone number. The texts go to API users and never repeat the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PhoneError {
    /// Nothing but separators.
    #[error("the number is empty")]
    Empty,
    /// More than 32 characters.
    #[error("the number is longer than 32 characters")]
    InputTooLong,
    /// Letters, extensions, or a plus in the middle.
    #[error("the number may hold digits, spaces and - . ( ) / only, and a plus in front")]
    NotANumber,
    /// No numbering plan belongs to the international prefix or to the country.
    #[error("the international prefix of the number is unknown")]
    UnknownPrefix,
    /// Fewer digits than any number of that plan.
    #[error("the number has too few digits for its country")]
    TooShort,
    /// More digits than any number of that plan.
    #[error("the number has too many digits for its country")]
    TooLong,
    /// A length that the plan does not have.
    #[error("numbers of this country do not have this many digits")]
    ImpossibleLength,
    /// Eight digits of Côte d'Ivoire whose operator is not certain.
    #[error("numbers of Côte d'Ivoire have ten digits since 2021; add the two digits of the operator in front")]
    OldIvorianNumber,
    /// Not `+` and 7 to 15 digits with a known international prefix.
    #[error("the number is not in E.164 form, for example +2250700000000")]
    NotE164,
}

impl Phone {
    /// Reads a national or international number as someone in `country` writes it. Accepts every number of a possible
    /// length, because lists of valid prefixes age; converts numbers of before Benin's and Côte d'Ivoire's renumbering.
    ///
    /// # Errors
    /// [`PhoneError`] says what is wrong without repeating the number.
    pub fn read(number: &str, country: Country) -> Result<Self, PhoneError> {
        let written = renumbering::convert(&strip(number)?, country)?;
        let region = Region::from_code(country.code()).ok();
        let parsed = PHONE_NUMBER_UTIL.parse(&written, region).map_err(|error| match error {
            ParseError::InvalidCountryCode => PhoneError::UnknownPrefix,
            ParseError::NotANumber(_) => PhoneError::NotANumber,
            ParseError::TooShortAfterIdd | ParseError::TooShortNsn => PhoneError::TooShort,
            ParseError::TooLongNsn => PhoneError::TooLong,
        })?;
        match PHONE_NUMBER_UTIL.is_possible_number_with_reason(&parsed) {
            Ok(NumberLengthType::IsPossible) => {}
            Ok(NumberLengthType::IsPossibleLocalOnly) | Err(ValidationError::TooShort) => {
                return Err(PhoneError::TooShort);
            }
            Err(ValidationError::TooLong) => return Err(PhoneError::TooLong),
            Err(ValidationError::InvalidCountryCode) => return Err(PhoneError::UnknownPrefix),
            Err(ValidationError::InvalidLength) => return Err(PhoneError::ImpossibleLength),
        }
        Self::from_e164(&parsed.format_as(PhoneNumberFormat::E164))
    }

    /// Reads a stored number: strictly `+` and 7 to 15 digits, whatever the numbering plans say today.
    ///
    /// # Errors
    /// [`PhoneError::NotE164`] for every other text.
    pub fn from_e164(text: &str) -> Result<Self, PhoneError> {
        let digits = text.strip_prefix('+').ok_or(PhoneError::NotE164)?;
        let is_formed = (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_formed || digits.starts_with('0') {
            return Err(PhoneError::NotE164);
        }
        let country_code = calling_code(digits).ok_or(PhoneError::NotE164)?;
        Ok(Self {
            e164: text.to_owned(),
            country_code,
        })
    }

    /// The whole number, for example `+2250700000130`.
    pub fn e164(&self) -> &str {
        &self.e164
    }

    /// The international prefix without plus, for example 225.
    pub fn country_code(&self) -> u16 {
        self.country_code
    }

    /// The country that the number belongs to; of several with one international prefix the main one, when its digits do not
    /// tell. None of numbers that belong to no country.
    pub fn country(&self) -> Option<Country> {
        let parsed = PHONE_NUMBER_UTIL.parse(&self.e164, None).ok();
        let region = parsed
            .and_then(|parsed| PHONE_NUMBER_UTIL.get_region_for_number(&parsed))
            .or_else(|| PHONE_NUMBER_UTIL.get_region_for_country_code(i32::from(self.country_code)))?;
        Country::parse(region.as_region_str().as_str()).ok()
    }

    /// The last `count` digits, or all of them when there are fewer.
    pub fn last_digits(&self, count: usize) -> &str {
        let digits = self.e164.trim_start_matches('+');
        digits.get(digits.len().saturating_sub(count)..).unwrap_or(digits)
    }

    /// What may be shown and logged: international prefix and last digits, for example `+225•••••130`. Three digits,
    /// two of a number with fewer than seven behind the prefix.
    pub fn masked(&self) -> String {
        let prefix = format!("+{}", self.country_code);
        let behind = self.e164.len().saturating_sub(prefix.len());
        let shown = if behind < 7 { 2 } else { 3 };
        format!("{prefix}•••••{}", self.last_digits(shown))
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone({})", self.masked())
    }
}

/// Drops separators: leaves digits with at most one plus, in front.
fn strip(number: &str) -> Result<String, PhoneError> {
    if number.chars().nth(MAX_INPUT_CHARS).is_some() {
        return Err(PhoneError::InputTooLong);
    }
    let stripped: String = number.chars().filter(|c| !SEPARATORS.contains(c)).collect();
    let digits = stripped.strip_prefix('+').unwrap_or(&stripped);
    match digits.bytes().all(|byte| byte.is_ascii_digit()) {
        false => Err(PhoneError::NotANumber),
        true if digits.is_empty() => Err(PhoneError::Empty),
        true => Ok(stripped),
    }
}

/// The calling code at the start of international digits; no code is the beginning of another one.
fn calling_code(digits: &str) -> Option<u16> {
    (1..=3).find_map(|length| {
        let code = digits.get(..length)?.parse::<u16>().ok()?;
        PHONE_NUMBER_UTIL
            .get_region_for_country_code(i32::from(code))
            .map(|_| code)
    })
}
