//! Where, and with what, an intent can be paid.

use serde_json::{Value, json};

use crate::app::{App, order};

async fn intent_of(app: &App, currency: &str, customer: Value) -> String {
    let mut body = order();
    body["currency"] = json!(currency);
    body["customer"] = customer;
    let reply = app.post("/v1/payment/intents", &body).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()["data"]["id"].as_str().unwrap().to_owned()
}

fn values<'v>(body: &'v Value, name: &str) -> Vec<&'v str> {
    let rows = body["data"].as_array().unwrap();
    rows.iter().map(|row| row[name].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_likeliest_country_comes_first_and_names_are_in_the_payers_language() {
    let app = App::start().await;
    let id = intent_of(&app, "XOF", json!({"phone": "+221770000001", "country": "SN"})).await;
    let path = format!("/v1/payment/intents/{id}/countries");
    let body = app.get(&path).await.json();
    let codes = values(&body, "code");
    assert_eq!(codes[0], "SN");
    assert!(
        codes.contains(&"CI") && !codes.contains(&"KE"),
        "only where XOF is taken: {codes:?}"
    );
    assert_eq!(body["meta"]["total"], codes.len());
    assert_eq!(body["meta"]["supports_any_country"], true);
    assert_eq!(
        (&body["data"][0]["name"], &body["data"][0]["flag"]),
        (&json!("Senegal"), &json!("🇸🇳"))
    );
    let french = app
        .send("GET", &path, &[("Accept-Language", "fr-SN, en;q=0.5")], b"")
        .await
        .json();
    assert_eq!(french["data"][0]["name"], "Sénégal");
    assert_eq!(
        app.get("/v1/payment/intents/TRX00000000000000000000000000/countries")
            .await
            .status,
        404
    );
    app.stop().await;
}

#[tokio::test]
async fn methods_tell_how_they_work_and_how_well_and_what_the_payer_used_comes_first() {
    let app = App::start().await;
    let customer = json!({"email": "ama@example.com"});
    let first = intent_of(&app, "XOF", customer.clone()).await;
    let methods = |id: &str| format!("/v1/payment/intents/{id}/countries/CI/methods");
    let body = app.get(&methods(&first)).await.json();
    let before = values(&body, "value");
    assert!(before.contains(&"momo_mtn") && before[0] != "wallet_wave", "{before:?}");
    let mtn = body["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["value"] == "momo_mtn")
        .unwrap();
    assert_eq!(
        (&mtn["family"], &mtn["needs_phone"], &mtn["flow"], &mtn["availability"]),
        (&json!("momo"), &json!(true), &json!("prompt"), &json!("available"))
    );
    assert_eq!(mtn["limits"][0]["min"]["currency"], "XOF");
    assert!(mtn["icon_url"].as_str().unwrap().ends_with("/icons/momo_mtn.svg"));

    let attempt =
        json!({"method_code": "wallet_wave", "country": "CI", "phone": {"number": "+2250700000100", "country": "CI"}});
    let headers = [
        ("Content-Type", "application/json"),
        ("X-Sandbox-Scenario", "approve_now"),
    ];
    let path = format!("/v1/payment/intents/{first}/attempt");
    let started = app.send("POST", &path, &headers, attempt.to_string().as_bytes()).await;
    assert_eq!(started.status, 201, "{}", started.text());
    app.until(&first, |data| data["status"] == "completed").await;
    let second = intent_of(&app, "XOF", customer).await;
    let body = app.get(&methods(&second)).await.json();
    assert_eq!(values(&body, "value")[0], "wallet_wave");
    app.stop().await;
}

#[tokio::test]
async fn only_what_rules_and_currency_allow_is_offered_and_bad_questions_are_told() {
    let app = App::start().await;
    let id = intent_of(&app, "XOF", json!({"email": "ama@example.com"})).await;
    let methods = |tail: &str| format!("/v1/payment/intents/{id}/countries/{tail}");
    let rules = app
        .admin("GET", "/routing-rules?per_page=100", &Value::Null)
        .await
        .json();
    for rule in rules["data"].as_array().unwrap() {
        let (rule_id, method) = (rule["id"].as_str().unwrap(), rule["method_code"].as_str().unwrap());
        if method != "momo_mtn" {
            let gone = app
                .admin("DELETE", &format!("/routing-rules/{rule_id}"), &Value::Null)
                .await;
            assert!(gone.status < 300, "{}", gone.text());
        }
    }
    assert_eq!(
        values(&app.get(&methods("CI/methods")).await.json(), "value"),
        ["momo_mtn"]
    );
    assert_eq!(
        app.get(&methods("CI/methods?currency=KES")).await.json()["data"],
        json!([])
    );
    let bad = app.get(&methods("CI/methods?currency=nonsense")).await;
    assert_eq!(bad.status, 422);
    assert!(bad.json()["errors"]["currency"].is_array());
    for (code, text) in [
        (
            "ci",
            "A country is two upper-case letters of ISO 3166-1, for example CI.",
        ),
        ("ZZ", "This country code is not assigned in ISO 3166-1."),
    ] {
        let unread = app.get(&methods(&format!("{code}/methods"))).await;
        assert_eq!(unread.refused(404), "not_found");
        assert_eq!(unread.json()["message"], text);
    }
    assert_eq!(app.get(&methods("FR/methods")).await.status, 404);
    app.stop().await;
}

#[tokio::test]
async fn an_amount_that_the_operator_does_not_take_is_refused_with_the_figures() {
    let app = App::start().await;
    let mut body = order();
    body["amount"] = json!(50);
    body["attempt"] =
        json!({"method_code": "momo_moov", "country": "BJ", "phone": {"number": "+2290195000001", "country": "BJ"}});
    let refused = app.post("/v1/payment/intents", &body).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    let told = refused.json()["errors"]["amount"][0].as_str().unwrap().to_owned();
    assert!(told.contains("100 XOF"), "{told}");
    let id = app.intent().await;
    let refused = app
        .post(&format!("/v1/payment/intents/{id}/attempt"), &body["attempt"])
        .await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.json()["errors"]["method_code"][0]
            .as_str()
            .unwrap()
            .contains("100 XOF")
    );
    assert_eq!(
        app.get(&format!("/v1/payment/intents/{id}")).await.json()["data"]["active_attempt"],
        Value::Null
    );
    app.stop().await;
}

#[tokio::test]
async fn a_number_that_moved_keeps_what_worked_whatever_its_prefix_says() {
    let app = App::start().await;
    let number = "+2250700000100";
    let first_method = async |email: &str| {
        let id = intent_of(&app, "XOF", json!({"email": email, "phone": number})).await;
        let body = app
            .get(&format!("/v1/payment/intents/{id}/countries/CI/methods"))
            .await
            .json();
        values(&body, "value")[0].to_owned()
    };
    assert_eq!(first_method("ama@example.com").await, "momo_orange");

    let id = intent_of(&app, "XOF", json!({"email": "kofi@example.com"})).await;
    let attempt =
        json!({"method_code": "momo_mtn", "country": "CI", "phone": {"number": number, "country": "CI"}}).to_string();
    let headers = [
        ("Content-Type", "application/json"),
        ("X-Sandbox-Scenario", "approve_now"),
    ];
    let path = format!("/v1/payment/intents/{id}/attempt");
    let started = app.send("POST", &path, &headers, attempt.as_bytes()).await;
    assert_eq!(started.status, 201, "{}", started.text());
    app.until(&id, |data| data["status"] == "completed").await;

    assert_eq!(first_method("yaa@example.com").await, "momo_mtn");
    app.stop().await;
}
