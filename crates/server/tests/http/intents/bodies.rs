//! What is refused, and metadata.

use serde_json::{Value, json};

use super::{by_phone, id_of, sale};
use crate::app::App;

#[tokio::test]
async fn wrong_bodies_are_400_and_name_the_field() {
    let app = App::start().await;
    let with = |name: &str, value: Value| {
        let mut body = sale();
        body[name] = value;
        body
    };
    let cases = [
        (json!({}), "amount"),
        (with("amount", json!(0)), "amount"),
        (with("amount", json!(1.5)), "amount"),
        (with("amount", json!("10")), "amount"),
        (with("amount", json!(1_000_000_000_000_i64)), "amount"),
        (with("currency", json!("XYZ")), "currency"),
        (with("transaction_country", json!("Ivory Coast")), "transaction_country"),
        (with("metadata", json!([1])), "metadata"),
        (with("customer", json!("cus_nobody")), "customer"),
        (with("customer", json!("cus_01jxa5qj0c8z6t9y3m4n5p6r7s")), "customer"),
        (with("customer_email", json!("nobody")), "customer_email"),
        (with("customer_phone", json!("0500000000")), "customer_phone"),
        (with("description", json!("4111 1111 1111 1111")), "description"),
        (with("metadata", json!({"card": "4111111111111111"})), "metadata.card"),
        (with("metadata", json!({"4111111111111111": "card"})), "metadata"),
        (with("customer_phone", json!("4111111111111111")), "customer_phone"),
    ];
    for (body, param) in cases {
        let reply = app.ask("POST", "", &body).await;
        assert!(reply.told(400).starts_with("IKW-REQ-"), "{body}");
        assert_eq!(reply.json()["error"]["param"], param, "{body}");
        assert!(!reply.text().contains("4111"));
    }
    let listed = app.ask("GET", "", &Value::Null).await.json();
    assert_eq!(listed["data"], json!([]), "nothing was made");
}

#[tokio::test]
async fn a_country_that_nothing_serves_is_refused_with_the_pair() {
    let app = App::start().await;
    for (country, currency) in [("JP", "JPY"), ("CI", "KES")] {
        let mut body = sale();
        body["transaction_country"] = json!(country);
        body["currency"] = json!(currency);
        let reply = app.ask("POST", "", &body).await;
        assert!(reply.told(400).starts_with("IKW-TRANSFER-"));
        let message = reply.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.contains(country) && message.contains(currency), "{message}");
    }
}

#[tokio::test]
async fn another_country_at_confirmation_changes_nothing() {
    let app = App::start().await;
    let intent = app.made(&sale()).await;
    let id = id_of(&intent);
    let body = json!({"payment_method": {"type": "mobile_money",
        "mobile_money": {"country": "SN", "operator": "orange", "msisdn": "+221770000000"}}});
    assert!(
        app.ask("POST", &format!("/{id}/confirm"), &body)
            .await
            .told(400)
            .starts_with("IKW-TRANSFER-")
    );
    assert_eq!(app.named(&id).await, intent);
    let attempts = app.get(&format!("/v1/payment/intents/{id}/attempts")).await.json();
    assert_eq!(attempts["data"], json!([]));
}

#[tokio::test]
async fn operators_have_a_name_and_older_spellings() {
    let app = App::start().await;
    for (operator, status) in [
        ("mtn_ci", 200),
        ("momo_mtn", 200),
        ("mtn_sn", 400),
        ("nobody", 400),
        ("mpesa", 400),
    ] {
        let id = id_of(&app.made(&sale()).await);
        let mut body = by_phone("000");
        body["payment_method"]["mobile_money"]["operator"] = json!(operator);
        let reply = app.ask("POST", &format!("/{id}/confirm"), &body).await;
        assert_eq!(reply.status, status, "{operator}: {}", reply.text());
        if status == 400 {
            assert_eq!(reply.json()["error"]["param"], "payment_method.mobile_money.operator");
        }
    }
    let id = id_of(&app.made(&sale()).await);
    for msisdn in ["0500000000", "+2250500", "2250500000000"] {
        let mut body = by_phone("000");
        body["payment_method"]["mobile_money"]["msisdn"] = json!(msisdn);
        app.ask("POST", &format!("/{id}/confirm"), &body).await.told(400);
    }
}

#[tokio::test]
async fn reserved_and_odd_metadata_never_comes_back() {
    let app = App::start().await;
    let odd = json!({"order": "1", "Description": "x", "FailureReason": "x", "Environment": "x", "description": "kept",
        "country_context.a": "x", "internal.b": "x", "technical.c": "x", "number": 1, "list": [], "object": {}, "yes": true});
    let clean = json!({"order": "1", "description": "kept"});
    let mut body = sale();
    body["metadata"] = odd.clone();
    let intent = app.made(&body).await;
    assert_eq!(intent["metadata"], clean);
    let id = id_of(&intent);
    let patched = app.ask("PATCH", &format!("/{id}"), &json!({"metadata": odd})).await;
    assert_eq!((patched.status, &patched.json()["metadata"]), (200, &clean));
    let patched = app
        .ask(
            "PATCH",
            &format!("/{id}"),
            &json!({"description": "New", "metadata": {"order": null, "b": "2"}}),
        )
        .await
        .json();
    assert_eq!(
        (&patched["description"], &patched["metadata"]),
        (&json!("New"), &json!({"description": "kept", "b": "2"}))
    );
    // Made through the other API, which keeps everything.
    let mut order = crate::app::order();
    order["metadata"] = odd;
    let made = app.post("/v1/payment/intents", &order).await;
    assert_eq!(made.status, 422, "that API takes ten pairs at most");
    order["metadata"] = json!({"order": "1", "Environment": "x", "internal.b": "x", "number": 1});
    let made = app.post("/v1/payment/intents", &order).await.json()["data"].take();
    let id = made["id"].as_str().unwrap();
    assert_eq!(app.named(id).await["metadata"], json!({"order": "1"}));
    let listed = app.ask("GET", "", &Value::Null).await.json();
    assert!(!listed.to_string().contains("internal.b"));
}

#[tokio::test]
async fn a_pair_too_many_is_refused_and_changes_nothing() {
    let app = App::start().await;
    let mut body = sale();
    body["metadata"] = (0..50).map(|number| (format!("k{number}"), json!("v"))).collect();
    let intent = app.made(&body).await;
    let id = id_of(&intent);
    let more = json!({"description": "New", "metadata": {"k50": "v", "k0": "w"}});
    let refused = app.ask("PATCH", &format!("/{id}"), &more).await;
    assert_eq!(refused.told(400), "IKW-REQ-001");
    assert_eq!(refused.json()["error"]["param"], "metadata");
    assert_eq!(app.named(&id).await, intent);
    let exchanged = json!({"metadata": {"k50": "v", "k0": null}});
    let patched = app.ask("PATCH", &format!("/{id}"), &exchanged).await;
    assert_eq!(patched.status, 200);
    assert_eq!(patched.json()["metadata"]["k50"], "v");
}

#[tokio::test]
async fn a_wrong_or_foreign_id_is_not_found_alike() {
    let app = App::start().await;
    let own = id_of(&app.made(&sale()).await);
    let unknown = app.ask("GET", "/pi_01jxa5qj0c8z6t9y3m4n5p6r7s", &Value::Null).await;
    assert_eq!(unknown.told(404), "IKW-RES-001");
    let nonsense = app.ask("GET", "/nonsense", &Value::Null).await;
    assert_eq!(nonsense.body, unknown.body);
    let path = format!("/api/v1/payment-intents/{own}");
    let by_other_family = app
        .send_bare(
            "GET",
            &path,
            &[("Authorization", &format!("Bearer {}", app.keys.payment.text))],
            b"",
        )
        .await;
    assert_eq!(by_other_family.told(403), "IKW-AUTHZ-001");
    assert_eq!(app.send_bare("GET", &path, &[], b"").await.told(401), "IKW-AUTH-001");
    assert_eq!(
        app.ask("DELETE", &format!("/{own}"), &Value::Null).await.told(405),
        "IKW-REQ-010"
    );
}

#[tokio::test]
async fn a_key_belongs_to_one_request() {
    let app = App::start().await;
    let key = [("Idempotency-Key", "k")];
    let first = app.ask_with("POST", "", &key, &sale()).await;
    let second = app.ask_with("POST", "", &key, &sale()).await;
    assert_eq!((first.status, &first.body), (second.status, &second.body));
    let mut other = sale();
    other["amount"] = json!(1);
    assert_eq!(app.ask_with("POST", "", &key, &other).await.told(409), "IKW-REQ-006");
    assert_eq!(
        app.ask_with("POST", "", &[("Idempotency-Key", &"k".repeat(256))], &sale())
            .await
            .told(400),
        "IKW-REQ-004"
    );
}

#[tokio::test]
async fn every_documented_number_has_its_place_on_the_page() {
    let app = App::start().await;
    let page = app.get("/docs/payment-intents/errors").await;
    assert_eq!(page.status, 200);
    let text = page.text();
    for number in [
        "IKW-AUTH-001",
        "IKW-REQ-001",
        "IKW-RES-001",
        "IKW-TRANSFER-009",
        "IKW-SYS-003",
    ] {
        assert!(text.contains(&format!("id=\"{number}\"")), "{number}");
    }
    assert!(text.contains("1 to 255 characters.") && !text.contains("8 to 128"));
}

#[tokio::test]
async fn the_document_tells_the_headers_and_the_refusals_of_this_api() {
    let app = App::start().await;
    let document = app.get("/openapi.json").await.json();
    let paths = document["paths"].as_object().unwrap();
    let items = paths.iter().filter(|(path, _)| path.starts_with("/api/v1/"));
    let mut unreached = Vec::new();
    for operation in items.flat_map(|(_, item)| item.as_object().unwrap().values()) {
        let id = operation["operationId"].as_str().unwrap();
        for (status, response) in operation["responses"].as_object().unwrap() {
            let headers = &response["headers"];
            assert!(headers["Ikawaari-Request-Id"].is_object(), "{id} {status}");
            assert_eq!(
                headers["X-RateLimit-Reset"].is_object(),
                status != "401",
                "{id} {status}"
            );
        }
        if operation["responses"].get("502").is_some() {
            unreached.push(id);
        }
    }
    assert_eq!(unreached, ["confirm_intent"], "only there a provider is asked");
}
