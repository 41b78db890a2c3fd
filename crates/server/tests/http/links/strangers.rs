//! What a link's visitors can do to others: nothing.

use serde_json::{Value, json};

use super::visits::{Visitor, led};
use super::{PATH, text};
use crate::app::{App, attempt, order};

#[tokio::test]
async fn whoever_writes_anothers_address_learns_nothing_and_rings_nobody() {
    let app = App::start().await;
    let mut known = order();
    known["customer"] = json!({"email": "awa@example.com", "phone": "+2250700000100"});
    let reply = app.post("/v1/payment/intents", &known).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    let payment = reply.json()["data"].take();
    let attempts = format!("/v1/payment/intents/{}/attempt", text(&payment, "id"));
    assert_eq!(app.post(&attempts, &attempt("100")).await.status, 201);
    app.until(text(&payment, "id"), |intent| intent["status"] == "completed")
        .await;
    let history = format!("/v1/payment/intents?customer_id={}", text(&payment["customer"], "id"));

    let link = app.link(|_| {}).await;
    let page = led(&Visitor::of(&app, &link).go_on(&[("email", "Awa@example.com")]).await);
    let drawn = app.page(&page).await.text();
    for private in ["0100", "100\"", "••", "awa@", "Awa@"] {
        assert!(!drawn.contains(private), "{private} in {drawn}");
    }
    let fields = [("form", "0"), ("country", "CI"), ("phone", ""), ("method", "momo_mtn")];
    assert_eq!(app.fill_in(&page, &fields).await.status, 422);
    let [made] = app.checkouts_of(&link).await.try_into().unwrap();
    assert_eq!(
        (&made["payment"]["receipt_email"], &made["payment"]["customer"]),
        (&json!("Awa@example.com"), &Value::Null)
    );
    assert_eq!(made["payment"]["active_attempt"], Value::Null);
    assert_eq!(app.get(&history).await.json()["data"].as_array().unwrap().len(), 1);

    app.pay_at(&made).await;
    let events = app.events(text(&made["payment"], "id"));
    assert!(!events.is_empty());
    for event in events {
        assert_eq!(event["data"]["customer"], Value::Null, "{event}");
    }
    assert_eq!(app.get(&history).await.json()["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_form_whose_checkout_has_ended_leads_back_to_the_link() {
    let app = App::start().await;
    let link = app.link(|_| {}).await;
    let visitor = Visitor::of(&app, &link);
    let nonce = super::visits::nonce(&visitor.look().await);
    let kept = [("form", nonce.as_str())];
    let first = led(&visitor.send(&kept).await);
    let [made] = app.checkouts_of(&link).await.try_into().unwrap();
    app.cancel(&made).await;
    assert_eq!(led(&visitor.send(&kept).await), visitor.path);
    assert_ne!(led(&visitor.go_on(&[]).await), first);

    let nonce = super::visits::nonce(&visitor.look().await);
    let kept = [("form", nonce.as_str())];
    let paid = led(&visitor.send(&kept).await);
    app.pay_at(&app.checkouts_of(&link).await[0]).await;
    assert_eq!(led(&visitor.send(&kept).await), paid);
}

#[tokio::test]
async fn a_checkout_ends_with_its_link_and_is_not_switched_off_with_it() {
    let app = App::start().await;
    let end = app.engine.now_ms() / 1_000 + 600;
    let at = |seconds: i64| jiff::Timestamp::from_second(seconds).unwrap().to_string();
    let link = app.link(|body| body["expires_at"] = json!(at(end))).await;
    let visitor = Visitor::of(&app, &link);
    led(&visitor.go_on(&[]).await);
    let path = format!("{PATH}/{}", text(&link, "id"));
    let changed = app.patch(&path, &json!({"expires_at": at(end + 86_400)})).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let second = led(&visitor.go_on(&[]).await);
    let ends = |made: &Value| -> i64 {
        let stamp: jiff::Timestamp = text(&made["payment"], "expires_at").parse().unwrap();
        stamp.as_second() - end
    };
    let [newer, older] = app.checkouts_of(&link).await.try_into().unwrap();
    assert!((-1..=1).contains(&ends(&older)), "{older}");
    assert!((2_900..=3_601).contains(&ends(&newer)), "{newer}");

    assert_eq!(app.patch(&path, &json!({"active": false})).await.status, 200);
    assert_eq!(app.page(&second).await.status, 200);
    app.pay_at(&newer).await;
}
