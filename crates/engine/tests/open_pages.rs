//! Pages at a provider that are open: what they give way to, and what they do not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod support;

use domain::scope::ApiFamily;
use engine::Refusal;
use engine::commands::Claim;
use engine::render::Origin;
use support::{House, attempt, attempt_code, claim, id_of, intent, refusal};

const SPOKEN: (ApiFamily, Option<Claim>) = (ApiFamily::Payment, None);

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_is_refused_while_a_prompt_stands_and_closes_an_open_page() {
    let house = House::open().await;
    let prompted = house.pay("approve_slow").await;
    let refused = refusal(house.engine.cancel(house.scope, prompted, SPOKEN).await);
    let Refusal::AttemptInProgress {
        may_end_at_ms: Some(_), ..
    } = refused
    else {
        panic!("{refused:?}")
    };
    assert_eq!(house.view(prompted).await.intent.state.code(), "open");

    let page = house.pay("redirect").await;
    house.engine.cancel(house.scope, page, SPOKEN).await.unwrap();
    let view = house.view(page).await;
    assert_eq!(
        (view.intent.state.code(), attempt_code(&view)),
        ("cancelled", "cancelled")
    );
    assert_eq!(house.ledger(page).await[0]["status"], "expired");
    let again = house.engine.cancel(house.scope, page, SPOKEN).await;
    assert_eq!(refusal(again), Refusal::IntentEnded { status: "cancelled" });

    let untouched = id_of(&house.engine.create_intent(house.scope, intent(), None).await.unwrap());
    house.engine.cancel(house.scope, untouched, SPOKEN).await.unwrap();
    assert_eq!(house.announced(untouched).await, ["payment.expired"]);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_page_stays_open_for_a_request_that_is_refused() {
    let house = House::open().await;
    let created = house.engine.create_intent(house.scope, intent(), None).await.unwrap();
    let id = id_of(&created);
    let under = |claim| (ApiFamily::Payment, Some(claim));
    let start = |method, claim| {
        house
            .engine
            .start_attempt(house.scope, id, attempt(method, "redirect"), under(claim))
    };
    start("momo_mtn", claim("form-one")).await.unwrap();
    let other = Claim {
        fingerprint: "another form".to_owned(),
        ..claim("form-one")
    };
    assert_eq!(refusal(start("wallet_wave", other).await), Refusal::KeyReused);
    let again = start("momo_mtn", claim("form-one")).await.unwrap();
    assert_eq!(again.origin, Origin::Replayed);
    let view = house.view(id).await;
    assert_eq!((attempt_code(&view), view.intent.attempts_made), ("action_required", 1));
    assert_eq!(house.ledger(id).await[0]["status"], "pending");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_page_gives_way_to_another_attempt_and_a_prompt_does_not() {
    let house = House::open().await;
    let id = house.pay("redirect").await;
    house
        .engine
        .start_attempt(house.scope, id, attempt("momo_mtn", "approve_now"), SPOKEN)
        .await
        .unwrap();
    house
        .until(id, "second attempt", |view| view.intent.state.code() == "completed")
        .await;
    let attempts = house.engine.attempts(house.scope, id, i64::MAX, 10).await.unwrap();
    let states: Vec<_> = attempts.iter().map(|a| a.attempt.state.code()).collect();
    assert_eq!(states, ["completed", "cancelled"]);

    let id = house.pay("approve_slow").await;
    let next = house
        .engine
        .start_attempt(house.scope, id, attempt("momo_mtn", "approve_now"), SPOKEN)
        .await;
    assert!(matches!(refusal(next), Refusal::AttemptInProgress { .. }));
    assert_eq!(house.view(id).await.intent.attempts_made, 1);
    house.close().await;
}
