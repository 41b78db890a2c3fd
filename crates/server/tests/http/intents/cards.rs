//! Cards by token.

use serde_json::{Value, json};

use super::{by_card, by_phone, id_of, sale};
use crate::app::{App, attempt, order};

#[tokio::test]
async fn test_cards_end_as_their_tokens_say() {
    let app = App::start().await;
    let cases = [
        ("tok_test_card", "requires_action", "succeeded"),
        ("tok_test_card_no3ds", "processing", "succeeded"),
        ("tok_test_declined", "processing", "failed"),
        ("tok_test_insufficient_funds", "processing", "failed"),
    ];
    for (token, first, last) in cases {
        let id = id_of(&app.made(&sale()).await);
        let confirmed = app.ask("POST", &format!("/{id}/confirm"), &by_card(token)).await;
        assert_eq!(confirmed.status, 200, "{token}: {}", confirmed.text());
        let intent = confirmed.json();
        assert_eq!(intent["status"], first, "{token}");
        match first {
            "requires_action" => {
                let page = &intent["next_action"]["redirect_to_url"];
                assert!(page["url"].as_str().unwrap().starts_with("http"), "{page}");
                assert_eq!(page["return_url"], "https://shop.example/done");
            }
            _ => assert_eq!(intent["next_action"], Value::Null, "{token}"),
        }
        app.until_named(&id, last).await;
        let twin = app.get(&format!("/v1/payment/intents/{id}")).await.json()["data"].take();
        assert_eq!(twin["active_attempt"]["method"]["value"], "card");
    }
}

#[tokio::test]
async fn a_card_number_is_refused_and_not_repeated() {
    let app = App::start().await;
    let id = id_of(&app.made(&sale()).await);
    let mut with_number = by_card("tok_test_card");
    with_number["payment_method"]["card"]["number"] = json!(4_111_111_111_111_111_i64);
    let mut as_phone = by_phone("000");
    as_phone["payment_method"]["mobile_money"]["msisdn"] = json!("4111111111111111");
    for (body, param) in [
        (by_card("4111111111111111"), "payment_method.card.token"),
        (with_number, "payment_method.card.number"),
        (as_phone, "payment_method.mobile_money.msisdn"),
    ] {
        let reply = app.ask("POST", &format!("/{id}/confirm"), &body).await;
        reply.told(400);
        assert_eq!(reply.json()["error"]["param"], param);
        assert!(!reply.text().contains("4111"));
    }
    assert_eq!(app.named(&id).await["status"], "requires_payment_method");
}

#[tokio::test]
async fn a_phone_number_is_no_card_number_though_its_digits_could_be_one() {
    let app = App::start().await;
    // Thirteen digits that pass the check of a card number: of Côte d'Ivoire, and of Germany, where they begin like a card's too.
    let (ivorian, german) = ("+2250700000101", "+4915112345678");
    let mut body = sale();
    body["customer_email"] = Value::Null;
    body["customer_phone"] = json!(german);
    let id = id_of(&app.made(&body).await);
    let mut confirmation = by_phone("000");
    confirmation["payment_method"]["mobile_money"]["msisdn"] = json!(ivorian);
    confirmation["return_url"] = json!("https://shop.example/orders/4111111111111111");
    let confirmed = app.ask("POST", &format!("/{id}/confirm"), &confirmation).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text());
    let (mut order, mut attempt) = (order(), attempt("119"));
    order["customer"]["phone"] = json!(german);
    attempt["phone"]["number"] = json!("+2250700000119");
    order["attempt"] = attempt;
    let other = app.post("/v1/payment/intents", &order).await;
    assert_eq!(other.status, 201, "{}", other.text());
}
