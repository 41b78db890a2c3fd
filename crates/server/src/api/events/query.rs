//! What lists and streams of events are asked for. Never reads an event.

use axum::http::request::Parts;
use engine::admin::Beyond;
use engine::domain::announcement::Announcement;
use engine::domain::ids::{EventId, IntentId};
use engine::domain::scope::ApiFamily;
use engine::domain::webhook::EventSelection;
use engine::events::EventFilter;

use crate::api::payment::requests::fields::Problems;
use crate::envelope::Problem;
use crate::pagination::Asked;
use crate::query::{List, Query, beyond, first_ms, last_ms};

/// Resumes a stream; readers send it by themselves when they connect again.
const LAST_EVENT_ID: &str = "Last-Event-ID";

/// Which events a stream is to tell.
pub(super) struct Wish {
    /// What they tell.
    pub(super) events: EventSelection,
    /// Those after this one, and the parameter that says so.
    pub(super) after: Option<(EventId, &'static str)>,
}

/// Reads the query of a list.
pub(super) fn listing(
    list: &List<'_>,
    family: Option<ApiFamily>,
    path: &str,
    query: &str,
) -> Result<(Asked, EventFilter, Beyond<EventId>), Problem> {
    let mut problems = Problems::default();
    let names = ["event", "payment_id", "created_at[gte]", "created_at[lte]"];
    let query = Query::read(query, &names, &mut problems);
    let filter = EventFilter {
        family,
        announcement: query.value("event", |text| announcement(text, family), &mut problems),
        intent_id: query.value("payment_id", payment, &mut problems),
        from_ms: query.value("created_at[gte]", first_ms, &mut problems),
        to_ms: query.value("created_at[lte]", last_ms, &mut problems),
    };
    let asked = query.asked(list, path.to_owned(), &mut problems);
    let page = beyond(&asked, EventId::from_stored, &mut problems);
    problems.conclude(page.map(|page| (asked, filter, page)))
}

/// Reads what a stream is asked for. The header wins: it is newer than the address.
pub(super) fn stream(parts: &Parts, family: Option<ApiFamily>) -> Result<Wish, Problem> {
    let mut problems = Problems::default();
    let query = Query::read(
        parts.uri.query().unwrap_or_default(),
        &["after", "events"],
        &mut problems,
    );
    let events = query.value("events", |text| selection(text, family), &mut problems);
    let after = query.value("after", event_id, &mut problems).map(|id| (id, "after"));
    let header = parts.headers.get(LAST_EVENT_ID).filter(|value| !value.is_empty());
    let resumed = header.and_then(|value| {
        let read = event_id(value.to_str().unwrap_or_default());
        read.map_err(|text| problems.add(LAST_EVENT_ID, text)).ok()
    });
    let wish = Wish {
        events: events.unwrap_or(EventSelection::All),
        after: resumed.map(|id| (id, LAST_EVENT_ID)).or(after),
    };
    problems.conclude(Some(wish))
}

fn event_id(text: &str) -> Result<EventId, &'static str> {
    EventId::from_public(text).ok_or("Must be the id of an event, evt_….")
}

fn payment(text: &str) -> Result<IntentId, &'static str> {
    IntentId::from_any_public(text).ok_or("Must be the id of a payment, TRX….")
}

fn announcement(text: &str, family: Option<ApiFamily>) -> Result<Announcement, String> {
    let known = || {
        let all = Announcement::ALL.iter().copied();
        all.filter(|announcement| family.is_none_or(|family| family == announcement.family()))
    };
    known().find(|announcement| announcement.code() == text).ok_or_else(|| {
        let names: Vec<&str> = known().map(Announcement::code).collect();
        format!("Must be one of {}.", names.join(", "))
    })
}

/// Names with commas between, or `*`.
fn selection(text: &str, family: Option<ApiFamily>) -> Result<EventSelection, String> {
    if text.trim() == "*" {
        return Ok(EventSelection::All);
    }
    let chosen: Result<_, _> = text.split(',').map(|name| announcement(name.trim(), family)).collect();
    chosen.map(EventSelection::Only)
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use engine::domain::announcement::Announcement;
    use engine::domain::ids::EventId;
    use engine::domain::scope::ApiFamily;
    use engine::domain::webhook::EventSelection;

    use super::{Wish, stream};
    use crate::envelope::Problem;

    fn asked(query: &str, header: Option<&str>) -> Result<Wish, Problem> {
        let mut request = Request::get(format!("/v1/events/stream?{query}"));
        if let Some(value) = header {
            request = request.header("Last-Event-ID", value);
        }
        stream(&request.body(()).unwrap().into_parts().0, Some(ApiFamily::Payment))
    }

    #[test]
    fn names_and_the_place_to_resume_are_read() {
        let (older, newer) = (EventId::new(1, 1), EventId::new(2, 2));
        let wish = asked(
            &format!("after={older}&events=payment.failed,%20payment.completed"),
            None,
        )
        .unwrap();
        let both = [Announcement::PaymentFailed, Announcement::PaymentCompleted];
        assert_eq!(wish.events, EventSelection::Only(both.into()));
        assert_eq!(wish.after, Some((older, "after")));
        let wish = asked(&format!("after={older}&events=*"), Some(&newer.to_string())).unwrap();
        assert_eq!(
            (wish.events, wish.after),
            (EventSelection::All, Some((newer, "Last-Event-ID")))
        );
        assert_eq!(asked("", Some("")).unwrap().after, None);
    }

    #[test]
    fn what_cannot_be_is_named() {
        for (query, header, name) in [
            ("events=", None, "events"),
            ("events=payment.compleated", None, "events"),
            ("events=payment_intent.succeeded", None, "events"),
            ("events=payment.failed,", None, "events"),
            ("after=TRX1", None, "after"),
            ("after=", None, "after"),
            ("", Some("x"), "Last-Event-ID"),
            ("", Some("\u{e9}"), "Last-Event-ID"),
        ] {
            let problem = asked(query, header).map(|_| ()).unwrap_err();
            assert_eq!(problem.errors().keys().collect::<Vec<_>>(), [name], "{query}");
        }
        let problem = asked("events=paid", None).map(|_| ()).unwrap_err();
        let text = &problem.errors()["events"][0];
        assert!(
            text.contains("payment.completed") && !text.contains("payment_intent."),
            "{text}"
        );
    }
}
