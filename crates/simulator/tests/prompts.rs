//! People who play the payer: prompts that wait for them, and what their answers do.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]
#![allow(clippy::disallowed_methods, reason = "these tests run in real time")]

mod support;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use simulator::Config;
use support::{Caller, start};

/// Somebody has this one in hand, and nobody the other one.
const HELD: &str = "+2250500000001";
const LEFT: &str = "+2250500000002";

/// Slow enough for a person on a busy machine: 2 s are 200 ms, 120 s are 12 s.
fn calm() -> Config {
    Config {
        speed: 10,
        ..Config::default()
    }
}

/// Its prompts end within the patience of a test: 120 s are 6 s.
fn brisk() -> Config {
    Config {
        speed: 20,
        ..Config::default()
    }
}

/// What waits at the phone; asking takes it in hand.
async fn prompts(caller: &Caller, phone: &str) -> Vec<Value> {
    let (status, body) = caller.get(&format!("/prompts?phone={phone}")).await;
    assert_eq!(status, 200, "{body}");
    body["prompts"].as_array().unwrap().clone()
}

fn reference(scenario: &str, phone: &str) -> String {
    format!("{scenario}-{}", phone.trim_start_matches('+'))
}

/// Plays a scenario at the phone in hand and returns its one prompt, after a payment at the other phone that began later
/// has been charged by the clock.
async fn prompt(caller: &Caller, scenario: &str) -> Value {
    assert!(prompts(caller, HELD).await.is_empty());
    // Some scenarios never answer the charge.
    let asked = tokio::time::timeout(Duration::from_millis(300), caller.ask(scenario, "prompt", HELD));
    let _ = asked.await;
    let other = format!(
        "+22505{:08}",
        scenario.len() * 1_000_000 + usize::from(scenario.as_bytes()[0])
    );
    assert_eq!(caller.ask("approve", "prompt", &other).await.unwrap().0, 202);
    caller
        .until_truth(&reference("approve", &other), &["charged/-/50"])
        .await;
    let waiting = prompts(caller, HELD).await;
    assert_eq!(waiting.len(), 1, "{scenario}: {waiting:?}");
    waiting[0].clone()
}

async fn answer(caller: &Caller, prompt: &Value, body: Value) -> (u16, Value) {
    caller
        .post(&format!("/prompts/{}", prompt["id"].as_str().unwrap()), body)
        .await
}

fn approved() -> Value {
    json!({"answer": "approve", "pin": "1234"})
}

#[tokio::test]
async fn a_prompt_waits_for_the_person_and_the_person_goes_before_the_scenario() {
    let simulator = start(calm()).await;
    let caller = Caller::of(&simulator);
    for (scenario, truth) in [
        ("approve", ["charged/-/50"].as_slice()),
        ("decline", &["charged/-/50"]),
        ("wrong_pin", &["charged/-/50"]),
        ("ignore", &["charged/-/50"]),
        ("no_callback", &["charged/-/50"]),
        // What the operator or the network does stays.
        ("insufficient_funds", &["declined/insufficient_funds/50"]),
        ("wrong_amount", &["charged/-/51"]),
        ("duplicate_transaction", &["charged/-/50", "charged/-/50"]),
        ("timeout_charged", &["charged/-/50"]),
    ] {
        let waiting = prompt(&caller, scenario).await;
        assert_eq!((&waiting["asks"], &waiting["amount"]), (&json!("pin"), &json!("50")));
        assert_eq!(
            (&waiting["method"], &waiting["description"]),
            (&json!("momo_mtn"), &json!("Shoes"))
        );
        let (status, told) = answer(&caller, &waiting, approved()).await;
        let reference = reference(scenario, HELD);
        assert_eq!(
            (status, caller.truth(&reference).await),
            (200, truth.iter().map(|&t| t.to_owned()).collect())
        );
        assert!(truth[0].starts_with(told["status"].as_str().unwrap()), "{told}");
        let again = answer(&caller, &waiting, json!({"answer": "decline"})).await;
        assert_eq!((again.0, &again.1["code"]), (409, &json!("not_waiting")));
    }
    assert!(prompts(&caller, HELD).await.is_empty());
}

#[tokio::test]
async fn a_late_success_still_lies_first() {
    let simulator = start(calm()).await;
    let caller = Caller::of(&simulator);
    let waiting = prompt(&caller, "late_success").await;
    assert_eq!(answer(&caller, &waiting, approved()).await.1["status"], "declined");
    caller
        .until_truth(&reference("late_success", HELD), &["charged/-/50"])
        .await;
}

#[tokio::test]
async fn a_wrong_pin_fails_and_what_is_no_pin_changes_nothing() {
    let simulator = start(calm()).await;
    let caller = Caller::of(&simulator);
    let waiting = prompt(&caller, "approve").await;
    for pin in [json!(null), json!(""), json!("123"), json!("1234567"), json!("12a4")] {
        let refused = answer(&caller, &waiting, json!({"answer": "approve", "pin": pin})).await;
        assert_eq!(refused, (422, json!({"code": "invalid_request", "field": "pin"})));
    }
    assert_eq!(answer(&caller, &waiting, json!({"answer": "perhaps"})).await.0, 422);
    let (status, told) = answer(&caller, &waiting, json!({"answer": "approve", "pin": "0000"})).await;
    assert_eq!((status, &told["reason"]), (200, &json!("wrong_pin")));
    assert_eq!(
        caller.truth(&reference("approve", HELD)).await,
        ["declined/wrong_pin/50"]
    );
    assert_eq!(
        caller.post("/prompts/SIM0", approved()).await.1["code"],
        "unknown_prompt"
    );
    assert_eq!(caller.get("/prompts?phone=nobody").await.0, 422);
}

#[tokio::test]
async fn a_person_declines_or_puts_aside_and_may_still_answer() {
    let simulator = start(brisk()).await;
    let caller = Caller::of(&simulator);
    let waiting = prompt(&caller, "approve").await;
    assert_eq!(answer(&caller, &waiting, json!({"answer": "decline"})).await.0, 200);
    assert_eq!(
        caller.truth(&reference("approve", HELD)).await,
        ["declined/declined_by_payer/50"]
    );

    let waiting = prompt(&caller, "approve_slow").await;
    for _ in 0..2 {
        let aside = answer(&caller, &waiting, json!({"answer": "ignore"})).await;
        assert_eq!((aside.0, &aside.1["status"]), (200, &json!("pending")));
    }
    assert_eq!(prompts(&caller, HELD).await[0]["is_set_aside"], true);
    assert_eq!(answer(&caller, &waiting, approved()).await.1["status"], "charged");

    let waiting = prompt(&caller, "no_callback").await;
    answer(&caller, &waiting, json!({"answer": "ignore"})).await;
    caller
        .until_truth(&reference("no_callback", HELD), &["expired/payment_timeout/50"])
        .await;
    assert_eq!(answer(&caller, &waiting, approved()).await.0, 409);
}

#[tokio::test]
async fn a_prompt_in_hand_ends_when_the_operator_gives_up() {
    let simulator = start(brisk()).await;
    let caller = Caller::of(&simulator);
    prompt(&caller, "approve").await;
    caller
        .until_truth(&reference("approve", HELD), &["expired/payment_timeout/50"])
        .await;
}

#[tokio::test]
async fn when_the_phone_is_put_down_the_clock_goes_on() {
    let simulator = start(Config {
        speed: 8,
        ..Config::default()
    })
    .await;
    let caller = Caller::of(&simulator);
    prompts(&caller, HELD).await;
    let since = Instant::now();
    caller.ask("approve", "prompt", HELD).await.unwrap();
    caller.ask("decline", "prompt", LEFT).await.unwrap();
    caller
        .until_truth(&reference("decline", LEFT), &["declined/declined_by_payer/50"])
        .await;
    assert_eq!(caller.truth(&reference("approve", HELD)).await, ["pending/-/50"]);
    let everywhere = caller.get("/prompts").await.1;
    assert_eq!(
        everywhere["prompts"].as_array().unwrap().len(),
        1,
        "looking everywhere takes no phone in hand"
    );
    let deadline = since + Duration::from_secs(20);
    while caller.truth(&reference("approve", HELD)).await != ["charged/-/50"] {
        assert!(Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(since.elapsed() >= Duration::from_secs(10));
}

#[tokio::test]
async fn pages_are_approved_on_the_phone_too_and_a_code_asks_nobody() {
    let simulator = start(calm()).await;
    let caller = Caller::of(&simulator);
    prompts(&caller, HELD).await;
    for scenario in ["redirect", "qr"] {
        caller.ask(scenario, "prompt", HELD).await.unwrap();
        let waiting = prompts(&caller, HELD).await.remove(0);
        let page = format!("{}/pay/{}", simulator.url(), waiting["id"].as_str().unwrap());
        assert_eq!((&waiting["asks"], &waiting["page_url"]), (&json!("page"), &json!(page)));
        let told = answer(&caller, &waiting, json!({"answer": "approve"})).await;
        assert_eq!(told.1["status"], "charged");
    }
    let (status, told) = caller.ask("ignore", "otp", HELD).await.unwrap();
    assert_eq!((status, &told["reason"]), (402, &json!("otp_invalid")));
    assert!(prompts(&caller, HELD).await.is_empty());
}

#[tokio::test]
async fn what_was_put_aside_stays_aside_after_a_crash() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config {
        data_dir: Some(dir.path().to_owned()),
        speed: 20,
        ..Config::default()
    };
    let first = start(config.clone()).await;
    let caller = Caller::of(&first);
    prompts(&caller, HELD).await;
    caller.ask("approve_slow", "prompt", HELD).await.unwrap();
    let waiting = prompts(&caller, HELD).await.remove(0);
    answer(&caller, &waiting, json!({"answer": "ignore"})).await;
    drop(first);
    let second = start(config).await;
    let caller = Caller::of(&second);
    let everywhere = caller.get("/prompts").await.1;
    assert_eq!(everywhere["prompts"][0]["is_set_aside"], true);
    caller
        .until_truth(&reference("approve_slow", HELD), &["expired/payment_timeout/50"])
        .await;
}
