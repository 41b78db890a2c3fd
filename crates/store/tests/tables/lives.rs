//! Intents and attempts come back as they were written, and of two movers one wins.

use domain::attempt::{AttemptEvent, AttemptState};
use domain::failure::{Failure, FailureCode};
use domain::intent::{IntentEvent, IntentState, LateSuccess};
use domain::next_action::{NextAction, Text};
use store::attempts::{self, Attempt};
use store::intents::{self, Intent};

use crate::house::{House, NOON_MS, id};

fn message() -> Text {
    Text {
        en: "Confirm on your phone".to_owned(),
        fr: "Confirmez sur votre téléphone".to_owned(),
    }
}

fn actions() -> Vec<NextAction> {
    vec![
        NextAction::Approval {
            message: message(),
            ussd_code: Some("*133#".to_owned()),
            expires_at_ms: Some(NOON_MS),
        },
        NextAction::Otp {
            message: message(),
            ussd_code: None,
            length: 4,
            expires_at_ms: None,
        },
        NextAction::Redirect {
            url: "https://pay.example/1?a=b&c='d'".to_owned(),
            expires_at_ms: Some(NOON_MS),
        },
        NextAction::QrCode {
            payload: "00020101".to_owned(),
            deep_links: vec!["app://pay".to_owned()],
            expires_at_ms: None,
        },
    ]
}

#[tokio::test]
async fn every_state_of_an_attempt_comes_back_as_it_was_written() {
    let (house, tenant) = House::with_tenant().await;
    let failure = Failure::with_gateway_code(FailureCode::WrongPin, "E07");
    let at_ms = NOON_MS + 5;
    let mut states = vec![
        AttemptState::Processing(None),
        AttemptState::Processing(Some(failure.clone())),
        AttemptState::Completed { at_ms },
        AttemptState::Failed {
            at_ms,
            failure: failure.clone(),
        },
        AttemptState::Cancelled {
            at_ms,
            failure: Failure::new(FailureCode::Superseded),
        },
    ];
    for action in actions() {
        states.push(AttemptState::ActionRequired(action.clone(), None));
        states.push(AttemptState::ActionRequired(action, Some(failure.clone())));
    }
    let payment = house.pay(tenant, 1).await;
    let mut written = vec![payment.attempt.clone()];
    for (number, state) in (2_u32..).zip(states) {
        let attempt = Attempt {
            id: id(number),
            number: number.into(),
            state,
            ..payment.attempt.clone()
        };
        written.push(attempt.clone());
        let back = house.write(move |tx| {
            attempts::insert(tx, &tenant.scope, &attempt)?;
            attempts::get(tx, &tenant.scope, attempt.id)
        });
        assert_eq!(back.await.as_ref(), written.last());
    }
    let intent_id = payment.intent.id;
    let page = |below, limit| house.write(move |tx| attempts::of_intent(tx, &tenant.scope, intent_id, below, limit));
    written.reverse();
    assert_eq!(page(i64::MAX, 100).await, written, "newest first");
    assert_eq!(
        page(4, 2)
            .await
            .iter()
            .map(|attempt| attempt.number)
            .collect::<Vec<_>>(),
        [3, 2]
    );
}

#[tokio::test]
async fn of_two_who_move_an_intent_one_wins_and_the_other_reads_again() {
    let (house, tenant) = House::with_tenant().await;
    let intent = house.pay(tenant, 1).await.intent;
    let id = intent.id;
    let get = || house.write(move |tx| intents::get(tx, &tenant.scope, id));
    assert_eq!(get().await.as_ref(), Some(&intent));
    let save = |read: &Intent, event| {
        let (read, change) = (read.clone(), read.state.apply(event, NOON_MS + 9).unwrap());
        house.write(move |tx| intents::save(tx, &tenant.scope, &read, &change))
    };
    assert_eq!(save(&intent, IntentEvent::Pay(LateSuccess::default())).await, 1);
    assert_eq!(
        save(&intent, IntentEvent::PayDifferently).await,
        0,
        "the version is another one"
    );
    let mut paid = get().await.unwrap();
    assert_eq!(
        (paid.state, paid.version),
        (IntentState::Completed { at_ms: NOON_MS + 9 }, 2)
    );

    (paid.attempts_made, paid.permits_made, paid.events_made) = (2, 3, 4);
    let (fresh, stale) = (paid.clone(), intent);
    let count = |intent: Intent| house.write(move |tx| intents::save_counters(tx, &tenant.scope, &intent));
    assert_eq!((count(stale).await, count(fresh).await), (0, 1));
    assert_eq!(get().await, Some(Intent { version: 3, ..paid }));
}

#[tokio::test]
async fn of_two_who_move_an_attempt_one_wins() {
    let (house, tenant) = House::with_tenant().await;
    let attempt = house.pay(tenant, 1).await.attempt;
    let save = |event| {
        let read = attempt.clone();
        let change = read.state.apply(event, NOON_MS + 9).unwrap();
        house.write(move |tx| attempts::save(tx, &tenant.scope, &read, &change))
    };
    assert_eq!(save(AttemptEvent::Complete).await, 1);
    assert_eq!(save(AttemptEvent::Fail(Failure::new(FailureCode::WrongPin))).await, 0);
    let id = attempt.id;
    let found = house
        .write(move |tx| attempts::get(tx, &tenant.scope, id))
        .await
        .unwrap();
    assert_eq!(
        (found.state, found.version),
        (AttemptState::Completed { at_ms: NOON_MS + 9 }, 2)
    );
}
