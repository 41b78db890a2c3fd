//! Every scenario: the answer to the charge, what really happened, and which callbacks came.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use serde_json::{Value, json};
use support::{Caller, Listener, fast, order, session, start};

/// What is left of an answer for comparison.
fn brief(answer: support::Answer) -> String {
    match answer {
        Ok((status, body)) => match (body["status"].as_str(), body["code"].as_str()) {
            (Some(word), _) => format!("{status} {word}"),
            (None, Some(code)) => format!("{status} {code}"),
            (None, None) => format!("{status} no json"),
        },
        Err(error) if error.is_timeout() => "silence".to_owned(),
        Err(error) if error.is_connect() => "refused".to_owned(),
        Err(error) => if was_reset(&error) { "reset" } else { "closed" }.to_owned(),
    }
}

fn was_reset(error: &(dyn std::error::Error + 'static)) -> bool {
    let io = error.downcast_ref::<std::io::Error>();
    io.is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionReset) || error.source().is_some_and(was_reset)
}

type Case = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const CASES: [Case; 21] = [
    ("approve", "202 pending", &["charged/-/50"], &["charged"]),
    ("approve_now", "200 charged", &["charged/-/50"], &["charged"]),
    ("approve_slow", "202 pending", &["charged/-/50"], &["charged"]),
    (
        "decline",
        "202 pending",
        &["declined/declined_by_payer/50"],
        &["declined"],
    ),
    (
        "insufficient_funds",
        "202 pending",
        &["declined/insufficient_funds/50"],
        &["declined"],
    ),
    ("wrong_pin", "202 pending", &["declined/wrong_pin/50"], &["declined"]),
    (
        "limit_reached",
        "402 declined",
        &["declined/limit_reached/50"],
        &["declined"],
    ),
    ("ignore", "202 pending", &["expired/payment_timeout/50"], &["expired"]),
    ("timeout_charged", "silence", &["charged/-/50"], &["charged"]),
    ("timeout_not_charged", "silence", &[], &[]),
    ("refuse_connection", "refused", &[], &[]),
    ("error_charged", "500 no json", &["charged/-/50"], &["charged"]),
    ("garbage_charged", "200 no json", &["charged/-/50"], &["charged"]),
    ("down", "503 not_processed", &[], &[]),
    ("reset_midway", "reset", &[], &[]),
    ("no_callback", "202 pending", &["charged/-/50"], &[]),
    (
        "double_callback",
        "202 pending",
        &["charged/-/50"],
        &["charged", "charged", "charged", "charged", "charged"],
    ),
    (
        "late_success",
        "202 pending",
        &["charged/-/50"],
        &["declined", "charged"],
    ),
    ("wrong_amount", "202 pending", &["charged/-/51"], &["charged"]),
    (
        "out_of_order",
        "202 pending",
        &["charged/-/50"],
        &["charged", "pending", "pending"],
    ),
    (
        "duplicate_transaction",
        "202 pending",
        &["charged/-/50", "charged/-/50"],
        &["charged", "charged"],
    ),
];

#[tokio::test]
async fn each_scenario_answers_charges_and_calls_back_as_the_table_says() {
    let simulator = start(fast()).await;
    let (caller, listener) = (Caller::of(&simulator), Listener::start().await);
    let mut played = tokio::task::JoinSet::new();
    for (name, answer, truth, callbacks) in CASES {
        let (caller, listener) = (caller.clone(), listener.clone());
        played.spawn(async move {
            assert_eq!(brief(caller.play(name, &listener.url).await), answer, "{name}");
            caller.until_truth(name, truth).await;
            listener.until(name, callbacks).await;
            if truth.is_empty() {
                assert_eq!(caller.transactions(name).await.0, 404, "{name}");
            } else {
                let (_, known) = caller.transactions(name).await;
                assert_eq!(known["transactions"].as_array().unwrap().len(), truth.len(), "{name}");
            }
        });
    }
    while let Some(case) = played.join_next().await {
        case.unwrap();
    }
    assert_eq!(listener.different("duplicate_transaction", "/transaction/id"), 2);
    assert_eq!(listener.different("double_callback", "/event_id"), 5);
    assert!(listener.statuses("no_callback").is_empty());
}

#[tokio::test]
async fn callback_first_has_called_back_and_charged_before_it_answers_pending() {
    let simulator = start(fast()).await;
    let (caller, listener) = (Caller::of(&simulator), Listener::start().await);
    let answer = caller.play("callback_first", &listener.url).await;
    assert_eq!(listener.statuses("callback_first"), ["charged"]);
    assert_eq!(brief(answer), "202 pending");
    assert_eq!(caller.truth("callback_first").await, ["charged/-/50"]);
}

#[tokio::test]
async fn status_down_hides_its_status_for_a_while_and_never_calls_back() {
    let simulator = start(fast()).await;
    let (caller, listener) = (Caller::of(&simulator), Listener::start().await);
    assert_eq!(brief(caller.play("status_down", &listener.url).await), "202 pending");
    caller.until_truth("status_down", &["charged/-/50"]).await;
    assert_eq!(
        brief(Ok(caller.transactions("status_down").await)),
        "503 status_unavailable"
    );
    while caller.transactions("status_down").await.0 == 503 {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        caller.transactions("status_down").await.1["transactions"][0]["status"],
        "charged"
    );
    assert!(listener.statuses("status_down").is_empty());
}

#[tokio::test]
async fn the_phone_chooses_on_sim_a_and_a_prefixed_name_on_both() {
    let simulator = start(fast()).await;
    let caller = Caller::of(&simulator);
    let chosen = async |gateway: &str, phone: Value, scenario: Value| {
        let body = json!({"phone": phone, "scenario": scenario, "country": "CI", "method": "m", "flow": "prompt"});
        let (status, body) = caller.post(&format!("/{gateway}/session"), body).await;
        (
            status,
            body["scenario"]
                .as_str()
                .or(body["code"].as_str())
                .unwrap_or_default()
                .to_owned(),
        )
    };
    let named = |name: &str| (200, name.to_owned());
    assert_eq!(
        chosen("sim_a", json!("+225070000110"), Value::Null).await,
        named("decline")
    );
    assert_eq!(
        chosen("sim_b", json!("+225070000110"), Value::Null).await,
        named("approve")
    );
    assert_eq!(
        chosen("sim_a", json!("+225070000999"), Value::Null).await,
        named("approve")
    );
    assert_eq!(
        chosen("sim_a", json!("+225070000110"), json!("ignore")).await,
        named("ignore")
    );
    assert_eq!(chosen("sim_b", Value::Null, json!("ignore")).await, named("approve"));
    assert_eq!(
        chosen("sim_b", Value::Null, json!("both:ignore")).await,
        named("ignore")
    );
    assert_eq!(
        chosen("sim_a", Value::Null, json!("both:ignore")).await,
        named("ignore")
    );
    assert_eq!(
        chosen("sim_a", Value::Null, json!("nonsense")).await,
        (422, "unknown_scenario".to_owned())
    );
    assert_eq!(chosen("sim_c", Value::Null, Value::Null).await.0, 404);
}

#[tokio::test]
async fn a_code_before_the_charge_decides_at_once_and_a_wrong_one_ends_the_reference() {
    let simulator = start(fast()).await;
    let (caller, listener) = (Caller::of(&simulator), Listener::start().await);
    let session = caller.open("sim_a", session(Some("otp"), "prompt")).await;
    assert_eq!(session["flow"], "otp");
    let url = session["charge_url"].as_str().unwrap();
    let with = |reference: &str, otp: Value| {
        let mut body = order(reference, &listener.url);
        body["otp"] = otp;
        body
    };
    let (status, body) = caller.charge(url, &with("wrong", json!("000000"))).await.unwrap();
    assert_eq!((status, &body["reason"]), (402, &json!("otp_invalid")));
    assert_eq!(
        brief(caller.charge(url, &with("missing", Value::Null)).await),
        "402 declined"
    );
    assert_eq!(
        brief(caller.charge(url, &with("right", json!("123456"))).await),
        "200 charged"
    );
    assert_eq!(
        brief(caller.charge(url, &with("wrong", json!("123456"))).await),
        "402 declined"
    );
    assert_eq!(caller.truth("wrong").await, ["declined/otp_invalid/50"]);
    listener.until("right", &["charged"]).await;
}

#[tokio::test]
async fn one_reference_is_one_transaction_however_often_and_wherever_it_comes() {
    let simulator = start(fast()).await;
    let caller = Caller::of(&simulator);
    let session = caller.open("sim_a", session(Some("approve_now"), "prompt")).await;
    let url = session["charge_url"].as_str().unwrap().to_owned();
    let mut charges = tokio::task::JoinSet::new();
    for _ in 0..32 {
        let (caller, url) = (caller.clone(), url.clone());
        charges.spawn(async move { caller.charge(&url, &order("one", "http://127.0.0.1:1/")).await.unwrap() });
    }
    let answers = charges.join_all().await;
    assert!(
        answers
            .iter()
            .all(|(status, body)| *status == 200 && body == &answers[0].1),
        "{answers:?}"
    );
    assert_eq!(caller.truth("one").await.len(), 1);
    // A known reference is never "not processed", and `sim_b` is another operator.
    assert_eq!(
        caller
            .charge(&url.replace("approve_now", "down"), &order("one", "http://x/"))
            .await
            .unwrap()
            .0,
        200
    );
    assert_eq!(
        caller
            .charge(&url.replace("sim_a", "sim_b"), &order("one", "http://x/"))
            .await
            .unwrap()
            .0,
        200
    );
    assert_eq!(caller.truth("one").await.len(), 2);
}

#[tokio::test]
async fn what_is_malformed_or_unsigned_opens_nothing() {
    let simulator = start(fast()).await;
    let caller = Caller::of(&simulator);
    let url = format!("{}/sim_a/charge/approve_now/prompt", simulator.url());
    for (field, value) in [
        ("amount", json!("50.5")),
        ("amount", json!("0")),
        ("amount", json!("-1")),
        ("amount", json!("1e3")),
        ("currency", json!("ZZZ")),
        ("phone", json!("0700")),
        ("phone", Value::Null),
        ("reference", json!("a/b")),
        ("return_url", json!("javascript:alert(1)")),
    ] {
        let mut body = order("bad", "http://127.0.0.1:1/");
        body[field] = value.clone();
        let (status, answer) = caller.charge(&url, &body).await.unwrap();
        assert_eq!((status, &answer["field"]), (422, &json!(field)), "{field} {value}");
    }
    let keyless = reqwest::Client::new();
    for path in [
        "/sim_a/session",
        "/sim_a/charge/approve/prompt",
        "/sim_a/transactions/x/close",
    ] {
        let answer = keyless
            .post(format!("{}{path}", simulator.url()))
            .json(&json!({}))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status().as_u16(), 401, "{path}");
    }
    let status = keyless.get(format!("{}/sim_a/transactions/x", simulator.url()));
    assert_eq!(status.send().await.unwrap().status().as_u16(), 401);
    assert_eq!(
        caller.get("/ledger").await.1,
        json!({"charges": [], "refunds": [], "payouts": []})
    );
}
