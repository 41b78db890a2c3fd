//! One payment in both APIs, each with its own unit.

use serde_json::json;

use super::{id_of, sale};
use crate::app::{App, order};

#[tokio::test]
async fn each_side_shows_its_own_unit() {
    let app = App::start().await;
    // Currency, country, smallest units, units of `value`, decimal.
    let cases = [
        ("XOF", "CI", 50_i64, 5_000_i64, "50"),
        ("XAF", "CM", 50, 5_000, "50"),
        ("GNF", "GN", 5_000, 500_000, "5000"),
        ("CDF", "CD", 12_345, 12_345, "123.45"),
        ("KES", "KE", 12_345, 12_345, "123.45"),
        ("USD", "CD", 199, 199, "1.99"),
    ];
    for (currency, country, amount, value, decimal) in cases {
        let mut body = sale();
        (body["amount"], body["currency"]) = (json!(amount), json!(currency));
        body["transaction_country"] = json!(country);
        let intent = app.made(&body).await;
        assert_eq!(
            (&intent["amount"], &intent["currency"]),
            (&json!(amount), &json!(currency))
        );
        let id = id_of(&intent);
        let twin = app.get(&format!("/v1/payment/intents/{id}")).await.json()["data"].take();
        assert_eq!(twin["amount"]["value"], value, "{currency}");
        assert_eq!(twin["amount"]["decimal"], decimal, "{currency}");
        assert_eq!(
            (&twin["description"], &twin["customer"]["id"]),
            (&intent["description"], &intent["customer"])
        );

        let mut body = order();
        body["amount"] = json!(decimal.parse::<serde_json::Number>().unwrap());
        body["currency"] = json!(currency);
        let made = app.post("/v1/payment/intents", &body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let made = made.json()["data"].take();
        let other = app.named(made["id"].as_str().unwrap()).await;
        assert_eq!(
            (&other["amount"], &other["currency"]),
            (&json!(amount), &json!(currency))
        );
        assert!(id_of(&other).starts_with("pi_"));
    }
    // Three decimals: nothing is offered in it, but it can be asked for and shown.
    let mut body = order();
    (body["amount"], body["currency"]) = (json!(1.234), json!("TND"));
    let made = app.post("/v1/payment/intents", &body).await.json()["data"].take();
    assert_eq!(made["amount"]["value"], 1_234);
    assert_eq!(app.named(made["id"].as_str().unwrap()).await["amount"], 1_234);
}

#[tokio::test]
async fn a_payment_of_the_other_api_stays_open_between_attempts() {
    let app = App::start().await;
    let id = app.intent().await;
    assert_eq!(app.named(&id).await["status"], "requires_payment_method");
    app.post(
        &format!("/v1/payment/intents/{id}/attempt"),
        &crate::app::attempt("110"),
    )
    .await;
    app.until(&id, |data| data["active_attempt"]["status"] == "failed")
        .await;
    assert_eq!(app.named(&id).await["status"], "requires_payment_method");
    let confirmed = app.confirm(&id, "100").await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text());
    app.until_named(&id, "succeeded").await;
    app.until(&id, |data| data["status"] == "completed").await;
}
