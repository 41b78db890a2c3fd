//! `cowry payments explain` by real processes: the story, the JSON, and that neither tells a secret.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod support;

use std::fs;

use serde_json::Value;
use support::{Options, Server};

const CANARY: &str = "canary-0a1b2c-secret-of-an-account";

#[tokio::test]
async fn a_fallback_is_told_in_order() {
    let server = Server::start(Options::default());
    let id = server.pay("132").await;
    server.until(&id, "completed").await;
    let story = server.home.stdout(&["payments", "explain", &id]);
    let mut rest = story.as_str();
    for part in [
        "the payment is made",
        "attempt 1 starts",
        "taken sim_a",
        "not_sent.refused",
        "known by the answer to our call: Nothing left.",
        "the charge is dead by never_sent",
        "attempt 2 starts",
        ", a fallback",
        "taken sim_b",
        "-> 202",
        "Money was taken. 50 XOF",
        "intent.completed",
        "Next:",
        "The provider is asked again",
    ] {
        let (_, behind) = rest
            .split_once(part)
            .unwrap_or_else(|| panic!("{part} is not told, or too early:\n{story}"));
        rest = behind;
    }
    let explained: Value = serde_json::from_str(&server.home.stdout(&["payments", "explain", &id, "--json"])).unwrap();
    let pi = explained["payment_intents_id"].as_str().unwrap();
    let first = explained["attempts"][0]["id"].as_str().unwrap();
    assert!(
        server
            .home
            .stdout(&["payments", "explain", pi])
            .contains("attempt 2 starts")
    );
    assert!(
        !server
            .home
            .stdout(&["payments", "explain", first])
            .contains("attempt 2 starts")
    );
    let unknown = server
        .home
        .run(&["payments", "explain", "TRX00000000000000000000000000"]);
    assert!(!unknown.status.success() && String::from_utf8_lossy(&unknown.stderr).contains("No such payment"));
}

#[tokio::test]
async fn no_secret_is_told_logged_or_stored_in_clear() {
    let mut server = Server::start(Options::default());
    let home = server.home.clone();
    let accounts: Value = serde_json::from_str(&home.stdout(&["accounts", "list", "--json"])).unwrap();
    for account in accounts["accounts"].as_array().unwrap() {
        let setting = format!("api_key={CANARY}");
        home.stdout(&[
            "accounts",
            "update",
            account["id"].as_str().unwrap(),
            "--setting",
            &setting,
        ]);
    }
    let (unknown, coded) = (server.pay("133").await, server.pay("120").await);
    let attempt = server.attempts(&coded).await[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/payment/intents/{coded}/attempts/{attempt}/otp");
    let (status, answer) = server.post(&path, &serde_json::json!({"code": "123456"})).await;
    assert_eq!(status, 200, "{answer}");
    server.until(&unknown, "completed").await;
    server.until(&coded, "completed").await;
    let mut told = String::new();
    for id in [&unknown, &coded] {
        told += &home.stdout(&["payments", "explain", id, "--full"]);
        told += &home.stdout(&["payments", "explain", id, "--json"]);
    }
    assert!(told.contains("x-api-key: •••") && told.contains("+225•••••133") && told.contains(r#""otp":"•••""#));
    assert!(told.contains("charge is unknown"));
    for secret in [CANARY, "canary-0a1b2c", "123456", "0500000133", "0500000120"] {
        assert!(!told.contains(secret), "{secret} is told");
        assert!(!server.log().contains(secret), "{secret} is logged");
    }
    server.stop();
    if home.database_url().is_none() {
        for file in ["cowry.db", "cowry.db-wal"] {
            let bytes = fs::read(home.data_dir().join(file)).unwrap_or_default();
            for secret in [CANARY, "canary-0a1b2c", "/session"] {
                let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
                assert!(!found, "{secret} stands in {file}");
            }
        }
    }
    let offline = home.stdout(&["payments", "explain", &coded]);
    assert!(
        offline.contains("intent.completed"),
        "the database is opened without a server"
    );
}
