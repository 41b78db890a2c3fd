//! Attempts in another currency than the intent's, and the rates that price them.

use serde_json::{Value, json};

use crate::app::{App, order};

const FAR: &str = "2099-01-01";

async fn give(app: &App, base: &str, quote: &str, rate: &str) -> String {
    let body = json!({"base_currency": base, "quote_currency": quote, "rate": rate, "correction_rate": "1.02", "expires_at": FAR});
    let reply = app.admin("POST", "/exchange-rates", &body).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()["data"]["id"].as_str().unwrap().to_owned()
}

async fn pay(app: &App, currency: &str, (method, country, quote): (&str, &str, &str), scenario: &str) -> (u16, Value) {
    let mut body = order();
    body["currency"] = json!(currency);
    body["amount"] = json!(1000);
    let number = match country {
        "KE" => "+254712000001",
        "TN" => "+21620000001",
        _ => "+2250700000001",
    };
    body["attempt"] = json!({"method_code": method, "country": country, "currency": quote,
        "phone": {"number": number, "country": country}});
    let headers = [("Content-Type", "application/json"), ("X-Sandbox-Scenario", scenario)];
    let reply = app
        .send("POST", "/v1/payment/intents", &headers, body.to_string().as_bytes())
        .await;
    (reply.status, reply.json())
}

#[tokio::test]
async fn an_attempt_in_another_currency_is_priced_once_and_charged_so() {
    let app = App::start().await;
    let rate = give(&app, "XOF", "KES", "0.2145").await;
    let (status, made) = pay(&app, "XOF", ("momo_mpesa", "KE", "KES"), "approve").await;
    assert_eq!(status, 201, "{made}");
    let id = made["data"]["id"].as_str().unwrap();
    // 1000 × 0.2145 × 1.02
    let attempt = &made["data"]["active_attempt"];
    assert_eq!(attempt["amount"]["decimal"], "218.79");
    assert_eq!(attempt["amount"]["currency"], "KES");
    assert_eq!(
        (
            attempt["exchange_rate"].to_string(),
            attempt["correction_rate"].to_string()
        ),
        ("0.2145".to_owned(), "1.02".to_owned())
    );
    let gone = app
        .admin("DELETE", &format!("/exchange-rates/{rate}"), &Value::Null)
        .await;
    assert_eq!(gone.status, 200);
    assert!(gone.json()["data"]["withdrawn_at"].is_string());
    let paid = app.until(id, |data| data["status"] == "completed").await;
    assert_eq!(paid["amount"]["decimal"], "1000");
    assert_eq!(paid["active_attempt"]["amount"]["decimal"], "218.79");

    let (status, refused) = pay(&app, "XOF", ("momo_mpesa", "KE", "KES"), "approve").await;
    assert_eq!(status, 422);
    assert!(
        refused["errors"]["attempt.currency"][0]
            .as_str()
            .unwrap()
            .contains("exchange rate from XOF to KES")
    );
    app.stop().await;
}

#[tokio::test]
async fn a_fallback_keeps_currency_and_price_and_discovery_shows_what_rates_allow() {
    let app = App::start().await;
    give(&app, "XOF", "KES", "0.2145").await;
    let (_, made) = pay(&app, "XOF", ("momo_mpesa", "KE", "KES"), "down").await;
    let id = made["data"]["id"].as_str().unwrap();
    let paid = app.until(id, |data| data["status"] == "completed").await;
    let attempt = &paid["active_attempt"];
    assert_eq!(
        (&attempt["is_fallback"], &attempt["amount"]["decimal"]),
        (&json!(true), &json!("218.79"))
    );
    assert_eq!(attempt["exchange_rate"].to_string(), "0.2145");
    let countries = app.get(&format!("/v1/payment/intents/{id}/countries")).await.json();
    assert!(
        countries["data"]
            .as_array()
            .unwrap()
            .iter()
            .any(|row| row["code"] == "KE")
    );
    let methods = app
        .get(&format!("/v1/payment/intents/{id}/countries/KE/methods?currency=KES"))
        .await
        .json();
    assert!(
        methods["data"]
            .as_array()
            .unwrap()
            .iter()
            .any(|row| row["value"] == "momo_mpesa")
    );
    app.stop().await;
}

#[tokio::test]
async fn bad_rates_and_bad_tables_are_told_and_nothing_is_given() {
    let app = App::start().await;
    let bad = json!({"base_currency": "XOF", "quote_currency": "XOF", "rate": "0.1", "expires_at": "2001-01-01"});
    let refused = app.admin("POST", "/exchange-rates", &bad).await;
    assert_eq!(refused.status, 422);
    let errors = refused.json()["errors"].clone();
    assert!(
        errors["quote_currency"].is_array() && errors["expires_at"].is_array(),
        "{errors}"
    );
    let table = "base_currency,quote_currency,rate,expires_at\nXOF,EUR,0.00152,2099-01-01\nXOF,USD,-3,soon\nXOF,XOF,1,2099-01-01\n";
    let refused = app
        .admin("POST", "/exchange-rates/import", &json!({"csv": table}))
        .await;
    assert_eq!(refused.status, 422);
    let told = refused.json()["errors"]["csv"].to_string();
    assert!(
        told.contains("Line 3, rate:") && told.contains("Line 3, expires_at:"),
        "{told}"
    );
    assert_eq!(
        app.admin("GET", "/exchange-rates", &Value::Null).await.json()["data"],
        json!([])
    );

    let table = "base_currency,quote_currency,rate,expires_at,correction_rate\nXOF,EUR,0.00152,2099-01-01,\nXOF,USD,0.0017,2099-01-01,1.01\n";
    let given = app
        .admin("POST", "/exchange-rates/import", &json!({"csv": table}))
        .await;
    assert_eq!(given.status, 201, "{}", given.text());
    let listed = app
        .admin("GET", "/exchange-rates?quote_currency=USD&at=2098-12-31", &Value::Null)
        .await
        .json();
    assert_eq!(
        (&listed["data"][0]["rate"], &listed["data"][0]["correction_rate"]),
        (&json!("0.0017"), &json!("1.01"))
    );
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    let log = app
        .admin("GET", "/audit-log?action=exchange_rate", &Value::Null)
        .await
        .json();
    assert_eq!(log["data"].as_array().unwrap().len(), 2);
    app.stop().await;
}
