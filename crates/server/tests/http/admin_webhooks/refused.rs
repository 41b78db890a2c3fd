//! What is refused of endpoints, secrets and sending again, and how many endpoints there may be.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{ENDPOINTS, get, open, post};
use crate::app::App;

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_named_and_nothing_is_made() {
    let app = App::start().await;
    let url = "https://shop.example.com/hook";
    for (body, field, text) in [
        (json!({}), "url", "required"),
        (json!({"url": "shop.example.com"}), "url", "begin with https://"),
        (json!({"url": "ftp://shop.example.com/"}), "url", "begin with https://"),
        (
            json!({"url": "https://me:secret@shop.example.com/"}),
            "url",
            "user name",
        ),
        (json!({"url": "https://shop.example.com:0/"}), "url", "port"),
        (json!({"url": 7}), "url", "string"),
        (json!({"url": url, "events": "*"}), "events", "list"),
        (json!({"url": url, "events": []}), "events", "at least one"),
        (
            json!({"url": url, "events": ["*", "payment.compleated"]}),
            "events.1",
            "payment.attempt.action_required",
        ),
        (
            json!({"url": url, "events": ["payment_intent.succeeded"]}),
            "events.0",
            "payment.completed",
        ),
        (json!({"url": url, "order": "strict"}), "order", "per_payment"),
        (
            json!({"url": url, "description": "x".repeat(201)}),
            "description",
            "200",
        ),
    ] {
        let refused = post(&app, ENDPOINTS, body.clone()).await;
        assert_eq!(refused.fields(), [field], "{body}");
        let told = refused.json()["errors"][field][0].as_str().unwrap().to_owned();
        assert!(told.contains(text), "{body}: {told}");
    }
    assert_eq!(get(&app, ENDPOINTS).await, json!([]));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_and_questions_that_cannot_be_are_named() {
    let app = App::start().await;
    let url = "https://shop.example.com/hook";
    let (id, _) = open(&app, json!({"url": url})).await;
    let path = format!("{ENDPOINTS}/{id}");
    let bad = app
        .admin("PATCH", &path, &json!({"url": "https:///x", "order": 1}))
        .await;
    assert_eq!(bad.fields(), ["order"]);
    let bad = app.admin("PATCH", &path, &json!({"url": "https://a@b.example/"})).await;
    assert_eq!(bad.fields(), ["url"]);
    for (verb, body, field) in [
        ("rotate-secret", json!({"overlap_hours": 169}), "overlap_hours"),
        ("rotate-secret", json!({"overlap_hours": -1}), "overlap_hours"),
        ("test", json!({"event": "payment.paid"}), "event"),
        ("resend", json!({}), "only"),
        ("resend", json!({"only": "some"}), "only"),
        ("resend", json!({"only": "failed", "to": "2026-06-08"}), "to"),
        (
            "resend",
            json!({"only": "all", "from": "2026-06-09", "to": "2026-06-08"}),
            "to",
        ),
        ("resend", json!({"only": "all", "from": "soon"}), "from"),
    ] {
        let refused = post(&app, &format!("{path}/{verb}"), body.clone()).await;
        assert_eq!(refused.fields(), [field], "{verb} {body}");
    }
    for query in [
        "state=lost",
        "endpoint_id=x",
        "event_id=x",
        "payment_id=x",
        "created_at[gte]=soon",
    ] {
        let name = query.split('=').next().unwrap();
        let path = format!("/webhook-deliveries?{query}");
        assert_eq!(app.admin("GET", &path, &Value::Null).await.fields(), [name]);
    }
    assert_eq!(get(&app, &path).await["url"], url);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_fifty_endpoints_at_most_and_pages_show_each_once() {
    let app = App::start().await;
    let url = "https://shop.example.com/hook";
    for _ in 0..50 {
        open(&app, json!({"url": url})).await;
    }
    assert_eq!(
        post(&app, ENDPOINTS, json!({"url": url})).await.refused(409),
        "conflict"
    );
    let (mut seen, mut path) = (HashSet::new(), format!("{ENDPOINTS}?per_page=20"));
    loop {
        let page = app.admin("GET", &path, &Value::Null).await.json();
        for row in page["data"].as_array().unwrap() {
            assert!(seen.insert(row["id"].to_string()), "twice");
        }
        let Some(cursor) = page["pagination"]["next_cursor"].as_str() else {
            break;
        };
        path = format!("{ENDPOINTS}?per_page=20&cursor={cursor}");
    }
    assert_eq!(seen.len(), 50);
    app.stop().await;
}
