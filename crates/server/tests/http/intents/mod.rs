//! The payment-intents API: the published shapes, every line of the table of statuses, and the same payments in both APIs.

mod bodies;
mod cards;
mod confirmations;
mod countries;
mod endpoints;
mod hosted;
mod limits;
mod lists;
mod statuses;
mod twins;

use std::time::{Duration, Instant};

use engine::domain::ids::IntentId;
use engine::domain::payment_status::PaymentStatus;
use serde_json::{Value, json};

use crate::app::{App, Reply};

const PATH: &str = "/api/v1/payment-intents";

/// The eleven published members.
const MEMBERS: [&str; 11] = [
    "amount",
    "created",
    "currency",
    "customer",
    "description",
    "id",
    "livemode",
    "metadata",
    "next_action",
    "object",
    "status",
];

impl App {
    async fn ask(&self, method: &str, path: &str, body: &Value) -> Reply {
        self.ask_with(method, path, &[], body).await
    }

    async fn ask_with(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Reply {
        let key = format!("Bearer {}", self.keys.payment_intents.text);
        let mut all = vec![("Authorization", key.as_str()), ("Content-Type", "application/json")];
        all.extend_from_slice(headers);
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.send_bare(method, &format!("{PATH}{path}"), &all, body.as_bytes())
            .await
    }

    /// Creates an intent; what was answered.
    async fn made(&self, body: &Value) -> Value {
        let reply = self.ask("POST", "", body).await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json()
    }

    /// Confirms by mobile money with a number that ends so.
    async fn confirm(&self, id: &str, digits: &str) -> Reply {
        self.ask("POST", &format!("/{id}/confirm"), &by_phone(digits)).await
    }

    async fn named(&self, id: &str) -> Value {
        self.ask("GET", &format!("/{id}"), &Value::Null).await.json()
    }

    /// Waits without asking this API, which counts its calls.
    async fn until_named(&self, id: &str, status: &str) -> Value {
        let begun = Instant::now();
        let intent = IntentId::from_any_public(id).unwrap();
        loop {
            let view = self.engine.payment(self.scope, intent).await.unwrap();
            let attempt = view.active_attempt.as_ref().map(|active| &active.attempt.state);
            let now = PaymentStatus::of(view.intent.state, attempt).code();
            if now == status {
                return self.named(id).await;
            }
            assert!(begun.elapsed() < Duration::from_secs(40), "still {now}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Reply {
    /// Checks that this is a refusal of this API; its number.
    fn told(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}\n{}", self.head, self.text());
        let error = self.json()["error"].take();
        let number = error["code"].as_str().unwrap().to_owned();
        assert!(number.starts_with("IKW-"), "{number}");
        assert!(!error["message"].as_str().unwrap().is_empty());
        assert!(["domain_error", "api_error"].contains(&error["type"].as_str().unwrap()));
        assert_eq!(self.header("x-request-id"), self.header("ikawaari-request-id"));
        assert!(self.header("x-request-id").is_some());
        number
    }
}

fn sale() -> Value {
    json!({"amount": 10_000, "currency": "xof", "transaction_country": "CI", "description": "Order #1234",
        "metadata": {"order_id": "order_123"}, "customer_email": "payer@example.com"})
}

fn by_phone(digits: &str) -> Value {
    json!({"payment_method": {"type": "mobile_money",
        "mobile_money": {"country": "CI", "operator": "mtn", "msisdn": format!("+2250500000{digits}")}}})
}

fn by_card(token: &str) -> Value {
    json!({"payment_method": {"type": "card", "card": {"token": token}}, "return_url": "https://shop.example/done"})
}

fn id_of(intent: &Value) -> String {
    intent["id"].as_str().unwrap().to_owned()
}
