//! Payments from the merchant's request to the money, in the published shapes.

use serde_json::{Value, json};

use crate::app::{App, attempt, order};

/// Every published member of an intent, sorted.
const INTENT: [&str; 15] = [
    "active_attempt",
    "amount",
    "cancelled_at",
    "completed_at",
    "created_at",
    "customer",
    "description",
    "expires_at",
    "id",
    "metadata",
    "receipt_email",
    "return_url",
    "statement_descriptor",
    "status",
    "webhook_url",
];

/// Every published member of an attempt, sorted.
const ATTEMPT: [&str; 14] = [
    "amount",
    "completed_at",
    "correction_rate",
    "created_at",
    "exchange_rate",
    "failed_at",
    "failure",
    "gateway",
    "id",
    "intent_id",
    "is_fallback",
    "method",
    "next_action",
    "status",
];

fn members(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn one_call_pays_and_shows_every_published_member() {
    let app = App::start().await;
    let mut body = order();
    body["attempt"] = attempt("000");
    let reply = app.post("/v1/payment/intents", &body).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    assert_eq!(reply.json()["message"], "Payment intent created.");
    let intent = reply.json()["data"].take();
    assert_eq!(members(&intent), INTENT);
    let amount =
        json!({"value": 5000, "formatted": "50.00 XOF", "short": "50 XOF", "currency": "XOF", "decimal": "50"});
    assert_eq!(intent["amount"], amount);
    assert_eq!(intent["status"], "pending");
    assert_eq!(intent["metadata"], json!({"order_id": "1024"}));
    assert_eq!(intent["customer"]["email"], "payer@example.com");
    let shown = &intent["active_attempt"];
    assert_eq!(members(shown), ATTEMPT);
    assert_eq!(members(&shown["method"]), ["description", "icon_url", "label", "value"]);
    assert_eq!(
        members(&shown["gateway"]["transaction"]),
        ["external_id", "id", "reference", "status"]
    );
    assert_eq!(
        (&shown["status"], &shown["next_action"]["type"]),
        (&json!("action_required"), &json!("approval"))
    );
    assert!(intent["created_at"].as_str().unwrap().ends_with("+00:00"));

    let id = intent["id"].as_str().unwrap();
    let paid = app.until(id, |data| data["status"] == "completed").await;
    assert_eq!(paid["active_attempt"]["status"], "completed");
    assert_eq!(paid["active_attempt"]["gateway"]["transaction"]["status"], "succeeded");
    assert!(paid["active_attempt"]["next_action"].is_null() && paid["completed_at"].is_string());
    assert_eq!(
        app.post(&format!("/v1/payment/intents/{id}/attempt"), &attempt("000"))
            .await
            .refused(409),
        "intent_ended"
    );
    assert_eq!(
        app.post(&format!("/v1/payment/intents/{id}/cancel"), &json!({}))
            .await
            .refused(409),
        "intent_ended"
    );
}

#[tokio::test]
async fn a_decline_is_no_http_error_and_another_attempt_may_follow() {
    let app = App::start().await;
    let id = app.intent().await;
    let start = format!("/v1/payment/intents/{id}/attempt");
    let reply = app.post(&start, &attempt("111")).await;
    assert_eq!(
        (reply.status, &reply.json()["message"]),
        (201, &json!("Attempt started."))
    );
    let failed = app
        .until(&id, |data| data["active_attempt"]["status"] == "failed")
        .await;
    assert_eq!(failed["status"], "pending");
    assert_eq!(failed["active_attempt"]["failure"]["code"], "insufficient_funds");
    assert_eq!(failed["active_attempt"]["failure"]["category"], "funds");
    assert_eq!(app.post(&start, &attempt("100")).await.status, 201);
    app.until(&id, |data| data["status"] == "completed").await;

    let list = app
        .get(&format!("/v1/payment/intents/{id}/attempts?per_page=1"))
        .await
        .json();
    assert_eq!(list["data"][0]["status"], "completed");
    assert_eq!(list["pagination"]["has_more_pages"], true);
    let next = list["pagination"]["next_page_url"]
        .as_str()
        .unwrap()
        .strip_prefix(&app.url)
        .unwrap()
        .to_owned();
    let second = app.get(&next).await.json();
    assert_eq!(
        (&second["data"][0]["status"], &second["pagination"]["has_more_pages"]),
        (&json!("failed"), &json!(false))
    );
    let back = second["pagination"]["prev_page_url"]
        .as_str()
        .unwrap()
        .strip_prefix(&app.url)
        .unwrap()
        .to_owned();
    assert_eq!(app.get(&back).await.json()["data"], list["data"]);
    let one = format!(
        "/v1/payment/intents/{id}/attempts/{}",
        list["data"][0]["id"].as_str().unwrap()
    );
    assert_eq!(app.get(&one).await.json()["data"], list["data"][0]);
}

#[tokio::test]
async fn one_time_codes_right_and_wrong() {
    let app = App::start().await;
    let id = app.intent().await;
    let reply = app
        .post(&format!("/v1/payment/intents/{id}/attempt"), &attempt("120"))
        .await
        .json();
    let shown = &reply["data"]["active_attempt"];
    assert_eq!(shown["next_action"]["type"], "otp", "{shown}");
    let otp = format!(
        "/v1/payment/intents/{id}/attempts/{}/otp",
        shown["id"].as_str().unwrap()
    );
    assert_eq!(app.post(&otp, &json!({"code": 123_456})).await.fields(), ["code"]);
    let wrong = app.post(&otp, &json!({"code": "000000"})).await;
    assert_eq!(wrong.status, 200, "{}", wrong.text());
    let data = app
        .until(&id, |data| !data["active_attempt"]["failure"].is_null())
        .await;
    assert_eq!(data["active_attempt"]["failure"]["code"], "otp_invalid");
    assert_eq!(data["active_attempt"]["status"], "action_required");
    assert_eq!(app.post(&otp, &json!({"code": "123456"})).await.status, 200);
    app.until(&id, |data| data["status"] == "completed").await;
    assert_eq!(
        app.post(&otp, &json!({"code": "123456"})).await.refused(409),
        "code_not_expected"
    );
}

#[tokio::test]
async fn a_prompt_on_the_phone_stands_in_the_way() {
    let app = App::start().await;
    let id = app.intent().await;
    let start = format!("/v1/payment/intents/{id}/attempt");
    assert_eq!(app.post(&start, &attempt("114")).await.status, 201);
    let refused = app.post(&start, &attempt("100")).await;
    assert_eq!(refused.refused(409), "attempt_in_progress");
    assert!(refused.json()["may_end_at"].is_string());
    let cancel = app.post(&format!("/v1/payment/intents/{id}/cancel"), &json!({})).await;
    assert_eq!(cancel.refused(409), "attempt_in_progress");
    let reconciled = app
        .post(&format!("/v1/payment/intents/{id}/reconcile"), &json!({}))
        .await;
    assert_eq!(reconciled.status, 200, "{}", reconciled.text());
    let data = reconciled.json()["data"].take();
    assert_eq!(
        members(&data),
        [
            "after",
            "attempts",
            "before",
            "completed_at",
            "created_at",
            "id",
            "payment_attempt_id",
            "payment_intent_id",
            "status"
        ]
    );
    assert_eq!(
        (&data["before"]["intent_status"], &data["attempts"]["count"]),
        (&json!("pending"), &json!(1))
    );
}

#[tokio::test]
async fn cancelling_before_anything_was_sent() {
    let app = App::start().await;
    let id = app.intent().await;
    // An empty body, with and without a length.
    let reply = app
        .send("POST", &format!("/v1/payment/intents/{id}/cancel"), &[], b"")
        .await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let data = reply.json()["data"].take();
    assert_eq!(data["status"], "expired");
    assert!(data["cancelled_at"].is_string() && data["active_attempt"].is_null());
}

#[tokio::test]
async fn redirects_and_qr_codes() {
    let app = App::start().await;
    for (digits, kind) in [("121", "redirect"), ("122", "qr_code")] {
        let mut body = order();
        body["attempt"] = attempt(digits);
        let data = app.post("/v1/payment/intents", &body).await.json()["data"].take();
        let action = &data["active_attempt"]["next_action"];
        assert_eq!(action["type"], kind, "{data}");
        if kind == "qr_code" {
            assert!(action["image_svg"].as_str().unwrap().starts_with("<svg"));
        } else {
            assert!(action["url"].as_str().unwrap().starts_with("http"));
        }
    }
}
