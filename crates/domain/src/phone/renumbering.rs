//! Numbers from before a country changed its plan, in the form they have today. Owns the two published migrations that
//! payers' address books still lag behind; never touches a number that already has today's length.

use super::PhoneError;
use crate::country::Country;

/// Benin, 30 November 2024: every number of eight digits got `01` in front.
const BENIN: &str = "229";

/// Côte d'Ivoire, 31 January 2021: eight digits became ten by the operator's digits in front.
const COTE_D_IVOIRE: &str = "225";

/// First two digits of the old mobile numbers by operator. Old fixed lines were split by their third digit and carry no
/// mobile money, so they are not here.
const OLD_MOOV: [&str; 15] = [
    "01", "02", "03", "40", "41", "42", "43", "50", "51", "52", "53", "70", "71", "72", "73",
];
const OLD_MTN: [&str; 21] = [
    "04", "05", "06", "44", "45", "46", "54", "55", "56", "64", "65", "66", "74", "75", "76", "84", "85", "86", "94",
    "95", "96",
];
const OLD_ORANGE: [&str; 20] = [
    "07", "08", "09", "47", "48", "49", "57", "58", "59", "67", "68", "69", "77", "78", "79", "87", "88", "89", "97",
    "98",
];

/// Gives `written` (digits, perhaps a plus in front) back in today's plan: unchanged when it is not an old number.
pub(super) fn convert(written: &str, country: Country) -> Result<String, PhoneError> {
    if let Some(old) = old_national(written, BENIN, country.code() == "BJ") {
        // Old numbers began with 2 to 9; eight digits after 0 or 1 are a number of today that lacks some.
        return match old.starts_with(['0', '1']) {
            true => Err(PhoneError::TooShort),
            false => Ok(format!("+{BENIN}01{old}")),
        };
    }
    if let Some(old) = old_national(written, COTE_D_IVOIRE, country.code() == "CI") {
        let operator = ivorian_operator(old).ok_or(PhoneError::OldIvorianNumber)?;
        return Ok(format!("+{COTE_D_IVOIRE}{operator}{old}"));
    }
    Ok(written.to_owned())
}

/// The eight old digits when `written` is such a number of the plan `prefix`: written nationally (only someone
/// `at_home` does), or with the prefix after `+`, `00` or nothing.
fn old_national<'a>(written: &'a str, prefix: &str, at_home: bool) -> Option<&'a str> {
    let international = written.strip_prefix('+').or_else(|| written.strip_prefix("00"));
    let national = match international {
        Some(digits) => digits.strip_prefix(prefix),
        None if at_home && written.len() == 11 => written.strip_prefix(prefix),
        None => at_home.then_some(written),
    };
    national.filter(|digits| digits.len() == 8)
}

fn ivorian_operator(old: &str) -> Option<&'static str> {
    let start = old.get(..2)?;
    [("01", &OLD_MOOV[..]), ("05", &OLD_MTN[..]), ("07", &OLD_ORANGE[..])]
        .into_iter()
        .find_map(|(operator, starts)| starts.contains(&start).then_some(operator))
}
