//! Cards by token.

use serde_json::{Value, json};

use super::{by_card, id_of, sale};
use crate::app::App;

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
    for body in [by_card("4111111111111111"), with_number] {
        let reply = app.ask("POST", &format!("/{id}/confirm"), &body).await;
        reply.told(400);
        assert!(!reply.text().contains("4111"));
    }
    assert_eq!(app.named(&id).await["status"], "requires_payment_method");
}
