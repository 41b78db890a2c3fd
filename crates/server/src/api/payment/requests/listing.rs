//! Queries of lists: filters, cursor and page length, read together because a cursor holds only for its filters. Never
//! reads rows.

use std::fmt::Display;

use engine::commands::{IntentFilter, Page};
use engine::domain::ids::{CustomerId, IntentId};
use engine::domain::scope::Scope;
use engine::views::{AttemptView, PaymentView};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use url::form_urlencoded::{Serializer, parse};

use super::fields::Problems;
use crate::cursor::{Direction, Seal};
use crate::envelope::Problem;
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

/// A query of the list of intents.
pub(crate) struct IntentListing {
    /// The page.
    pub(crate) asked: Asked,
    /// Which intents; `None` when no intent can be meant.
    pub(crate) filter: Option<IntentFilter>,
    /// Where the page begins.
    pub(crate) page: Page,
}

/// A query of the list of an intent's attempts.
pub(crate) struct AttemptListing {
    /// The page.
    pub(crate) asked: Asked,
    /// Attempts below this number are to be read.
    pub(crate) below_number: i64,
    /// On the way to newer attempts: those above this number are wanted.
    above_number: Option<i64>,
}

/// Reads the query of the list of intents.
pub(crate) fn intents(list: &List<'_>, query: &str) -> Result<IntentListing, Problem> {
    let mut problems = Problems::default();
    let query = Query::read(
        query,
        &["status", "customer_id", "created_at[gte]", "created_at[lte]"],
        &mut problems,
    );
    let states = query.value("status", states, &mut problems);
    let filter = IntentFilter {
        states: states.clone().flatten().unwrap_or_default(),
        customer_id: query.value("customer_id", customer, &mut problems),
        created_from_ms: query.value("created_at[gte]", first_ms, &mut problems),
        created_to_ms: query.value("created_at[lte]", last_ms, &mut problems),
    };
    let asked = query.asked(list, "/v1/payment/intents".to_owned(), &mut problems);
    let page = match &asked.from {
        None => Some(Page::First),
        Some((direction, place)) => page(*direction, place),
    };
    let filter = if states == Some(None) { None } else { Some(filter) };
    let page = page.or_else(|| unreadable(&mut problems));
    problems.conclude(page.map(|page| IntentListing { asked, filter, page }))
}

/// Reads the query of the list of an intent's attempts.
pub(crate) fn attempts(list: &List<'_>, intent: IntentId, query: &str) -> Result<AttemptListing, Problem> {
    let mut problems = Problems::default();
    let asked = Query::read(query, &[], &mut problems).asked(
        list,
        format!("/v1/payment/intents/{intent}/attempts"),
        &mut problems,
    );
    let number = |place: &str| place.parse::<i64>().ok();
    let bounds = match &asked.from {
        None => Some((i64::MAX, None)),
        Some((Direction::Older, place)) => number(place).map(|number| (number, None)),
        // Numbers have no gaps: so many above the place are exactly the page and the row that tells of another one.
        Some((Direction::Newer, place)) => {
            number(place).map(|number| (number.saturating_add(asked.limit()).saturating_add(1), Some(number)))
        }
    };
    let bounds = bounds.or_else(|| unreadable(&mut problems));
    problems.conclude(bounds.map(|(below_number, above_number)| AttemptListing {
        asked,
        below_number,
        above_number,
    }))
}

impl AttemptListing {
    /// Of rows that were read newest first, those that are wanted, from the beginning of the page onwards.
    pub(crate) fn keep(&self, mut rows: Vec<AttemptView>) -> Vec<AttemptView> {
        if let Some(above) = self.above_number {
            rows.retain(|row| row.attempt.number > above);
            rows.reverse();
        }
        rows
    }
}

/// Where an intent stands in its list.
pub(crate) fn place_of_intent(row: &PaymentView) -> String {
    format!("{}:{}", row.intent.created_at_ms, row.intent.id.stored())
}

/// Where an attempt stands in its list.
pub(crate) fn place_of_attempt(row: &AttemptView) -> String {
    row.attempt.number.to_string()
}

fn page(direction: Direction, place: &str) -> Option<Page> {
    let (at_ms, id) = place.split_once(':')?;
    let (at_ms, id) = (at_ms.parse::<i64>().ok()?, IntentId::from_stored(id)?);
    Some(match direction {
        Direction::Older => Page::OlderThan(at_ms, id),
        Direction::Newer => Page::NewerThan(at_ms, id),
    })
}

fn unreadable<T>(problems: &mut Problems) -> Option<T> {
    problems.add("cursor", "This cursor does not belong to this list and these filters.");
    None
}

/// The parameters of a query that are known.
struct Query {
    pairs: Vec<(&'static str, String)>,
}

impl Query {
    fn read(query: &str, filters: &[&'static str], problems: &mut Problems) -> Self {
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

    fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(other, _)| *other == name)
            .map(|(_, value)| value.as_str())
    }

    fn value<T, E: Display>(
        &self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
        problems: &mut Problems,
    ) -> Option<T> {
        let read = read(self.get(name)?);
        read.map_err(|error| problems.add(name, error.to_string())).ok()
    }

    /// Which page of the list is asked for.
    fn asked(&self, list: &List<'_>, path: String, problems: &mut Problems) -> Asked {
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

fn customer(text: &str) -> Result<CustomerId, &'static str> {
    CustomerId::from_public(text).ok_or("Must be the id of a customer, cus_….")
}

/// The stored states behind a published status; `None` when no intent can have it yet.
fn states(status: &str) -> Result<Option<Vec<&'static str>>, &'static str> {
    match status {
        "pending" => Ok(Some(vec!["open", "mismatched"])),
        "completed" => Ok(Some(vec!["completed"])),
        "failed" => Ok(Some(vec!["failed"])),
        "expired" => Ok(Some(vec!["expired", "cancelled"])),
        "partially_refunded" | "refunded" => Ok(None),
        _ => Err("Must be pending, completed, failed, expired, partially_refunded or refunded."),
    }
}

const NOT_A_TIME: &str = "Must be a date (2026-06-08) or a time with offset (2026-06-08T12:00:00+00:00).";

/// The first millisecond of a date or time.
fn first_ms(text: &str) -> Result<i64, &'static str> {
    span(text).map(|(first, _)| first).ok_or(NOT_A_TIME)
}

/// The last millisecond of a date, or of a time's second: answers show whole seconds.
fn last_ms(text: &str) -> Result<i64, &'static str> {
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
    use engine::commands::Page;
    use engine::domain::ids::{IntentId, ProjectId};
    use engine::domain::scope::{Environment, Scope};

    use super::{List, attempts, first_ms, intents, last_ms};
    use crate::cursor::Direction;

    fn list() -> List<'static> {
        let scope = Scope {
            project_id: ProjectId::new(1, 1),
            environment: Environment::Sandbox,
        };
        List {
            public_url: "http://x",
            key: [3; 32],
            scope,
        }
    }

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

    #[test]
    fn filters_are_read_and_bad_ones_named() {
        let listing = intents(
            &list(),
            "status=expired&created_at%5Bgte%5D=2026-06-08&created_at[lte]=2026-06-09&x=1",
        )
        .unwrap();
        let filter = listing.filter.unwrap();
        assert_eq!(filter.states, ["expired", "cancelled"]);
        assert!(filter.created_from_ms < filter.created_to_ms && matches!(listing.page, Page::First));
        assert!(intents(&list(), "status=refunded").unwrap().filter.is_none());
        for (query, name) in [
            ("status=paid", "status"),
            ("status=", "status"),
            ("status=failed&status=failed", "status"),
            ("per_page=0", "per_page"),
            ("per_page=101", "per_page"),
            ("per_page=ten", "per_page"),
            ("cursor=", "cursor"),
            ("cursor=%FF%FE", "cursor"),
            ("customer_id=TRX1", "customer_id"),
            ("created_at[gte]=%00", "created_at[gte]"),
        ] {
            let problem = intents(&list(), query).map(|_| ()).unwrap_err();
            assert_eq!(problem.errors().keys().collect::<Vec<_>>(), [name], "{query}");
        }
    }

    #[test]
    fn cursors_hold_for_their_list_and_filters_only() {
        let place = format!("5:{}", IntentId::new(5, 5).stored());
        let cursor = intents(&list(), "status=failed")
            .unwrap()
            .asked
            .seal
            .seal(Direction::Older, &place);
        let same = intents(&list(), &format!("per_page=7&cursor={cursor}&status=failed")).unwrap();
        assert!(matches!(same.page, Page::OlderThan(5, _)));
        assert!(intents(&list(), &format!("cursor={cursor}&status=completed")).is_err());
        assert!(intents(&list(), &format!("cursor={cursor}")).is_err());
        assert!(attempts(&list(), IntentId::new(5, 5), &format!("cursor={cursor}")).is_err());
    }
}
