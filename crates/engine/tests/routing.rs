//! Which account takes a payment, and what follows when it provably took nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use std::time::Duration;

use domain::failure::FailureCode;
use domain::ids::AccountId;
use domain::routing::breaker::Standing;
use domain::routing::{Policy, Strategy};
use domain::scope::ApiFamily;
use engine::commands::Claim;
use serde_json::json;
use store::accounts::AccountRow;
use store::attempts::Attempt;
use support::{House, SPEED, attempt, attempt_code, failure_code};

const SPOKEN: (ApiFamily, Option<Claim>) = (ApiFamily::Payment, None);

/// Wait before the next prompt to a number, as the sandbox's speed makes it.
const COOL_DOWN_MS: i64 = 30_000 / SPEED as i64;

fn reasons(attempt: &Attempt) -> Vec<String> {
    attempt
        .route
        .iter()
        .map(|step| {
            format!(
                "{} {} {}",
                step.gateway_code,
                step.verdict.code(),
                step.verdict.reason()
            )
        })
        .collect()
}

async fn ids(house: &House) -> Vec<AccountId> {
    house.accounts().await.into_iter().map(|account| account.id).collect()
}

/// A third account, at the second gateway.
async fn add_account(house: &House) -> AccountId {
    let second = house.accounts().await.remove(1);
    let third = AccountRow {
        id: AccountId::new(7, 7),
        callback_path: "third".to_owned(),
        ..second
    };
    let (id, scope) = (third.id, house.scope);
    house
        .store
        .write(move |tx| store::accounts::insert(tx, &scope, &third))
        .await
        .unwrap();
    id
}

async fn control(house: &House, mode: &str) {
    let body = json!({"gateway": "sim_a", "method": "momo_mtn", "country": "CI", "mode": mode});
    let url = format!("{}/control", house.simulator_url);
    let answer = house.client.post(url).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_has_at_most_two_fallbacks_and_tries_no_account_twice() {
    let house = House::open().await;
    let mut accounts: Vec<(AccountId, i64)> = ids(&house).await.into_iter().map(|id| (id, 1)).collect();
    // Its settings do not open: they were sealed for another place. Nothing is sent there.
    accounts.push((add_account(&house).await, 1));
    house.set_routing(Policy::default(), &accounts).await;
    let id = house.pay("both:down").await;
    let view = house
        .until(id, "third failed", |view| {
            view.intent.attempts_made == 3 && attempt_code(view) == "failed"
        })
        .await;
    assert_eq!(view.intent.state.code(), "open");
    let attempts = house.attempts(id).await;
    let tried: Vec<AccountId> = attempts.iter().map(|attempt| attempt.account_id.unwrap()).collect();
    assert_eq!(tried, accounts.iter().map(|(id, _)| *id).collect::<Vec<_>>());
    let flags: Vec<(bool, i64)> = attempts.iter().map(|a| (a.is_fallback, a.fallbacks_before)).collect();
    assert_eq!(flags, [(false, 0), (true, 1), (true, 2)]);
    assert_eq!(
        reasons(&attempts[1]),
        [
            "sim_a skipped already_tried",
            "sim_b taken next_in_rule",
            "sim_b skipped not_needed"
        ]
    );
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fallback_after_a_prompt_that_may_stand_waits_for_the_cool_down() {
    let house = House::open().await;
    let id = house.pay("timeout_not_charged").await;
    house
        .until(id, "paid by the second", |view| view.intent.state.code() == "completed")
        .await;
    let attempts = house.attempts(id).await;
    assert_eq!(attempts.len(), 2);
    let died_ms = match &attempts[0].state {
        domain::attempt::AttemptState::Failed { at_ms, .. } => *at_ms,
        other => panic!("{other:?}"),
    };
    let waited_ms = attempts[1].created_at_ms - died_ms;
    assert!(waited_ms >= COOL_DOWN_MS, "waited {waited_ms} ms");
    assert!(attempts[1].is_fallback);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_payers_own_next_attempt_takes_the_place_of_a_planned_fallback() {
    let house = House::open().await;
    let id = house.pay("timeout_not_charged").await;
    house.until(id, "dead", |view| attempt_code(view) == "failed").await;
    let other = attempt("card", "decline");
    house
        .engine
        .start_attempt(house.scope, id, other, SPOKEN)
        .await
        .unwrap();
    house
        .until(id, "declined", |view| failure_code(view) == "declined_by_payer")
        .await;
    tokio::time::sleep(Duration::from_millis(u64::try_from(COOL_DOWN_MS * 2).unwrap())).await;
    let methods: Vec<&str> = house.attempts(id).await.iter().map(|a| a.method.code()).collect();
    assert_eq!(methods, ["momo_mtn", "card"]);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_can_forbid_a_fallback_and_a_payment_keeps_to_the_rules_it_began_with() {
    let house = House::open().await;
    let accounts = ids(&house).await;
    let both = [(accounts[0], 1), (accounts[1], 1)];
    let strict = Policy {
        no_fallback_after: vec![FailureCode::GatewayUnavailable],
        ..Policy::default()
    };
    house.set_routing(strict, &both).await;
    let id = house.pay("down").await;
    house.until(id, "failed", |view| attempt_code(view) == "failed").await;
    assert_eq!(house.attempts(id).await.len(), 1);

    house.set_routing(Policy::default(), &[(accounts[1], 1)]).await;
    house
        .engine
        .start_attempt(house.scope, id, attempt("momo_mtn", "approve_now"), SPOKEN)
        .await
        .unwrap();
    house
        .until(id, "paid", |view| view.intent.state.code() == "completed")
        .await;
    let pinned = house.attempts(id).await;
    assert_eq!(
        pinned[1].account_id,
        Some(accounts[0]),
        "the rules in force at its first attempt"
    );
    let new = house.pay("approve_now").await;
    assert_eq!(house.attempts(new).await[0].account_id, Some(accounts[1]));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn weights_and_success_choose_the_account() {
    let house = House::open().await;
    let accounts = ids(&house).await;
    let policy = |strategy| Policy {
        strategy,
        exploration_percent: 0,
        ..Policy::default()
    };
    house
        .set_routing(policy(Strategy::LoadBalanced), &[(accounts[0], 0), (accounts[1], 100)])
        .await;
    let id = house.pay("approve_now").await;
    let first = house.attempts(id).await.remove(0);
    assert_eq!((first.account_id, first.is_fallback), (Some(accounts[1]), false));
    assert_eq!(reasons(&first)[0], "sim_b taken weighted");

    // The first one answers, and its payments fail at the operator: no outage, but no success either.
    house
        .set_routing(policy(Strategy::Rules), &[(accounts[0], 1), (accounts[1], 1)])
        .await;
    control(&house, "down").await;
    for _ in 0..3 {
        let id = house.pay("approve_now").await;
        house
            .until(id, "paid", |view| view.intent.state.code() == "completed")
            .await;
    }
    control(&house, "normal").await;
    house
        .set_routing(policy(Strategy::SuccessRate), &[(accounts[0], 1), (accounts[1], 1)])
        .await;
    for _ in 0..40 {
        let id = house.pay("approve_now").await;
        let first = house.attempts(id).await.remove(0);
        if first.account_id == Some(accounts[1]) {
            assert_eq!(reasons(&first)[0], "sim_b taken best_success");
            assert!(!first.is_fallback);
            return house.close().await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the account that loses payments stays the best");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_down_is_passed_over_and_when_all_are_nothing_is_sent() {
    let house = House::open().await;
    let accounts = ids(&house).await;
    house
        .set_routing(Policy::default(), &[(accounts[0], 1), (accounts[1], 1)])
        .await;
    control(&house, "down").await;
    let mut passed_over = false;
    for _ in 0..40 {
        let id = house.pay("approve_now").await;
        house
            .until(id, "paid", |view| view.intent.state.code() == "completed")
            .await;
        let attempts = house.attempts(id).await;
        let last = attempts.last().unwrap();
        assert!(last.is_fallback && last.gateway_code.as_deref() == Some("sim_b"));
        if attempts.len() == 1 {
            assert_eq!(reasons(last), ["sim_a skipped down", "sim_b taken next_in_rule"]);
            passed_over = true;
            break;
        }
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    assert!(passed_over, "routing goes on asking an account that is down");
    let scope = house.scope;
    let health = house
        .store
        .read(move |tx| store::health::all(tx, &scope))
        .await
        .unwrap();
    let down: Vec<_> = health
        .iter()
        .filter(|one| one.breaker.standing() == Standing::Down)
        .map(|one| one.subject.account_id)
        .collect();
    assert_eq!(down, [accounts[0]]);

    house.set_routing(Policy::default(), &[(accounts[0], 1)]).await;
    let id = house.pay("approve_now").await;
    let view = house.view(id).await;
    assert_eq!(
        (attempt_code(&view), failure_code(&view)),
        ("failed", "gateway_unavailable")
    );
    assert!(view.active_attempt.unwrap().permit.is_none(), "no permit, no charge");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_that_was_asked_for_says_nothing_of_the_gateways_health() {
    let house = House::open().await;
    for scenario in ["down", "refuse_connection", "down", "down", "refuse_connection", "down"] {
        house.pay(scenario).await;
    }
    let id = house.pay("approve_now").await;
    let first = house.attempts(id).await.remove(0);
    assert_eq!(first.gateway_code.as_deref(), Some("sim_a"));
    house.close().await;
}
