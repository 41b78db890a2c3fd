//! The admin API of webhooks with a real receiver: the life of an endpoint, secrets, and that nobody reaches what is another's.

mod deliveries;
mod refused;

use std::collections::HashSet;
use std::time::{Duration, Instant};

use engine::domain::ids::{DeliveryId, EndpointId, EventId};
use engine::webhooks::Secret;
use serde_json::{Value, json};

use crate::app::{App, Reply, order};
use crate::receiver::Receiver;

const ENDPOINTS: &str = "/webhook-endpoints";
const PATIENCE: Duration = Duration::from_secs(40);

/// The data of an answer that must have this status.
fn data(reply: &Reply, status: u16) -> Value {
    assert_eq!(reply.status, status, "{}", reply.text());
    reply.json()["data"].take()
}

async fn post(app: &App, path: &str, body: Value) -> Reply {
    app.admin("POST", path, &body).await
}

async fn get(app: &App, path: &str) -> Value {
    data(&app.admin("GET", path, &Value::Null).await, 200)
}

/// Makes an endpoint; its id and its secret.
async fn open(app: &App, body: Value) -> (String, String) {
    let made = data(&post(app, ENDPOINTS, body).await, 201);
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("id"), text("secret"))
}

/// A payment with one event; its id.
async fn pay(app: &App, webhook_url: Option<&str>) -> String {
    let mut order = order();
    if let Some(url) = webhook_url {
        order["webhook_url"] = json!(url);
    }
    let made = data(&app.post("/v1/payment/intents", &order).await, 201);
    let id = made["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/payment/intents/{id}/cancel");
    assert_eq!(app.post(&path, &json!({})).await.status, 200);
    id
}

/// Reads until what is read is as wanted.
async fn until(app: &App, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let found = get(app, path).await;
        if wanted(&found) {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "{path} is still {found}");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_lives_and_its_secret_is_shown_where_it_is_made_only() {
    let (app, shop, moved) = (App::start().await, Receiver::start().await, Receiver::start().await);
    let body = json!({"url": shop.url, "description": "Shop", "order": "per_payment"});
    let (id, first) = open(&app, body).await;
    let path = format!("{ENDPOINTS}/{id}");
    let shown = get(&app, &path).await;
    assert!(Secret::parse(&first).is_some() && shown.get("secret").is_none());
    assert_eq!(
        (
            &shown["events"],
            &shown["order"],
            &shown["state"],
            &shown["description"]
        ),
        (&json!(["*"]), &json!("per_payment"), &json!("enabled"), &json!("Shop"))
    );
    assert_eq!(get(&app, ENDPOINTS).await, json!([shown]));
    pay(&app, None).await;
    let letter = shop.letters(1).await.remove(0);
    assert!(letter.is_signed_by(&[&first]) && letter.headers.contains_key("x-orqex-signature"));

    let change = json!({"url": moved.url, "events": ["payment.expired", "payment.failed"], "order": "any"});
    let changed = data(&app.admin("PATCH", &path, &change).await, 200);
    assert_eq!(changed["events"], json!(["payment.failed", "payment.expired"]));
    assert_eq!(changed["description"], "Shop", "what is not named stays");
    let disabled = data(&post(&app, &format!("{path}/disable"), Value::Null).await, 200);
    assert_eq!(disabled["state"], "disabled_by_person");
    pay(&app, None).await;
    let waits = until(&app, &path, |shown| shown["health"]["waiting"] == 1).await;
    assert!(waits["health"]["oldest_waiting_at"].is_string());
    assert_eq!(moved.count(), 0);
    let enabled = data(&post(&app, &format!("{path}/enable"), Value::Null).await, 200);
    assert_eq!(enabled["state"], "enabled");
    assert!(moved.letters(1).await[0].is_signed_by(&[&first]));

    let rotated = post(&app, &format!("{path}/rotate-secret"), json!({"overlap_hours": 1})).await;
    let rotated = data(&rotated, 200);
    let second = rotated["secret"].as_str().unwrap();
    assert!(rotated["previous_secret_until"].is_string() && second != first);
    pay(&app, None).await;
    assert!(moved.letters(2).await[1].is_signed_by(&[second, &first]));

    data(&app.admin("DELETE", &path, &Value::Null).await, 200);
    for (method, path) in [
        ("GET", path.clone()),
        ("DELETE", path.clone()),
        ("POST", format!("{path}/test")),
    ] {
        assert_eq!(app.admin(method, &path, &Value::Null).await.refused(404), "not_found");
    }
    assert_eq!(get(&app, ENDPOINTS).await, json!([]));
    let log = app.admin("GET", "/audit-log?per_page=100", &Value::Null).await;
    let actions: Vec<Value> = log.json()["data"].as_array().unwrap().clone();
    let of: Vec<&str> = actions
        .iter()
        .filter(|entry| entry["subject_id"] == id.as_str())
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    let expected = ["delete", "rotate_secret", "enable", "disable", "update", "create"];
    assert_eq!(of, expected.map(|verb| format!("webhook_endpoint.{verb}")));
    assert!(!log.text().contains(&first) && !log.text().contains(second));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_projects_secret_signs_for_payments_and_development_has_its_own() {
    let (app, shop) = (App::start().await, Receiver::start().await);
    let ask = async |verb: &str, body: Value| post(&app, &format!("/webhook-secret/{verb}"), body).await;
    let secret = async |verb: &str, body: Value| {
        let shown = data(&ask(verb, body).await, 200);
        shown["secret"].as_str().unwrap().to_owned()
    };
    let first = secret("reveal", Value::Null).await;
    assert_eq!(first, secret("reveal", Value::Null).await);
    pay(&app, Some(&shop.url)).await;
    let letter = shop.letters(1).await.remove(0);
    assert!(letter.is_signed_by(&[&first]) && !letter.headers.contains_key("x-orqex-signature"));
    let second = secret("rotate", json!({"overlap_hours": 168})).await;
    let shown = data(&ask("reveal", Value::Null).await, 200);
    assert!(shown["secret"] == second.as_str() && shown["previous_secret_until"].is_string());
    pay(&app, Some(&shop.url)).await;
    assert!(shop.letters(2).await[1].is_signed_by(&[&second, &first]));
    let third = secret("rotate", json!({"overlap_hours": 0})).await;
    pay(&app, Some(&shop.url)).await;
    assert!(shop.letters(3).await[2].is_signed_by(&[&third]));

    let development = secret("development", Value::Null).await;
    assert_eq!(development, secret("development", Value::Null).await);
    let opened = post(&app, "/project/live", json!({})).await;
    assert!(opened.status < 300, "{}", opened.text());
    let live = [("Cowry-Environment", "live")];
    let in_live = async |verb: &str| {
        let path = format!("/webhook-secret/{verb}");
        app.admin_as(&app.keys.admin.text, &live, ("POST", &path), &Value::Null)
            .await
    };
    assert_eq!(in_live("development").await.refused(409), "conflict");
    let theirs = data(&in_live("reveal").await, 200);
    let known = [
        &first,
        &second,
        &third,
        &development,
        theirs["secret"].as_str().unwrap(),
    ];
    assert_eq!(known.iter().collect::<HashSet<_>>().len(), 5);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_anothers_looks_like_what_is_not_there() {
    let (app, shop) = (App::start().await, Receiver::start().await);
    let (endpoint, _) = open(&app, json!({"url": shop.url})).await;
    pay(&app, None).await;
    let event = shop.letters(1).await[0].event_id().to_owned();
    let delivery = get(&app, "/webhook-deliveries").await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let stranger = post(&app, "/projects", json!({"name": "Second shop", "with_keys": true})).await;
    let stranger = stranger.json()["data"]["keys"]["admin"].as_str().unwrap().to_owned();
    let ask = async |(endpoint, event, delivery): (&str, &str, &str)| {
        let mut answers = Vec::new();
        for (method, path, body) in [
            ("GET", format!("{ENDPOINTS}/{endpoint}"), Value::Null),
            (
                "PATCH",
                format!("{ENDPOINTS}/{endpoint}"),
                json!({"description": "Mine"}),
            ),
            ("POST", format!("{ENDPOINTS}/{endpoint}/enable"), Value::Null),
            ("POST", format!("{ENDPOINTS}/{endpoint}/disable"), Value::Null),
            ("POST", format!("{ENDPOINTS}/{endpoint}/rotate-secret"), json!({})),
            ("POST", format!("{ENDPOINTS}/{endpoint}/test"), json!({})),
            ("POST", format!("{ENDPOINTS}/{endpoint}/resend"), json!({"only": "all"})),
            (
                "POST",
                format!("{ENDPOINTS}/{endpoint}/resend"),
                json!({"only": "failed"}),
            ),
            ("DELETE", format!("{ENDPOINTS}/{endpoint}"), Value::Null),
            ("GET", format!("/webhook-deliveries/{delivery}"), Value::Null),
            ("POST", format!("/webhook-deliveries/{delivery}/resend"), Value::Null),
            ("POST", format!("/events/{event}/resend"), json!({})),
            (
                "POST",
                format!("/events/{event}/resend"),
                json!({"endpoint_id": endpoint}),
            ),
        ] {
            let reply = app.admin_as(&stranger, &[], (method, &path), &body).await;
            assert_eq!(reply.refused(404), "not_found", "{method} {path}");
            answers.push(reply.json()["message"].to_string());
        }
        let lists = [
            ENDPOINTS.to_owned(),
            format!("/webhook-deliveries?endpoint_id={endpoint}"),
        ];
        for path in lists {
            let reply = app.admin_as(&stranger, &[], ("GET", &path), &Value::Null).await;
            assert_eq!(data(&reply, 200), json!([]));
        }
        answers
    };
    let unknown = (
        EndpointId::new(7, 7).to_string(),
        EventId::new(7, 7).to_string(),
        DeliveryId::new(7, 7).to_string(),
    );
    let of_unknown = ask((&unknown.0, &unknown.1, &unknown.2)).await;
    assert_eq!(ask((&endpoint, &event, &delivery)).await, of_unknown);
    assert_eq!(get(&app, &format!("{ENDPOINTS}/{endpoint}")).await["description"], "");
    assert_eq!(shop.count(), 1, "nobody else sent anything");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn enabling_an_endpoint_that_fails_forgets_its_failures() {
    let (app, shop) = (App::start().await, Receiver::start().await);
    let (id, _) = open(&app, json!({"url": shop.url})).await;
    let path = format!("{ENDPOINTS}/{id}");
    shop.answers(500);
    pay(&app, None).await;
    until(&app, &path, |shown| shown["health"]["failures"] != 0).await;
    let enabled = data(&post(&app, &format!("{path}/enable"), Value::Null).await, 200);
    assert_eq!(
        (&enabled["health"]["failures"], &enabled["health"]["last_failure"]),
        (&json!(0), &Value::Null)
    );
    let log = get(&app, &format!("/audit-log?subject_id={id}")).await;
    assert_eq!(log[0]["action"], "webhook_endpoint.enable");
    app.stop().await;
}
