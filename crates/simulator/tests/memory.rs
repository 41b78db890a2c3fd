//! What survives the end of a simulator, and how it ends.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use std::time::Duration;

use simulator::{Bounds, Config, LogError, Simulator, StartError};
use support::{Caller, Listener, fast, start};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};

#[tokio::test]
async fn a_dead_simulator_comes_back_with_its_ledger_timers_and_owed_callbacks() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config {
        data_dir: Some(dir.path().join("simulator")),
        ..fast()
    };
    let listener = Listener::refusing(1).await;
    let first = start(config.clone()).await;
    let caller = Caller::of(&first);
    caller.play("approve_now", &listener.url).await.unwrap();
    caller.play("approve_slow", &listener.url).await.unwrap();
    while listener.refused() == 0 {
        tokio::task::yield_now().await;
    }
    drop(first);

    let second = start(config.clone()).await;
    let caller = Caller::of(&second);
    assert_eq!(caller.truth("approve_now").await, ["charged/-/50"]);
    assert_eq!(caller.truth("approve_slow").await, ["pending/-/50"]);
    listener.until("approve_now", &["charged"]).await;
    caller.until_truth("approve_slow", &["charged/-/50"]).await;
    listener.until("approve_slow", &["charged"]).await;
    let lines = (caller.lines("approve_now").await, caller.lines("approve_slow").await);
    second.stop().await;

    let third = start(config).await;
    let caller = Caller::of(&third);
    assert_eq!(
        (caller.lines("approve_now").await, caller.lines("approve_slow").await),
        lines
    );
    assert_eq!(caller.play("approve_slow", &listener.url).await.unwrap().0, 200);
    assert_eq!(listener.statuses("approve_now"), ["charged"]);
}

#[tokio::test]
async fn a_refused_callback_is_tried_again() {
    let simulator = start(fast()).await;
    let (caller, listener) = (Caller::of(&simulator), Listener::refusing(2).await);
    caller.play("approve_now", &listener.url).await.unwrap();
    listener.until("approve_now", &["charged"]).await;
    assert_eq!(listener.refused(), 2);
}

#[tokio::test]
async fn stopping_lets_go_of_silent_callers_and_of_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config {
        data_dir: Some(dir.path().to_owned()),
        ..fast()
    };
    let simulator = start(config.clone()).await;
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    assert!(matches!(
        Simulator::start(socket, config.clone()).await,
        Err(StartError::Log(LogError::Locked))
    ));
    let caller = Caller::of(&simulator);
    let waiting = tokio::spawn(async move { caller.play("timeout_charged", "http://127.0.0.1:1/").await });
    let caller = Caller::of(&simulator);
    caller.until_truth("timeout_charged", &["charged/-/50"]).await;
    simulator.stop().await;
    assert!(!waiting.await.unwrap().unwrap_err().is_timeout());
    let again = start(config).await;
    assert_eq!(Caller::of(&again).truth("timeout_charged").await, ["charged/-/50"]);
}

#[tokio::test]
async fn strangers_make_it_keep_so_much_and_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let bounded = |rows| Config {
        data_dir: Some(dir.path().to_owned()),
        bounds: Bounds { rows, connections: 3 },
        ..fast()
    };
    let simulator = start(bounded(2)).await;
    let caller = Caller::of(&simulator);
    let pay = async |number: usize| {
        let phone = format!("+22507000001{number:02}");
        assert_eq!(caller.ask("decline", "prompt", &phone).await.unwrap().0, 202);
        format!("decline-{}", phone.trim_start_matches('+'))
    };
    let mut references = Vec::new();
    for number in 0..20 {
        references.push(pay(number).await);
    }
    let log = std::fs::read_to_string(dir.path().join("ledger.jsonl")).unwrap();
    assert!(log.lines().count() <= 2 * 8 + 1, "{log}");
    let kept = |ledger: &serde_json::Value| -> Vec<String> {
        let charges = ledger["charges"].as_array().unwrap().iter();
        charges
            .map(|charge| charge["reference"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(kept(&caller.get("/ledger").await.1), references[18..]);
    let oldest = format!("/sim_a/transactions/{}", references[0]);
    assert_eq!(caller.get(&oldest).await.0, 404);

    let mut long = support::order("long", "http://127.0.0.1:1/");
    long["description"] = serde_json::json!("x".repeat(5_000));
    let (status, told) = caller.post("/sim_a/charge/approve/prompt", long).await;
    assert_eq!((status, &told["field"]), (422, &serde_json::json!("description")));

    let address = simulator.url().trim_start_matches("http://").to_owned();
    let mut first = TcpStream::connect(&address).await.unwrap();
    let mut later = Vec::new();
    for _ in 0..3 {
        later.push(TcpStream::connect(&address).await.unwrap());
    }
    let ended = tokio::time::timeout(Duration::from_secs(8), first.read_u8()).await;
    assert!(ended.unwrap().is_err(), "the oldest connection goes");
    drop(later);
    simulator.stop().await;

    let again = start(bounded(2)).await;
    assert_eq!(kept(&Caller::of(&again).get("/ledger").await.1), references[18..]);
}
