//! Faults on request.
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
use support::{Caller, fast, order, session, start};

const NOWHERE: &str = "http://127.0.0.1:1/";

async fn set(caller: &Caller, body: Value) -> u16 {
    caller.post("/control", body).await.0
}

#[tokio::test]
async fn down_meets_its_scope_only_old_sessions_too_and_ends_by_itself() {
    let simulator = start(fast()).await;
    let caller = Caller::of(&simulator);
    let old = caller.open("sim_a", session(None, "prompt")).await;
    let old_url = old["charge_url"].as_str().unwrap();
    let down = json!({"gateway": "sim_a", "method": "momo_mtn", "country": "CI", "mode": "down", "for_s": 0.5});
    let since = Instant::now();
    assert_eq!(caller.post("/control", down).await, (200, json!({})));
    assert_eq!(caller.charge(old_url, &order("old", NOWHERE)).await.unwrap().0, 503);
    assert_eq!(
        caller.open("sim_a", session(Some("approve_now"), "prompt")).await["scenario"],
        "down"
    );
    assert_eq!(
        caller.open("sim_b", session(None, "prompt")).await["scenario"],
        "approve"
    );
    let mut elsewhere = session(None, "prompt");
    elsewhere["country"] = json!("SN");
    assert_eq!(caller.open("sim_a", elsewhere).await["scenario"], "approve");
    while caller.open("sim_a", session(None, "prompt")).await["scenario"] == "down" {
        tokio::task::yield_now().await;
    }
    assert!(since.elapsed() >= Duration::from_millis(450));
    assert_eq!(caller.charge(old_url, &order("old", NOWHERE)).await.unwrap().0, 202);
}

#[tokio::test]
async fn a_fault_meets_its_share_until_normal_again() {
    let simulator = start(fast()).await;
    let caller = Caller::of(&simulator);
    assert_eq!(
        set(
            &caller,
            json!({"gateway": "sim_a", "mode": "fault", "fault": "decline", "rate": 0.5})
        )
        .await,
        200
    );
    let mut met = 0;
    for _ in 0..200 {
        met += usize::from(caller.open("sim_a", session(None, "prompt")).await["scenario"] == "decline");
    }
    assert!((50..150).contains(&met), "{met} of 200");
    assert_eq!(set(&caller, json!({"gateway": "sim_a", "mode": "normal"})).await, 200);
    for _ in 0..20 {
        assert_eq!(
            caller.open("sim_a", session(None, "prompt")).await["scenario"],
            "approve"
        );
    }
}

#[tokio::test]
async fn slow_delays_the_answer_by_five_seconds_but_not_the_charge() {
    let simulator = start(fast()).await;
    let caller = Caller::of(&simulator);
    assert_eq!(set(&caller, json!({"gateway": "sim_a", "mode": "slow"})).await, 200);
    let since = Instant::now();
    let seen = async {
        caller.until_truth("approve_now", &["charged/-/50"]).await;
        assert!(since.elapsed() < Duration::from_secs(2));
        assert_eq!(caller.transactions("approve_now").await.0, 200);
        assert!(since.elapsed() >= Duration::from_secs(5));
    };
    let (charged, ()) = tokio::join!(caller.play("approve_now", NOWHERE), seen);
    assert!(charged.unwrap_err().is_timeout());
}

#[tokio::test]
async fn held_sessions_are_answered_when_the_hold_ends() {
    let simulator = start(fast()).await;
    let caller = Caller::of(&simulator);
    assert_eq!(set(&caller, json!({"gateway": "sim_a", "mode": "hold"})).await, 200);
    let opened = caller.open("sim_a", session(Some("approve_now"), "prompt"));
    tokio::pin!(opened);
    tokio::select! {
        answer = &mut opened => panic!("answered: {answer}"),
        other = caller.open("sim_b", session(None, "prompt")) => assert_eq!(other["scenario"], "approve"),
    }
    assert_eq!(set(&caller, json!({"mode": "normal"})).await, 200);
    assert_eq!(opened.await["scenario"], "approve_now");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let simulator = start(fast()).await;
    let caller = Caller::of(&simulator);
    for body in [
        json!({"gateway": "sim_c", "mode": "down"}),
        json!({"mode": "asleep"}),
        json!({"mode": "fault"}),
        json!({"mode": "fault", "fault": "nonsense"}),
        json!({"mode": "fault", "fault": "decline", "rate": 1.5}),
        json!({"mode": "down", "for_s": -1}),
        json!([]),
    ] {
        assert_eq!(set(&caller, body.clone()).await, 422, "{body}");
    }
    assert_eq!(
        caller.open("sim_a", session(None, "prompt")).await["scenario"],
        "approve"
    );
}
