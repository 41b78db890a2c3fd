//! What is told of a payment afterwards: every decision, every exchange, no secret.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use domain::exchange::{Ended, Exchange};
use domain::ids::{AttemptId, IntentId};
use domain::outcome::OutcomeClass;
use domain::scope::{ApiFamily, Environment, Scope};
use engine::Refusal;
use engine::admin::{AccountChanges, Actor};
use engine::explain::{ExplainedCall, Explanation, Subject};
use store::calls::CallKind;
use store::timers::TimerKind;
use support::{House, intent};

async fn explain(house: &House, id: IntentId) -> Explanation {
    house.engine.explain(house.scope, Subject::Intent(id)).await.unwrap()
}

async fn paid(house: &House, id: IntentId) {
    house
        .until(id, "paid", |view| view.intent.state.code() == "completed")
        .await;
}

/// Asks the operator once more, whatever is known.
async fn ask(house: &House, id: IntentId) {
    let spoken = (ApiFamily::Payment, None);
    house.engine.reconcile(house.scope, id, spoken).await.unwrap();
}

fn calls(explanation: &Explanation) -> Vec<&ExplainedCall> {
    let permits = explanation.attempts.iter().flat_map(|attempt| &attempt.permits);
    permits.flat_map(|permit| &permit.calls).collect()
}

fn class(call: &ExplainedCall) -> OutcomeClass {
    call.made.end.as_ref().map_or(OutcomeClass::Open, |end| end.class)
}

fn end(exchange: &Exchange) -> String {
    match &exchange.ended {
        Ended::Answered { status, .. } => status.to_string(),
        Ended::Failed { code } => code.clone(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_explained_with_what_went_over_the_wire() {
    let house = House::open().await;
    let id = house.pay("approve").await;
    paid(&house, id).await;
    let explanation = explain(&house, id).await;
    let [attempt] = &explanation.attempts[..] else {
        panic!("{explanation:#?}");
    };
    assert_eq!(attempt.attempt.route[0].verdict.reason(), "primary");
    assert!(
        explanation
            .account_names
            .contains_key(&attempt.attempt.route[0].account_id)
    );
    let charge = &attempt.permits[0].calls[0];
    assert_eq!(
        (charge.made.call.kind, class(charge)),
        (CallKind::Charge, OutcomeClass::Pending)
    );
    let [session, charged] = &charge.exchanges[..] else {
        panic!("{charge:#?}");
    };
    assert!(session.url.ends_with("/session") && end(session) == "200" && end(charged).starts_with('2'));
    assert!(charged.request.body.contains(&attempt.permits[0].permit.merchant_ref));
    assert!(charged.timings.sent_after_ms.is_some() && charged.timings.head_after_ms.is_some());
    let facts = &attempt.permits[0].facts;
    let said: Vec<_> = facts.iter().map(|fact| fact.kind.code()).collect();
    assert_eq!(said, ["accepted", "captured"]);
    assert_eq!((facts[0].source.code(), facts[1].amount_minor), ("response", Some(50)));
    assert_eq!(explanation.journal.last().unwrap().event, "intent.completed");

    let of_attempt = Subject::parse(&attempt.attempt.id.to_string()).unwrap();
    let same = house.engine.explain(house.scope, of_attempt).await.unwrap();
    assert_eq!((same.intent.id, same.attempts.len()), (id, 1));
    assert_eq!(
        Subject::parse(&id.payment_intents_spelling()),
        Some(Subject::Intent(id))
    );
    assert_eq!(Subject::parse("att_nonsense"), None);
    let elsewhere = Scope {
        environment: Environment::Live,
        ..house.scope
    };
    let refusal = house.engine.explain(elsewhere, Subject::Intent(id)).await.unwrap_err();
    assert_eq!(refusal, Refusal::UnknownIntent(id.to_string()));
    let unknown = AttemptId::new(1, 1);
    let refusal = house
        .engine
        .explain(house.scope, Subject::Attempt(unknown))
        .await
        .unwrap_err();
    assert_eq!(refusal, Refusal::UnknownAttempt(unknown.to_string()));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_next_is_told() {
    let house = House::open().await;
    let id = house.pay("ignore").await;
    let explanation = explain(&house, id).await;
    let kinds: Vec<_> = explanation.next.iter().map(|step| step.waiting.kind).collect();
    assert_eq!(kinds, [TimerKind::LookUp, TimerKind::Expire], "soonest first");
    assert_eq!(
        explanation.next[0].subject_id,
        explanation.attempts[0].permits[0].permit.id.to_string()
    );
    assert_eq!(explanation.next[1].subject_id, id.to_string());
    assert_eq!(explanation.next[1].waiting.due_at_ms, explanation.intent.expires_at_ms);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_outcome_is_told_with_the_questions_that_decided_it() {
    let house = House::open().await;
    let id = house.pay("timeout_charged").await;
    ask(&house, id).await;
    paid(&house, id).await;
    let explanation = explain(&house, id).await;
    let calls = calls(&explanation);
    let charge = calls[0];
    assert_eq!(class(charge), OutcomeClass::Unknown);
    assert_eq!(end(charge.exchanges.last().unwrap()), "unknown.deadline");
    let questions: Vec<_> = calls
        .iter()
        .filter(|call| call.made.call.kind == CallKind::LookUp)
        .collect();
    assert!(!questions.is_empty(), "{calls:#?}");
    for question in &questions {
        assert_eq!(question.exchanges.len(), 1, "{question:#?}");
        assert_eq!(end(&question.exchanges[0]), "200");
    }
    assert_eq!(explanation.attempts.len(), 1, "nothing else was tried");
    assert_eq!(explanation.attempts[0].permits[0].questions, questions.len() as i64);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fallback_is_told_with_its_proof_and_both_routes() {
    let house = House::open().await;
    let id = house.pay("refuse_connection").await;
    paid(&house, id).await;
    let explanation = explain(&house, id).await;
    let [first, second] = &explanation.attempts[..] else {
        panic!("{explanation:#?}");
    };
    assert!(!first.attempt.is_fallback && second.attempt.is_fallback);
    let dead = &first.permits[0];
    let proof = dead.facts.iter().find(|fact| Some(fact.id) == dead.died_by).unwrap();
    assert_eq!(proof.kind.code(), "not_sent");
    assert_eq!(class(&dead.calls[0]), OutcomeClass::NotSent);
    assert_eq!(end(dead.calls[0].exchanges.last().unwrap()), "not_sent.refused");
    let reasons: Vec<_> = second.attempt.route.iter().map(|step| step.verdict.reason()).collect();
    assert_eq!(reasons, ["already_tried", "next_in_rule"]);
    house.close().await;
}

/// The account's key, the payer's number, the unguessable callback path and the payer's code are kept nowhere in clear.
#[tokio::test(flavor = "multi_thread")]
async fn no_secret_and_no_number_is_told_or_stands_in_clear() {
    const KEY: &str = "canary-a51c7e-secret/key+0123456789";
    let house = House::open().await;
    let account = house.accounts().await.remove(0);
    let changes = AccountChanges {
        name: None,
        settings: [("api_key".to_owned(), KEY.into())].into_iter().collect(),
    };
    let changed = house
        .engine
        .change_account(&Actor::System, house.scope, account.id, changes)
        .await;
    changed.unwrap();
    let mut command = intent();
    command.attempt = Some(support::attempt("momo_mtn", "timeout_charged"));
    let number = command
        .attempt
        .as_ref()
        .unwrap()
        .phone
        .as_ref()
        .unwrap()
        .e164()
        .to_owned();
    let answer = house.engine.create_intent(house.scope, command, None).await.unwrap();
    let id = support::id_of(&answer);
    ask(&house, id).await;
    paid(&house, id).await;
    let explanation = explain(&house, id).await;
    let all: Vec<&Exchange> = calls(&explanation)
        .into_iter()
        .flat_map(|call| &call.exchanges)
        .collect();
    assert!(all.len() >= 3, "session, charge, questions");
    let keys = all.iter().flat_map(|exchange| &exchange.request.headers);
    let keys: Vec<_> = keys.filter(|(name, _)| name == "x-api-key").collect();
    assert!(
        !keys.is_empty() && keys.iter().all(|(_, value)| value == "•••"),
        "{keys:?}"
    );
    let told = format!("{explanation:#?}");
    let national = number.trim_start_matches("+225");
    for canary in [KEY, "canary-a51c7e", &number, national, &account.callback_path] {
        assert!(!told.contains(canary), "{canary} is told");
    }
    assert!(told.contains("+225•••••"), "the number is masked, not lost");
    let scope = house.scope;
    let sealed = house
        .store
        .read(move |tx| {
            tx.sql("SELECT sealed FROM exchanges WHERE project_id = ?1 AND environment = ?2")
                .bind(scope.project_id)
                .bind(scope.environment)
                .all::<String>()
        })
        .await
        .unwrap();
    assert!(sealed.len() >= all.len());
    for text in sealed {
        assert!(
            !text.contains("momo_mtn") && !text.contains("http"),
            "sealed, not only masked"
        );
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_wait_keeps_its_latest_questions_only() {
    let house = House::open().await;
    let id = house.pay("timeout_not_charged").await;
    house
        .until(id, "a question", |view| {
            view.intent.attempts_made > 1 || view.intent.state.code() != "open"
        })
        .await;
    let scope = house.scope;
    let permit = explain(&house, id).await.attempts[0].permits[0].permit.clone();
    let before = kept_questions(&house, id).await;
    assert!(before >= 3);
    let forget = move |tx: &mut store::Tx<'_>| store::exchanges::forget_questions(tx, &scope, permit.id, 2);
    assert_eq!(house.store.write(forget).await.unwrap(), before as u64 - 2);
    assert_eq!(kept_questions(&house, id).await, 2);
    let forget = |tx: &mut store::Tx<'_>| store::exchanges::forget(tx, i64::MAX);
    house.store.write(forget).await.unwrap();
    assert!(
        calls(&explain(&house, id).await)
            .iter()
            .all(|call| call.exchanges.is_empty())
    );
    house.close().await;
}

/// Exchanges of the questions about the first attempt's permit.
async fn kept_questions(house: &House, id: IntentId) -> usize {
    let explanation = explain(house, id).await;
    let calls = &explanation.attempts[0].permits[0].calls;
    let questions = calls.iter().filter(|call| call.made.call.kind == CallKind::LookUp);
    questions.map(|call| call.exchanges.len()).sum()
}
