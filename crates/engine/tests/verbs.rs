//! What each verb does and refuses, beside the plain paths that the scenarios show.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod support;

use std::time::Duration;

use domain::country::Country;
use domain::ids::{IntentId, ProjectId};
use domain::next_action::NextAction;
use domain::scope::{ApiFamily, Environment, Scope};
use engine::commands::Claim;
use engine::render::Origin;
use engine::{CallbackRefusal, Refusal};
use store::timers::TimerKind;
use support::{House, attempt, attempt_code, claim, failure_code, id_of, intent, refusal};

const SPOKEN: (ApiFamily, Option<Claim>) = (ApiFamily::Payment, None);

#[tokio::test(flavor = "multi_thread")]
async fn an_intent_without_an_attempt_expires_and_one_with_dead_attempts_fails() {
    let house = House::open().await;
    let mut short = intent();
    short.lifetime_ms = 300;
    let untouched = id_of(
        &house
            .engine
            .create_intent(house.scope, short.clone(), None)
            .await
            .unwrap(),
    );
    short.attempt = Some(attempt("momo_mtn", "limit_reached"));
    let tried = id_of(
        &house
            .engine
            .create_intent(house.scope, short.clone(), None)
            .await
            .unwrap(),
    );
    short.attempt = Some(attempt("momo_mtn", "ignore"));
    let waiting = id_of(&house.engine.create_intent(house.scope, short, None).await.unwrap());
    house
        .until(untouched, "expired", |view| view.intent.state.code() == "expired")
        .await;
    assert_eq!(house.announced(untouched).await, ["payment.expired"]);
    house
        .until(tried, "failed", |view| view.intent.state.code() == "failed")
        .await;
    assert_eq!(
        house.announced(tried).await,
        ["payment.attempt.failed", "payment.failed"]
    );
    let late = house
        .engine
        .start_attempt(house.scope, waiting, attempt("momo_mtn", "approve"), SPOKEN)
        .await;
    assert!(matches!(
        refusal(late),
        Refusal::AttemptInProgress { .. } | Refusal::IntentExpired
    ));
    let view = house
        .until(waiting, "failed once the prompt is dead", |view| {
            view.intent.state.code() == "failed"
        })
        .await;
    assert_eq!(failure_code(&view), "payment_timeout");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fail_with_attempt_ends_the_intent_with_its_chain() {
    let house = House::open().await;
    let mut command = intent();
    command.fail_with_attempt = Some(true);
    command.attempt = Some(attempt("momo_mtn", "both:down"));
    let id = id_of(&house.engine.create_intent(house.scope, command, None).await.unwrap());
    let view = house.view(id).await;
    assert_eq!((view.intent.state.code(), view.intent.attempts_made), ("failed", 2));
    let again = house
        .engine
        .start_attempt(house.scope, id, attempt("momo_mtn", "approve"), SPOKEN)
        .await;
    assert_eq!(refusal(again), Refusal::IntentEnded { status: "failed" });
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prompt_that_may_still_stand_makes_the_next_one_wait() {
    let house = House::open().await;
    let id = house.pay("both:timeout_not_charged").await;
    house
        .until(id, "dead at both", |view| {
            view.intent.attempts_made == 2 && attempt_code(view) == "failed"
        })
        .await;
    let next = house
        .engine
        .start_attempt(house.scope, id, attempt("momo_mtn", "approve"), SPOKEN)
        .await;
    let Refusal::PayerCoolingDown { retry_after_ms } = refusal(next) else {
        panic!("no cool-down")
    };
    tokio::time::sleep(Duration::from_millis(u64::try_from(retry_after_ms).unwrap() + 50)).await;
    house
        .engine
        .start_attempt(house.scope, id, attempt("momo_mtn", "approve_now"), SPOKEN)
        .await
        .unwrap();
    house
        .until(id, "paid", |view| view.intent.state.code() == "completed")
        .await;
    assert_eq!(house.ledger(id).await.len(), 1);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_attempted_is_refused_by_name_and_changes_nothing() {
    let house = House::open().await;
    let id = id_of(&house.engine.create_intent(house.scope, intent(), None).await.unwrap());
    let start = |command| house.engine.start_attempt(house.scope, id, command, SPOKEN);
    let mut elsewhere = attempt("momo_mpesa", "approve");
    assert!(matches!(
        refusal(start(elsewhere.clone()).await),
        Refusal::MethodNotOffered { .. }
    ));
    elsewhere.country = Country::parse("KE").unwrap();
    assert!(matches!(
        refusal(start(elsewhere).await),
        Refusal::CurrencyNotTaken { .. }
    ));
    let mut silent = attempt("momo_mtn", "approve");
    silent.phone = None;
    assert!(matches!(refusal(start(silent).await), Refusal::PhoneRequired { .. }));
    assert!(matches!(
        refusal(start(attempt("momo_mtn", "no_such")).await),
        Refusal::UnknownScenario(_)
    ));
    let other = Scope {
        project_id: ProjectId::new(1, 1),
        environment: Environment::Sandbox,
    };
    assert!(house.engine.payment(other, id).await.is_err());
    assert_eq!(
        refusal(house.engine.payment(house.scope, IntentId::new(1, 1)).await),
        Refusal::UnknownIntent(IntentId::new(1, 1).to_string())
    );
    let view = house.view(id).await;
    assert_eq!((view.intent.attempts_made, view.intent.version), (0, 0));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_replays_its_answer_and_a_refusal_leaves_it_free() {
    let house = House::open().await;
    let mut wrong = intent();
    wrong.attempt = Some(attempt("momo_mpesa", "approve"));
    let key = claim("a-key-of-mine");
    assert!(
        house
            .engine
            .create_intent(house.scope, wrong, Some(key.clone()))
            .await
            .is_err()
    );
    assert_eq!(house.engine.replay(house.scope, &key).await.unwrap(), None);
    let first = house
        .engine
        .create_intent(house.scope, intent(), Some(key.clone()))
        .await
        .unwrap();
    let again = house
        .engine
        .create_intent(house.scope, intent(), Some(key.clone()))
        .await
        .unwrap();
    assert_eq!((first.origin, again.origin), (Origin::Fresh, Origin::Replayed));
    assert_eq!(first.rendered, again.rendered);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_callbacks_change_nothing_and_are_counted_out() {
    let house = House::open().await;
    let id = house.pay("redirect").await;
    let scope = house.scope;
    let (account, permit) = house
        .store
        .read(move |tx| {
            let permit = store::permits::of_intent(tx, &scope, id)?.remove(0);
            Ok::<_, store::StoreError>((store::accounts::get(tx, &scope, permit.account_id)?.unwrap(), permit))
        })
        .await
        .unwrap();
    let body = format!(
        r#"{{"event_id":"1","reference":"{}","gateway":"sim_a","transaction":{{"id":"x","status":"charged","amount":"50","currency":"XOF","phone":null,"method":"momo_mtn","country":"CI","reason":null,"at":"2026-01-01T00:00:00Z"}}}}"#,
        permit.merchant_ref
    );
    let forged = vec![("x-sim-signature".to_owned(), "ab".repeat(32))];
    let path = account.callback_path;
    for headers in [forged, Vec::new()] {
        let refused = house
            .engine
            .receive_callback(&path, headers, body.clone().into_bytes())
            .await;
        assert_eq!(refused, Err(CallbackRefusal::BadSignature));
    }
    let nowhere = house
        .engine
        .receive_callback("nowhere", Vec::new(), body.into_bytes())
        .await;
    assert_eq!(nowhere, Err(CallbackRefusal::UnknownPath));
    assert_eq!(attempt_code(&house.view(id).await), "action_required");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reconciling_finds_what_no_callback_told() {
    let house = House::open().await;
    let id = house.pay("redirect").await;
    let view = house.view(id).await;
    let Some(NextAction::Redirect { url, .. }) = view.active_attempt.unwrap().attempt.state.next_action().cloned()
    else {
        panic!("no page");
    };
    house.client.post(format!("{url}/approve")).send().await.unwrap();
    let answer = house.engine.reconcile(house.scope, id, SPOKEN).await.unwrap();
    assert!(String::from_utf8(answer.rendered.body).unwrap().contains("completed"));
    let again = house
        .engine
        .reconcile(house.scope, id, (ApiFamily::Payment, Some(claim("reconcile-1"))))
        .await
        .unwrap();
    let replay = house
        .engine
        .reconcile(house.scope, id, (ApiFamily::Payment, Some(claim("reconcile-1"))))
        .await
        .unwrap();
    assert_eq!((again.origin, replay.origin), (Origin::Fresh, Origin::Replayed));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_not_final_is_without_a_timer() {
    let house = House::open().await;
    let scope = house.scope;
    for scenario in ["approve_slow", "redirect", "timeout_not_charged", "ignore"] {
        let id = house.pay(scenario).await;
        let (expires, asks) = house
            .store
            .read(move |tx| {
                let permit = store::permits::of_intent(tx, &scope, id)?.remove(0);
                let expires = store::timers::is_set(tx, &scope, TimerKind::Expire, &id.stored())?;
                Ok::<_, store::StoreError>((
                    expires,
                    store::timers::is_set(tx, &scope, TimerKind::LookUp, &permit.id.stored())?,
                ))
            })
            .await
            .unwrap();
        assert!(expires && asks, "{scenario}");
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_let_go_is_answered_from_the_present_state() {
    let house = House::open().await;
    let mut command = intent();
    command.attempt = Some(attempt("momo_mtn", "approve"));
    let key = claim("kept-for-thirty-days");
    let first = house
        .engine
        .create_intent(house.scope, command, Some(key.clone()))
        .await
        .unwrap();
    house
        .until(id_of(&first), "paid", |view| view.intent.state.code() == "completed")
        .await;
    house
        .store
        .write(|tx| store::idempotency::forget_answers(tx, 0..i64::MAX))
        .await
        .unwrap();
    let later = house.engine.replay(house.scope, &key).await.unwrap().unwrap();
    assert_eq!(later.origin, Origin::Replayed);
    assert!(
        String::from_utf8(later.rendered.body)
            .unwrap()
            .ends_with("completed completed")
    );
    assert_eq!(house.ledger(id_of(&first)).await.len(), 1);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_lost_its_task_is_taken_up_and_decided_by_the_operator() {
    let house = House::open().await;
    let id = house.pay("otp").await;
    let scope = house.scope;
    let now_ms = house.engine.now_ms();
    // What a commit leaves behind whose outcome nobody learned: a sent permit and its call, and no task.
    house
        .store
        .write(move |tx| {
            let permit = store::permits::of_intent(tx, &scope, id)?.remove(0);
            let epoch = store::instances::all(tx)?[0].epoch;
            store::permits::send(tx, &scope, permit.id, now_ms - 60_000)?;
            let call = store::calls::Call {
                id: domain::ids::CallId::new(now_ms, 1),
                permit_id: permit.id,
                kind: store::calls::CallKind::Charge,
                account_version: 1,
                epoch,
                monotonic_ms: 0,
                started_at_ms: now_ms - 60_000,
            };
            store::calls::insert(tx, &scope, &call)
        })
        .await
        .unwrap();
    let view = house
        .until(id, "proven dead", |view| attempt_code(view) == "failed")
        .await;
    assert_eq!(failure_code(&view), "gateway_unavailable");
    assert!(house.ledger(id).await.is_empty());
    house.close().await;
}
