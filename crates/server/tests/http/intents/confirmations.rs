//! How a confirmation names its operator, and by what names it is refused.

use serde_json::{Value, json};

use super::{by_phone, id_of, sale};
use crate::app::App;

/// Creates a sale in a country and confirms it there.
async fn confirm(app: &App, (amount, currency, country): (i64, &str, &str), operator: &str, msisdn: &str) -> Value {
    let mut body = sale();
    body["amount"] = json!(amount);
    body["currency"] = json!(currency);
    body["transaction_country"] = json!(country);
    let id = id_of(&app.made(&body).await);
    let wallet = json!({"country": country, "operator": operator, "msisdn": msisdn});
    let confirmation = json!({"payment_method": {"type": "mobile_money", "mobile_money": wallet}});
    let reply = app.ask("POST", &format!("/{id}/confirm"), &confirmation).await;
    let answer = reply.json();
    if reply.status != 200 {
        reply.told(400);
        assert_eq!(answer["error"]["retryable"], false);
    }
    answer
}

#[tokio::test]
async fn every_operator_of_the_catalogue_is_known_by_its_name() {
    let app = App::start().await;
    for (place, operator, msisdn) in [
        ((100, "GHS", "GH"), "vodafone", "+233200000100"),
        ((100, "GHS", "GH"), "vodafone_gh", "+233200000101"),
        ((100, "XOF", "TG"), "togocel", "+22890000100"),
        ((100, "XOF", "CI"), "djamo", "+2250700000000"),
        ((100, "XOF", "SN"), "e_money", "+221700000100"),
    ] {
        let answer = confirm(&app, place, operator, msisdn).await;
        assert_eq!(answer["object"], "payment_intent", "{operator}: {answer}");
    }
    for unknown in ["nobody", "vodafone"] {
        let refused = confirm(&app, (100, "XOF", "CI"), unknown, "+2250700000000").await;
        assert_eq!(refused["error"]["param"], "payment_method.mobile_money.operator");
        let message = refused["error"]["message"].as_str().unwrap();
        assert!(
            message.contains("mtn") && message.contains("djamo"),
            "what there is: {message}"
        );
    }
}

#[tokio::test]
async fn refusals_name_the_fields_of_this_api() {
    let app = App::start().await;
    let cases = [
        ((2_000_001, "XOF", "CI"), "mtn", "+2250500000000", "amount"),
        (
            (100, "USD", "CD"),
            "airtel",
            "+243970000000",
            "payment_method.mobile_money.operator",
        ),
    ];
    for (place, operator, msisdn, param) in cases {
        let refused = confirm(&app, place, operator, msisdn).await;
        assert_eq!(refused["error"]["param"], param, "{refused}");
        assert!(!refused.to_string().contains("method_code"), "{refused}");
    }
}

#[tokio::test]
async fn a_method_without_a_rule_is_a_matter_of_configuration_and_not_of_trying_again() {
    let app = App::start().await;
    let id = id_of(&app.made(&sale()).await);
    let rules = app
        .admin("GET", "/routing-rules?method_code=momo_mtn", &Value::Null)
        .await;
    for rule in rules.json()["data"].as_array().unwrap() {
        let path = format!("/routing-rules/{}", rule["id"].as_str().unwrap());
        app.admin("DELETE", &path, &Value::Null).await;
    }
    let key = [("Idempotency-Key", "k")];
    let path = format!("/{id}/confirm");
    let refused = app.ask_with("POST", &path, &key, &by_phone("000")).await;
    assert_eq!(refused.told(400), "IKW-TRANSFER-001");
    let error = refused.json()["error"].take();
    assert_eq!(error["retryable"], false);
    let message = error["message"].as_str().unwrap();
    for named in ["momo_mtn", "CI", "XOF"] {
        assert!(message.contains(named), "{message}");
    }
    let attempts = app.get(&format!("/v1/payment/intents/{id}/attempts")).await.json();
    assert_eq!(attempts["data"], json!([]), "nothing was tried");
    let mut by_orange = by_phone("000");
    by_orange["payment_method"]["mobile_money"]["operator"] = json!("orange");
    let other = app.ask_with("POST", &path, &key, &by_orange).await;
    assert_eq!(other.status, 200, "the key is free: {}", other.text());
}
