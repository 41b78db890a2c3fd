//! Projects and the audit log through the admin API: whose is whose, and who did what.

use engine::domain::scope::ApiFamily;
use serde_json::{Value, json};

use crate::app::{App, attempt, order};

async fn second_project(app: &App) -> Value {
    let body = json!({"name": "Second shop", "with_keys": true});
    let reply = app.admin("POST", "/projects", &body).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()["data"].take()
}

#[tokio::test]
async fn a_second_project_takes_payments_of_its_own() {
    let app = App::start().await;
    let second = second_project(&app).await;
    let key = format!("Bearer {}", second["keys"]["payment"].as_str().unwrap());
    let mut body = order();
    body["attempt"] = attempt("100");
    let headers = [("Authorization", key.as_str())];
    let paid = app
        .send_bare("POST", "/v1/payment/intents", &headers, body.to_string().as_bytes())
        .await;
    assert_eq!(paid.status, 201, "{}", paid.text());
    let id = paid.json()["data"]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/payment/intents/{id}");
    assert_eq!(app.get(&path).await.refused(404), "not_found");
    let mut looks = 0;
    while app.send_bare("GET", &path, &headers, b"").await.json()["data"]["status"] != "completed" {
        looks += 1;
        assert!(looks < 200, "the second project's payment is not completed");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let all = app.admin("GET", "/projects", &Value::Null).await.json();
    let names: Vec<&str> = all["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["My project", "Second shop"]);
}

#[tokio::test]
async fn what_belongs_to_another_project_looks_like_what_does_not_exist() {
    let app = App::start().await;
    let second = second_project(&app).await;
    let theirs = second["keys"]["admin"].as_str().unwrap();
    let mut bodies = std::collections::HashSet::new();
    for id in [app.keys.payment.id.as_str(), "aaaaaaaa", "x"] {
        let mut seen = String::new();
        let path = format!("/api-keys/{id}");
        for (method, path) in [
            ("GET", path.clone()),
            ("DELETE", path.clone()),
            ("POST", format!("{path}/rotate")),
        ] {
            let reply = app.admin_as(theirs, &[], (method, &path), &Value::Null).await;
            assert_eq!(reply.refused(404), "not_found", "{method} {path}");
            let mut body = reply.json();
            body["request_id"].take();
            seen.push_str(&body.to_string());
        }
        bodies.insert(seen);
    }
    assert_eq!(bodies.len(), 1, "{bodies:#?}");
    assert_eq!(app.get("/v1/payment/intents").await.status, 200, "the key still opens");
    let ours = app.scope.project_id.to_string();
    for project in [ours.as_str(), "prj_x", ""] {
        let reply = app
            .admin_as(theirs, &[("Cowry-Project", project)], ("GET", "/project"), &Value::Null)
            .await;
        assert_eq!(reply.refused(403), "missing_right", "{project}");
    }
    let reach = async |project: &str| {
        let headers = [("Cowry-Project", project)];
        app.admin_as(&app.keys.admin.text, &headers, ("GET", "/project"), &Value::Null)
            .await
    };
    let theirs = second["id"].as_str().unwrap();
    assert_eq!(reach(theirs).await.json()["data"]["name"], "Second shop");
    assert_eq!(reach("prj_01ktkhn7g004hmasw9nf6yy093").await.refused(404), "not_found");
    let nowhere = [("Cowry-Environment", "staging")];
    let reply = app
        .admin_as(&app.keys.admin.text, &nowhere, ("GET", "/project"), &Value::Null)
        .await;
    assert_eq!(reply.fields(), ["Cowry-Environment"]);
}

#[tokio::test]
async fn policies_are_in_force_at_once() {
    let app = App::start().await;
    let wrong = json!({"name": "", "fail_with_attempt": "yes", "late_success": {"after_end": "keep"}});
    let fields = app.admin("PATCH", "/project", &wrong).await.fields();
    assert_eq!(fields, ["fail_with_attempt", "late_success.after_end", "name"]);
    let change = json!({"fail_with_attempt": true, "late_success": {"after_end": "refund"}});
    let changed = app.admin("PATCH", "/project", &change).await.json();
    assert_eq!(
        changed["data"]["late_success"],
        json!({"after_end": "refund", "after_cancel": "refund"})
    );
    let mut body = order();
    body["attempt"] = attempt("110");
    let id = app.post("/v1/payment/intents", &body).await.json()["data"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let ended = app.until(&id, |intent| intent["status"] != "pending").await;
    assert_eq!(
        ended["status"], "failed",
        "the declined attempt takes the intent with it"
    );
}

#[tokio::test]
async fn the_audit_log_tells_who_did_what() {
    let app = App::start().await;
    let key = app.new_key(ApiFamily::Admin, None).await;
    app.admin_as(&key.text, &[], ("PATCH", "/project"), &json!({"name": "New name"}))
        .await;
    app.admin("DELETE", &format!("/api-keys/{}", key.id), &Value::Null)
        .await;
    let log = async |query: &str| {
        let reply = app.admin("GET", &format!("/audit-log?{query}"), &Value::Null).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()["data"].as_array().unwrap().clone()
    };
    let renamed = log("action=project.update").await.remove(0);
    assert_eq!(renamed["actor"], format!("key {}", key.id));
    assert_eq!(
        (&renamed["before"]["name"], &renamed["after"]["name"]),
        (&json!("My project"), &json!("New name"))
    );
    let of_key: Vec<Value> = log(&format!("subject_id={}", key.id))
        .await
        .into_iter()
        .map(|mut row| row["action"].take())
        .collect();
    assert_eq!(of_key, ["api_key.revoke", "api_key.create"]);
    let by_system = log("actor=system&per_page=100").await;
    assert!(by_system.iter().any(|row| row["action"] == "project.create"));
    assert!(log("created_at[gte]=2200-01-01").await.is_empty());
    let all = log("per_page=100").await;
    let first = app
        .admin("GET", "/audit-log?per_page=2&action=api_key", &Value::Null)
        .await
        .json();
    let cursor = first["pagination"]["next_cursor"].as_str().unwrap();
    let older = log(&format!("per_page=100&action=api_key&cursor={cursor}")).await;
    let keys = all
        .iter()
        .filter(|row| row["action"].as_str().unwrap().starts_with("api_key"))
        .count();
    assert_eq!(older.len() + 2, keys);
    let foreign = app
        .admin("GET", &format!("/audit-log?cursor={cursor}"), &Value::Null)
        .await;
    assert_eq!(foreign.fields(), ["cursor"]);
}
