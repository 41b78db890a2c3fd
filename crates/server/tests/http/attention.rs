//! What waits for a person: seen and resolved through the admin API, and counted in the figures.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::app::{App, attempt, order};

async fn listed(app: &App, query: &str) -> Vec<Value> {
    let reply = app.admin("GET", &format!("/attention{query}"), &Value::Null).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()["data"].as_array().unwrap().clone()
}

/// A payment of which the operator takes another amount; the item about it.
async fn mismatch(app: &App) -> Value {
    let mut paid = order();
    paid["attempt"] = attempt("144");
    let made = app.post("/v1/payment/intents", &paid).await.json();
    let begun = Instant::now();
    loop {
        let of_payment = |item: &&Value| item["payment_id"] == made["data"]["id"];
        if let Some(item) = listed(app, "?per_page=100").await.iter().find(of_payment) {
            return item.clone();
        }
        assert!(begun.elapsed() < Duration::from_secs(40), "nobody is told");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_resolves_what_waits_and_says_why() {
    let app = App::start().await;
    let (first, second) = (mismatch(&app).await, mismatch(&app).await);
    assert_eq!(
        (&first["kind"], &first["state"]),
        (&json!("amount_mismatch"), &json!("open"))
    );
    let ids = |items: Vec<Value>| items.iter().map(|item| item["id"].clone()).collect::<Vec<_>>();
    let both = vec![second["id"].clone(), first["id"].clone()];
    assert_eq!(
        ids(listed(&app, "?state=open&kind=amount_mismatch").await),
        both,
        "newest first"
    );

    let path = format!("/attention/{}/resolve", first["id"].as_str().unwrap());
    for wrong in [json!({}), json!({"note": "  "}), json!({"note": "x".repeat(501)})] {
        let refused = app.admin("POST", &path, &wrong).await;
        assert_eq!(refused.status, 422, "{}", refused.text());
        assert!(refused.json()["errors"]["note"].is_array());
    }
    let resolved = app.admin("POST", &path, &json!({"note": "Collected the rest."})).await;
    assert_eq!(resolved.status, 200, "{}", resolved.text());
    let resolved = resolved.json()["data"].take();
    assert_eq!(
        (&resolved["state"], &resolved["note"]),
        (&json!("resolved"), &json!("Collected the rest."))
    );
    let again = app.admin("POST", &path, &json!({"note": "Once more."})).await;
    assert_eq!(again.json()["data"], resolved, "it stays as it is");

    assert_eq!(ids(listed(&app, "?state=open").await), vec![second["id"].clone()]);
    assert_eq!(listed(&app, "?state=resolved").await, vec![resolved]);
    let log = app
        .admin("GET", "/audit-log?action=attention", &Value::Null)
        .await
        .json();
    let log = log["data"].as_array().unwrap();
    assert_eq!((log.len(), &log[0]["subject_id"]), (1, &first["id"]));
    assert_eq!(log[0]["after"]["note"], "Collected the rest.");
    let unknown = app.admin("GET", "/attention?state=new", &Value::Null).await;
    assert_eq!(unknown.status, 422);
}
