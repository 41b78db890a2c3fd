//! API keys through the admin API: who may make which, what they open, and how they end.

use std::time::Duration;

use engine::KekOrigin;
use engine::domain::rights::{Right, Rights};
use engine::domain::scope::ApiFamily;
use serde_json::{Value, json};

use crate::app::{App, order};

fn rights(all: &[Right]) -> Option<Rights> {
    Some(all.iter().copied().collect())
}

async fn make(app: &App, body: &Value) -> Value {
    let reply = app.admin("POST", "/api-keys", body).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()["data"].take()
}

async fn list_with(app: &App, key: &str) -> u16 {
    let key = format!("Bearer {key}");
    let headers = [("Authorization", key.as_str())];
    app.send_bare("GET", "/v1/payment/intents", &headers, b"").await.status
}

#[tokio::test]
async fn keys_do_what_their_rights_say_and_no_more() {
    let app = App::start().await;
    let reader = app.new_key(ApiFamily::Payment, rights(&[Right::Read])).await.text;
    let writer = app.new_key(ApiFamily::Payment, rights(&[Right::Write])).await.text;
    let pay = async |key: &str| {
        let key = format!("Bearer {key}");
        let body = order().to_string();
        let headers = [("Authorization", key.as_str())];
        app.send_bare("POST", "/v1/payment/intents", &headers, body.as_bytes())
            .await
    };
    assert_eq!(
        (list_with(&app, &reader).await, list_with(&app, &writer).await),
        (200, 403)
    );
    let refused = pay(&reader).await;
    assert_eq!(refused.refused(403), "missing_right");
    assert!(refused.json()["message"].as_str().unwrap().contains("write"));
    assert_eq!(pay(&writer).await.status, 201);
    let auditor = app.new_key(ApiFamily::Admin, rights(&[Right::Read])).await.text;
    let ask = |method, path| app.admin_as(&auditor, &[], (method, path), &Value::Null);
    assert_eq!(ask("GET", "/project").await.status, 200);
    for (method, path) in [
        ("PATCH", "/project"),
        ("POST", "/api-keys"),
        ("DELETE", "/api-keys/x"),
        ("GET", "/projects"),
    ] {
        assert_eq!(ask(method, path).await.refused(403), "missing_right", "{method} {path}");
    }
}

#[tokio::test]
async fn nobody_hands_on_a_right_that_they_lack() {
    let app = App::start().await;
    let clerk = app
        .new_key(ApiFamily::Admin, rights(&[Right::Read, Right::Write]))
        .await
        .text;
    let as_clerk = async |method: &str, path: &str, body: Value| app.admin_as(&clerk, &[], (method, path), &body).await;
    for wanted in [json!(["money_out"]), json!(["read", "installation"])] {
        let body = json!({"family": "admin", "name": "x", "rights": wanted});
        assert_eq!(as_clerk("POST", "/api-keys", body).await.refused(403), "missing_right");
    }
    let usual = as_clerk("POST", "/api-keys", json!({"family": "payment", "name": "x"})).await;
    assert_eq!(usual.json()["data"]["rights"], json!(["read", "write"]));
    let (first, paying) = (&app.keys.admin.id, &app.keys.payment.id);
    for id in [first, paying] {
        let rotation = as_clerk("POST", &format!("/api-keys/{id}/rotate"), json!({})).await;
        assert_eq!(rotation.refused(403), "missing_right");
    }
    let path = format!("/api-keys/{first}");
    assert_eq!(
        as_clerk("DELETE", &path, Value::Null).await.refused(403),
        "missing_right"
    );
    let stolen = format!("/api-keys/{paying}");
    assert_eq!(as_clerk("DELETE", &stolen, Value::Null).await.status, 200);
    assert_eq!(list_with(&app, &app.keys.payment.text).await, 401);
    assert_eq!(
        as_clerk("DELETE", &stolen, Value::Null).await.refused(409),
        "key_not_valid"
    );
    let elsewhere = [("Cowry-Project", "prj_01ktkhn7g004hmasw9nf6yy093")];
    let other = app
        .admin_as(&clerk, &elsewhere, ("GET", "/project"), &Value::Null)
        .await;
    assert_eq!(other.refused(403), "missing_right");
}

#[tokio::test]
async fn everything_that_is_wrong_is_named_at_once() {
    let app = App::start().await;
    let ask = async |body: Value| app.admin("POST", "/api-keys", &body).await.fields();
    assert_eq!(ask(json!({})).await, ["family", "name"]);
    let wrong = json!({"family": "sk", "name": " ", "rights": ["all"], "expires_at": "tomorrow"});
    assert_eq!(ask(wrong).await, ["expires_at", "family", "name", "rights"]);
    assert_eq!(
        ask(json!({"family": "payment", "name": "x", "rights": []})).await,
        ["rights"]
    );
    let past = json!({"family": "payment", "name": "x", "expires_at": "2020-01-01"});
    assert_eq!(ask(past).await, ["expires_at"]);
    let installation = json!({"family": "payment", "name": "x", "rights": ["installation"]});
    assert_eq!(ask(installation).await, ["rights"]);
    let path = format!("/api-keys/{}/rotate", app.keys.payment.id);
    let overlap = app.admin("POST", &path, &json!({"overlap_hours": 721})).await;
    assert_eq!(overlap.fields(), ["overlap_hours"]);
    let past = app.admin("POST", &path, &json!({"expires_at": "2020-01-01"})).await;
    assert_eq!(past.fields(), ["expires_at"]);
    let list = app
        .admin("GET", "/api-keys?family=x&environment=y&cursor=z", &Value::Null)
        .await;
    assert_eq!(list.fields(), ["cursor", "environment", "family"]);
}

#[tokio::test]
async fn a_rotated_key_opens_for_the_overlap_and_then_no_more() {
    let app = App::start().await;
    let old = make(&app, &json!({"family": "payment", "name": "till", "rights": ["read"]})).await;
    let (id, text) = (old["id"].as_str().unwrap(), old["key"].as_str().unwrap());
    let path = format!("/api-keys/{id}/rotate");
    let rotated = app.admin("POST", &path, &json!({"overlap_hours": 2})).await.json()["data"].take();
    assert_eq!((&rotated["name"], &rotated["rights"]), (&old["name"], &old["rights"]));
    let successor = rotated["key"].as_str().unwrap();
    assert_eq!(
        (list_with(&app, text).await, list_with(&app, successor).await),
        (200, 200)
    );
    let shown = app.admin("GET", &format!("/api-keys/{id}"), &Value::Null).await.json();
    assert_eq!(shown["data"]["status"], "valid");
    assert!(shown["data"]["expires_at"].is_string());
    assert_eq!(app.admin("POST", &path, &json!({"overlap_hours": 0})).await.status, 201);
    assert_eq!(list_with(&app, text).await, 401, "no overlap: refused at once");
    assert_eq!(app.admin("POST", &path, &json!({})).await.refused(409), "key_not_valid");
}

#[tokio::test]
async fn the_last_use_is_remembered_and_lists_hold_no_secret() {
    let app = App::start().await;
    let mut texts = vec![app.keys.payment.text.clone(), app.keys.admin.text.clone()];
    for number in 0..4 {
        let made = make(&app, &json!({"family": "payment", "name": format!("till {number}")})).await;
        texts.push(made["key"].as_str().unwrap().to_owned());
    }
    app.get("/v1/payment/intents").await;
    let path = format!("/api-keys/{}", app.keys.payment.id);
    let mut looks = 0;
    while app.admin("GET", &path, &Value::Null).await.json()["data"]["last_used_at"].is_null() {
        looks += 1;
        assert!(looks < 100, "the last use is never written");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let (mut ids, mut next) = (Vec::new(), Some("/api-keys?per_page=2".to_owned()));
    while let Some(path) = next {
        let reply = app.admin("GET", &path, &Value::Null).await;
        assert!(!texts.iter().any(|text| reply.text().contains(&text[text.len() - 43..])));
        let page = reply.json();
        ids.extend(
            page["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|key| key["id"].as_str().unwrap().to_owned()),
        );
        let cursor = page["pagination"]["next_cursor"].as_str();
        next = cursor.map(|cursor| format!("/api-keys?per_page=2&cursor={cursor}"));
    }
    let listed = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!((listed, ids.len()), (7, 7));
    let audit = app.admin("GET", "/audit-log?per_page=100", &Value::Null).await.text();
    assert!(!texts.iter().any(|text| audit.contains(&text[text.len() - 43..])));
}

#[tokio::test]
async fn live_keys_need_a_key_encryption_key_that_somebody_keeps() {
    let app = App::start_with(KekOrigin::DataFolder).await;
    let live = [("Cowry-Environment", "live")];
    let key = app.keys.admin.text.clone();
    let refused = app.admin("POST", "/project/live", &json!({})).await;
    assert_eq!(refused.refused(409), "kek_required");
    let order = json!({"family": "payment", "name": "x"});
    let not_open = app.admin_as(&key, &live, ("POST", "/api-keys"), &order).await;
    assert_eq!(not_open.refused(409), "environment_not_open");
    drop(app);

    let app = App::start().await;
    let key = app.keys.admin.text.clone();
    for _ in 0..2 {
        let opened = app.admin("POST", "/project/live", &json!({})).await;
        assert_eq!(opened.json()["data"]["environments"], json!(["sandbox", "live"]));
    }
    let made = app.admin_as(&key, &live, ("POST", "/api-keys"), &order).await.json();
    let text = made["data"]["key"].as_str().unwrap();
    assert!(text.starts_with("sk_live_"), "{text}");
    let id = app.intent().await;
    let bearer = format!("Bearer {text}");
    let theirs = app
        .send_bare(
            "GET",
            &format!("/v1/payment/intents/{id}"),
            &[("Authorization", &bearer)],
            b"",
        )
        .await;
    assert_eq!(theirs.refused(404), "not_found", "live sees nothing of the sandbox");
    assert_eq!(list_with(&app, text).await, 200);

    let one = format!("GET /v1/payment/intents/x HTTP/1.1\r\nHost: x\r\nAuthorization: {bearer}\r\n\r\n");
    let last = one.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    let answers = app.raw(format!("{}{last}", one.repeat(1_500)).as_bytes()).await;
    let answers = String::from_utf8_lossy(&answers);
    let (limited, through) = (
        answers.matches("HTTP/1.1 429").count(),
        answers.matches("HTTP/1.1 404").count(),
    );
    assert!(
        through >= 990 && limited > 0,
        "{through} went through, {limited} did not"
    );
    assert!(answers.contains("\"rate_limited\"") && answers.contains("retry-after: 1"));
}
