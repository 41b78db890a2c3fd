//! Webhook endpoints of this API: made, changed, given another secret and deleted, each once for one idempotency key.

use std::collections::HashSet;
use std::time::Duration;

use engine::domain::ids::EndpointId;
use engine::domain::scope::ApiFamily;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::app::{App, Reply};
use crate::receiver::Receiver;

const ENDPOINTS: &str = "/api/v1/webhook-endpoints";

impl App {
    /// Asks for something under `/api/v1/webhook-endpoints`, with an idempotency key unless that is empty.
    async fn endpoint(&self, (method, path): (&str, &str), key: &str, body: &Value) -> Reply {
        let bearer = format!("Bearer {}", self.keys.payment_intents.text);
        let mut headers = vec![("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        headers.extend((!key.is_empty()).then_some(("Idempotency-Key", key)));
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.send_bare(method, &format!("{ENDPOINTS}{path}"), &headers, body.as_bytes())
            .await
    }

    /// Ids of all there are.
    async fn endpoints(&self) -> Vec<String> {
        let all = self.endpoint(("GET", ""), "", &Value::Null).await.json();
        let rows = all.as_array().unwrap().iter();
        rows.map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    }
}

fn hook() -> Value {
    json!({"url": "https://shop.example.com/hooks", "enabled_events": ["payment_intent.succeeded"]})
}

fn is_replayed(reply: &Reply) -> bool {
    reply.header("x-idempotent-replayed") == Some("true")
}

#[tokio::test]
async fn one_key_makes_one_endpoint_and_shows_its_secret_again() {
    let app = App::start().await;
    let first = app.endpoint(("POST", ""), "k", &hook()).await;
    assert_eq!((first.status, is_replayed(&first)), (201, false), "{}", first.text());
    let again = app.endpoint(("POST", ""), "k", &hook()).await;
    assert_eq!((again.status, is_replayed(&again)), (201, true));
    assert_eq!(again.body, first.body);
    assert!(first.json()["secret"].as_str().unwrap().starts_with("whsec_"));
    let mut other = hook();
    other["url"] = json!("https://shop.example.com/other");
    let number = app.endpoint(("POST", ""), "k", &other).await.told(409);
    assert_eq!(number, "IKW-REQ-006");
    // The other operations of the same API share its keys.
    let id = first.json()["id"].as_str().unwrap().to_owned();
    let elsewhere = app.endpoint(("POST", &format!("/{id}")), "k", &hook()).await;
    assert_eq!(elsewhere.told(409), "IKW-REQ-006");
    assert_eq!(app.endpoints().await, [id]);
    // What is refused keeps no key.
    let refused = app.endpoint(("POST", ""), "k-2", &json!({"url": "ftp://shop"})).await;
    assert_eq!(refused.told(400), "IKW-REQ-001");
    assert_eq!(app.endpoint(("POST", ""), "k-2", &hook()).await.status, 201);
    let long = app.endpoint(("POST", ""), &"k".repeat(256), &hook()).await;
    assert_eq!(long.told(400), "IKW-REQ-004");
    assert_eq!(app.endpoint(("POST", ""), "", &hook()).await.status, 201);
    assert_eq!(app.endpoints().await.len(), 3);
}

#[tokio::test]
async fn equal_requests_at_once_make_one_endpoint() {
    let app = std::sync::Arc::new(App::start().await);
    let mut at_once = JoinSet::new();
    for _ in 0..16 {
        let app = std::sync::Arc::clone(&app);
        at_once.spawn(async move { app.endpoint(("POST", ""), "at-once", &hook()).await });
    }
    let mut bodies = HashSet::new();
    for reply in at_once.join_all().await {
        match reply.status {
            201 => drop(bodies.insert(reply.text())),
            _ => {
                assert_eq!(reply.told(409), "IKW-REQ-007");
                assert_eq!(reply.header("retry-after"), Some("1"));
            }
        }
    }
    assert_eq!((bodies.len(), app.endpoints().await.len()), (1, 1));
}

#[tokio::test]
async fn a_change_a_rotation_and_a_deletion_are_made_once() {
    let app = App::start().await;
    let made = app.endpoint(("POST", ""), "make", &hook()).await.json();
    let id = made["id"].as_str().unwrap().to_owned();
    let (path, rotation) = (format!("/{id}"), format!("/{id}/rotate_secret"));

    let off = json!({"enabled": false, "url": "https://shop.example.com/moved"});
    let changed = app.endpoint(("POST", &path), "change", &off).await;
    assert_eq!((changed.status, is_replayed(&changed)), (200, false));
    assert_eq!(changed.json()["enabled"], false);
    assert_eq!(changed.json()["url"], "https://shop.example.com/moved");
    let log = format!("/audit-log?subject_id={id}");
    let log = app.admin("GET", &log, &Value::Null).await.json();
    assert_eq!(log["data"][0]["action"], "webhook_endpoint.update");
    app.endpoint(("POST", &path), "", &json!({"enabled": true})).await;
    let again = app.endpoint(("POST", &path), "change", &off).await;
    assert_eq!((is_replayed(&again), &again.body), (true, &changed.body));
    let now = app.endpoint(("GET", &path), "", &Value::Null).await.json();
    assert_eq!(now["enabled"], true, "the repeat changed nothing");

    let rotated = app.endpoint(("POST", &rotation), "rotate", &Value::Null).await;
    let again = app.endpoint(("POST", &rotation), "rotate", &Value::Null).await;
    assert_eq!((rotated.status, is_replayed(&again)), (200, true));
    assert_eq!(again.json()["secret"], rotated.json()["secret"]);
    assert_ne!(rotated.json()["secret"], made["secret"]);

    let gone = app.endpoint(("DELETE", &path), "delete", &Value::Null).await;
    let again = app.endpoint(("DELETE", &path), "delete", &Value::Null).await;
    assert_eq!((gone.status, again.status, is_replayed(&again)), (200, 200, true));
    assert_eq!(
        again.json(),
        json!({"id": id, "object": "webhook_endpoint", "deleted": true})
    );
    let without = app.endpoint(("DELETE", &path), "", &Value::Null).await;
    assert_eq!(without.told(404), "IKW-RES-001");
    let unknown = app.endpoint(("DELETE", &path), "delete-2", &Value::Null).await;
    assert_eq!(unknown.told(404), "IKW-RES-001");
}

#[tokio::test]
async fn enabled_clears_an_endpoint_that_fails_and_sends_at_once_what_waited() {
    let (app, shop) = (App::start().await, Receiver::start().await);
    shop.answers(500);
    let hook = json!({"url": shop.url, "enabled_events": ["payment_intent.created"]});
    let made = app.endpoint(("POST", ""), "", &hook).await.json();
    let id = made["id"].as_str().unwrap();
    let intent = app.made(&super::sale()).await;
    let letter = shop.letters(1).await.remove(0);
    assert_eq!(json!(letter.headers["x-payment-id"]), intent["id"]);
    let endpoint = EndpointId::from_public(id).unwrap();
    let failures = async || {
        let which = (ApiFamily::PaymentIntents, endpoint);
        app.engine
            .webhook_endpoint(app.scope, which)
            .await
            .unwrap()
            .lane
            .failures
    };
    while failures().await == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    shop.answers(200);
    // The next try of the plan is five minutes away.
    let (path, on) = (format!("/{id}"), json!({"enabled": true}));
    let enabled = app.endpoint(("POST", &path), "", &on).await;
    assert_eq!(enabled.json()["enabled"], true);
    assert_eq!(failures().await, 0);
    shop.letters(2).await;
}
