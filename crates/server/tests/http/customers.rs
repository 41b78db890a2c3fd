//! Customers: who counts as the same person in both APIs, lists and searches, changes, and what is nobody else's business.

use engine::domain::rights::Rights;
use engine::domain::scope::ApiFamily;
use serde_json::{Value, json};

use crate::app::{App, Reply, order};

const PATH: &str = "/v1/customers";
const PHONE: &str = "+2250700000130";

/// What is published of a customer, and what was added.
const MEMBERS: [&str; 12] = [
    "address",
    "avatar_url",
    "city",
    "country",
    "created_at",
    "email",
    "first_name",
    "id",
    "last_name",
    "phone",
    "state",
    "zip",
];

impl App {
    /// The customer of a payment made through the payment API.
    async fn paying(&self, customer: Value) -> String {
        let mut body = order();
        body["customer"] = customer;
        let reply = self.post("/v1/payment/intents", &body).await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json()["data"]["customer"]["id"].as_str().unwrap().to_owned()
    }

    /// The customer of a payment made through the payment-intents API.
    async fn paying_there(&self, member: &str, value: &str) -> String {
        let key = format!("Bearer {}", self.keys.payment_intents.text);
        let mut body = json!({"amount": 50, "currency": "XOF", "transaction_country": "CI"});
        body[member] = json!(value);
        let headers = [("Authorization", key.as_str())];
        let body = body.to_string();
        let reply = self.send_bare("POST", "/api/v1/payment-intents", &headers, body.as_bytes());
        let reply = reply.await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json()["customer"].as_str().unwrap().to_owned()
    }

    async fn customer(&self, id: &str) -> Value {
        let reply = self.get(&format!("{PATH}/{id}")).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()["data"].take()
    }

    async fn change(&self, id: &str, body: &Value) -> Reply {
        self.send("PATCH", &format!("{PATH}/{id}"), &[], body.to_string().as_bytes())
            .await
    }

    /// The customer after a change that must be made.
    async fn changed(&self, id: &str, body: &Value) -> Value {
        let reply = self.change(id, body).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()["data"].take()
    }

    async fn found(&self, query: &str) -> Vec<String> {
        let reply = self.get(&format!("{PATH}?{query}")).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        ids(&reply.json())
    }
}

fn ids(page: &Value) -> Vec<String> {
    let rows = page["data"].as_array().unwrap();
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn one_person_is_one_customer_in_both_apis() {
    let app = App::start().await;
    let awa = app.paying_there("customer_phone", PHONE).await;
    let known = app.customer(&awa).await;
    let members: Vec<&String> = known.as_object().unwrap().keys().collect();
    assert_eq!(members, MEMBERS);
    assert_eq!((&known["phone"], &known["email"]), (&json!(PHONE), &Value::Null));

    let named = json!({"email": "Awa@Example.com", "phone": PHONE, "first_name": "Awa"});
    assert_eq!(app.paying(named).await, awa, "known by that phone alone");
    let known = app.customer(&awa).await;
    assert_eq!(
        (&known["email"], &known["first_name"]),
        (&json!("Awa@Example.com"), &json!("Awa"))
    );
    assert_eq!(app.paying_there("customer_email", "awa@example.com").await, awa);
    assert_eq!(
        app.paying_there("customer_phone", PHONE).await,
        awa,
        "the only one with it"
    );
    assert_eq!(
        app.paying(json!({"phone": "07 00 00 01 30", "country": "CI"})).await,
        awa
    );

    let brother = json!({"email": "brother@example.com", "phone": PHONE});
    let brother = app.paying(brother).await;
    assert_ne!(brother, awa, "an e-mail address of their own");
    let somebody = app.paying_there("customer_phone", PHONE).await;
    assert!(somebody != awa && somebody != brother, "which of the two nobody knows");
    assert_eq!(app.paying(json!({"phone": PHONE})).await, somebody);
    let sister = app.paying(json!({"email": "sister@example.com", "phone": PHONE})).await;
    assert_ne!(sister, somebody, "several have that phone");
    assert_eq!(app.found("phone=%2B2250700000130").await.len(), 4);

    let payments = app.get(&format!("/v1/payment/intents?customer_id={awa}")).await.json();
    assert_eq!(payments["pagination"]["count"], 5, "of both APIs");
}

#[tokio::test]
async fn lists_are_walked_and_searched() {
    let app = App::start().await;
    let mut made = Vec::new();
    for number in 0..5 {
        let customer =
            json!({"email": format!("payer{number}@example.com"), "phone": format!("+22507000000{number}0")});
        made.insert(0, app.paying(customer).await);
        let now_ms = app.engine.now_ms();
        while app.engine.now_ms() == now_ms {
            tokio::task::yield_now().await;
        }
    }
    let first = app.get(&format!("{PATH}?per_page=2")).await.json();
    let (mut seen, mut page) = (ids(&first), first);
    while let Some(next) = page["pagination"]["next_page_url"].as_str() {
        page = app.get(next.strip_prefix(&app.url).unwrap()).await.json();
        seen.extend(ids(&page));
    }
    assert_eq!(seen, made);
    let back = page["pagination"]["prev_page_url"].as_str().unwrap().to_owned();
    let back = app.get(back.strip_prefix(&app.url).unwrap()).await.json();
    assert_eq!(ids(&back), made[2..4]);

    let one = [made[2].clone()];
    assert_eq!(app.found("email=PAYER2%40example.com").await, one);
    for spelled in [
        "%2B2250700000020",
        "+225%2007%2000%2000%2000%2020",
        "%2B225-07.00.00.00.20",
    ] {
        assert_eq!(app.found(&format!("phone={spelled}")).await, one, "{spelled}");
        let both = format!("phone={spelled}&email=payer2@example.com");
        assert_eq!(app.found(&both).await, one, "{spelled}");
    }
    assert!(
        app.found("phone=%2B2250700000030&email=payer2@example.com")
            .await
            .is_empty()
    );
    assert!(app.found("email=payer@example.com").await.is_empty());
    assert!(app.found("created_at[lte]=2020-01-01").await.is_empty());
    assert_eq!(app.found("created_at[gte]=2020-01-01&per_page=100").await, made);
    for (query, name) in [
        ("email=payer2", "email"),
        ("email=%25@example.com%25", "email"),
        ("phone=0700000020", "phone"),
        ("phone=abc", "phone"),
        ("created_at[gte]=soon", "created_at[gte]"),
        ("per_page=101", "per_page"),
        ("cursor=x", "cursor"),
    ] {
        assert_eq!(app.get(&format!("{PATH}?{query}")).await.fields(), [name], "{query}");
    }
}

#[tokio::test]
async fn what_is_known_changes_and_is_taken_away() {
    let app = App::start().await;
    let id = app
        .paying(json!({"email": "payer@example.com", "last_name": "Diop"}))
        .await;
    let before = app.customer(&id).await;
    let change = json!({
        "first_name": "Awa", "address": "1 rue", "city": "Abidjan", "state": "Lagunes", "zip": "01", "country": "CI",
        "phone": "07 00 00 01 30",
    });
    let after = app.changed(&id, &change).await;
    for (member, value) in change.as_object().unwrap() {
        let value = if member == "phone" { &json!(PHONE) } else { value };
        assert_eq!(&after[member], value, "{member}");
    }
    for member in ["id", "email", "last_name", "created_at"] {
        assert_eq!(after[member], before[member], "{member}");
    }
    assert_eq!(app.customer(&id).await, after);
    assert_eq!(app.changed(&id, &json!({})).await, after, "nothing to change");
    let local = app.changed(&id, &json!({"phone": "0700000140"})).await;
    assert_eq!(local["phone"], "+2250700000140", "a number of the customer's country");
    let less = json!({"zip": null, "country": null, "phone": null, "avatar_url": "x"});
    let less = app.changed(&id, &less).await;
    for member in ["zip", "country", "phone", "avatar_url"] {
        assert_eq!(less[member], Value::Null, "{member}");
    }
    assert_eq!(less["first_name"], "Awa");

    let wrong = json!({
        "email": "nobody", "phone": "0700000130", "first_name": 5, "city": "4111 1111 1111 1111", "country": "ZZ",
        "zip": "x".repeat(256),
    });
    let fields = app.change(&id, &wrong).await.fields();
    assert_eq!(fields, ["city", "country", "email", "first_name", "zip"]);
    assert_eq!(app.change(&id, &json!([])).await.fields(), ["body"]);
    for nothing in [json!({"email": null}), json!({"email": null, "phone": null})] {
        assert_eq!(app.change(&id, &nothing).await.fields(), ["email"], "{nothing}");
    }
    assert_eq!(app.customer(&id).await, less, "nothing of that was done");
}

#[tokio::test]
async fn an_identity_moves_unless_somebody_has_it() {
    let app = App::start().await;
    let awa = app.paying(json!({"email": "awa@example.com"})).await;
    let ali = app.paying(json!({"phone": PHONE})).await;
    let refused = |reply: Reply, other: &str| {
        assert_eq!(reply.refused(409), "customer_exists");
        let message = reply.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(other), "{message}");
    };
    refused(app.change(&ali, &json!({"email": "AWA@example.com"})).await, &awa);
    let only_phone = json!({"email": null, "phone": PHONE});
    refused(app.change(&awa, &only_phone).await, &ali);
    app.changed(&awa, &json!({"phone": PHONE})).await;
    refused(app.change(&awa, &json!({"email": null})).await, &ali);

    app.changed(&awa, &json!({"email": "Awa@example.com"})).await;
    app.changed(&awa, &json!({"email": "diop@example.com"})).await;
    app.changed(&ali, &json!({"email": "awa@example.com"})).await;
    assert_eq!(app.paying(json!({"email": "diop@example.com"})).await, awa);
    assert_eq!(app.paying(json!({"email": "awa@example.com"})).await, ali);
    app.changed(&awa, &json!({"email": null})).await;
    assert_ne!(
        app.paying(json!({"email": "diop@example.com"})).await,
        awa,
        "nobody had it"
    );
    assert_eq!(app.paying(json!({"phone": PHONE})).await, awa, "known by the phone now");
    assert_eq!(app.found("email=diop@example.com").await.len(), 1);
}

#[tokio::test]
async fn a_change_with_a_key_is_made_once() {
    let app = App::start().await;
    let id = app.paying(json!({"email": "payer@example.com"})).await;
    let path = format!("{PATH}/{id}");
    let key = [("X-Idempotency-Key", "change-0001")];
    let send = async |body: &str| app.send("PATCH", &path, &key, body.as_bytes()).await;
    let first = send(r#"{"city":"Abidjan"}"#).await;
    assert_eq!((first.status, first.header("x-idempotent-replayed")), (200, None));
    app.changed(&id, &json!({"city": "Dakar"})).await;
    let again = send(r#"{ "city" : "Abidjan" }"#).await;
    assert_eq!(
        (again.status, again.header("x-idempotent-replayed")),
        (200, Some("true"))
    );
    assert_eq!(again.body, first.body);
    assert_eq!(app.customer(&id).await["city"], "Dakar");
    assert_eq!(
        send(r#"{"city":"Bouaké"}"#).await.refused(409),
        "idempotency_key_reused"
    );
    let refused = [("X-Idempotency-Key", "change-0002")];
    let reply = app.send("PATCH", &path, &refused, br#"{"email":null}"#).await;
    assert_eq!(reply.fields(), ["email"]);
    let reply = app.send("PATCH", &path, &refused, br#"{"zip":"01"}"#).await;
    assert_eq!(reply.status, 200, "a refusal keeps no key: {}", reply.text());
    let reader = app.new_key(ApiFamily::Payment, Rights::parse("read")).await;
    let bearer = format!("Bearer {}", reader.text);
    let reply = app
        .send_bare("PATCH", &path, &[("Authorization", &bearer)], br#"{"zip":"02"}"#)
        .await;
    assert_eq!(reply.refused(403), "missing_right");
}

#[tokio::test]
async fn somebody_elses_customers_are_like_unknown_ones() {
    let app = App::start().await;
    let id = app.paying(json!({"email": "payer@example.com", "phone": PHONE})).await;
    let made = app
        .admin("POST", "/projects", &json!({"name": "Second shop", "with_keys": true}))
        .await;
    let theirs = format!("Bearer {}", made.json()["data"]["keys"]["payment"].as_str().unwrap());
    let ask = async |method: &str, path: &str, body: &str| {
        let headers = [("Authorization", theirs.as_str())];
        app.send_bare(method, path, &headers, body.as_bytes()).await
    };
    for (method, body) in [
        ("GET", ""),
        ("PATCH", "{}"),
        ("PATCH", r#"{"email":"x@example.com"}"#),
        ("PATCH", r#"{"email":5}"#),
    ] {
        let mut answers = Vec::new();
        for named in [id.as_str(), "cus_01ktkhn7g004hmasw9nf6yy093", "cus_x", "5", "%00"] {
            let reply = ask(method, &format!("{PATH}/{named}"), body).await;
            assert_eq!(reply.refused(404), "not_found", "{method} {named}");
            let mut body = reply.json();
            body["request_id"].take();
            answers.push(body.to_string());
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{method} {body}: {answers:?}");
    }
    for query in ["", "?email=payer@example.com", "?phone=%2B2250700000130"] {
        let list = ask("GET", &format!("{PATH}{query}"), "").await.json();
        assert_eq!(list["data"], json!([]), "{query}");
    }
    let payments = ask("GET", &format!("/v1/payment/intents?customer_id={id}"), "").await;
    assert_eq!(payments.json()["data"], json!([]));
    let cursor = app.get(&format!("{PATH}?per_page=1")).await;
    assert_eq!(cursor.json()["pagination"]["count"], 1);
    assert_eq!(app.customer(&id).await["email"], "payer@example.com");
}
