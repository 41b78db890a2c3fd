//! Times as payers read them: the day in words, and UTC said by name.

use domain::language::Language;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::texts;

/// `21 November 2026, 13:05 UTC`. Times that no calendar has become 1970.
pub(crate) fn shown(at_ms: i64, language: Language) -> String {
    let at = Timestamp::from_millisecond(at_ms)
        .unwrap_or_default()
        .to_zoned(TimeZone::UTC);
    let (day, year) = (at.day().to_string(), at.year().to_string());
    let time = format!("{:02}:{:02}", at.hour(), at.minute());
    let values = [
        ("day", day.into()),
        ("month", i64::from(at.month()).into()),
        ("year", year.into()),
        ("time", time.into()),
    ];
    texts::say(language, "moment", values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zone_is_named() {
        assert_eq!(shown(1_780_920_300_999, Language::English), "8 June 2026, 12:05 UTC");
        assert_eq!(shown(1_780_920_300_999, Language::French), "8 juin 2026, 12:05 UTC");
        assert_eq!(shown(i64::MAX, Language::English), "1 January 1970, 00:00 UTC");
    }
}
