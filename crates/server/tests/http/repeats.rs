//! Idempotency keys over HTTP.

use serde_json::json;

use crate::app::{App, Reply, attempt, order};

const CREATE: &str = "/v1/payment/intents";

async fn create(app: &App, headers: &[(&str, &str)], body: &str) -> Reply {
    app.send("POST", CREATE, headers, body.as_bytes()).await
}

#[tokio::test]
async fn the_same_request_is_answered_with_the_stored_bytes() {
    let app = App::start().await;
    let mut body = order();
    body["attempt"] = attempt("100");
    let key = [("X-Idempotency-Key", "order-1024")];
    let first = create(&app, &key, &body.to_string()).await;
    assert_eq!((first.status, first.header("x-idempotent-replayed")), (201, None));
    let id = first.json()["data"]["id"].as_str().unwrap().to_owned();
    app.until(&id, |data| data["status"] == "completed").await;
    // Spelled differently, with the alias.
    let respelled = body.to_string().replace("\"amount\":50", "\"amount\" : 5.0e1 ");
    for text in [body.to_string(), respelled] {
        let again = create(&app, &[("Idempotency-Key", "order-1024")], &text).await;
        assert_eq!(
            (again.status, again.header("x-idempotent-replayed")),
            (201, Some("true"))
        );
        assert_eq!(again.text(), first.text());
    }
    // A stored answer wins over everything but authentication; another body, path or method does not get it.
    let changed = body.to_string().replace("50", "51");
    assert_eq!(
        create(&app, &key, &changed).await.refused(409),
        "idempotency_key_reused"
    );
    assert_eq!(create(&app, &key, "{}").await.refused(409), "idempotency_key_reused");
    let elsewhere = app.send("POST", &format!("{CREATE}/{id}/cancel"), &key, b"").await;
    assert_eq!(elsewhere.refused(409), "idempotency_key_reused");
    assert_eq!(app.get(CREATE).await.json()["pagination"]["count"], 1);
}

#[tokio::test]
async fn keys_are_checked_before_bodies() {
    let app = App::start().await;
    for bad in ["", "1234567", &"k".repeat(129)] {
        let reply = create(&app, &[("X-Idempotency-Key", bad)], "{").await;
        assert_eq!(reply.refused(428), "idempotency_key_invalid", "{bad}");
    }
    let torn = [("X-Idempotency-Key", "12345678"), ("Idempotency-Key", "12345679")];
    assert_eq!(
        create(&app, &torn, &order().to_string()).await.refused(400),
        "conflicting_idempotency_keys"
    );
    let same = [("X-Idempotency-Key", "12345678"), ("Idempotency-Key", "12345678")];
    assert_eq!(create(&app, &same, &order().to_string()).await.status, 201);
    assert_eq!(
        create(&app, &[("X-Idempotency-Key", &"k".repeat(128))], &order().to_string())
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn a_refused_request_leaves_its_key_free() {
    let app = App::start().await;
    let key = [("X-Idempotency-Key", "order-1025")];
    assert_eq!(create(&app, &key, "{\"amount\":\"50\"}").await.status, 422);
    assert_eq!(create(&app, &key, &order().to_string()).await.status, 201);
}

#[tokio::test]
async fn equal_requests_at_once_are_executed_once() {
    let app = App::start().await;
    let body = {
        let mut body = order();
        body["attempt"] = attempt("100");
        body.to_string()
    };
    let key = [("X-Idempotency-Key", "order-1026")];
    let replies = futures(&app, &key, &body).await;
    let mut ids = std::collections::HashSet::new();
    for reply in &replies {
        match reply.status {
            201 => {
                ids.insert(reply.json()["data"]["id"].clone());
            }
            _ => {
                assert_eq!(reply.refused(409), "idempotency_key_in_progress");
                assert_eq!(reply.header("retry-after"), Some("1"));
            }
        }
    }
    assert_eq!(ids.len(), 1);
    assert_eq!(app.get(CREATE).await.json()["pagination"]["count"], json!(1));
}

/// Sixteen at once.
async fn futures(app: &App, headers: &[(&str, &str)], body: &str) -> Vec<Reply> {
    let (a, b, c, d) = tokio::join!(
        four(app, headers, body),
        four(app, headers, body),
        four(app, headers, body),
        four(app, headers, body)
    );
    [a, b, c, d].into_iter().flatten().collect()
}

async fn four(app: &App, headers: &[(&str, &str)], body: &str) -> Vec<Reply> {
    let (a, b, c, d) = tokio::join!(
        create(app, headers, body),
        create(app, headers, body),
        create(app, headers, body),
        create(app, headers, body)
    );
    vec![a, b, c, d]
}
