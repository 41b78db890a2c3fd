//! Words from outside the fixed lists.

use crate::court::Case;
use crate::court::Verdict::{Check, Taken};
use crate::rows::{
    NewRow, account, api_key, attempt, call, callback, delivery, delivery_try, endpoint, environment, event, fact,
    health, intent, key, link, mail, observation, permit, permit_that_is, refund, revision, rule, timer,
};

const STRANGE: [&str; 3] = ["'unheard_of'", "''", "'OPEN'"];

/// A column with a fixed list, and a legal row to try it in.
struct Listed {
    column: &'static str,
    row: NewRow,
    words: &'static [&'static str],
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for Listed { column, row, words } in [accounts(), payments(), records(), webhooks()].into_iter().flatten() {
        for strange in STRANGE {
            let name = format!("{column} = {strange}");
            let row = row.clone().with(&format!("{column}={strange}"));
            cases.push(Case::new(Check(column), name, row));
        }
        for word in words {
            let row = row.clone().with(&format!("{column}='{word}'"));
            cases.push(Case::new(Taken, format!("{column} = {word}"), row));
        }
    }
    cases
}

fn list(column: &'static str, row: NewRow, words: &'static [&'static str]) -> Listed {
    Listed { column, row, words }
}

const FAMILIES: &[&str] = &["payment", "payment_intents", "admin"];

fn accounts() -> Vec<Listed> {
    let policies = &["accept", "refund"];
    let new_environment = environment().with("project_id='q' environment='sandbox'");
    vec![
        list("environment", environment().with("project_id='q'"), &["sandbox"]),
        list("late_after_end", new_environment.clone(), policies),
        list("late_after_cancel", new_environment, policies),
        list("family", api_key(), FAMILIES),
        list("state", account(), &["active", "closed"]),
        list("direction", rule(), &["payment", "payout"]),
        list("strategy", revision(), &["rules", "success_rate", "load_balanced"]),
        list("state", health(), &["closed", "open", "half_open"]),
        list("kind", observation(), &["worked", "outage", "paid", "lost"]),
    ]
}

fn payments() -> Vec<Listed> {
    let late = permit_that_is("dead").with("sent_at=5 dead_fact_id='fct_a'");
    vec![
        list("state", intent(), &["open", "mismatched"]),
        list(
            "state",
            intent().with("ended_at=5"),
            &["completed", "failed", "expired", "cancelled"],
        ),
        list("family", intent(), &["payment", "payment_intents"]),
        list("state", attempt(), &["processing"]),
        list(
            "state",
            attempt().with("ended_at=5 failure_code='unmapped'"),
            &["failed", "cancelled"],
        ),
        list(
            "next_action_kind",
            attempt().with("state='action_required' next_action='{}'"),
            &["approval", "otp", "redirect", "qr_code"],
        ),
        list("status", permit(), &["open"]),
        list(
            "knowledge",
            permit_that_is("sent"),
            &["in_flight", "unknown", "accepted"],
        ),
        list(
            "dead_proof",
            late,
            &[
                "never_sent",
                "not_processed",
                "declined",
                "expired_at_provider",
                "closed_by_us",
                "page_never_shown",
                "not_found_after_horizon",
                "attested_by_person",
            ],
        ),
        list("origin", refund(), &["surplus", "merchant"]),
        list("status", refund(), &["pending", "processing", "completed", "failed"]),
        list("kind", call(), &["complete", "resend", "close", "payout", "look_up"]),
        list(
            "outcome",
            call().with("ended_at=5"),
            &[
                "not_sent",
                "not_processed",
                "declined",
                "pending",
                "captured",
                "unknown",
                "answered",
            ],
        ),
    ]
}

fn records() -> Vec<Listed> {
    vec![
        list(
            "kind",
            fact(),
            &[
                "accepted",
                "captured",
                "declined",
                "expired",
                "closed",
                "not_found",
                "refunded",
                "reversed",
                "contradiction",
                "not_processed",
                "not_sent",
            ],
        ),
        list(
            "source",
            fact(),
            &["response", "callback", "poll", "statement", "person"],
        ),
        list("state", key(), &["claimed"]),
        list("family", key(), FAMILIES),
        list("effect", key(), &["create", "attempt", "code", "cancel", "reconcile"]),
        list("state", callback(), &["waiting", "processed", "refused", "orphan"]),
        list("kind", timer(), &["look_up", "expire", "fall_back", "process_callback"]),
    ]
}

fn webhooks() -> Vec<Listed> {
    let families = &["payment", "payment_intents"];
    let states = &[
        "enabled",
        "disabled_by_person",
        "disabled_as_gone",
        "disabled_as_failing",
    ];
    vec![
        list("family", event(), families),
        list("family", endpoint(), families),
        list("delivery_order", endpoint(), &["any", "per_payment"]),
        list("state", endpoint(), states),
        list("state", delivery(), &["waiting"]),
        list(
            "state",
            delivery().with("due_at=NULL ended_at=5"),
            &["delivered", "given_up"],
        ),
        list("outcome", delivery_try(), &["delivered", "refused", "gone"]),
        list(
            "outcome",
            delivery_try().with("status=NULL"),
            &["unreachable", "tls", "timed_out", "broken"],
        ),
        list("usage", link(), &["reusable", "single"]),
        list("receipt", link(), &["off", "optional", "required"]),
        list("switch", link(), &["on", "off"]),
        list("language", link(), &["en", "fr"]),
        list("occasion", mail(), &["receipt"]),
        list("language", mail(), &["en", "fr"]),
        list("state", mail(), &["waiting"]),
        list("state", mail().with("due_at=NULL"), &["kept", "given_up"]),
        list("state", mail().with("due_at=NULL sent_at=5"), &["sent"]),
    ]
}
