//! Illegal streams, secrets, endpoints, lanes, deliveries and tries.

use crate::court::Case;
use crate::court::Verdict::{Check, NotNull, Taken, Unique};
use crate::rows::{NewRow, delivery, delivery_try, endpoint, event, lane, secrets, stream};

pub(crate) fn cases() -> Vec<Case> {
    [
        streams(),
        signing(),
        endpoints(),
        lanes(),
        deliveries(),
        ends(),
        tries(),
    ]
    .concat()
}

/// Two columns that are there together or not at all.
fn together(row: &NewRow, (one, other): (&str, &str), check: &'static str) -> Vec<Case> {
    let with = |cells: String| row.clone().with(&cells);
    vec![
        Case::new(Check(check), format!("{one} without {other}"), with(format!("{one}=5"))),
        Case::new(
            Check(check),
            format!("{other} without {one}"),
            with(format!("{other}=5")),
        ),
        Case::new(Taken, format!("{one} with {other}"), with(format!("{one}=5 {other}=5"))),
    ]
}

fn streams() -> Vec<Case> {
    let elsewhere = "DELETE FROM event_streams WHERE project_id = 'p' AND environment = 'live'";
    vec![
        Case::new(Unique("event_streams_pkey"), "a second stream", stream()),
        Case::new(Taken, "a stream from zero", stream().with("last_no=0")).after(elsewhere),
        Case::new(Check("last_no"), "a stream below zero", stream().with("last_no=-1")).after(elsewhere),
        Case::new(
            Unique("outbox_by_stream"),
            "a number given twice",
            "UPDATE outbox SET stream_no = 1 WHERE id = 'evt_paid'",
        ),
        Case::new(
            Taken,
            "the next number",
            "UPDATE outbox SET stream_no = 2 WHERE id = 'evt_paid'",
        ),
        Case::new(
            Taken,
            "one sequence in each family",
            event().with("sequence=1 family='payment_intents'"),
        ),
    ]
}

fn signing() -> Vec<Case> {
    let gone = "DELETE FROM webhook_secrets WHERE project_id = 'p' AND environment = 'live'";
    let mut cases = together(&secrets(), ("previous_secret", "previous_until"), "previous_until");
    cases = cases.into_iter().map(|case| case.after(gone)).collect();
    cases.extend([
        Case::new(Unique("webhook_secrets_pkey"), "a second secret", secrets()),
        Case::new(NotNull, "no secret", secrets().with("secret=NULL")).after(gone),
    ]);
    cases
}

fn endpoints() -> Vec<Case> {
    let mut cases = together(&endpoint(), ("previous_secret", "previous_until"), "previous_until");
    cases.extend([
        Case::new(Taken, "a second endpoint with one URL", endpoint()),
        Case::new(
            Unique("webhook_endpoints_pkey"),
            "one endpoint twice",
            endpoint().with("id='end_a'"),
        ),
        Case::new(NotNull, "an endpoint without secret", endpoint().with("secret=NULL")),
        Case::new(NotNull, "an endpoint without URL", endpoint().with("url=NULL")),
        Case::new(NotNull, "an endpoint without events", endpoint().with("events=NULL")),
    ]);
    cases
}

fn lanes() -> Vec<Case> {
    let mut cases = together(&lane(), ("lease_epoch", "lease_until"), "lease_until");
    cases.extend(together(&lane(), ("failures", "failing_since"), "failing_since"));
    cases.extend([
        Case::new(
            Unique("webhook_lanes_pkey"),
            "one lane twice",
            lane().with("id='lan_a'"),
        ),
        Case::new(
            Check("failing_since"),
            "failures forgotten, but not since when",
            "UPDATE webhook_lanes SET failures = 0 WHERE id = 'lan_new'",
        )
        .after(lane().with("failures=2 failing_since=1")),
        Case::new(
            NotNull,
            "a lane that does not count failures",
            lane().with("failures=NULL"),
        ),
        Case::new(
            NotNull,
            "a lane of which nobody knows who was told",
            lane().with("told_hours=NULL"),
        ),
    ]);
    cases
}

fn deliveries() -> Vec<Case> {
    let again = delivery().with("event_id='evt_a' intent_id='int_a'");
    vec![
        Case::new(Taken, "another event in a lane", delivery()),
        Case::new(Unique("deliveries_once"), "an event twice in one lane", again.clone()),
        Case::new(
            Unique("deliveries_once"),
            "an event twice in one lane, the first time delivered",
            again.clone(),
        )
        .after("UPDATE deliveries SET state = 'delivered', due_at = NULL, ended_at = 5 WHERE id = 'dlv_a'"),
        Case::new(Taken, "an event in another lane", again.with("lane_id='lan_new'")).after(lane()),
        Case::new(
            Unique("deliveries_pkey"),
            "one delivery twice",
            delivery().with("id='dlv_a'"),
        ),
        Case::new(
            Check("plan_tries"),
            "more tries in a plan than in all",
            delivery().with("plan_tries=1"),
        ),
        Case::new(Taken, "a new plan after tries", delivery().with("tries=3 plan_tries=0")),
        Case::new(Taken, "a first plan", delivery().with("tries=3 plan_tries=3")),
    ]
}

/// Of deliveries.
fn ends() -> Vec<Case> {
    let mut cases = vec![
        Case::new(Check("due_at"), "waiting for nothing", delivery().with("due_at=NULL")),
        Case::new(
            Check("ended_at"),
            "waiting after its end",
            delivery().with("ended_at=5"),
        ),
        Case::new(
            Check("ended_at"),
            "sent again without forgetting its end",
            "UPDATE deliveries SET state = 'waiting', due_at = 7 WHERE id = 'dlv_new'",
        )
        .after(delivery().with("state='delivered' due_at=NULL ended_at=5")),
        Case::new(
            Taken,
            "sent again",
            "UPDATE deliveries SET state = 'waiting', due_at = 7, ended_at = NULL WHERE id = 'dlv_new'",
        )
        .after(delivery().with("state='given_up' due_at=NULL ended_at=5")),
    ];
    for state in ["delivered", "given_up"] {
        let ended = |cells: &str| delivery().with(&format!("state='{state}' {cells}"));
        cases.extend([
            Case::new(Check("due_at"), format!("{state} and due"), ended("ended_at=5")),
            Case::new(Check("ended_at"), format!("{state} at no time"), ended("due_at=NULL")),
            Case::new(Taken, state, ended("due_at=NULL ended_at=5")),
        ]);
    }
    cases
}

fn tries() -> Vec<Case> {
    let mut cases = vec![
        Case::new(Taken, "the next try", delivery_try()),
        Case::new(
            Unique("delivery_tries_pkey"),
            "one try twice",
            delivery_try().with("number=1"),
        ),
        Case::new(Check("number"), "try number zero", delivery_try().with("number=0")),
        Case::new(
            Taken,
            "a try forgotten",
            "DELETE FROM delivery_tries WHERE delivery_id = 'dlv_a'",
        ),
        Case::new(
            Taken,
            "a delivery forgotten",
            "DELETE FROM deliveries WHERE id = 'dlv_a'",
        )
        .after("DELETE FROM delivery_tries WHERE delivery_id = 'dlv_a'"),
    ];
    for outcome in ["delivered", "refused", "gone"] {
        let silent = delivery_try().with(&format!("outcome='{outcome}' status=NULL"));
        cases.push(Case::new(Check("status"), format!("{outcome} without status"), silent));
    }
    for outcome in ["unreachable", "tls", "timed_out", "broken"] {
        let answered = delivery_try().with(&format!("outcome='{outcome}'"));
        cases.push(Case::new(Check("status"), format!("{outcome} with a status"), answered));
    }
    cases
}
