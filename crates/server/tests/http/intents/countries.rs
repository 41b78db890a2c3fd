//! The country of the sale, of the payer and of the rail.

use serde_json::{Value, json};

use super::{id_of, sale};
use crate::app::App;

#[tokio::test]
async fn the_money_takes_the_rail_that_the_sale_names_and_the_explanation_says_so() {
    let app = App::start().await;
    let mut body = sale();
    (body["payer_country"], body["rail_country"]) = (json!("ML"), json!("SN"));
    let id = id_of(&app.made(&body).await);
    let confirmation = json!({"payment_method": {"type": "mobile_money",
        "mobile_money": {"country": "CI", "operator": "orange", "msisdn": "+221770000100"}}});
    let confirmed = app.ask("POST", &format!("/{id}/confirm"), &confirmation).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text());
    let told = app
        .admin("GET", &format!("/payments/{id}/explain"), &Value::Null)
        .await
        .json();
    let told = &told["data"];
    assert_eq!(
        told["countries"],
        json!({"transaction": "CI", "payer": "ML", "rail": "SN"})
    );
    assert_eq!(told["attempts"][0]["country"], "SN");
    assert!(!told["attempts"][0]["route"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn the_operator_is_one_of_the_rail_that_the_sale_names() {
    let app = App::start().await;
    let mut body = sale();
    (body["transaction_country"], body["rail_country"]) = (json!("FR"), json!("CI"));
    let id = id_of(&app.made(&body).await);
    let by = |operator: &str| {
        json!({"payment_method": {"type": "mobile_money",
            "mobile_money": {"country": "FR", "operator": operator, "msisdn": "+2250500000100"}}})
    };
    let refused = app.ask("POST", &format!("/{id}/confirm"), &by("mpesa")).await;
    refused.told(400);
    assert_eq!(refused.json()["error"]["param"], "payment_method.mobile_money.operator");
    let confirmed = app.ask("POST", &format!("/{id}/confirm"), &by("mtn")).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text());
}

#[tokio::test]
async fn a_rail_that_nothing_serves_is_refused() {
    let app = App::start().await;
    let mut body = sale();
    body["rail_country"] = json!("JP");
    assert!(app.ask("POST", "", &body).await.told(400).starts_with("IKW-TRANSFER-"));
}
