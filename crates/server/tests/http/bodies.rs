//! Bad input of every kind: the documented status, a message that names the field, nothing changed, never a 5xx.

use serde_json::{Value, json};

use crate::app::{App, attempt, order};

const CREATE: &str = "/v1/payment/intents";

fn with(name: &str, value: Value) -> Value {
    let mut body = order();
    body[name] = value;
    body
}

#[tokio::test]
async fn invalid_members_are_named_and_nothing_is_made() {
    let app = App::start().await;
    let pairs: serde_json::Map<String, Value> = (0..11).map(|index| (format!("k{index}"), json!(index))).collect();
    for (name, value, path) in [
        ("amount", json!("50"), "amount"),
        ("amount", json!(-1), "amount"),
        ("amount", json!(0), "amount"),
        ("amount", json!(true), "amount"),
        ("metadata", Value::Object(pairs), "metadata"),
        ("currency", json!("XAU"), "currency"),
        ("description", json!("a\u{0}b"), "description"),
        ("customer", json!({"email": "x"}), "customer.email"),
        (
            "attempt",
            json!({"method_code": "momo_mars", "country": "CI"}),
            "attempt.method_code",
        ),
        (
            "attempt",
            json!({"method_code": "card", "country": "ZZ"}),
            "attempt.country",
        ),
        (
            "attempt",
            json!({"method_code": "momo_mtn", "country": "CI"}),
            "attempt.phone",
        ),
    ] {
        assert_eq!(
            app.post(CREATE, &with(name, value.clone())).await.fields(),
            [path],
            "{name} = {value}"
        );
    }
    for amount in ["50.5", "1e308", "1e-400", "999999999999999999999999999999"] {
        let text = order()
            .to_string()
            .replace("\"amount\":50", &format!("\"amount\":{amount}"));
        let reply = app.send("POST", CREATE, &[], text.as_bytes()).await;
        assert_eq!(reply.fields(), ["amount"], "{amount}");
    }
    assert_eq!(app.get(CREATE).await.json()["pagination"]["count"], 0);
}

#[tokio::test]
async fn phones_are_told_what_is_wrong_with_them_once() {
    let app = App::start().await;
    let national = "0700000100";
    let misspelt = app
        .post(CREATE, &with("customer", json!({"phone": national, "country": "ci"})))
        .await;
    assert_eq!(misspelt.fields(), ["customer.country"]);
    let homeless = app.post(CREATE, &with("customer", json!({"phone": national}))).await;
    assert_eq!(homeless.fields(), ["customer.phone"]);
    let text = homeless.json()["errors"]["customer.phone"][0].clone();
    assert!(text.as_str().unwrap().contains("customer.country"), "{text}");
    let mut flat = attempt("100");
    flat["phone"] = json!("+2250700000100");
    let flat = app.post(CREATE, &with("attempt", flat)).await;
    assert_eq!(flat.fields(), ["attempt.phone"]);
    let text = flat.json()["errors"]["attempt.phone"][0].clone();
    assert!(text.as_str().unwrap().contains(r#"{"number": "#), "{text}");
}

#[tokio::test]
async fn a_whole_number_is_whole_however_it_is_spelled() {
    let app = App::start().await;
    let body = with("lifetime_minutes", json!(720)).to_string();
    for (spelling, status) in [("720.0", 201), ("7.2e2", 201), ("720.5", 422)] {
        let text = body.replace("\"lifetime_minutes\":720", &format!("\"lifetime_minutes\":{spelling}"));
        assert!(text.contains(spelling));
        let reply = app.send("POST", CREATE, &[], text.as_bytes()).await;
        assert_eq!(reply.status, status, "{spelling}: {}", reply.text());
    }
}

#[tokio::test]
async fn refusals_of_the_engine_name_the_field_too() {
    let app = App::start().await;
    let mpesa =
        json!({"method_code": "momo_mpesa", "country": "CI", "phone": {"number": "0700000000", "country": "CI"}});
    assert_eq!(
        app.post(CREATE, &with("attempt", mpesa.clone())).await.fields(),
        ["attempt.method_code"]
    );
    let mut dollars = attempt("000");
    dollars["currency"] = json!("USD");
    assert_eq!(
        app.post(CREATE, &with("attempt", dollars.clone())).await.fields(),
        ["attempt.currency"]
    );
    let id = app.intent().await;
    let start = format!("{CREATE}/{id}/attempt");
    assert_eq!(app.post(&start, &mpesa).await.fields(), ["method_code"]);
    assert_eq!(app.post(&start, &dollars).await.fields(), ["currency"]);
    let body = attempt("000").to_string();
    let reply = app
        .send("POST", &start, &[("X-Sandbox-Scenario", "no_such")], body.as_bytes())
        .await;
    assert_eq!(reply.fields(), ["X-Sandbox-Scenario"]);
    let reply = app
        .send(
            "POST",
            &start,
            &[("X-Sandbox-Scenario", "both:decline")],
            body.as_bytes(),
        )
        .await;
    assert_eq!(reply.status, 201, "{}", reply.text());
}

#[tokio::test]
async fn bodies_that_are_not_json() {
    let app = App::start().await;
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
    for body in [
        b"{".as_slice(),
        b"{\"amount\":50,}",
        b"{\"amount\":50,\"amount\":51}",
        b"\xff\xfe",
        b"{\"description\":\"\xc3\x28\"}",
        b"amount=50",
        b"{\"a\":\"\\ud800\"}",
        deep.as_bytes(),
    ] {
        let reply = app
            .send(
                "POST",
                CREATE,
                &[("Content-Type", "application/json; charset=utf-8")],
                body,
            )
            .await;
        assert_eq!(reply.refused(400), "malformed_json");
    }
    let id = app.intent().await;
    let cancel = app.send("POST", &format!("{CREATE}/{id}/cancel"), &[], b"{").await;
    assert_eq!(cancel.refused(400), "malformed_json");
    for body in ["[]", "\"x\"", "5", "null"] {
        assert_eq!(
            app.send("POST", CREATE, &[], body.as_bytes()).await.fields(),
            ["body"],
            "{body}"
        );
    }
}

#[tokio::test]
async fn content_types() {
    let app = App::start().await;
    let body = order().to_string();
    for (kind, status) in [
        ("application/json", 201),
        ("Application/JSON ; charset=UTF-8", 201),
        ("application/vnd.api+json", 201),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
    ] {
        let reply = app
            .send("POST", CREATE, &[("Content-Type", kind)], body.as_bytes())
            .await;
        assert_eq!(reply.status, status, "{kind}: {}", reply.text());
    }
    assert_eq!(app.send("POST", CREATE, &[], body.as_bytes()).await.status, 201);
}

#[tokio::test]
async fn large_bodies_are_answered_readably() {
    let app = App::start().await;
    for size in [256 * 1024 + 1, 1_000_000, 8_000_000] {
        let body = vec![b' '; size];
        assert_eq!(
            app.send("POST", CREATE, &[], &body).await.refused(413),
            "payload_too_large",
            "{size}"
        );
        let unknown = app.send_bare("POST", CREATE, &[], &body).await;
        assert_eq!(unknown.refused(401), "unauthenticated");
    }
    let mut body = order().to_string().into_bytes();
    body.resize(256 * 1024, b' ');
    assert_eq!(app.send("POST", CREATE, &[], &body).await.status, 201);
}

#[tokio::test]
async fn metadata_comes_back_exactly() {
    let app = App::start().await;
    let metadata = r#"{"z":1.10,"a":{"k":[true,null,1e3]},"é":"\"x\"","big":123456789012345678901234567890}"#;
    let text = order().to_string().replace(r#"{"order_id":"1024"}"#, metadata);
    let reply = app.send("POST", CREATE, &[], text.as_bytes()).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    assert!(
        reply.text().contains(&format!("\"metadata\":{metadata}")),
        "{}",
        reply.text()
    );
    let id = reply.json()["data"]["id"].as_str().unwrap().to_owned();
    assert!(app.get(&format!("{CREATE}/{id}")).await.text().contains(metadata));
}

#[tokio::test]
async fn card_numbers_are_refused() {
    let app = App::start().await;
    let reply = app
        .post(CREATE, &with("description", json!("card 4111 1111 1111 1111")))
        .await;
    assert_eq!(reply.fields(), ["description"]);
    assert!(!reply.text().contains("4111"));
}
