//! The payer's pages, closing them, and the front page.
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

/// Opens a page session and returns its URL.
async fn page(caller: &Caller, scenario: &str, flow: &str, body: &Value) -> String {
    let session = caller.open("sim_a", session(Some(scenario), flow)).await;
    let (status, answer) = caller
        .charge(session["charge_url"].as_str().unwrap(), body)
        .await
        .unwrap();
    assert_eq!(status, 202, "{answer}");
    let action = &answer["action"];
    action["url"]
        .as_str()
        .or(action["payload"].as_str())
        .unwrap()
        .to_owned()
}

fn path(url: &str) -> String {
    format!("/pay/{}", url.rsplit('/').next().unwrap())
}

#[tokio::test]
async fn a_person_approves_or_declines_once_and_goes_back_to_the_shop() {
    let simulator = start(fast()).await;
    let (caller, listener) = (Caller::of(&simulator), Listener::start().await);
    let mut body = order("yes", &listener.url);
    body["return_url"] = json!("https://shop.example/back?a=1&b=\"2");
    assert_eq!(
        caller
            .charge(&format!("{}/sim_a/charge/redirect/redirect", simulator.url()), &body)
            .await
            .unwrap()
            .0,
        422
    );
    body["return_url"] = json!("https://shop.example/back?a=1&b=2");
    let yes = page(&caller, "redirect", "prompt", &body).await;
    let (status, html) = caller.get(&path(&yes)).await;
    let html = html.as_str().unwrap();
    assert!(
        status == 200 && html.contains("50 XOF") && html.contains("value=\"decline\""),
        "{html}"
    );
    let back = (303, "https://shop.example/back?a=1&b=2".to_owned());
    assert_eq!(caller.post_form(&yes, "decision=approve").await, back);
    assert_eq!(caller.post_form(&yes, "decision=decline").await, back);
    assert_eq!(caller.post_form(&yes, "decision=maybe").await.0, 422);
    assert_eq!(caller.truth("yes").await, ["charged/-/50"]);
    listener.until("yes", &["charged"]).await;

    let no = page(&caller, "redirect", "prompt", &order("no", &listener.url)).await;
    assert_eq!(caller.post_form(&format!("{no}/decline"), "").await, (303, no.clone()));
    assert_eq!(caller.truth("no").await, ["declined/declined_by_payer/50"]);
    assert!(
        caller
            .get(&path(&no))
            .await
            .1
            .as_str()
            .unwrap()
            .contains("Payment declined")
    );
}

#[tokio::test]
async fn opening_the_qr_page_approves_and_approve_needs_no_person() {
    let simulator = start(fast()).await;
    let (caller, listener) = (Caller::of(&simulator), Listener::start().await);
    let qr = page(&caller, "qr", "prompt", &order("qr", &listener.url)).await;
    assert_eq!(caller.truth("qr").await, ["pending/-/50"]);
    assert!(
        caller
            .get(&path(&qr))
            .await
            .1
            .as_str()
            .unwrap()
            .contains("Payment approved")
    );
    assert_eq!(caller.truth("qr").await, ["charged/-/50"]);

    page(&caller, "approve", "redirect", &order("alone", &listener.url)).await;
    caller.until_truth("alone", &["charged/-/50"]).await;
    page(&caller, "redirect", "redirect", &order("left", &listener.url)).await;
    caller.until_truth("left", &["expired/payment_timeout/50"]).await;
}

#[tokio::test]
async fn a_page_can_be_closed_and_nothing_else_can() {
    let simulator = start(fast()).await;
    let (caller, listener) = (Caller::of(&simulator), Listener::start().await);
    let open = page(&caller, "redirect", "prompt", &order("open", &listener.url)).await;
    for _ in 0..2 {
        assert_eq!(
            caller.post("/sim_a/transactions/open/close", json!({})).await,
            (200, json!({"closed": true}))
        );
    }
    caller.post_form(&open, "decision=approve").await;
    assert_eq!(caller.truth("open").await, ["expired/closed/50"]);
    listener.until("open", &["expired"]).await;

    caller.play("ignore", &listener.url).await.unwrap();
    let refused = (409, json!({"code": "not_closable", "status": "pending"}));
    assert_eq!(
        caller.post("/sim_a/transactions/ignore/close", json!({})).await,
        refused
    );
    assert_eq!(caller.post("/sim_a/transactions/nobody/close", json!({})).await.0, 404);
    let (_, ledger) = caller.get("/ledger?phone=+2250700000000").await;
    assert_eq!(ledger["charges"].as_array().unwrap().len(), 2);
    assert_eq!(caller.get("/ledger?phone=%2B225").await.1["charges"], json!([]));
}

#[tokio::test]
async fn the_front_page_lists_the_magic_numbers() {
    let simulator = start(fast()).await;
    let caller = Caller::of(&simulator);
    let (status, html) = caller.get("/").await;
    let html = html.as_str().unwrap();
    assert_eq!(status, 200);
    assert!(html.contains("…147") && html.contains("duplicate_transaction") && html.contains("/ledger"));
    assert_eq!(caller.get("/healthz").await, (200, json!({"status": "ok"})));
    assert_eq!(caller.get("/nowhere").await.0, 404);
}
