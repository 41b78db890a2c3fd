//! Checkout sessions over the API: what they say, what is refused, and that one token opens one payment.

use serde_json::{Value, json};

use crate::app::{App, Reply, order};

const PATH: &str = "/v1/payment/checkouts";

impl App {
    async fn checkout(&self, change: impl FnOnce(&mut Value)) -> Value {
        let mut body = order();
        change(&mut body);
        let reply = self.post(PATH, &body).await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json()["data"].take()
    }

    async fn refused(&self, member: &str, value: Value) -> Value {
        let mut body = order();
        body[member] = value;
        let reply = self.post(PATH, &body).await;
        assert_eq!(reply.status, 422, "{}", reply.text());
        reply.json()["errors"].take()
    }
}

fn members(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_checkout_is_a_payment_with_a_page_of_its_own() {
    let app = App::start().await;
    let made = app
        .checkout(|body| {
            body["restriction"] = json!({"country_code": "CI", "phone": {"number": "0500000100", "country": "CI"}});
            body["customization"] = json!({"color": "#FC0", "brand": "Boutique Awa"});
            body["locale"] = json!("fr");
        })
        .await;
    let (checkout, payment) = (&made["checkout"], &made["payment"]);
    assert_eq!(members(&made), ["checkout", "payment"]);
    assert_eq!(
        members(checkout),
        [
            "created_at",
            "customization",
            "expires_at",
            "id",
            "locale",
            "restriction",
            "status",
            "token",
            "url"
        ]
    );
    assert_eq!(
        (&checkout["status"], &checkout["locale"]),
        (&json!("open"), &json!("fr"))
    );
    assert_eq!(
        checkout["restriction"],
        json!({"country_code": "CI", "phone": {"number": "+2250500000100", "country": "CI"}})
    );
    assert_eq!(
        checkout["customization"],
        json!({"color": "#ffcc00", "brand": "Boutique Awa"})
    );
    let token = checkout["token"].as_str().unwrap();
    assert!(token.len() >= 22, "{token}");
    assert!(checkout["url"].as_str().unwrap().ends_with(&format!("/c/{token}")));
    assert_eq!(
        (&payment["status"], &payment["active_attempt"]),
        (&json!("pending"), &Value::Null)
    );
    assert_eq!(checkout["expires_at"], payment["expires_at"]);

    let id = checkout["id"].as_str().unwrap();
    assert!(id.starts_with("cs_"), "{id}");
    let read = app.get(&format!("{PATH}/{id}")).await;
    assert_eq!(read.status, 200, "{}", read.text());
    assert_eq!(read.json()["data"], made);
    let intent = app
        .get(&format!("/v1/payment/intents/{}", payment["id"].as_str().unwrap()))
        .await;
    assert_eq!(intent.json()["data"], *payment);
}

#[tokio::test]
async fn what_cannot_be_is_named_and_makes_nothing() {
    let app = App::start().await;
    for (member, value, path) in [
        ("attempt", json!({"method_code": "momo_mtn"}), "attempt"),
        ("locale", json!("de"), "locale"),
        ("restriction", json!({"country_code": "ZZ"}), "restriction.country_code"),
        (
            "restriction",
            json!({"phone": {"number": "12", "country": "CI"}}),
            "restriction.phone.number",
        ),
        ("customization", json!({"color": "red"}), "customization.color"),
        ("customization", json!({"brand": "x".repeat(61)}), "customization.brand"),
        ("customization", json!({"brand": "a\nb"}), "customization.brand"),
        ("customization", json!("red"), "customization"),
        ("restriction", json!(["CI"]), "restriction"),
        ("amount", json!(0), "amount"),
        ("lifetime_minutes", json!(4), "lifetime_minutes"),
    ] {
        let errors = app.refused(member, value.clone()).await;
        assert_eq!(members(&errors), [path], "{member} {value}");
    }
    let bare = app.post(PATH, &json!({})).await.json();
    assert_eq!(
        members(&bare["errors"]),
        ["amount", "currency", "customer", "description"]
    );
    let intents = app.get("/v1/payment/intents").await.json();
    assert_eq!(intents["data"], json!([]));
}

#[tokio::test]
async fn what_was_read_can_be_sent_back_and_an_empty_array_is_an_empty_object() {
    let app = App::start().await;
    for (number, country) in [("+221770000001", "SN"), ("+14165550100", "CA"), ("+447400000000", "GB")] {
        let restriction = json!({"country_code": null, "phone": {"number": number, "country": country}});
        let first = app.checkout(|body| body["restriction"] = restriction.clone()).await;
        assert_eq!(first["checkout"]["restriction"], restriction);
        let again = first["checkout"]["restriction"].clone();
        let second = app.checkout(|body| body["restriction"] = again).await;
        assert_eq!(second["checkout"]["restriction"], restriction);
    }
    let bare = app
        .checkout(|body| {
            for member in ["metadata", "restriction", "customization"] {
                body[member] = json!([]);
            }
        })
        .await;
    assert_eq!(
        (&bare["payment"]["metadata"], &bare["checkout"]["restriction"]),
        (&json!({}), &Value::Null)
    );
    assert_eq!(bare["checkout"]["customization"], json!({"color": null, "brand": null}));
}

#[tokio::test]
async fn a_repeated_request_makes_one_checkout() {
    let app = App::start().await;
    let send = |key: &'static str, amount: i64| {
        let mut body = order();
        body["amount"] = json!(amount);
        let app = &app;
        async move {
            app.send("POST", PATH, &[("X-Idempotency-Key", key)], body.to_string().as_bytes())
                .await
        }
    };
    let (first, again): (Reply, Reply) = (send("checkout-1", 50).await, send("checkout-1", 50).await);
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.text(), again.text());
    assert_eq!(again.header("x-idempotent-replayed"), Some("true"));
    assert_eq!(send("checkout-1", 51).await.status, 409);
    let other = send("checkout-2", 50).await.json();
    assert_ne!(
        other["data"]["checkout"]["token"],
        first.json()["data"]["checkout"]["token"]
    );
}

#[tokio::test]
async fn its_status_follows_the_payment_and_its_token_is_not_kept() {
    let app = App::start().await;
    let made = app.checkout(|_| {}).await;
    let id = made["checkout"]["id"].as_str().unwrap();
    let token = made["checkout"]["token"].as_str().unwrap().to_owned();
    let intent = made["payment"]["id"].as_str().unwrap();
    let cancelled = app
        .post(&format!("/v1/payment/intents/{intent}/cancel"), &json!({}))
        .await;
    assert_eq!(cancelled.status, 200, "{}", cancelled.text());
    let read = app.get(&format!("{PATH}/{id}")).await.json();
    assert_eq!(read["data"]["checkout"]["status"], json!("cancelled"));
    let kept: String = app
        .engine
        .store()
        .read(|tx| tx.sql("SELECT token_hash FROM checkouts").one::<String>())
        .await
        .unwrap();
    assert!(!kept.contains(&token));
    for unknown in ["cs_01jxa5qj0c8z6t9y3m4n5p6r7s", "cs_", intent] {
        assert_eq!(app.get(&format!("{PATH}/{unknown}")).await.status, 404, "{unknown}");
    }
}
