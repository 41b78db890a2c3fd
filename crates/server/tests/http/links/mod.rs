//! Payment links over both APIs, and the pages that their visitors see.

mod single;
mod strangers;
mod visits;

use serde_json::{Value, json};

use crate::app::{App, Reply};

const PATH: &str = "/v1/payment/links";

fn tea() -> Value {
    json!({"amount": 50, "currency": "XOF", "description": "Tea"})
}

impl App {
    /// Makes a link that is as the first one of these tests, but for these members.
    async fn link(&self, change: impl FnOnce(&mut Value)) -> Value {
        let mut body = tea();
        change(&mut body);
        let reply = self.post(PATH, &body).await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json()["data"].take()
    }

    async fn patch(&self, path: &str, body: &Value) -> Reply {
        self.send("PATCH", path, &[], body.to_string().as_bytes()).await
    }
}

fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value[member].as_str().unwrap_or_else(|| panic!("{member} in {value}"))
}

#[tokio::test]
async fn a_link_says_what_is_paid_through_it() {
    let app = App::start().await;
    let made = app
        .link(|body| {
            body["usage"] = json!("single");
            body["receipt"] = json!("required");
            body["metadata"] = json!({"class": "yoga"});
            body["customization"] = json!({"color": "#FC0", "brand": "Studio Awa"});
            body["restriction"] = json!({"country_code": "CI"});
            body["locale"] = json!("fr");
            body["expires_at"] = json!("2099-01-01");
            body["return_url"] = json!("https://shop.example/thanks");
        })
        .await;
    let id = text(&made, "id");
    assert!(id.starts_with("lnk_"), "{id}");
    let token = text(&made, "url")
        .strip_prefix(&format!("{}/l/", app.url))
        .unwrap()
        .to_owned();
    assert!(token.len() >= 22, "{token}");
    for (member, expected) in [
        ("status", json!("active")),
        ("active", json!(true)),
        ("usage", json!("single")),
        ("currency", json!("XOF")),
        ("amount_min", Value::Null),
        ("amount_max", Value::Null),
        ("receipt", json!("required")),
        ("metadata", json!({"class": "yoga"})),
        ("restriction", json!({"country_code": "CI", "phone": null})),
        ("customization", json!({"color": "#ffcc00", "brand": "Studio Awa"})),
        ("locale", json!("fr")),
        ("times_paid", json!(0)),
        ("expires_at", json!("2099-01-01T00:00:00+00:00")),
    ] {
        assert_eq!(made[member], expected, "{member}");
    }
    assert_eq!(made["amount"]["value"], json!(5_000));
    assert_eq!(app.get(&format!("{PATH}/{id}")).await.json()["data"], made);
    let kept: String = app
        .engine
        .store()
        .read(|tx| tx.sql("SELECT token_hash FROM links").one::<String>())
        .await
        .unwrap();
    assert!(!kept.contains(&token));
    for unknown in [
        "lnk_01jxa5qj0c8z6t9y3m4n5p6r7s",
        "lnk_",
        "cs_01jxa5qj0c8z6t9y3m4n5p6r7s",
    ] {
        assert_eq!(app.get(&format!("{PATH}/{unknown}")).await.refused(404), "not_found");
    }
}

#[tokio::test]
async fn without_an_amount_the_payer_enters_it_within_bounds() {
    let app = App::start().await;
    let bounded = app
        .link(|body| {
            body["amount"] = Value::Null;
            body["amount_min"] = json!(500);
            body["amount_max"] = json!(500);
        })
        .await;
    assert_eq!(bounded["amount"], Value::Null);
    assert_eq!(
        (&bounded["amount_min"]["decimal"], &bounded["amount_max"]["decimal"]),
        (&json!("500"), &json!("500"))
    );
    let free = app.link(|body| body["amount"] = Value::Null).await;
    assert_eq!(
        (&free["amount_min"]["decimal"], &free["amount_max"]),
        (&json!("1"), &Value::Null)
    );
}

#[tokio::test]
async fn what_cannot_be_is_named_and_makes_nothing() {
    let app = App::start().await;
    for (member, value, path) in [
        ("amount", json!(0), "amount"),
        ("amount", json!("50"), "amount"),
        ("amount", json!(0.5), "amount"),
        ("amount_min", json!(5), "amount_min"),
        ("amount_max", json!(5), "amount_max"),
        ("currency", json!("ZZZ"), "currency"),
        ("description", json!(" "), "description"),
        ("usage", json!("twice"), "usage"),
        ("receipt", json!(true), "receipt"),
        ("locale", json!("de"), "locale"),
        ("return_url", json!("ftp://x"), "return_url"),
        ("expires_at", json!("2020-01-01"), "expires_at"),
        ("expires_at", json!("soon"), "expires_at"),
        ("restriction", json!({"country_code": "ZZ"}), "restriction.country_code"),
        ("customization", json!({"color": "red"}), "customization.color"),
        ("metadata", json!([1]), "metadata"),
    ] {
        let mut body = tea();
        body[member] = value.clone();
        assert_eq!(app.post(PATH, &body).await.fields(), [path], "{member} {value}");
    }
    let crossed = json!({"amount_min": 9, "amount_max": 5, "currency": "XOF", "description": "Tea"});
    assert_eq!(app.post(PATH, &crossed).await.fields(), ["amount_max"]);
    assert_eq!(app.post(PATH, &json!({})).await.fields(), ["currency", "description"]);
    assert_eq!(app.get(PATH).await.json()["data"], json!([]));
}

#[tokio::test]
async fn a_link_is_switched_off_and_on_and_gets_another_end() {
    let app = App::start().await;
    let made = app.link(|_| {}).await;
    let path = format!("{PATH}/{}", text(&made, "id"));
    let off = app
        .patch(&path, &json!({"active": false, "description": "Green tea"}))
        .await
        .json();
    assert_eq!(
        (
            &off["data"]["status"],
            &off["data"]["active"],
            &off["data"]["description"]
        ),
        (&json!("inactive"), &json!(false), &json!("Green tea"))
    );
    assert_eq!(off["data"]["amount"], made["amount"]);
    let on = app
        .patch(&path, &json!({"active": true, "expires_at": "2099-01-01"}))
        .await
        .json();
    assert_eq!(
        (&on["data"]["status"], &on["data"]["expires_at"]),
        (&json!("active"), &json!("2099-01-01T00:00:00+00:00"))
    );
    let ever = app.patch(&path, &json!({"expires_at": null})).await.json();
    assert_eq!(ever["data"]["expires_at"], Value::Null);
    for (body, field) in [
        (json!({"active": "no"}), "active"),
        (json!({"description": null}), "description"),
        (json!({"expires_at": "2020-01-01"}), "expires_at"),
    ] {
        assert_eq!(app.patch(&path, &body).await.fields(), [field]);
    }
    assert_eq!(app.get(&path).await.json()["data"], ever["data"]);
}

#[tokio::test]
async fn a_repeated_request_makes_one_link_and_lists_have_filters() {
    let app = App::start().await;
    let send = async |key: &str, amount: i64| {
        let mut body = tea();
        body["amount"] = json!(amount);
        app.send("POST", PATH, &[("X-Idempotency-Key", key)], body.to_string().as_bytes())
            .await
    };
    let (first, again) = (send("link-one", 50).await, send("link-one", 50).await);
    assert_eq!((first.status, first.text()), (201, again.text()));
    assert_eq!(again.header("x-idempotent-replayed"), Some("true"));
    assert_eq!(send("link-one", 51).await.status, 409);
    let single = app.link(|body| body["usage"] = json!("single")).await;
    let path = format!("{PATH}/{}", text(&single, "id"));
    app.patch(&path, &json!({"active": false})).await;
    for (query, expected) in [
        ("", 2),
        ("?active=true", 1),
        ("?active=false&usage=single", 1),
        ("?usage=reusable", 1),
    ] {
        let found = app.get(&format!("{PATH}{query}")).await.json();
        assert_eq!(found["data"].as_array().unwrap().len(), expected, "{query}");
    }
    let page = app.get(&format!("{PATH}?per_page=1")).await.json();
    assert_eq!(page["data"][0]["id"], single["id"]);
    let next = text(&page["pagination"], "next_page_url")
        .strip_prefix(&app.url)
        .unwrap();
    assert_eq!(app.get(next).await.json()["data"][0]["id"], first.json()["data"]["id"]);
    for (query, field) in [
        ("?active=yes", "active"),
        ("?usage=x", "usage"),
        ("?cursor=x", "cursor"),
    ] {
        assert_eq!(app.get(&format!("{PATH}{query}")).await.fields(), [field]);
    }
}

#[tokio::test]
async fn administrators_see_the_same_links_and_what_they_change_is_told() {
    let app = App::start().await;
    let made = app.admin("POST", "/links", &tea()).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let id = text(&made.json()["data"], "id").to_owned();
    let seen = app.get(&format!("{PATH}/{id}")).await.json();
    assert_eq!(seen["data"], made.json()["data"]);
    for _ in 0..2 {
        let off = app
            .admin("PATCH", &format!("/links/{id}"), &json!({"active": false}))
            .await;
        assert_eq!(off.json()["data"]["status"], json!("inactive"));
    }
    let read = app.admin("GET", &format!("/links/{id}"), &Value::Null).await.json();
    let listed = app.admin("GET", "/links?active=false", &Value::Null).await.json();
    assert_eq!(listed["data"][0], read["data"]);
    let log = app.admin("GET", "/audit-log", &Value::Null).await.json();
    let told: Vec<&str> = log["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| text(row, "action"))
        .collect();
    assert_eq!(told.iter().filter(|action| **action == "link.update").count(), 1);
    assert_eq!(told.iter().filter(|action| **action == "link.create").count(), 1);
    let unknown = app
        .admin("PATCH", "/links/lnk_01jxa5qj0c8z6t9y3m4n5p6r7s", &json!({}))
        .await;
    assert_eq!(unknown.refused(404), "not_found");
}
