//! Illegal intents, attempts and refunds.

use crate::court::Case;
use crate::court::Verdict::{Check, NotNull, Taken, Unique};
use crate::rows::{attempt, intent, refund};

pub(crate) fn cases() -> Vec<Case> {
    [intents(), attempts(), choices(), refunds()].concat()
}

fn intents() -> Vec<Case> {
    let mut cases = vec![
        Case::new(Check("amount_minor"), "zero", intent().with("amount_minor=0")),
        Case::new(Check("amount_minor"), "below zero", intent().with("amount_minor=-5000")),
        Case::new(Taken, "the largest amount", intent().with("amount_minor=999999999999")),
        Case::new(
            Check("amount_minor"),
            "one above the largest amount",
            intent().with("amount_minor=1000000000000"),
        ),
        Case::new(NotNull, "no amount", intent().with("amount_minor=NULL")),
        Case::new(NotNull, "no currency", intent().with("currency=NULL")),
        Case::new(NotNull, "no state", intent().with("state=NULL")),
        Case::new(Unique("intents_pkey"), "one id twice", intent().with("id='int_paid'")),
    ];
    for state in ["open", "mismatched"] {
        let open = intent().with(&format!("state='{state}'"));
        cases.push(Case::new(
            Check("ended_at"),
            format!("{state} with an end"),
            open.clone().with("ended_at=5"),
        ));
        cases.push(Case::new(Taken, format!("{state} without end"), open));
    }
    for state in ["completed", "failed", "expired", "cancelled"] {
        let ended = intent().with(&format!("state='{state}'"));
        cases.push(Case::new(
            Check("ended_at"),
            format!("{state} without end"),
            ended.clone(),
        ));
        let text = format!("UPDATE intents SET state = '{state}' WHERE id = 'int_a'");
        cases.push(Case::new(
            Check("ended_at"),
            format!("becomes {state} without end"),
            text,
        ));
        cases.push(Case::new(
            Taken,
            format!("{state} with an end"),
            ended.with("ended_at=5"),
        ));
    }
    cases
}

fn attempts() -> Vec<Case> {
    let mut cases = vec![
        Case::new(
            Check("amount_minor"),
            "an attempt of zero",
            attempt().with("amount_minor=0"),
        ),
        Case::new(
            Check("amount_minor"),
            "an attempt below zero",
            attempt().with("amount_minor=-1"),
        ),
        Case::new(NotNull, "an attempt without intent", attempt().with("intent_id=NULL")),
        Case::new(
            Unique("attempts_by_number"),
            "two attempts with one number",
            attempt().with("number=1"),
        ),
        Case::new(Unique("attempts_pkey"), "one id twice", attempt().with("id='att_paid'")),
        Case::new(
            Check("next_action"),
            "action required without action",
            attempt().with("state='action_required'"),
        ),
        Case::new(
            Check("ended_at"),
            "action required with an end",
            attempt().with("state='action_required' next_action='{}' next_action_kind='otp' ended_at=5"),
        ),
        Case::new(
            Taken,
            "action required",
            attempt().with("state='action_required' next_action='{}' next_action_kind='otp'"),
        ),
        Case::new(
            Check("ended_at"),
            "processing with an end",
            attempt().with("ended_at=5"),
        ),
        Case::new(
            Check("next_action"),
            "processing with an action",
            attempt().with("next_action='{}'"),
        ),
        Case::new(
            Check("failure_code"),
            "failed without code",
            attempt().with("state='failed' ended_at=5"),
        ),
    ];
    for state in ["completed", "failed", "cancelled"] {
        let code = if state == "completed" { "NULL" } else { "'superseded'" };
        let ended = attempt().with(&format!("state='{state}' failure_code={code}"));
        cases.push(Case::new(
            Check("ended_at"),
            format!("{state} without end"),
            ended.clone(),
        ));
        let ended = ended.with("ended_at=5");
        let acting = ended.clone().with("next_action='{}'");
        cases.push(Case::new(
            Check("next_action"),
            format!("{state} with an action"),
            acting,
        ));
        cases.push(Case::new(Taken, state, ended));
    }
    cases
}

/// What kind of action an attempt requires, which account it goes to, and what is to be paid there.
fn choices() -> Vec<Case> {
    vec![
        Case::new(
            Check("next_action_kind"),
            "action required of no kind",
            attempt().with("state='action_required' next_action='{}'"),
        ),
        Case::new(
            Check("exchange_rate"),
            "an attempt with a rate and no margin",
            attempt().with("exchange_rate='655.957'"),
        ),
        Case::new(
            Check("correction_rate"),
            "an attempt with a margin and no rate",
            attempt().with("correction_rate='1.01'"),
        ),
        Case::new(
            Taken,
            "an attempt in another currency",
            attempt().with("exchange_rate='655.957' correction_rate='1.01'"),
        ),
        Case::new(
            Check("account_id"),
            "an attempt at a gateway and no account",
            attempt().with("gateway_code='g'"),
        ),
        Case::new(
            Check("gateway_code"),
            "an attempt at an account and no gateway",
            attempt().with("account_id='acc_a'"),
        ),
        Case::new(
            Check("fallbacks_before"),
            "an attempt below its chain",
            attempt().with("fallbacks_before=-1"),
        ),
        Case::new(Taken, "the last of a chain", attempt().with("fallbacks_before=2")),
        Case::new(
            Check("fallbacks_before"),
            "one after the last of a chain",
            attempt().with("fallbacks_before=3"),
        ),
        Case::new(
            NotNull,
            "an attempt that does not say why",
            attempt().with("route=NULL"),
        ),
    ]
}

fn refunds() -> Vec<Case> {
    vec![
        Case::new(
            Check("amount_minor"),
            "a refund of zero",
            refund().with("amount_minor=0"),
        ),
        Case::new(
            Check("amount_minor"),
            "a refund below zero",
            refund().with("amount_minor=-1"),
        ),
        Case::new(
            Unique("refunds_once_per_surplus"),
            "one surplus capture given back twice",
            refund().with("capture_external_id='x1'"),
        ),
        Case::new(Taken, "another surplus capture given back", refund()),
        Case::new(
            Taken,
            "a merchant's refund beside it",
            refund().with("origin='merchant' capture_external_id='x1'"),
        ),
        Case::new(
            Check("capture_external_id"),
            "a surplus refund of no capture",
            refund().with("capture_external_id=NULL"),
        ),
    ]
}
