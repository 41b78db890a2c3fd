//! Gateway accounts through the admin API: what may be given, what is shown, and what a change does.

use std::time::Duration;

use engine::domain::rights::{Right, Rights};
use engine::domain::scope::ApiFamily;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::app::{App, Reply, attempt, order};

const NONE: &Value = &Value::Null;
const SECRET: &str = "canary-0f3b9a";

async fn create(app: &App, body: Value) -> Reply {
    app.admin("POST", "/gateway-accounts", &body).await
}

/// The account of an answer that must be a success.
fn account(reply: &Reply) -> Value {
    assert!(matches!(reply.status, 200 | 201), "{}", reply.text());
    assert!(
        !reply.text().contains(SECRET),
        "a secret is shown again: {}",
        reply.text()
    );
    reply.json()["data"].take()
}

#[tokio::test]
async fn gateways_say_what_an_account_needs_and_everything_wrong_is_named_at_once() {
    let app = App::start().await;
    let gateways = app.admin("GET", "/gateways", NONE).await.json();
    let first = &gateways["data"][0];
    assert_eq!(
        (&first["code"], &first["environments"]),
        (&json!("sim_a"), &json!(["sandbox"]))
    );
    let setting = |name: &str| {
        let settings = first["settings"].as_array().unwrap();
        settings.iter().find(|setting| setting["name"] == name).unwrap().clone()
    };
    assert_eq!(
        (&setting("api_key")["is_secret"], &setting("base_url")["is_changeable"]),
        (&json!(true), &json!(false))
    );
    let mtn = first["methods"].as_array().unwrap();
    let mtn = mtn.iter().find(|method| method["method_code"] == "momo_mtn").unwrap();
    assert!(mtn["countries"].as_array().unwrap().contains(&json!("CI")));
    let wrong = json!({"gateway_code": "sim_b", "name": "x", "settings": {"base_url": "ftp://x", "token": "1"}});
    let fields = create(&app, wrong).await.fields();
    assert_eq!(fields, ["settings.api_key", "settings.base_url", "settings.token"]);
    let spaced = json!({"gateway_code": "sim_b", "name": "x", "settings": {"api_key": "two words"}});
    let reply = create(&app, spaced).await;
    assert_eq!(reply.fields(), ["settings.api_key"]);
    assert!(!reply.text().contains("two words"), "refusals do not repeat settings");
    let nowhere = json!({"gateway_code": "nobody", "name": "x", "settings": {"api_key": "x"}});
    assert_eq!(create(&app, nowhere).await.fields(), ["gateway_code"]);
    let untyped = json!({"name": " ", "settings": {"api_key": 5}});
    let fields = create(&app, untyped).await.fields();
    assert_eq!(fields, ["gateway_code", "name", "settings.api_key"]);
}

#[tokio::test]
async fn an_account_is_made_tried_changed_and_closed_and_its_secret_never_comes_back() {
    let app = App::start().await;
    let order = json!({"gateway_code": "sim_b", "name": "Second", "settings": {"api_key": SECRET}});
    let made = account(&create(&app, order).await);
    assert_eq!(
        (&made["version"], &made["state"], &made["settings"]),
        (
            &json!(1),
            &json!("active"),
            &json!({"api_key": {"set": true}, "base_url": null})
        )
    );
    let callback = made["callback_url"].as_str().unwrap();
    assert!(callback.starts_with(&format!("{}/callbacks/", app.url)), "{callback}");
    let path = format!("/gateway-accounts/{}", made["id"].as_str().unwrap());
    assert_eq!(account(&app.admin("GET", &path, NONE).await), made);
    let test = async |path: &str| {
        let reply = app.admin("POST", &format!("{path}/test"), NONE).await;
        account(&reply)["result"].take()
    };
    assert_eq!(test(&path).await, "working");
    let same = json!({"name": "Second", "settings": {"api_key": SECRET}});
    assert_eq!(account(&app.admin("PATCH", &path, &same).await)["version"], 1);
    let refused = json!({"name": "Renamed", "settings": {"api_key": format!("refused-{SECRET}")}});
    let changed = account(&app.admin("PATCH", &path, &refused).await);
    assert_eq!((&changed["version"], &changed["name"]), (&json!(2), &json!("Renamed")));
    assert_eq!(test(&path).await, "credentials_refused");
    let moved = json!({"settings": {"base_url": "http://127.0.0.1:1"}});
    assert_eq!(app.admin("PATCH", &path, &moved).await.refused(409), "identity_setting");
    let away = json!({"gateway_code": "sim_b", "name": "Away", "settings": {"api_key": "x", "base_url": "http://127.0.0.1:1"}});
    let away = account(&create(&app, away).await);
    assert_eq!(away["settings"]["base_url"], "http://127.0.0.1:1");
    assert_eq!(
        test(&format!("/gateway-accounts/{}", away["id"].as_str().unwrap())).await,
        "unreachable"
    );
    for (verb, state) in [("close", "closed"), ("close", "closed"), ("reopen", "active")] {
        let reply = app.admin("POST", &format!("{path}/{verb}"), NONE).await;
        assert_eq!(account(&reply)["state"], state);
    }
    let audit = format!("/audit-log?subject_id={}", made["id"].as_str().unwrap());
    let log = app.admin("GET", &audit, NONE).await;
    let rows = account(&log);
    let told: Vec<&str> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        told,
        [
            "gateway_account.reopen",
            "gateway_account.close",
            "gateway_account.update",
            "gateway_account.create"
        ]
    );
    assert_eq!(
        (
            &rows[2]["before"]["settings.api_key"],
            &rows[2]["after"]["settings.api_key"]
        ),
        (&json!("set"), &json!("changed"))
    );
}

/// A server that answers every request with this body.
async fn answering(body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4_096];
            let _ = stream.read(&mut request).await;
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
        }
    });
    url
}

#[tokio::test]
async fn an_account_cannot_make_the_server_call_another_one() {
    let app = App::start().await;
    let inside = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let charge_url = format!("http://{}/admin", inside.local_addr().unwrap());
    let base_url = answering(json!({"charge_url": charge_url}).to_string()).await;
    let body =
        json!({"gateway_code": "sim_b", "name": "Elsewhere", "settings": {"api_key": "x", "base_url": base_url}});
    let made = account(&create(&app, body).await);
    let rule = json!({"method_code": "momo_mtn", "country": "CI", "accounts": [{"account_id": made["id"]}]});
    assert_eq!(app.admin("POST", "/routing-rules", &rule).await.status, 201);
    let mut body = order();
    body["attempt"] = attempt("100");
    let paid = app.post("/v1/payment/intents", &body).await.json()["data"].take();
    let tried = &paid["active_attempt"];
    assert_eq!(tried["failure"]["code"], "gateway_unavailable", "{paid}");
    let why = tried["failure"]["gateway_code"].as_str().unwrap();
    assert!(why.contains("leads to another server"), "{why}");
    let called = tokio::time::timeout(Duration::ZERO, inside.accept()).await;
    assert!(called.is_err(), "the address of the session was called");
}

#[tokio::test]
async fn accounts_are_listed_by_page_and_filter_and_by_those_who_may() {
    let app = App::start().await;
    for number in 0..3 {
        let order = json!({"gateway_code": "sim_b", "name": format!("Number {number}"), "settings": {"api_key": "x"}});
        account(&create(&app, order).await);
    }
    let (mut names, mut path) = (Vec::new(), "/gateway-accounts?per_page=2&gateway_code=sim_b".to_owned());
    loop {
        let page = app.admin("GET", &path, NONE).await.json();
        names.extend(page["data"].as_array().unwrap().iter().map(|row| row["name"].clone()));
        let Some(next) = page["pagination"]["next_page_url"].as_str() else {
            break;
        };
        path = next.split_once("/admin/v1").unwrap().1.to_owned();
    }
    assert_eq!(names.len(), 4, "{names:?}");
    assert_eq!(names[..3], ["Number 2", "Number 1", "Number 0"]);
    assert_eq!(
        app.admin("GET", "/gateway-accounts?state=open", NONE).await.fields(),
        ["state"]
    );
    let reader = app
        .new_key(ApiFamily::Admin, Some(Rights::from_iter([Right::Read])))
        .await;
    let order = json!({"gateway_code": "sim_b", "name": "x", "settings": {"api_key": "x"}});
    let listed = app
        .admin_as(&reader.text, &[], ("GET", "/gateway-accounts"), NONE)
        .await;
    assert_eq!(listed.status, 200);
    let id = listed.json()["data"][0]["id"].as_str().unwrap().to_owned();
    for (method, path) in [
        ("POST", "/gateway-accounts".to_owned()),
        ("PATCH", format!("/gateway-accounts/{id}")),
        ("POST", format!("/gateway-accounts/{id}/close")),
        ("POST", format!("/gateway-accounts/{id}/test")),
        ("POST", "/routing-rules".to_owned()),
        ("PUT", "/routing".to_owned()),
    ] {
        let reply = app.admin_as(&reader.text, &[], (method, &path), &order).await;
        assert_eq!(reply.refused(403), "missing_right", "{method} {path}");
    }
}

#[tokio::test]
async fn anothers_account_looks_like_none_and_the_live_environment_takes_no_simulated_one() {
    let app = App::start().await;
    let second = app
        .admin("POST", "/projects", &json!({"name": "Second shop", "with_keys": true}))
        .await;
    let theirs = second.json()["data"]["keys"]["admin"].as_str().unwrap().to_owned();
    let own = app.admin("GET", "/gateway-accounts", NONE).await.json()["data"][0]["id"].take();
    let mut bodies = std::collections::HashSet::new();
    for id in [own.as_str().unwrap(), "acc_01ktkhn7g004hmasw9nf6yy093", "x"] {
        let path = format!("/gateway-accounts/{id}");
        for (method, path) in [
            ("GET", path.clone()),
            ("PATCH", path.clone()),
            ("POST", format!("{path}/close")),
            ("POST", format!("{path}/test")),
        ] {
            let body = json!({"name": "Mine"});
            let reply = app.admin_as(&theirs, &[], (method, &path), &body).await;
            assert_eq!(reply.refused(404), "not_found", "{method} {path}");
            bodies.insert(reply.json()["message"].to_string());
        }
    }
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    let order = json!({"gateway_code": "sim_a", "name": "x", "settings": {"api_key": "x"}});
    let live = [("Cowry-Environment", "live")];
    let key = app.keys.admin.text.clone();
    let early = app.admin_as(&key, &live, ("POST", "/gateway-accounts"), &order).await;
    assert_eq!(early.refused(409), "environment_not_open");
    assert_eq!(app.admin("POST", "/project/live", NONE).await.status, 200);
    let reply = app.admin_as(&key, &live, ("POST", "/gateway-accounts"), &order).await;
    assert_eq!(reply.fields(), ["gateway_code"]);
}
