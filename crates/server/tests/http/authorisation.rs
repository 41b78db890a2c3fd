//! The matrix of who may do what: every operation that the document lists, with every kind of key that does not open it. A new
//! operation on a thing needs a line in [`Objects::of`], or this test fails.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use engine::NewKey;
use engine::admin::{Actor, KeyOrder, ProjectOrder, SandboxKeysWanted};
use engine::domain::attention::AttentionKind;
use engine::domain::ids::AttentionId;
use engine::domain::rights::{Right, Rights};
use engine::domain::scope::{ApiFamily, Environment, Scope};
use engine::store::attention::{self, Item};
use serde_json::{Value, json};

use crate::app::{App, Reply, admin, attempt, order};

/// An operation: its method, its path as the document writes it, and whose keys open it.
#[derive(Clone, Debug)]
struct Operation {
    method: String,
    path: String,
    family: ApiFamily,
}

fn operations() -> Vec<Operation> {
    let document: Value = serde_json::from_str(&server::openapi_document()).unwrap();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let family = match path.as_str() {
            path if path.starts_with("/api/v1/") => ApiFamily::PaymentIntents,
            path if path.starts_with("/admin/v1/") => ApiFamily::Admin,
            path if path.starts_with("/v1/") => ApiFamily::Payment,
            other => panic!("{other}: say here whose it is"),
        };
        found.extend(item.as_object().unwrap().keys().map(|method| Operation {
            method: method.to_uppercase(),
            path: path.clone(),
            family,
        }));
    }
    assert!(found.len() > 75, "{}", found.len());
    found
}

/// One thing of each kind, and the same spelling of one that is not there.
struct Objects(BTreeMap<&'static str, (String, String)>);

impl Objects {
    async fn make(app: &App) -> Self {
        let endpoint = json!({"url": "http://127.0.0.1:9/hook"});
        let made = app.admin("POST", "/webhook-endpoints", &endpoint).await.json();
        let endpoint = made["data"]["id"].as_str().unwrap().to_owned();
        let rate =
            json!({"base_currency": "XOF", "quote_currency": "EUR", "rate": "0.0015", "expires_at": "2099-01-01"});
        let rate = app.admin("POST", "/exchange-rates", &rate).await.json();
        let key = format!("Bearer {}", app.keys.payment_intents.text);
        let headers = [("Authorization", key.as_str()), ("Content-Type", "application/json")];
        let body = json!({"url": "https://shop.example/hook"}).to_string();
        let theirs = app
            .send_bare("POST", "/api/v1/webhook-endpoints", &headers, body.as_bytes())
            .await;
        let mut paid = order();
        paid["attempt"] = attempt("100");
        let intent = app.post("/v1/payment/intents", &paid).await.json()["data"].take();
        let id = intent["id"].as_str().unwrap().to_owned();
        let first = |path: &'static str| async move {
            let begun = Instant::now();
            loop {
                let list = app.admin("GET", path, &Value::Null).await.json();
                if let Some(id) = list["data"][0]["id"].as_str() {
                    return id.to_owned();
                }
                assert!(begun.elapsed() < Duration::from_secs(20), "{path} stays empty");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let checkout = app.post("/v1/payment/checkouts", &order()).await.json();
        let link = json!({"amount": 50, "currency": "XOF", "description": "Tea"});
        let link = app.post("/v1/payment/links", &link).await.json();
        let own = [
            ("item", item(app).await),
            ("intent", id),
            ("attempt", text(&intent["active_attempt"]["id"])),
            ("customer", text(&intent["customer"]["id"])),
            ("event", first("/events").await),
            ("delivery", first("/webhook-deliveries").await),
            ("endpoint", endpoint),
            ("intents_endpoint", text(&theirs.json()["id"])),
            ("key", app.keys.payment.id.clone()),
            ("account", first("/gateway-accounts").await),
            ("rule", first("/routing-rules").await),
            ("rate", text(&rate["data"]["id"])),
            ("checkout", text(&checkout["data"]["checkout"]["id"])),
            ("link", text(&link["data"]["id"])),
        ];
        Self(
            own.into_iter()
                .map(|(kind, id)| (kind, (id.clone(), another(&id))))
                .collect(),
        )
    }

    /// The paths of an operation with the thing and with one that is not there; none when it names none.
    fn of(&self, path: &str) -> Option<(String, String)> {
        if !path.contains('{') {
            return None;
        }
        let kind = match path.split('/').nth(3).unwrap_or_default() {
            "payments" | "intents" | "payment-intents" => "intent",
            "attention" => "item",
            "checkouts" => "checkout",
            "links" => "link",
            "events" => "event",
            "webhook-deliveries" => "delivery",
            "webhook-endpoints" if path.starts_with("/api/") => "intents_endpoint",
            "webhook-endpoints" => "endpoint",
            "api-keys" => "key",
            "gateway-accounts" => "account",
            "routing-rules" => "rule",
            "exchange-rates" => "rate",
            "{id}" if path.starts_with("/v1/customers/") => "customer",
            "{id}" if path.starts_with("/v1/events/") => "event",
            other => panic!("{path}: say here what {other} is"),
        };
        let (own, unknown) = &self.0[kind];
        let (attempt, _) = &self.0["attempt"];
        let filled = |id: &str| {
            path.replace("{id}", id)
                .replace("{attempt_id}", attempt)
                .replace("{cc}", "CI")
        };
        Some((filled(own), filled(unknown)))
    }
}

/// Something that waits for a person; its id.
async fn item(app: &App) -> String {
    let item = Item {
        scope: app.scope,
        id: AttentionId::new(1, 1),
        kind: AttentionKind::UnmappedWord,
        subject_id: "txn_1".to_owned(),
        intent_id: None,
        evidence: "word: odd".to_owned(),
        created_at_ms: app.engine.now_ms(),
    };
    let id = item.id.to_string();
    let put = app.engine.store().write(move |tx| attention::insert(tx, &item));
    assert_eq!(put.await.unwrap(), 1);
    id
}

/// An id of the same form that nobody has.
fn another(id: &str) -> String {
    let mut other = id.to_owned();
    let last = other.pop().unwrap();
    let next = if last.is_ascii_uppercase() { 'Z' } else { '0' };
    other.push(if last == next { '1' } else { next });
    other
}

/// A body that would do, so that who may not is told so and nothing else.
fn body_of(operation: &Operation) -> Value {
    match operation.path.as_str() {
        path if path.ends_with("/attempt") => attempt("100"),
        path if path.ends_with("/otp") => json!({"code": "123456"}),
        path if path.ends_with("/confirm") => {
            json!({"payment_method": {"type": "card", "card": {"token": "tok_test_card"}}})
        }
        path if path.starts_with("/admin/v1/attention/") => json!({"note": "seen"}),
        path if path.starts_with("/admin/v1/routing-rules/") => {
            json!({"direction": "payment", "method_code": "momo_mtn", "country": "CI", "accounts": []})
        }
        _ => json!({}),
    }
}

async fn ask(app: &App, operation: &Operation, path: &str, key: Option<&str>) -> Reply {
    let bearer = key.map(|key| format!("Bearer {key}"));
    let mut headers = vec![("Content-Type", "application/json")];
    headers.extend(bearer.as_deref().map(|bearer| ("Authorization", bearer)));
    let body = match operation.method.as_str() {
        "GET" => String::new(),
        _ => body_of(operation).to_string(),
    };
    app.send_bare(&operation.method, path, &headers, body.as_bytes()).await
}

/// What a caller sees, without what is different each time.
fn seen(reply: &Reply) -> (u16, String) {
    let mut text = reply.text();
    if let Some(id) = reply.header("x-request-id") {
        text = text.replace(id, "req");
    }
    (reply.status, text)
}

/// How much there is, to see that nothing changed.
async fn counted(app: &App) -> Vec<i64> {
    app.engine
        .store()
        .read(|tx| {
            Ok::<_, engine::store::StoreError>(vec![
                tx.sql("SELECT CAST(COALESCE(SUM(version), 0) + COUNT(*) AS BIGINT) FROM intents")
                    .one()?,
                tx.sql("SELECT COUNT(*) FROM attempts").one()?,
                tx.sql("SELECT COUNT(*) FROM journal").one()?,
                tx.sql("SELECT COUNT(*) FROM audit").one()?,
                tx.sql("SELECT COUNT(*) FROM api_keys WHERE revoked_at IS NULL").one()?,
                tx.sql("SELECT COUNT(*) FROM webhook_endpoints WHERE deleted_at IS NULL")
                    .one()?,
                tx.sql("SELECT COUNT(*) FROM idempotency").one()?,
                tx.sql("SELECT COUNT(*) FROM customers").one()?,
                tx.sql("SELECT COUNT(*) FROM attention WHERE resolved_at IS NULL")
                    .one()?,
            ])
        })
        .await
        .unwrap()
}

/// A key of a scope.
async fn key(app: &App, scope: Scope, family: ApiFamily, rights: Option<Rights>) -> NewKey {
    let order = KeyOrder {
        scope,
        family,
        name: "matrix".to_owned(),
        rights,
        expires_at_ms: None,
    };
    app.engine.create_api_key(&admin(), order).await.unwrap().1
}

const FAMILIES: [ApiFamily; 3] = [ApiFamily::Payment, ApiFamily::PaymentIntents, ApiFamily::Admin];

/// Keys of one family that open nothing.
async fn bad_keys(app: &App, family: ApiFamily) -> Vec<Option<String>> {
    let revoked = key(app, app.scope, family, None).await;
    app.engine
        .revoke_api_key(&admin(), app.scope, &revoked.id)
        .await
        .unwrap();
    let order = KeyOrder {
        scope: app.scope,
        family,
        name: "matrix".to_owned(),
        rights: None,
        expires_at_ms: Some(app.engine.now_ms() + 300),
    };
    let expired = app.engine.create_api_key(&admin(), order).await.unwrap().1;
    tokio::time::sleep(Duration::from_millis(400)).await;
    let unknown = format!("{}x", &revoked.text[..revoked.text.len() - 1]);
    vec![
        None,
        Some("nonsense".to_owned()),
        Some(unknown),
        Some(revoked.text),
        Some(expired.text),
    ]
}

#[tokio::test]
async fn nobody_does_what_their_key_does_not_open() {
    let app = App::start().await;
    let objects = Objects::make(&app).await;
    let mut rows = Vec::new();
    for family in FAMILIES {
        let none = key(&app, app.scope, family, Some(Rights::from_iter([Right::MoneyOut])))
            .await
            .text;
        let reader = key(&app, app.scope, family, Some(Rights::from_iter([Right::Read])))
            .await
            .text;
        rows.push((family, bad_keys(&app, family).await, (none, reader)));
    }
    let own = |family| match family {
        ApiFamily::Payment => app.keys.payment.text.as_str(),
        ApiFamily::PaymentIntents => app.keys.payment_intents.text.as_str(),
        ApiFamily::Admin => app.keys.admin.text.as_str(),
    };
    let before = counted(&app).await;
    for operation in operations() {
        let what = format!("{} {}", operation.method, operation.path);
        let path = objects
            .of(&operation.path)
            .map_or_else(|| operation.path.clone(), |(own, _)| own);
        let (_, bad, (none, reader)) = rows.iter().find(|(family, ..)| *family == operation.family).unwrap();
        let mut refused = Vec::new();
        for key in bad {
            refused.push(seen(&ask(&app, &operation, &path, key.as_deref()).await));
        }
        assert_eq!(refused[0].0, 401, "{what}");
        assert!(refused.iter().all(|one| *one == refused[0]), "{what}: {refused:?}");
        let mut foreign = Vec::new();
        for family in FAMILIES.into_iter().filter(|family| *family != operation.family) {
            foreign.push(seen(&ask(&app, &operation, &path, Some(own(family))).await));
        }
        assert!(
            foreign.iter().all(|one| one.0 == 403 && *one == foreign[0]),
            "{what}: {foreign:?}"
        );
        assert_eq!(
            ask(&app, &operation, &path, Some(none)).await.status,
            403,
            "{what} with another right"
        );
        if operation.method != "GET" {
            assert_eq!(
                ask(&app, &operation, &path, Some(reader)).await.status,
                403,
                "{what} with read alone"
            );
        }
    }
    assert_eq!(counted(&app).await, before, "nothing was changed by what was refused");
}

#[tokio::test]
async fn what_is_anothers_is_like_what_is_not_there() {
    let app = App::start().await;
    let objects = Objects::make(&app).await;
    let order = ProjectOrder {
        name: "Another".to_owned(),
        keys: SandboxKeysWanted::Yes,
    };
    let (_, keys) = app.engine.create_project(&Actor::System, order).await.unwrap();
    let keys = keys.unwrap();
    app.engine.open_live(&Actor::System, app.scope).await.unwrap();
    let live = Scope {
        environment: Environment::Live,
        ..app.scope
    };
    let of_live = [
        key(&app, live, ApiFamily::Payment, None).await.text,
        key(&app, live, ApiFamily::PaymentIntents, None).await.text,
    ];
    let before = counted(&app).await;
    let mut compared = 0;
    for operation in operations() {
        let Some((own, unknown)) = objects.of(&operation.path) else {
            continue;
        };
        let strangers: Vec<&str> = match operation.family {
            ApiFamily::Payment => vec![&keys.payment.text, &of_live[0]],
            ApiFamily::PaymentIntents => vec![&keys.payment_intents.text, &of_live[1]],
            ApiFamily::Admin => vec![&keys.admin.text],
        };
        for stranger in strangers {
            let theirs = seen(&ask(&app, &operation, &own, Some(stranger)).await);
            let nobodys = seen(&ask(&app, &operation, &unknown, Some(stranger)).await);
            let what = format!("{} {}", operation.method, operation.path);
            assert_eq!(theirs, nobodys, "{what}");
            assert!((400..500).contains(&theirs.0) && theirs.0 != 401, "{what}: {theirs:?}");
            compared += 1;
        }
    }
    assert!(compared > 40, "{compared}");
    assert_eq!(counted(&app).await, before, "nothing was changed");
}
