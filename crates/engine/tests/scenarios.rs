//! Every scenario of the sandbox ends as the money rules demand, and the operator's ledger agrees with our state.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use domain::ids::IntentId;
use domain::next_action::NextAction;
use engine::views::PaymentView;
use support::{House, attempt_code, failure_code};

/// How a scenario must end.
struct Ending {
    scenario: &'static str,
    intent: &'static str,
    attempt: &'static str,
    failure: &'static str,
    attempts: i64,
    charged: usize,
}

const fn ending(scenario: &'static str, intent: &'static str, attempt: &'static str, failure: &'static str) -> Ending {
    let charged = if matches!(intent.as_bytes(), b"completed") {
        1
    } else {
        0
    };
    Ending {
        scenario,
        intent,
        attempt,
        failure,
        attempts: 1,
        charged,
    }
}

const fn fallen_back(scenario: &'static str) -> Ending {
    Ending {
        attempts: 2,
        ..ending(scenario, "completed", "completed", "none")
    }
}

const PAID: &str = "completed";

const ENDINGS: &[Ending] = &[
    ending("approve", PAID, PAID, "none"),
    ending("approve_now", PAID, PAID, "none"),
    ending("approve_slow", PAID, PAID, "none"),
    ending("decline", "open", "failed", "declined_by_payer"),
    ending("insufficient_funds", "open", "failed", "insufficient_funds"),
    ending("wrong_pin", "open", "failed", "wrong_pin"),
    ending("limit_reached", "open", "failed", "wallet_limit_reached"),
    ending("ignore", "open", "failed", "payment_timeout"),
    ending("timeout_charged", PAID, PAID, "none"),
    fallen_back("timeout_not_charged"),
    fallen_back("refuse_connection"),
    ending("error_charged", PAID, PAID, "none"),
    ending("garbage_charged", PAID, PAID, "none"),
    fallen_back("down"),
    fallen_back("reset_midway"),
    ending("no_callback", PAID, PAID, "none"),
    ending("double_callback", PAID, PAID, "none"),
    ending("callback_first", PAID, PAID, "none"),
    ending("late_success", PAID, PAID, "none"),
    Ending {
        charged: 1,
        ..ending("wrong_amount", "mismatched", "processing", "amount_mismatch")
    },
    ending("out_of_order", PAID, PAID, "none"),
    ending("status_down", PAID, PAID, "none"),
];

fn has_ended(view: &PaymentView, wanted: &Ending) -> bool {
    view.intent.state.code() == wanted.intent
        && attempt_code(view) == wanted.attempt
        && failure_code(view) == wanted.failure
        && view.intent.attempts_made == wanted.attempts
}

async fn charged(house: &House, id: IntentId) -> usize {
    house
        .ledger(id)
        .await
        .iter()
        .filter(|row| row["status"] == "charged")
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_scenario_ends_as_the_money_rules_demand() {
    let house = House::open().await;
    let mut begun = Vec::new();
    let started = ENDINGS.iter().map(|wanted| house.pay(wanted.scenario));
    for start in started.collect::<Vec<_>>() {
        begun.push(start);
    }
    let ids = join_all(begun).await;
    for (id, wanted) in ids.iter().zip(ENDINGS) {
        house.until(*id, wanted.scenario, |view| has_ended(view, wanted)).await;
        assert_eq!(
            charged(&house, *id).await,
            wanted.charged,
            "{}: ledger",
            wanted.scenario
        );
        house.check_journal(*id).await;
    }
    for (id, wanted) in ids.iter().zip(ENDINGS) {
        let view = house.view(*id).await;
        assert!(has_ended(&view, wanted), "{} moved on: {view:#?}", wanted.scenario);
        let announced = house.announced(*id).await;
        let paid = announced.iter().filter(|event| **event == "payment.completed").count();
        assert_eq!(
            paid,
            usize::from(wanted.intent == PAID),
            "{}: {announced:?}",
            wanted.scenario
        );
        let expected = if wanted.scenario == "wrong_amount" {
            vec!["amount_mismatch"]
        } else {
            Vec::new()
        };
        assert_eq!(house.attention(*id).await, expected, "{}: attention", wanted.scenario);
    }
    house.close().await;
}

async fn join_all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut done: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    std::future::poll_fn(|context| {
        let mut pending = false;
        for (future, slot) in futures.iter_mut().zip(done.iter_mut()) {
            if slot.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(output) => *slot = Some(output),
                    std::task::Poll::Pending => pending = true,
                }
            }
        }
        if pending {
            std::task::Poll::Pending
        } else {
            std::task::Poll::Ready(())
        }
    })
    .await;
    done.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fallback_runs_only_at_the_second_gateway_and_says_so() {
    let house = House::open().await;
    let id = house.pay("down").await;
    let view = house.until(id, "down", |view| view.intent.state.code() == PAID).await;
    let attempts = house.engine.attempts(house.scope, id, i64::MAX, 10).await.unwrap();
    assert_eq!(attempts.len(), 2);
    assert!(attempts[0].attempt.is_fallback && !attempts[1].attempt.is_fallback);
    assert_eq!(attempts[0].attempt.gateway_code.as_deref(), Some("sim_b"));
    assert_eq!(attempts[1].attempt.state.code(), "failed");
    assert_eq!(view.active_attempt.unwrap().attempt.id, attempts[0].attempt.id);
    let announced = house.announced(id).await;
    assert_eq!(announced.first(), Some(&"payment.attempt.failed"));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_transaction_under_one_reference_is_noticed_recorded_and_announced() {
    let house = House::open().await;
    let id = house.pay("duplicate_transaction").await;
    house
        .until(id, "duplicate", |view| view.intent.state.code() == PAID)
        .await;
    let scope = house.scope;
    for _ in 0..200 {
        if house.attention(id).await.contains(&"surplus_capture") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(charged(&house, id).await, 2);
    assert!(house.announced(id).await.contains(&"payment.surplus_captured"));
    assert_eq!(house.attention(id).await, ["surplus_capture"]);
    let (refund, permits) = house
        .store
        .read(move |tx| {
            Ok::<_, store::StoreError>((
                store::refunds::open_minor(tx, &scope, id)?,
                store::permits::of_intent(tx, &scope, id)?,
            ))
        })
        .await
        .unwrap();
    assert_eq!(refund, 50);
    assert_eq!(
        permits
            .iter()
            .map(|p| (p.captured_minor, p.refund_reserved_minor))
            .collect::<Vec<_>>(),
        [(100, 50)]
    );
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_comes_before_the_charge_and_the_third_wrong_one_fails() {
    let house = House::open().await;
    let family = domain::scope::ApiFamily::Payment;
    let id = house.pay("otp").await;
    let view = house.view(id).await;
    let active = view.active_attempt.as_ref().unwrap();
    assert!(
        matches!(
            active.attempt.state.next_action(),
            Some(NextAction::Otp { length: 6, .. })
        ),
        "{active:?}"
    );
    assert!(house.ledger(id).await.is_empty(), "nothing was sent before the code");
    let target = (id, active.attempt.id);
    let give = |code: &str| {
        house
            .engine
            .submit_otp(house.scope, target, code.to_owned(), (family, None))
    };
    give("000000").await.unwrap();
    let view = house.view(id).await;
    assert_eq!(
        (attempt_code(&view), failure_code(&view)),
        ("action_required", "otp_invalid")
    );
    give("123456").await.unwrap();
    house
        .until(id, "right code", |view| view.intent.state.code() == PAID)
        .await;
    assert_eq!(charged(&house, id).await, 1);

    let id = house.pay("otp").await;
    let target = (id, house.view(id).await.active_attempt.unwrap().attempt.id);
    for _ in 0..3 {
        house
            .engine
            .submit_otp(house.scope, target, "999999".to_owned(), (family, None))
            .await
            .unwrap();
    }
    let view = house.view(id).await;
    assert_eq!((attempt_code(&view), failure_code(&view)), ("failed", "otp_invalid"));
    let refused = house
        .engine
        .submit_otp(house.scope, target, "123456".to_owned(), (family, None))
        .await;
    assert!(matches!(
        support::refusal(refused),
        engine::Refusal::CodeNotExpected { .. }
    ));
    assert_eq!(charged(&house, id).await, 0);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_handed_out_and_end_the_payment() {
    let house = House::open().await;
    let id = house.pay("redirect").await;
    let view = house.view(id).await;
    let Some(NextAction::Redirect { url, .. }) = view.active_attempt.unwrap().attempt.state.next_action().cloned()
    else {
        panic!("no redirect");
    };
    house.client.post(format!("{url}/approve")).send().await.unwrap();
    house
        .until(id, "redirect", |view| view.intent.state.code() == PAID)
        .await;

    let id = house.pay("qr").await;
    let view = house.view(id).await;
    let Some(NextAction::QrCode { payload, .. }) = view.active_attempt.unwrap().attempt.state.next_action().cloned()
    else {
        panic!("no code");
    };
    house.client.get(payload).send().await.unwrap();
    house.until(id, "qr", |view| view.intent.state.code() == PAID).await;
    house.close().await;
}
