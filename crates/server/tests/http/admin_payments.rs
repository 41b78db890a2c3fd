//! The explanation of a payment over HTTP.

use engine::domain::rights::Rights;
use engine::domain::scope::ApiFamily;
use serde_json::{Value, json};

use crate::app::{App, attempt, order};

async fn pay(app: &App, digits: &str) -> String {
    let mut order = order();
    order["attempt"] = attempt(digits);
    let reply = app.post("/v1/payment/intents", &order).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()["data"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_explained_to_those_who_may_read() {
    let app = App::start().await;
    let id = pay(&app, "100").await;
    app.until(&id, |data| data["status"] == "completed").await;
    let path = format!("/payments/{id}/explain");
    let reply = app.admin("GET", &path, &Value::Null).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let told = &reply.json()["data"];
    assert_eq!((&told["id"], &told["state"]), (&json!(id), &json!("completed")));
    let attempt = &told["attempts"][0];
    assert_eq!(attempt["route"][0]["reason"], "primary");
    assert_eq!(attempt["payer"], "+225•••••100");
    let permit = &attempt["permits"][0];
    assert_eq!(
        (&permit["state"], &permit["facts"][0]["amount"]),
        (&json!("paid"), &json!("50 XOF"))
    );
    let charge = &permit["calls"][0]["exchanges"][1];
    assert_eq!(
        charge["request"]["headers"][0],
        json!({"name": "x-api-key", "value": "•••"})
    );
    let body = charge["request"]["body"].as_str().unwrap();
    assert!(
        body.contains("+225•••••100") && !reply.text().contains("0700000100"),
        "{body}"
    );
    assert!(charge["took_ms"].as_i64().is_some() && charge["answer"]["body_bytes"].as_u64().is_some());

    let attempt_id = attempt["id"].as_str().unwrap();
    for other in [
        told["payment_intents_id"].as_str().unwrap(),
        attempt_id,
        permit["id"].as_str().unwrap(),
    ] {
        let same = app
            .admin("GET", &format!("/payments/{other}/explain"), &Value::Null)
            .await;
        assert_eq!(same.json()["data"]["id"], *id, "{other}");
    }
    for unknown in [
        "TRX00000000000000000000000000",
        "att_00000000000000000000000000",
        "x",
        "%00",
    ] {
        let reply = app
            .admin("GET", &format!("/payments/{unknown}/explain"), &Value::Null)
            .await;
        assert_eq!(reply.refused(404), "not_found", "{unknown}");
    }
    let elsewhere = [("Cowry-Environment", "live")];
    let live = app
        .admin_as(&app.keys.admin.text, &elsewhere, ("GET", &path), &Value::Null)
        .await;
    assert!(live.status == 409 || live.status == 404, "{}", live.text());
    let writer = Rights::parse("write").unwrap();
    let key = app.new_key(ApiFamily::Admin, Some(writer)).await.text;
    let reply = app.admin_as(&key, &[], ("GET", &path), &Value::Null).await;
    assert_eq!(reply.status, 403, "{}", reply.text());
    app.stop().await;
}

#[tokio::test]
async fn what_was_told_a_provider_opens_no_page() {
    let app = App::start().await;
    let made = app.post("/v1/payment/checkouts", &order()).await.json()["data"].take();
    let token = made["checkout"]["token"].as_str().unwrap();
    let id = made["payment"]["id"].as_str().unwrap();
    let path = format!("/v1/payment/intents/{id}/attempt");
    assert_eq!(app.post(&path, &attempt("121")).await.status, 201);
    let told = app
        .admin("GET", &format!("/payments/{id}/explain"), &Value::Null)
        .await
        .text();
    assert!(told.contains("/c/•••") && !told.contains(token), "{told}");
}
