//! Queries of lists: which parameters there are, the cursor and page length that every list has, and times. Never knows
//! what a list holds.

use std::fmt::Display;

use engine::admin::Beyond;
use engine::domain::scope::Scope;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use url::form_urlencoded::{Serializer, parse};

use crate::api::payment::requests::fields::Problems;
use crate::cursor::{Direction, Seal};
use crate::pagination::{Asked, PER_PAGE, PER_PAGE_MAX};

/// Where a list is asked for, and by whom.
pub(crate) struct List<'a> {
    /// How merchants reach the server.
    pub(crate) public_url: &'a str,
    /// Authenticates cursors.
    pub(crate) key: [u8; 32],
    /// Whose rows are listed.
    pub(crate) scope: Scope,
}

/// The parameters of a query that are known.
pub(crate) struct Query {
    pairs: Vec<(&'static str, String)>,
}

impl Query {
    /// Reads a query; of names that are not `filters` only those of every list count.
    pub(crate) fn read(query: &str, filters: &[&'static str], problems: &mut Problems) -> Self {
        let mut pairs: Vec<(&'static str, String)> = Vec::new();
        for (name, value) in parse(query.as_bytes()) {
            let known = filters
                .iter()
                .chain(&["per_page", "cursor"])
                .find(|known| **known == name);
            let Some(known) = known else { continue };
            if pairs.iter().any(|(other, _)| other == known) {
                problems.add(*known, "Must be given once only.");
            } else {
                pairs.push((known, value.into_owned()));
            }
        }
        pairs.sort();
        Self { pairs }
    }

    /// The text of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(other, _)| *other == name)
            .map(|(_, value)| value.as_str())
    }

    /// A parameter that something else reads.
    pub(crate) fn value<T, E: Display>(
        &self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
        problems: &mut Problems,
    ) -> Option<T> {
        let read = read(self.get(name)?);
        read.map_err(|error| problems.add(name, error.to_string())).ok()
    }

    /// Which page of the list is asked for.
    pub(crate) fn asked(&self, list: &List<'_>, path: String, problems: &mut Problems) -> Asked {
        let filters: Vec<_> = self
            .pairs
            .iter()
            .filter(|(name, _)| !["per_page", "cursor"].contains(name))
            .cloned()
            .collect();
        let spelled = Serializer::new(String::new()).extend_pairs(&filters).finish();
        let scope = list.scope;
        let seal = Seal::new(
            list.key,
            format!("{} {} {path}?{spelled}", scope.project_id, scope.environment.code()),
        );
        let per_page = self.value("per_page", per_page, problems).unwrap_or(PER_PAGE);
        let from = self
            .get("cursor")
            .and_then(|cursor| seal.open(cursor).or_else(|| unreadable(problems)));
        Asked {
            path: format!("{}{path}", list.public_url),
            filters,
            per_page,
            from,
            seal,
        }
    }
}

fn per_page(text: &str) -> Result<i64, String> {
    let number = text
        .parse::<i64>()
        .ok()
        .filter(|number| (1..=PER_PAGE_MAX).contains(number));
    number.ok_or_else(|| format!("Must be a whole number from 1 to {PER_PAGE_MAX}."))
}

/// Where the page that is asked for begins, in a list that is ordered by time and id. `read` reads the id in a cursor.
pub(crate) fn beyond<I>(asked: &Asked, read: impl Fn(&str) -> Option<I>, problems: &mut Problems) -> Option<Beyond<I>> {
    let Some((direction, place)) = &asked.from else {
        return Some(Beyond::First);
    };
    let beyond = place.split_once(':').and_then(|(at_ms, id)| {
        let (at_ms, id) = (at_ms.parse().ok()?, read(id)?);
        Some(match direction {
            Direction::Older => Beyond::Older(at_ms, id),
            Direction::Newer => Beyond::Newer(at_ms, id),
        })
    });
    beyond.or_else(|| unreadable(problems))
}

/// Says that a cursor is not one of this list.
pub(crate) fn unreadable<T>(problems: &mut Problems) -> Option<T> {
    problems.add("cursor", "This cursor does not belong to this list and these filters.");
    None
}

const NOT_A_TIME: &str = "Must be a date (2026-06-08) or a time with offset (2026-06-08T12:00:00+00:00).";

/// The first millisecond of a date or time.
pub(crate) fn first_ms(text: &str) -> Result<i64, &'static str> {
    span(text).map(|(first, _)| first).ok_or(NOT_A_TIME)
}

/// The last millisecond of a date, or of a time's second: answers show whole seconds.
pub(crate) fn last_ms(text: &str) -> Result<i64, &'static str> {
    span(text).map(|(_, last)| last).ok_or(NOT_A_TIME)
}

fn span(text: &str) -> Option<(i64, i64)> {
    let is_date = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if is_date {
        let first = text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp();
        let day = SignedDuration::from_hours(24);
        return Some((
            first.as_millisecond(),
            first.checked_add(day).ok()?.as_millisecond() - 1,
        ));
    }
    let at = text
        .parse::<Timestamp>()
        .or_else(|_| plus_lost(text).parse::<Timestamp>())
        .ok()?
        .as_millisecond();
    let last = if at % 1000 == 0 { at.saturating_add(999) } else { at };
    Some((at, last))
}

/// A plus sign that was not percent-encoded arrives as a space: `…T12:00:00 00:00`.
fn plus_lost(text: &str) -> String {
    match text.rsplit_once(' ') {
        Some((time, offset)) if time.contains('T') => format!("{time}+{offset}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{first_ms, last_ms};

    #[test]
    fn dates_and_times() {
        let noon = 1_780_920_000_000;
        assert_eq!(first_ms("2026-06-08"), Ok(noon - 43_200_000));
        assert_eq!(last_ms("2026-06-08"), Ok(noon + 43_200_000 - 1));
        for text in [
            "2026-06-08T12:00:00Z",
            "2026-06-08T14:00:00+02:00",
            "2026-06-08T12:00:00 00:00",
        ] {
            assert_eq!((first_ms(text), last_ms(text)), (Ok(noon), Ok(noon + 999)), "{text}");
        }
        assert_eq!(last_ms("2026-06-08T12:00:00.250Z"), Ok(noon + 250));
        for text in [
            "",
            "yesterday",
            "2026-13-01",
            "2026-02-30",
            "2026-06-08T12:00:00",
            "1780920000",
            "99999-01-01",
        ] {
            assert!(first_ms(text).is_err(), "{text}");
        }
    }
}
