//! Every state × every event of the three lives, as `docs/generated/states.md` shows them.
//! `COWRY_UPDATE=1` writes the file anew; otherwise the test compares.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    missing_docs
)]

use std::fmt::Write as _;
use std::path::Path;

use domain::attempt::{AttemptEvent, AttemptState};
use domain::failure::{Failure, FailureCode};
use domain::intent::{Attempts, IntentEvent, IntentState, LatePolicy, LateSuccess};
use domain::next_action::NextAction;
use domain::permit::{ChargeKnowledge, DeathProof, PermitEvent, PermitState, Seat};
use domain::transition::{Illegal, Transition};

const AT: i64 = 1;

fn permit_states() -> Vec<(String, PermitState)> {
    let mut states = vec![("open".to_owned(), PermitState::Open)];
    for knowledge in [
        ChargeKnowledge::InFlight,
        ChargeKnowledge::Unknown,
        ChargeKnowledge::Accepted,
    ] {
        states.push((format!("sent ({})", knowledge.code()), PermitState::Sent(knowledge)));
    }
    states.push(("paid".to_owned(), PermitState::Paid));
    states.push(("dead".to_owned(), PermitState::Dead(DeathProof::Declined)));
    states
}

fn permit_events() -> Vec<(String, PermitEvent)> {
    let mut events = vec![
        ("send".to_owned(), PermitEvent::Send),
        ("accept".to_owned(), PermitEvent::Accept),
        ("lose track".to_owned(), PermitEvent::LoseTrack),
    ];
    for proof in DeathProof::ALL {
        events.push((format!("die ({})", proof.code()), PermitEvent::Die(proof)));
    }
    events.push(("capture (seat free)".to_owned(), PermitEvent::Capture(Seat::Free)));
    events.push(("capture (seat taken)".to_owned(), PermitEvent::Capture(Seat::Taken)));
    events
}

fn action() -> NextAction {
    NextAction::Redirect {
        url: "https://pay.example/1".to_owned(),
        expires_at_ms: None,
    }
}

fn attempt_states() -> Vec<(String, AttemptState)> {
    let failure = || Failure::new(FailureCode::DeclinedByPayer);
    vec![
        ("processing".to_owned(), AttemptState::Processing(None)),
        (
            "action_required".to_owned(),
            AttemptState::ActionRequired(action(), None),
        ),
        ("completed".to_owned(), AttemptState::Completed { at_ms: 0 }),
        (
            "failed".to_owned(),
            AttemptState::Failed {
                at_ms: 0,
                failure: failure(),
            },
        ),
        (
            "cancelled".to_owned(),
            AttemptState::Cancelled {
                at_ms: 0,
                failure: failure(),
            },
        ),
    ]
}

fn attempt_events() -> Vec<(String, AttemptEvent)> {
    let other = NextAction::Redirect {
        url: "https://pay.example/2".to_owned(),
        expires_at_ms: None,
    };
    vec![
        ("require (another action)".to_owned(), AttemptEvent::Require(other)),
        ("require (the same action)".to_owned(), AttemptEvent::Require(action())),
        ("proceed".to_owned(), AttemptEvent::Proceed),
        (
            "fail try".to_owned(),
            AttemptEvent::FailTry(Failure::new(FailureCode::WrongPin)),
        ),
        ("complete".to_owned(), AttemptEvent::Complete),
        ("mismatch".to_owned(), AttemptEvent::Mismatch),
        (
            "fail".to_owned(),
            AttemptEvent::Fail(Failure::new(FailureCode::InsufficientFunds)),
        ),
        ("cancel".to_owned(), AttemptEvent::Cancel(FailureCode::Cancelled)),
    ]
}

fn intent_states() -> Vec<(String, IntentState)> {
    [
        IntentState::Open,
        IntentState::Mismatched,
        IntentState::Completed { at_ms: 0 },
        IntentState::Failed { at_ms: 0 },
        IntentState::Expired { at_ms: 0 },
        IntentState::Cancelled { at_ms: 0 },
    ]
    .into_iter()
    .map(|state| (state.code().to_owned(), state))
    .collect()
}

fn intent_events() -> Vec<(String, IntentEvent)> {
    let refund = LateSuccess {
        after_end: LatePolicy::Refund,
        after_cancel: LatePolicy::Refund,
    };
    let mut events = vec![
        ("attempt".to_owned(), IntentEvent::Attempt),
        (
            "pay (late success: default)".to_owned(),
            IntentEvent::Pay(LateSuccess::default()),
        ),
        ("pay (late success: refund)".to_owned(), IntentEvent::Pay(refund)),
        ("pay differently".to_owned(), IntentEvent::PayDifferently),
        ("end with attempt".to_owned(), IntentEvent::EndWithAttempt),
    ];
    for (name, attempts) in [
        ("none", Attempts::None),
        ("dead", Attempts::Dead),
        ("live", Attempts::Live),
    ] {
        events.push((format!("time over (attempts: {name})"), IntentEvent::TimeOver(attempts)));
        events.push((format!("cancel (attempts: {name})"), IntentEvent::Cancel(attempts)));
    }
    events
}

fn table<S, E: Clone>(
    title: &str,
    states: &[(String, S)],
    events: &[(String, E)],
    apply: impl Fn(&S, E) -> Result<Transition<S>, Illegal>,
    code: impl Fn(&S) -> String,
) -> String {
    let mut out = format!("## {title}\n\n| state | event | becomes | written | effects |\n|---|---|---|---|---|\n");
    let mut refused = String::new();
    for (state_name, state) in states {
        for (event_name, event) in events {
            match apply(state, event.clone()) {
                Ok(change) => {
                    let effects: Vec<String> = change.effects().iter().map(|e| format!("{e:?}")).collect();
                    let (after, written) = (code(change.after()), change.event());
                    writeln!(
                        out,
                        "| {state_name} | {event_name} | {after} | `{written}` | {} |",
                        effects.join(", ")
                    )
                    .unwrap();
                }
                Err(illegal) => writeln!(refused, "| {state_name} | {event_name} | {:?} |", illegal.why).unwrap(),
            }
        }
    }
    format!("{out}\nRefused by name:\n\n| state | event | why |\n|---|---|---|\n{refused}\n")
}

fn permit_code(state: &PermitState) -> String {
    match state {
        PermitState::Open | PermitState::Paid => state.code().to_owned(),
        PermitState::Sent(knowledge) => format!("sent ({})", knowledge.code()),
        PermitState::Dead(proof) => format!("dead ({})", proof.code()),
    }
}

#[test]
fn the_generated_table_is_current() {
    let text = format!(
        "# States\n\nGenerated from the state machines of `crates/domain` by `cargo xtask gen`. Do not edit.\n\n{}{}{}",
        table(
            "Permit",
            &permit_states(),
            &permit_events(),
            |s, e| s.apply(e),
            permit_code
        ),
        table(
            "Attempt",
            &attempt_states(),
            &attempt_events(),
            |s, e| s.apply(e, AT),
            |s| s.code().to_owned()
        ),
        table(
            "Intent",
            &intent_states(),
            &intent_events(),
            |s, e| s.apply(e, AT),
            |s| s.code().to_owned()
        ),
    );
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/generated/states.md");
    if std::env::var("COWRY_UPDATE").is_ok() {
        std::fs::write(&path, &text).unwrap();
    }
    let present = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        present == text,
        "docs/generated/states.md is not current: run `cargo xtask gen`"
    );
}

#[test]
fn an_acknowledged_charge_never_dies_by_not_found_and_money_is_never_untaken() {
    let accepted = PermitState::Sent(ChargeKnowledge::Accepted);
    assert!(
        accepted
            .apply(PermitEvent::Die(DeathProof::NotFoundAfterHorizon))
            .is_err()
    );
    assert!(accepted.apply(PermitEvent::Die(DeathProof::NeverSent)).is_err());
    for proof in DeathProof::ALL {
        assert!(PermitState::Paid.apply(PermitEvent::Die(proof)).is_err());
    }
    let late = PermitState::Dead(DeathProof::Declined)
        .apply(PermitEvent::Capture(Seat::Free))
        .unwrap();
    assert_eq!(*late.after(), PermitState::Paid);
}
