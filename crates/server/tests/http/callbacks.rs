//! Providers' callbacks through the whole server: what they bring about by themselves, what is refused at the door, and
//! what is counted.

use std::time::{Duration, Instant};

use engine::KekOrigin;
use engine::store::{StoreError, Tx};
use serde_json::json;

use crate::app::{App, Reply, attempt, order};

/// Digits, the intent's status in the end, and how often the operators call back.
const CALLING_BACK: [(&str, &str, i64); 6] = [
    ("001", "completed", 1),
    ("141", "completed", 5),
    ("142", "completed", 1),
    ("143", "completed", 2),
    ("145", "completed", 3),
    ("110", "pending", 1),
];

/// The path of the account at the first gateway.
async fn path(app: &App) -> String {
    let scope = app.scope;
    let read = app
        .engine
        .store()
        .read(move |tx| engine::store::accounts::all(tx, &scope));
    let all = read.await.unwrap();
    let first = all.iter().find(|account| account.gateway_code == "sim_a").unwrap();
    format!("/callbacks/{}", first.callback_path)
}

async fn pay(app: &App, digits: &str) -> String {
    let mut body = order();
    body["attempt"] = attempt(digits);
    let reply = app.post("/v1/payment/intents", &body).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()["data"]["id"].as_str().unwrap().to_owned()
}

async fn count(app: &App, text: &'static str) -> i64 {
    let read = app
        .engine
        .store()
        .read(move |tx: &mut Tx<'_>| tx.sql(text).one::<i64>());
    read.await.unwrap()
}

async fn until(what: &str, wanted: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    while !wanted().await {
        assert!(begun.elapsed() < Duration::from_secs(40), "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Nobody asks the operators here: late, doubled, early and out of order as they come, callbacks alone settle payments.
#[tokio::test(flavor = "multi_thread")]
async fn callbacks_alone_settle_payments_in_whatever_order_they_come() {
    let app = App::start_idle(KekOrigin::Given, None).await;
    let mut ids = Vec::new();
    for (digits, ..) in CALLING_BACK {
        ids.push(pay(&app, digits).await);
    }
    let all: i64 = CALLING_BACK.iter().map(|(.., callbacks)| callbacks).sum();
    until("all callbacks are processed", async || {
        count(&app, "SELECT COUNT(*) FROM inbox WHERE state = 'processed'").await == all
    })
    .await;
    for (id, (digits, status, _)) in ids.iter().zip(CALLING_BACK) {
        let intent = app.get(&format!("/v1/payment/intents/{id}")).await.json()["data"].take();
        assert_eq!(intent["status"], status, "{digits}: {intent:#}");
        let events = app.events(id);
        let completed = events.iter().filter(|event| event["event"] == "payment.completed");
        assert_eq!(
            completed.count(),
            usize::from(status == "completed"),
            "{digits}: {events:#?}"
        );
    }
    let facts = "SELECT COUNT(*) FROM facts WHERE kind = 'captured' AND source <> 'callback'";
    assert_eq!(count(&app, facts).await, 0, "what was captured is known by callbacks");
    let facts = "SELECT COUNT(*) FROM facts WHERE kind = 'captured'";
    assert_eq!(count(&app, facts).await, 5, "each capture once");
    assert_eq!(count(&app, "SELECT COUNT(*) FROM attention").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn callbacks_are_counted_by_what_became_of_them() {
    let app = App::start_idle(KekOrigin::Given, None).await;
    pay(&app, "100").await;
    until("processed", async || {
        count(&app, "SELECT COUNT(*) FROM inbox WHERE state = 'processed'").await == 1
    })
    .await;
    assert_eq!(app.send_bare("POST", &path(&app).await, &[], b"{}").await.status, 401);
    assert_eq!(app.send_bare("POST", "/callbacks/nobody", &[], b"{}").await.status, 404);
    let text = app.send_bare("GET", "/metrics", &[], b"").await.text();
    let guide = include_str!("../../../../docs/guides/callbacks.md");
    for line in text.lines().filter(|line| line.starts_with("cowry_callbacks_total{")) {
        let (_, result) = line.split_once("result=\"").unwrap();
        let (result, _) = result.split_once('"').unwrap();
        assert!(
            guide.contains(&format!("| `{result}` |")),
            "{result} stands in no document"
        );
    }
    for series in [
        r#"cowry_callbacks_total{gateway="sim_a",result="accepted"}"#,
        r#"cowry_callbacks_total{gateway="sim_a",result="bad_signature"}"#,
        r#"cowry_callbacks_total{gateway="none",result="unknown_path"}"#,
        r#"cowry_callback_processing_seconds_count{gateway="sim_a"}"#,
    ] {
        assert!(text.contains(series), "{series} in {text}");
    }
}

#[tokio::test]
async fn a_callback_has_its_limits_like_any_request() {
    let app = App::start_idle(KekOrigin::Given, None).await;
    let path = path(&app).await;
    let large = app.send_bare("POST", &path, &[], &vec![b' '; 256 * 1024 + 1]).await;
    assert_eq!(large.refused(413), "payload_too_large");
    let just = app.send_bare("POST", &path, &[], &vec![b' '; 256 * 1024]).await;
    assert_eq!(just.refused(401), "signature_invalid");
    assert_eq!(
        app.send_bare("GET", &path, &[], b"").await.refused(405),
        "method_not_allowed"
    );
    let begun = Instant::now();
    let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{{");
    let slow = Reply::read(&app.raw(head.as_bytes()).await);
    assert_eq!(slow.refused(408), "request_timeout");
    let waited = begun.elapsed();
    assert!(
        (Duration::from_millis(1_500)..Duration::from_secs(6)).contains(&waited),
        "{waited:?}"
    );
    assert_eq!(
        count(&app, "SELECT COUNT(*) FROM inbox").await,
        1,
        "only what was read to its end is kept"
    );
}

/// A genuine callback is asked for again when it cannot be kept; a forged one is refused as ever. SQLite only: it can be
/// told how large it may grow.
#[tokio::test]
async fn a_full_disk_takes_no_callback_and_says_so() {
    let app = App::start_idle(KekOrigin::Given, None).await;
    if app.engine.store().engine_name() != "sqlite" {
        return;
    }
    let made = json!({"gateway_code": "sim_a", "name": "Known key", "settings": {"api_key": "known"}});
    let made = app.admin("POST", "/gateway-accounts", &made).await.json()["data"].take();
    let path = made["callback_url"]
        .as_str()
        .unwrap()
        .strip_prefix(&app.url)
        .unwrap()
        .to_owned();
    let body = json!({"reference": "R", "padding": "x".repeat(100_000),
        "transaction": {"id": "t", "status": "charged", "amount": "50", "currency": "XOF"}});
    let body = body.to_string();
    let signature = signature("known", body.as_bytes());
    let send = async |signature: &str| {
        app.send_bare("POST", &path, &[("X-Sim-Signature", signature)], body.as_bytes())
            .await
    };
    let grow = async |text: &'static str| {
        let set = move |tx: &mut Tx<'_>| -> Result<i64, StoreError> { tx.sql(text).one() };
        app.engine.store().write(set).await.unwrap();
    };
    grow("PRAGMA max_page_count = 1").await;
    let full = send(&signature).await;
    assert_eq!(full.refused(503), "unavailable");
    assert_eq!(full.header("retry-after"), Some("1"));
    assert_eq!(
        app.get("/readyz").await.status,
        503,
        "a server that cannot write gets no requests"
    );
    assert_eq!(send(&"0".repeat(64)).await.refused(401), "signature_invalid");
    grow("PRAGMA max_page_count = 1000000").await;
    assert_eq!(send(&signature).await.status, 200);
    assert_eq!(send(&signature).await.status, 200);
    assert_eq!(
        count(&app, "SELECT COUNT(*) FROM inbox WHERE state = 'waiting'").await,
        1
    );
}

/// How the simulated operators sign.
pub(crate) fn signature(key: &str, body: &[u8]) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(body);
    data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes())
}
