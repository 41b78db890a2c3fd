//! Queries of lists: filters, cursor and page length, read together because a cursor holds only for its filters. Never
//! reads rows.

use engine::commands::{IntentFilter, Page};
use engine::domain::ids::{CustomerId, IntentId};
use engine::views::{AttemptView, PaymentView};

use super::fields::Problems;
use crate::cursor::Direction;
use crate::envelope::Problem;
use crate::pagination::Asked;
use crate::query::{List, Query, first_ms, last_ms, unreadable};

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
        ..IntentFilter::default()
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

#[cfg(test)]
mod tests {
    use engine::commands::Page;
    use engine::domain::ids::{IntentId, ProjectId};
    use engine::domain::scope::{Environment, Scope};

    use super::{List, attempts, intents};
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
