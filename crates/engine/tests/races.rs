//! Races on one payment: whatever arrives together, the payer is charged once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod support;

use std::sync::Arc;

use domain::ids::IntentId;
use domain::scope::ApiFamily;
use engine::Refusal;
use engine::render::{Answer, Origin};
use support::{House, attempt, claim, id_of, intent};
use tokio::task::JoinSet;

const FAMILY: ApiFamily = ApiFamily::Payment;

/// Rounds of the race between a one-time code and its superseding: all of them with `COWRY_SOAK`.
fn rounds() -> usize {
    if std::env::var("COWRY_SOAK").is_ok() {
        10_000
    } else {
        1_000
    }
}

async fn all<T: Send + 'static>(tasks: Vec<impl Future<Output = T> + Send + 'static>) -> Vec<T> {
    let mut set = JoinSet::new();
    for task in tasks {
        set.spawn(task);
    }
    set.join_all().await
}

async fn until_decided(house: &House, id: IntentId) {
    house
        .until(id, "decided", |view| view.intent.state.code() == "completed")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_requests_with_one_key_are_executed_once() {
    let house = Arc::new(House::open().await);
    let create = |house: Arc<House>| async move {
        let mut command = intent();
        command.attempt = Some(attempt("momo_mtn", "approve_now"));
        loop {
            match house
                .engine
                .create_intent(house.scope, command.clone(), Some(claim("one-key-for-all")))
                .await
            {
                Err(Refusal::KeyInProgress) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
                other => return other.unwrap(),
            }
        }
    };
    let answers: Vec<Answer> = all((0..32).map(|_| create(house.clone())).collect()).await;
    let fresh = answers.iter().filter(|answer| answer.origin == Origin::Fresh).count();
    assert_eq!(fresh, 1, "one request executes, the others hear of it");
    let bodies: std::collections::HashSet<_> = answers.iter().map(|answer| answer.rendered.body.clone()).collect();
    assert_eq!(bodies.len(), 1);
    let id = id_of(&answers[0]);
    until_decided(&house, id).await;
    assert_eq!(house.ledger(id).await.len(), 1);
    let mut other = claim("one-key-for-all");
    other.fingerprint = "other".to_owned();
    let reused = house.engine.replay(house.scope, &other).await;
    assert_eq!(support::refusal(reused), Refusal::KeyReused);
}

#[tokio::test(flavor = "multi_thread")]
async fn different_keys_on_one_intent_make_one_permit() {
    let house = Arc::new(House::open().await);
    for _ in 0..10 {
        let id = id_of(&house.engine.create_intent(house.scope, intent(), None).await.unwrap());
        let start = |house: Arc<House>, n: usize| async move {
            let spoken = (FAMILY, Some(claim(&format!("{id}-{n:04}"))));
            house
                .engine
                .start_attempt(house.scope, id, attempt("momo_mtn", "approve"), spoken)
                .await
        };
        let answers = all((0..32).map(|n| start(house.clone(), n)).collect()).await;
        let started = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(started, 1, "{answers:?}");
        for refused in answers.into_iter().filter_map(Result::err) {
            // On a slow machine the payer may have paid before the last request came.
            let expected = match &refused {
                Refusal::AttemptInProgress { may_end_at_ms, .. } => may_end_at_ms.is_some(),
                Refusal::IntentEnded { status } => *status == "completed",
                _ => false,
            };
            assert!(expected, "{refused:?}");
        }
        until_decided(&house, id).await;
        assert_eq!(house.ledger(id).await.len(), 1);
    }
}

/// One round: the payer's code and the merchant's next attempt arrive together.
async fn code_against_superseding(house: Arc<House>) -> (bool, bool) {
    let scope = house.scope;
    let mut command = intent();
    command.attempt = Some(attempt("momo_mtn", "otp"));
    let id = id_of(&house.engine.create_intent(scope, command, None).await.unwrap());
    let first = house.view(id).await.active_attempt.unwrap().attempt.id;
    let (code, next) = tokio::join!(
        house
            .engine
            .submit_otp(scope, (id, first), "123456".to_owned(), (FAMILY, None)),
        house
            .engine
            .start_attempt(scope, id, attempt("momo_mtn", "otp"), (FAMILY, None)),
    );
    let permits = house
        .store
        .read(move |tx| store::permits::of_intent(tx, &scope, id))
        .await
        .unwrap();
    let sent = permits.iter().filter(|permit| permit.sent_at_ms.is_some()).count();
    assert!(sent <= 1, "two charges were sent: {permits:#?}");
    if code.is_ok() {
        assert_eq!(sent, 1);
        until_decided(&house, id).await;
        assert!(next.is_err(), "superseded although the code was sent");
    } else {
        assert_eq!(sent, 0);
        assert!(matches!(code, Err(Refusal::CodeNotExpected { .. })), "{code:?}");
    }
    (code.is_ok(), next.is_ok())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_against_superseding_never_sends_two_charges() {
    let house = Arc::new(House::open().await);
    let (mut codes, mut superseded) = (0, 0);
    let rounds = rounds();
    let mut done = 0;
    while done < rounds {
        let batch = 50.min(rounds - done);
        for (code, next) in all((0..batch).map(|_| code_against_superseding(house.clone())).collect()).await {
            assert!(code || next, "somebody must win");
            codes += usize::from(code);
            superseded += usize::from(next);
        }
        done += batch;
    }
    println!(
        "SOAK code against superseding: {rounds} rounds, {codes} codes sent, {superseded} superseded, 0 double charges"
    );
    assert!(codes > 0, "the code never won: this is no race");
}

#[tokio::test(flavor = "multi_thread")]
async fn cancel_against_a_code_leaves_no_charge_behind_a_cancelled_payment() {
    let house = Arc::new(House::open().await);
    let race = |house: Arc<House>| async move {
        let scope = house.scope;
        let id = house.pay("otp").await;
        let first = house.view(id).await.active_attempt.unwrap().attempt.id;
        let (code, cancelled) = tokio::join!(
            house
                .engine
                .submit_otp(scope, (id, first), "123456".to_owned(), (FAMILY, None)),
            house.engine.cancel(scope, id, (FAMILY, None)),
        );
        assert!(code.is_ok() != cancelled.is_ok(), "{code:?} {cancelled:?}");
        let wanted = if code.is_ok() { "completed" } else { "cancelled" };
        house.until(id, wanted, |view| view.intent.state.code() == wanted).await;
        assert_eq!(house.ledger(id).await.len(), usize::from(code.is_ok()));
    };
    all((0..50).map(|_| race(house.clone())).collect()).await;
}
