//! Deaths carry a fact of their own, rows stay within their payment and its amounts, and ends do not change.

use crate::court::Case;
use crate::court::Verdict::{Check, Foreign, Trigger};
use crate::rows::{attempt, item, key, permit, permit_that_is, refund};

pub(crate) fn cases() -> Vec<Case> {
    [deaths(), amounts(), relatives(), ends()].concat()
}

fn kill(id: &str, proof: &str, fact: &str) -> String {
    format!(
        "UPDATE permits SET status = 'dead', knowledge = NULL, ended_at = 9, dead_proof = '{proof}',
            dead_fact_id = '{fact}' WHERE id = '{id}'"
    )
}

/// `money-rules.md` §2: a permit dies by a named proof and the fact that carries it.
fn deaths() -> Vec<Case> {
    let unfounded = Trigger("permits dies by a fact of its own");
    vec![
        Case::new(
            Check("dead_fact_id"),
            "sent, and dead as never sent without the fact that says so",
            "UPDATE permits SET status = 'dead', knowledge = NULL, ended_at = 9, dead_proof = 'never_sent'
            WHERE id = 'per_sent'",
        ),
        Case::new(
            unfounded,
            "dead by a fact that does not exist",
            kill("per_sent", "declined", "fct_none"),
        ),
        Case::new(
            unfounded,
            "dead by another permit's fact",
            kill("per_sent", "declined", "fct_late"),
        ),
        Case::new(
            unfounded,
            "dead by another tenant's fact",
            kill("per_sent", "declined", "fct_c"),
        ),
        Case::new(
            Check("sent_at"),
            "sent at no time",
            permit_that_is("sent").with("sent_at=NULL"),
        ),
        Case::new(Check("sent_at"), "open and sent", permit().with("sent_at=5")),
        Case::new(
            Trigger("permits is dead by the proof it died of"),
            "another proof for a dead permit",
            "UPDATE permits SET dead_proof = 'closed_by_us' WHERE id = 'per_late'",
        ),
        Case::new(
            Trigger("permits stays acknowledged"),
            "an acknowledgement taken back",
            "UPDATE permits SET acknowledged = FALSE, knowledge = 'unknown' WHERE id = 'per_known'",
        ),
    ]
}

/// `domain::money` reads no amount above this.
fn amounts() -> Vec<Case> {
    let large = "amount_minor=1000000000000";
    vec![
        Case::new(
            Check("amount_minor"),
            "a permit above the largest amount",
            permit().with(large),
        ),
        Case::new(
            Check("amount_minor"),
            "an attempt above the largest amount",
            attempt().with(large),
        ),
        Case::new(
            Check("amount_minor"),
            "a refund above the largest amount",
            refund().with(large),
        ),
    ]
}

fn relatives() -> Vec<Case> {
    let mut cases = vec![
        Case::new(
            Foreign,
            "a permit of another intent's attempt",
            permit().with("attempt_id='att_late'"),
        ),
        Case::new(
            Foreign,
            "a refund of another intent's permit",
            refund().with("intent_id='int_a'"),
        ),
    ];
    for (whose, id) in [("environment", "int_b"), ("project", "int_c")] {
        let (key, item) = (
            key().with(&format!("intent_id='{id}'")),
            item().with(&format!("intent_id='{id}'")),
        );
        cases.push(Case::new(Foreign, format!("a key of another {whose}'s intent"), key));
        cases.push(Case::new(Foreign, format!("an item of another {whose}'s intent"), item));
    }
    cases
}

fn ends() -> Vec<Case> {
    vec![
        Case::new(
            Trigger("calls ends once"),
            "a call that was not sent after all",
            "UPDATE calls SET outcome = 'not_sent' WHERE id = 'cal_ended'",
        ),
        Case::new(
            Check("failure_code"),
            "cancelled without code",
            attempt().with("state='cancelled' ended_at=5"),
        ),
        Case::new(
            Check("failure_code"),
            "completed with a failure",
            attempt().with("state='completed' ended_at=5 failure_code='unmapped'"),
        ),
        Case::new(
            Trigger("permits is sent as it was made"),
            "another number for a permit",
            "UPDATE permits SET number = 7 WHERE id = 'per_open'",
        ),
        Case::new(
            Trigger("intents is paid as it was made"),
            "another amount for an intent",
            "UPDATE intents SET amount_minor = 1 WHERE id = 'int_open'",
        ),
    ]
}
