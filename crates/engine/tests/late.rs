//! Money that comes after its attempt was given up: accepted, held, or given back, and never lost.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod support;

use domain::attempt::AttemptState;
use domain::failure::FailureCode;
use domain::ids::IntentId;
use domain::scope::ApiFamily;
use support::{House, attempt, attempt_code};

const SPOKEN: (ApiFamily, Option<engine::commands::Claim>) = (ApiFamily::Payment, None);

async fn captured_and_promised(house: &House, id: IntentId) -> Vec<(&'static str, i64, i64)> {
    let scope = house.scope;
    let permits = house
        .store
        .read(move |tx| store::permits::of_intent(tx, &scope, id))
        .await
        .unwrap();
    permits
        .iter()
        .map(|p| (p.state.code(), p.captured_minor, p.refund_reserved_minor))
        .collect()
}

/// Declined first; the operator charges half a second later all the same.
async fn declined_for_now(house: &House) -> IntentId {
    let id = house.pay("late_success").await;
    house.until(id, "declined", |view| attempt_code(view) == "failed").await;
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn late_money_beside_a_paid_attempt_goes_back() {
    let house = House::open().await;
    let id = declined_for_now(&house).await;
    house
        .engine
        .start_attempt(house.scope, id, attempt("momo_mtn", "approve_slow"), SPOKEN)
        .await
        .unwrap();
    house
        .until(id, "paid", |view| view.intent.state.code() == "completed")
        .await;
    for _ in 0..100 {
        if captured_and_promised(&house, id).await == [("dead", 50, 50), ("paid", 50, 0)] {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(
        captured_and_promised(&house, id).await,
        [("dead", 50, 50), ("paid", 50, 0)]
    );
    let announced = house.announced(id).await;
    assert_eq!(
        announced.iter().filter(|event| **event == "payment.completed").count(),
        1
    );
    assert!(announced.contains(&"payment.surplus_captured"));
    assert!(house.attention(id).await.contains(&"surplus_capture"));
    house.check_journal(id).await;
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn late_money_beside_a_dead_attempt_pays() {
    let house = House::open().await;
    let id = declined_for_now(&house).await;
    house
        .engine
        .start_attempt(house.scope, id, attempt("momo_mtn", "ignore"), SPOKEN)
        .await
        .unwrap();
    house
        .until(id, "paid by the held money", |view| {
            view.intent.state.code() == "completed"
        })
        .await;
    assert_eq!(
        captured_and_promised(&house, id).await,
        [("paid", 50, 0), ("dead", 0, 0)]
    );
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn late_money_pays_although_the_next_attempt_waits_for_a_code() {
    let house = House::open().await;
    let id = declined_for_now(&house).await;
    house
        .engine
        .start_attempt(house.scope, id, attempt("momo_mtn", "otp"), SPOKEN)
        .await
        .unwrap();
    let waits = house.view(id).await.active_attempt.unwrap().attempt.id;
    let view = house
        .until(id, "paid by the late money", |view| {
            view.intent.state.code() == "completed"
        })
        .await;
    assert_eq!(attempt_code(&view), "cancelled");
    let code = house
        .engine
        .submit_otp(house.scope, (id, waits), "123456".to_owned(), SPOKEN)
        .await;
    assert!(matches!(
        support::refusal(code),
        engine::Refusal::CodeNotExpected { .. }
    ));
    assert_eq!(
        captured_and_promised(&house, id).await,
        [("paid", 50, 0), ("dead", 0, 0)]
    );
    house.check_journal(id).await;
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_intent_whose_page_is_closed_after_its_time_ends() {
    let house = House::open().await;
    let mut command = support::intent();
    command.lifetime_ms = 1_500;
    command.attempt = Some(attempt("wallet_wave", "redirect"));
    let answer = house.engine.create_intent(house.scope, command, None).await.unwrap();
    let id = support::id_of(&answer);
    // Its time is over, and the timer of its end has passed while the page was open.
    tokio::time::sleep(std::time::Duration::from_millis(2_200)).await;
    assert_eq!(house.view(id).await.intent.state.code(), "open");
    let next = attempt("momo_mtn", "approve");
    let refused = house.engine.start_attempt(house.scope, id, next, SPOKEN).await;
    assert!(matches!(
        support::refusal(refused),
        engine::Refusal::IntentExpired | engine::Refusal::IntentEnded { .. }
    ));
    house
        .until(id, "ended", |view| view.intent.state.code() == "failed")
        .await;
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn late_money_after_a_cancel_goes_back_and_after_the_end_pays() {
    let house = House::open().await;
    let cancelled = declined_for_now(&house).await;
    house.engine.cancel(house.scope, cancelled, SPOKEN).await.unwrap();
    let mut ending = support::intent();
    ending.fail_with_attempt = Some(true);
    ending.attempt = Some(attempt("momo_mtn", "late_success"));
    let answer = house.engine.create_intent(house.scope, ending, None).await.unwrap();
    let ended = support::id_of(&answer);
    house
        .until(ended, "failed", |view| view.intent.state.code() == "failed")
        .await;
    let view = house
        .until(ended, "paid late", |view| view.intent.state.code() == "completed")
        .await;
    assert_eq!(attempt_code(&view), "completed");
    house
        .until(cancelled, "late money", |view| attempt_code(view) == "completed")
        .await;
    assert_eq!(house.view(cancelled).await.intent.state.code(), "cancelled");
    assert_eq!(captured_and_promised(&house, cancelled).await, [("paid", 50, 50)]);
    assert!(house.announced(cancelled).await.contains(&"payment.surplus_captured"));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn late_money_closes_the_page_on_which_it_would_be_paid_once_more() {
    let house = House::open().await;
    let id = declined_for_now(&house).await;
    house
        .engine
        .start_attempt(house.scope, id, attempt("momo_mtn", "redirect"), SPOKEN)
        .await
        .unwrap();
    house
        .until(id, "paid by the late money", |view| {
            view.intent.state.code() == "completed"
        })
        .await;
    let page = house.attempts(id).await.remove(1);
    // The operator's callback may tell of our closing before its answer does.
    let closed = match &page.state {
        AttemptState::Cancelled { .. } => true,
        AttemptState::Failed { failure, .. } => failure.code == FailureCode::Cancelled,
        _ => false,
    };
    assert!(closed, "closed by us, not run out: {:?}", page.state);
    assert_eq!(house.ledger(id).await[1]["status"], "expired");
    assert_eq!(
        captured_and_promised(&house, id).await,
        [("paid", 50, 0), ("dead", 0, 0)]
    );
    house.close().await;
}
