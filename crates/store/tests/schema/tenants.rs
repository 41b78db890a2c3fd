//! Rows that point to nothing, or to what belongs to another project or environment.

use crate::court::Case;
use crate::court::Verdict::{Foreign, Taken};
use crate::rows::{
    NewRow, account, api_key, attempt, call, callback, change, customer, delivery, delivery_try, endpoint, environment,
    event, exchange, exchange_rate, fact, health, instrument, intent, item, journal, key, lane, link, mail,
    observation, permit, refund, revision, rule, rule_account, secrets, stream, timer,
};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (what, column, row, prefix) in pointers() {
        let pointing = |id: &str| row.clone().with(&format!("{column}='{id}'"));
        for (whose, id) in [
            ("another environment's", format!("{prefix}_b")),
            ("another project's", format!("{prefix}_c")),
            ("nobody's", format!("{prefix}_none")),
        ] {
            cases.push(Case::new(
                Foreign,
                format!("{what} with {whose} {column}"),
                pointing(&id),
            ));
        }
        cases.push(Case::new(
            Taken,
            format!("{what} with its own {column}"),
            pointing(&format!("{prefix}_a")),
        ));
    }
    for (what, row) in rooted() {
        for tenant in ["project_id='nobody'", "project_id='q' environment='sandbox'"] {
            cases.push(Case::new(
                Foreign,
                format!("{what} of no environment: {tenant}"),
                row.clone().with(tenant),
            ));
        }
    }
    cases.extend(departures());
    cases
}

fn pointers() -> Vec<(&'static str, &'static str, NewRow, &'static str)> {
    let refund_call = call().with("permit_id='per_a' kind='refund' refund_id='ref_a'");
    vec![
        ("a rule's account", "rule_id", rule_account(), "rul"),
        (
            "a rule's account",
            "account_id",
            rule_account().with("rule_id='rul_long'"),
            "acc",
        ),
        ("health", "account_id", health().with("country='SN'"), "acc"),
        ("an observation", "account_id", observation(), "acc"),
        ("an exchange", "call_id", exchange().with("number=2"), "cal"),
        ("an attempt", "account_id", attempt().with("gateway_code='g'"), "acc"),
        ("an intent", "customer_id", intent(), "cus"),
        ("an attempt", "intent_id", attempt(), "int"),
        ("a mail", "intent_id", mail(), "int"),
        ("an attempt", "instrument_id", attempt(), "ins"),
        ("a permit", "intent_id", permit(), "int"),
        ("a permit", "attempt_id", permit(), "att"),
        ("a permit", "account_id", permit(), "acc"),
        ("a refund", "intent_id", refund().with("permit_id='per_a'"), "int"),
        ("a refund", "permit_id", refund().with("intent_id='int_a'"), "per"),
        ("a call", "permit_id", call(), "per"),
        ("a call", "refund_id", refund_call, "ref"),
        ("a fact", "permit_id", fact(), "per"),
        ("an event", "intent_id", event(), "int"),
        ("a callback", "account_id", callback(), "acc"),
        ("a lane", "endpoint_id", lane(), "end"),
        ("a delivery", "lane_id", delivery(), "lan"),
        ("a delivery", "event_id", delivery().with("lane_id='lan_other'"), "evt"),
        ("a try", "delivery_id", delivery_try(), "dlv"),
    ]
}

fn rooted() -> Vec<(&'static str, NewRow)> {
    vec![
        ("a key", api_key()),
        ("an account", account()),
        ("a revision", revision()),
        ("a rule", rule()),
        ("an exchange rate", exchange_rate()),
        ("a change", change()),
        ("a customer", customer()),
        ("an instrument", instrument()),
        ("an intent", intent().with("customer_id=NULL")),
        ("an idempotency key", key()),
        ("a journal row", journal()),
        ("a timer", timer()),
        ("a stream", stream()),
        ("secrets", secrets()),
        ("an endpoint", endpoint()),
        ("a lane", lane()),
        ("a link", link()),
        ("an item", item()),
    ]
}

/// What is pointed to does not go or change its name.
fn departures() -> Vec<Case> {
    let everything = "WHERE project_id = 'p' AND environment = 'live'";
    let mut cases = vec![
        Case::new(
            Foreign,
            "an environment of no project",
            environment().with("project_id='nobody'"),
        ),
        Case::new(Foreign, "a project deleted", "DELETE FROM projects WHERE id = 'p'"),
        Case::new(
            Foreign,
            "an intent moved to another environment",
            "UPDATE intents SET environment = 'sandbox' WHERE id = 'int_paid'",
        ),
        Case::new(
            Foreign,
            "an intent renamed",
            "UPDATE intents SET id = 'int_other' WHERE id = 'int_paid'",
        ),
        Case::new(
            Foreign,
            "a permit renamed",
            "UPDATE permits SET id = 'per_other' WHERE id = 'per_paid'",
        ),
    ];
    for table in [
        "environments",
        "accounts",
        "customers",
        "payer_instruments",
        "webhook_endpoints",
        "webhook_lanes",
        "deliveries",
    ] {
        let text = format!("DELETE FROM {table} {everything}");
        cases.push(Case::new(Foreign, format!("{table} deleted"), text));
    }
    cases
}
