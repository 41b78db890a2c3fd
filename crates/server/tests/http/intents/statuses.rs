//! Every line of the published table of statuses.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{MEMBERS, by_card, by_phone, id_of, sale};
use crate::app::App;

#[tokio::test]
async fn creation_answers_exactly_the_eleven_members() {
    let app = App::start().await;
    let intent = app.made(&sale()).await;
    let mut members: Vec<_> = intent.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, MEMBERS);
    assert!(id_of(&intent).starts_with("pi_"));
    assert_eq!(
        (
            &intent["object"],
            &intent["status"],
            &intent["amount"],
            &intent["currency"]
        ),
        (
            &json!("payment_intent"),
            &json!("requires_payment_method"),
            &json!(10_000),
            &json!("XOF")
        )
    );
    assert_eq!(
        (&intent["livemode"], &intent["next_action"]),
        (&json!(false), &Value::Null)
    );
    assert_eq!(intent["metadata"], json!({"order_id": "order_123"}));
    assert!(intent["customer"].as_str().unwrap().starts_with("cus_"));
    assert!(intent["created"].as_i64().unwrap() > 1_700_000_000);
    assert_eq!(app.named(&id_of(&intent)).await, intent);
}

#[tokio::test]
async fn a_prompt_is_processing_and_then_succeeded() {
    let app = App::start().await;
    let id = id_of(&app.made(&sale()).await);
    let confirmed = app.confirm(&id, "000").await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text());
    let intent = confirmed.json();
    assert_eq!(intent["status"], "processing");
    assert_eq!(intent["next_action"]["type"], "mobile_money_ussd");
    assert!(
        !intent["next_action"]["mobile_money_ussd"]["message"]
            .as_str()
            .unwrap()
            .is_empty()
    );
    let paid = app.until_named(&id, "succeeded").await;
    assert_eq!(paid["next_action"], Value::Null);
    for again in ["confirm", "cancel"] {
        let body = if again == "confirm" {
            by_phone("000")
        } else {
            Value::Null
        };
        let refused = app.ask("POST", &format!("/{id}/{again}"), &body).await;
        assert!(refused.told(409).starts_with("IKW-TRANSFER-"));
    }
}

#[tokio::test]
async fn a_refusal_is_failed_for_good_in_both_apis() {
    let app = App::start().await;
    let id = id_of(&app.made(&sale()).await);
    app.confirm(&id, "110").await;
    let failed = app.until_named(&id, "failed").await;
    assert_eq!(failed["next_action"], Value::Null);
    assert!(app.confirm(&id, "000").await.told(409).starts_with("IKW-TRANSFER-"));
    let twin = app.get(&format!("/v1/payment/intents/{id}")).await.json()["data"].take();
    assert_eq!(twin["status"], "failed");
}

#[tokio::test]
async fn a_page_requires_an_action_and_can_be_cancelled() {
    let app = App::start().await;
    let id = id_of(&app.made(&sale()).await);
    let mut body = by_phone("121");
    body["return_url"] = json!("https://shop.example/done");
    let confirmed = app.ask("POST", &format!("/{id}/confirm"), &body).await.json();
    assert_eq!(confirmed["status"], "requires_action", "{confirmed}");
    let action = &confirmed["next_action"];
    assert_eq!(action["type"], "redirect_to_url");
    assert!(action["redirect_to_url"]["url"].as_str().unwrap().starts_with("http"));
    assert_eq!(action["redirect_to_url"]["return_url"], "https://shop.example/done");
    let cancelled = app.ask("POST", &format!("/{id}/cancel"), &Value::Null).await;
    assert_eq!(
        (cancelled.status, &cancelled.json()["status"]),
        (200, &json!("canceled"))
    );
}

#[tokio::test]
async fn what_waits_is_canceled_and_a_prompt_is_not() {
    let app = App::start().await;
    let id = id_of(&app.made(&sale()).await);
    let cancelled = app.ask("POST", &format!("/{id}/cancel"), &Value::Null).await;
    assert_eq!(
        (cancelled.status, &cancelled.json()["status"]),
        (200, &json!("canceled"))
    );
    let id = id_of(&app.made(&sale()).await);
    app.confirm(&id, "114").await;
    let refused = app.ask("POST", &format!("/{id}/cancel"), &Value::Null).await;
    assert!(refused.told(409).starts_with("IKW-TRANSFER-"));
    assert_eq!(app.named(&id).await["status"], "processing");
}

#[tokio::test]
async fn a_confirmation_that_reached_nobody_may_be_tried_again() {
    let app = App::start().await;
    let id = id_of(&app.made(&sale()).await);
    let scenario = [("X-Sandbox-Scenario", "both:down"), ("Idempotency-Key", "first")];
    let refused = app
        .ask_with("POST", &format!("/{id}/confirm"), &scenario, &by_phone("000"))
        .await;
    assert!(refused.told(502).starts_with("IKW-TRANSFER-"));
    assert_eq!(refused.json()["error"]["retryable"], true);
    assert_eq!(app.named(&id).await["status"], "requires_payment_method");
    let again = app
        .ask_with("POST", &format!("/{id}/confirm"), &scenario, &by_phone("000"))
        .await;
    assert_eq!(again.status, 502, "the stored answer: a new try takes a new key");
    let tried = app.confirm(&id, "100").await;
    assert_eq!(tried.status, 200, "{}", tried.text());
    app.until_named(&id, "succeeded").await;
}

#[tokio::test]
async fn of_fifty_confirmations_one_reaches_the_operator() {
    let app = Arc::new(App::start().await);
    let id = id_of(&app.made(&sale()).await);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (app, id) = (app.clone(), id.clone());
        tasks.spawn(async move { app.confirm(&id, "000").await });
    }
    let replies = tasks.join_all().await;
    let confirmed = replies.iter().filter(|reply| reply.status == 200).count();
    assert_eq!(confirmed, 1);
    for refused in replies.iter().filter(|reply| reply.status != 200) {
        refused.told(409);
    }
    app.until_named(&id, "succeeded").await;
    let twin = app.get(&format!("/v1/payment/intents/{id}")).await.json()["data"].take();
    let reference = twin["active_attempt"]["gateway"]["transaction"]["reference"]
        .as_str()
        .unwrap();
    assert_eq!(app.ledger(reference).await.len(), 1);
    let attempts = app.get(&format!("/v1/payment/intents/{id}/attempts")).await.json();
    assert_eq!(attempts["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_code_is_asked_for_on_our_own_page() {
    let app = App::start().await;
    let id = id_of(&app.made(&sale()).await);
    let confirmed = app.confirm(&id, "120").await.json();
    assert_eq!(confirmed["status"], "requires_action", "{confirmed}");
    let url = confirmed["next_action"]["redirect_to_url"]["url"].as_str().unwrap();
    assert!(url.starts_with(&app.url), "{url}");
    let other = app
        .ask("POST", &format!("/{id}/confirm"), &by_card("tok_test_card"))
        .await;
    other.told(409);
}
