//! Illegal calls: what is sent twice, and ends that are taken back.

use crate::court::Case;
use crate::court::Verdict::{Check, NotNull, Taken, Trigger, Unique};
use crate::rows::call;

const SENT_REFUND: [&str; 7] = [
    "open",
    "not_processed",
    "declined",
    "pending",
    "captured",
    "unknown",
    "answered",
];

fn refund(id: &str, outcome: &str) -> crate::rows::NewRow {
    let ended = if outcome == "open" { "NULL" } else { "7" };
    call().with(&format!(
        "id='{id}' permit_id='per_paid' kind='refund' refund_id='ref_paid' outcome='{outcome}' ended_at={ended}"
    ))
}

pub(crate) fn cases() -> Vec<Case> {
    [charges_and_codes(), ends(), refunds()].concat()
}

fn charges_and_codes() -> Vec<Case> {
    let code = |id: &str, number: u8| call().with(&format!("id='{id}' kind='complete' otp_no={number}"));
    vec![
        Case::new(
            Unique("calls_one_charge"),
            "a second charge while one is open",
            call().with("kind='charge'"),
        ),
        Case::new(
            Unique("calls_one_charge"),
            "a second charge after one that ended",
            call().with("kind='charge' permit_id='per_paid'"),
        ),
        Case::new(
            Unique("calls_one_charge"),
            "a second charge after one that was not sent",
            call().with("kind='charge' permit_id='per_known'"),
        )
        .after(call().with("id='cal_first' kind='charge' permit_id='per_known' outcome='not_sent' ended_at=6")),
        Case::new(
            Unique("calls_one_charge"),
            "a question that becomes a second charge",
            "UPDATE calls SET kind = 'charge' WHERE id = 'cal_new'",
        )
        .after(call()),
        Case::new(Taken, "a second question", call()),
        Case::new(
            Taken,
            "a charge of another permit",
            call().with("kind='charge' permit_id='per_open'"),
        ),
        Case::new(Unique("calls_one_code"), "one code twice", code("cal_more", 1)).after(code("cal_new", 1)),
        Case::new(Taken, "the next code", code("cal_more", 2)).after(code("cal_new", 1)),
        Case::new(Unique("calls_pkey"), "one id twice", call().with("id='cal_sent'")),
    ]
}

fn ends() -> Vec<Case> {
    vec![
        Case::new(
            Trigger("calls ends once"),
            "a call reopened",
            "UPDATE calls SET outcome = 'open', ended_at = NULL WHERE id = 'cal_ended'",
        ),
        Case::new(
            Taken,
            "a call ended",
            "UPDATE calls SET outcome = 'unknown', ended_at = 7 WHERE id = 'cal_sent'",
        ),
        Case::new(
            Check("outcome"),
            "an open call that has ended",
            call().with("ended_at=7"),
        ),
        Case::new(
            Check("outcome"),
            "an ended call without its time",
            call().with("outcome='unknown'"),
        ),
        Case::new(NotNull, "a call without outcome", call().with("outcome=NULL")),
    ]
}

fn refunds() -> Vec<Case> {
    let mut cases = vec![
        Case::new(
            Check("refund_id"),
            "a refund call without refund",
            call().with("kind='refund'"),
        ),
        Case::new(
            Check("refund_id"),
            "another call with a refund",
            call().with("refund_id='ref_paid'"),
        ),
        Case::new(Taken, "the first refund send", refund("cal_new", "open")),
        Case::new(
            Taken,
            "a refund send after one that was not sent",
            refund("cal_more", "open"),
        )
        .after(refund("cal_new", "not_sent")),
        Case::new(
            Taken,
            "a third one, after two that were not sent",
            refund("cal_third", "open"),
        )
        .after(refund("cal_new", "not_sent"))
        .after(refund("cal_more", "not_sent")),
        Case::new(
            Unique("calls_one_refund"),
            "a second refund send after one of two that was not sent",
            refund("cal_third", "open"),
        )
        .after(refund("cal_new", "not_sent"))
        .after(refund("cal_more", "unknown")),
    ];
    for outcome in SENT_REFUND {
        let name = format!("a second refund send after one that is {outcome}");
        let second = refund("cal_more", "open");
        cases.push(Case::new(Unique("calls_one_refund"), name, second).after(refund("cal_new", outcome)));
    }
    cases
}
