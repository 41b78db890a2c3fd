//! Illegal permits.

use crate::court::Case;
use crate::court::Verdict::{Check, NotNull, Taken, Trigger, Unique};
use crate::rows::{permit, permit_that_is};

const LIVE_OR_PAID: [&str; 3] = ["open", "sent", "paid"];
const NEEDS_NO_ACKNOWLEDGEMENT: [&str; 4] = [
    "never_sent",
    "not_processed",
    "page_never_shown",
    "not_found_after_horizon",
];
const ALWAYS_FITS: [&str; 4] = ["declined", "expired_at_provider", "closed_by_us", "attested_by_person"];

/// At most one permit of an intent is live or paid.
pub(crate) fn seats() -> Vec<Case> {
    let mut cases = Vec::new();
    for first in LIVE_OR_PAID {
        for second in LIVE_OR_PAID {
            let more = permit_that_is(second).with("id='per_more' number=10 merchant_ref='ref_more'");
            let name = format!("a second permit, {second}, beside one that is {first}");
            cases.push(Case::new(Unique("permits_one_seat"), name, more).after(permit_that_is(first)));
        }
        let back = "UPDATE permits SET status = 'paid', dead_proof = NULL, dead_fact_id = NULL, sent_at = 5 WHERE id = 'per_a'";
        let name = format!("a dead permit is paid late beside one that is {first}");
        cases.push(Case::new(Unique("permits_one_seat"), name, back).after(permit_that_is(first)));
        let dead = permit_that_is("dead").with("id='per_more' number=10 merchant_ref='ref_more'");
        let name = format!("a dead permit beside one that is {first}");
        cases.push(Case::new(Taken, name, dead).after(permit_that_is(first)));
        let name = format!("a permit that is {first} beside dead ones");
        cases.push(Case::new(Taken, name, permit_that_is(first)));
    }
    let again = permit_that_is("dead").with("intent_id='int_paid' attempt_id='att_paid' number=1");
    cases.extend([
        Case::new(Unique("permits_by_number"), "two permits with one number", again),
        Case::new(
            Unique("permits_by_reference"),
            "one reference twice at an account",
            permit().with("merchant_ref='ref_paid'"),
        ),
        Case::new(
            Taken,
            "one reference at two accounts",
            permit().with("merchant_ref='ref_paid' account_id='acc_a2'"),
        ),
        Case::new(
            Unique("permits_pkey"),
            "one id twice",
            permit_that_is("dead").with("id='per_open'"),
        ),
    ]);
    cases
}

/// Kills a seeded permit.
fn kill(id: &str, proof: &str, fact: &str) -> String {
    format!(
        "UPDATE permits SET status = 'dead', knowledge = NULL, ended_at = 9, dead_proof = {proof},
            dead_fact_id = {fact} WHERE id = '{id}'"
    )
}

/// Which proof ends which permit.
pub(crate) fn deaths() -> Vec<Case> {
    [columns(), proofs()].concat()
}

/// Columns that go together.
fn columns() -> Vec<Case> {
    vec![
        Case::new(Taken, "never sent, from open", kill("per_open", "'never_sent'", "NULL")),
        Case::new(
            Check("dead_proof"),
            "dead without proof",
            kill("per_sent", "NULL", "'fct_sent'"),
        ),
        Case::new(
            Check("dead_proof"),
            "alive with proof",
            "UPDATE permits SET dead_proof = 'declined' WHERE id = 'per_sent'",
        ),
        Case::new(
            Check("dead_proof"),
            "paid with proof",
            "UPDATE permits SET dead_proof = 'declined' WHERE id = 'per_paid'",
        ),
        Case::new(
            Check("ended_at"),
            "dead without time",
            "UPDATE permits SET status = 'dead', dead_proof = 'never_sent' WHERE id = 'per_open'",
        ),
        Case::new(
            Check("ended_at"),
            "alive with an end",
            "UPDATE permits SET ended_at = 9 WHERE id = 'per_open'",
        ),
        Case::new(
            Check("knowledge"),
            "sent without knowledge",
            "UPDATE permits SET status = 'sent', sent_at = 9 WHERE id = 'per_open'",
        ),
        Case::new(
            Check("knowledge"),
            "open with knowledge",
            "UPDATE permits SET knowledge = 'unknown' WHERE id = 'per_open'",
        ),
        Case::new(
            Check("url_shown_at"),
            "page never shown although it was",
            kill("per_sent", "'page_never_shown'", "'fct_sent'"),
        )
        .after("UPDATE permits SET url_shown_at = 7 WHERE id = 'per_sent'"),
    ]
}

/// Each proof against what is known of the charge.
fn proofs() -> Vec<Case> {
    let mut cases = Vec::new();
    for proof in NEEDS_NO_ACKNOWLEDGEMENT {
        let quoted = format!("'{proof}'");
        cases.push(Case::new(
            Taken,
            format!("{proof}, not acknowledged"),
            kill("per_sent", &quoted, "'fct_sent'"),
        ));
        cases.push(Case::new(
            Check("acknowledged"),
            format!("{proof}, acknowledged"),
            kill("per_known", &quoted, "'fct_known'"),
        ));
    }
    for proof in ALWAYS_FITS {
        let quoted = format!("'{proof}'");
        cases.push(Case::new(
            Taken,
            format!("{proof}, acknowledged"),
            kill("per_known", &quoted, "'fct_known'"),
        ));
    }
    for proof in [&ALWAYS_FITS[..], &NEEDS_NO_ACKNOWLEDGEMENT[1..]].concat() {
        let quoted = format!("'{proof}'");
        let name = format!("{proof} without the fact that carries it");
        cases.push(Case::new(
            Check("dead_fact_id"),
            name,
            kill("per_sent", &quoted, "NULL"),
        ));
        let name = format!("{proof} of what was never sent");
        cases.push(Case::new(
            Check("sent_at"),
            name,
            kill("per_open", &quoted, "'fct_open'"),
        ));
    }
    cases
}

/// What may change on a permit, and what may not.
pub(crate) fn moves() -> Vec<Case> {
    let back = Trigger("permits does not go back");
    let mut cases = vec![
        Case::new(
            back,
            "sent to open",
            "UPDATE permits SET status = 'open', knowledge = NULL WHERE id = 'per_sent'",
        ),
        Case::new(
            Taken,
            "dead to paid",
            "UPDATE permits SET status = 'paid', dead_proof = NULL, dead_fact_id = NULL WHERE id = 'per_late'",
        ),
        Case::new(
            Taken,
            "open to sent",
            "UPDATE permits SET status = 'sent', knowledge = 'in_flight', sent_at = 9 WHERE id = 'per_open'",
        ),
        Case::new(
            Taken,
            "sent to paid",
            "UPDATE permits SET status = 'paid', knowledge = NULL, ended_at = 9 WHERE id = 'per_known'",
        ),
    ];
    for id in ["per_late", "per_paid"] {
        let to = |status, knowledge| {
            format!(
                "UPDATE permits SET status = '{status}', knowledge = {knowledge}, dead_proof = NULL,
                    dead_fact_id = NULL, ended_at = NULL WHERE id = '{id}'"
            )
        };
        cases.push(Case::new(back, format!("{id} to open"), to("open", "NULL")));
        cases.push(Case::new(back, format!("{id} to sent"), to("sent", "'unknown'")));
    }
    cases.push(Case::new(
        back,
        "paid to dead",
        kill("per_paid", "'declined'", "'fct_paid'"),
    ));
    for (column, value) in [
        ("amount_minor", "4999"),
        ("currency", "'XAF'"),
        ("merchant_ref", "'another'"),
        ("account_id", "'acc_a2'"),
        ("intent_id", "'int_a'"),
        ("attempt_id", "'att_a'"),
    ] {
        for id in ["per_open", "per_sent", "per_paid", "per_late"] {
            let text = format!("UPDATE permits SET {column} = {value} WHERE id = '{id}'");
            let name = format!("another {column} for {id}");
            cases.push(Case::new(Trigger("permits is sent as it was made"), name, text));
        }
    }
    cases
}

/// Amounts and counters.
pub(crate) fn counters() -> Vec<Case> {
    let set = |cells: &str| format!("UPDATE permits SET {cells} WHERE id = 'per_paid'");
    let mut cases = vec![
        Case::new(
            Check("amount_minor"),
            "an amount of zero",
            permit().with("amount_minor=0"),
        ),
        Case::new(
            Check("amount_minor"),
            "an amount below zero",
            permit().with("amount_minor=-1"),
        ),
        Case::new(NotNull, "no amount", permit().with("amount_minor=NULL")),
        Case::new(NotNull, "no reference", permit().with("merchant_ref=NULL")),
        Case::new(
            Check("captured_minor"),
            "captured below zero",
            set("captured_minor = -1"),
        ),
        Case::new(
            Check("refunded_minor"),
            "all three together above captured",
            set("refund_reserved_minor = 2000, refunded_minor = 2000, external_refunded_minor = 1001"),
        ),
        Case::new(
            Taken,
            "all three together up to captured",
            set("refund_reserved_minor = 2000, refunded_minor = 2000, external_refunded_minor = 1000"),
        ),
        Case::new(
            Check("refunded_minor"),
            "captured lowered below what went back",
            set("captured_minor = 2999"),
        )
        .after(set("refunded_minor = 3000")),
    ];
    for counter in ["refund_reserved_minor", "refunded_minor", "external_refunded_minor"] {
        cases.push(Case::new(
            Check(counter),
            format!("{counter} above captured"),
            set(&format!("{counter} = 5001")),
        ));
        cases.push(Case::new(
            Check(counter),
            format!("{counter} below zero"),
            set(&format!("{counter} = -1")),
        ));
        cases.push(Case::new(
            Check(counter),
            format!("{counter} of what was never captured"),
            format!("UPDATE permits SET {counter} = 1 WHERE id = 'per_sent'"),
        ));
    }
    cases
}
