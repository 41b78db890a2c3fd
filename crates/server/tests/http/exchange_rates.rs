//! Attempts in another currency than the intent's, and the rates that price them.

use serde_json::{Value, json};

use crate::app::{App, Reply, order};

const FAR: &str = "2099-01-01";

async fn give(app: &App, base: &str, quote: &str, rate: &str) -> String {
    let body = json!({"base_currency": base, "quote_currency": quote, "rate": rate, "correction_rate": "1.02", "expires_at": FAR});
    let reply = app.admin("POST", "/exchange-rates", &body).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()["data"]["id"].as_str().unwrap().to_owned()
}

async fn import(app: &App, content_type: &str, table: &str) -> Reply {
    let key = format!("Bearer {}", app.keys.admin.text);
    let headers = [("Authorization", key.as_str()), ("Content-Type", content_type)];
    app.send_bare("POST", "/admin/v1/exchange-rates/import", &headers, table.as_bytes())
        .await
}

async fn pay(app: &App, currency: &str, (method, country, quote): (&str, &str, &str), scenario: &str) -> (u16, Value) {
    let mut body = order();
    body["currency"] = json!(currency);
    body["amount"] = json!(1000);
    let number = match country {
        "KE" => "+254712000001",
        "CG" => "+242050000001",
        "CD" => "+243810000001",
        "TN" => "+21620000001",
        _ => "+2250700000001",
    };
    body["attempt"] =
        json!({"method_code": method, "country": country, "phone": {"number": number, "country": country}});
    if !quote.is_empty() {
        body["attempt"]["currency"] = json!(quote);
    }
    let headers = [("Content-Type", "application/json"), ("X-Sandbox-Scenario", scenario)];
    let reply = app
        .send("POST", "/v1/payment/intents", &headers, body.to_string().as_bytes())
        .await;
    (reply.status, reply.json())
}

#[tokio::test]
async fn attempts_in_other_currencies_are_priced_once_and_charged_so() {
    let app = App::start().await;
    for (method, country, quote, rate, amount) in [
        ("momo_mpesa", "KE", "KES", "0.2145", "218.79"),
        ("momo_mtn", "CD", "USD", "0.00165432", "1.69"),
        ("card", "TN", "TND", "0.0051234", "5.226"),
    ] {
        let used = give(&app, "XOF", quote, rate).await;
        let (status, made) = pay(&app, "XOF", (method, country, quote), "approve").await;
        assert_eq!(status, 201, "{made}");
        let id = made["data"]["id"].as_str().unwrap();
        // Neither a newer rate nor the end of this one changes anything now.
        give(&app, "XOF", quote, "9").await;
        let gone = app
            .admin("DELETE", &format!("/exchange-rates/{used}"), &Value::Null)
            .await;
        assert!(gone.json()["data"]["withdrawn_at"].is_string(), "{}", gone.text());
        let paid = app.until(id, |data| data["status"] == "completed").await;
        assert_eq!(paid["amount"]["decimal"], "1000");
        let attempt = &paid["active_attempt"];
        assert_eq!(
            (&attempt["amount"]["decimal"], &attempt["amount"]["currency"]),
            (&json!(amount), &json!(quote))
        );
        let reference = attempt["gateway"]["transaction"]["reference"].as_str().unwrap();
        let charged = app.ledger(reference).await;
        assert_eq!(charged.len(), 1, "{charged:?}");
        assert_eq!(
            (&charged[0]["amount"], &charged[0]["currency"]),
            (&json!(amount), &json!(quote))
        );
        let events = app.events(id);
        let told = events
            .iter()
            .find(|event| event["event"] == "payment.completed")
            .unwrap();
        assert_eq!(told["payment"]["amount"]["decimal"], "1000");
        for shown in [attempt, &told["attempt"], &made["data"]["active_attempt"]] {
            assert_eq!(shown["amount"]["decimal"], amount);
            let rates = (shown["exchange_rate"].to_string(), shown["correction_rate"].to_string());
            assert_eq!(rates, (rate.to_owned(), "1.02".to_owned()));
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn without_a_valid_rate_nothing_starts_and_the_field_is_named() {
    let app = App::start().await;
    let ahead = json!({"base_currency": "XOF", "quote_currency": "KES", "rate": "0.2", "valid_from": "2098-01-01",
        "expires_at": FAR});
    assert_eq!(app.admin("POST", "/exchange-rates", &ahead).await.status, 201);
    // The other way round is another pair.
    give(&app, "KES", "XOF", "4.6").await;
    let mpesa = ("momo_mpesa", "KE", "KES");
    let refused = async |rates: &str| {
        let (status, refused) = pay(&app, "XOF", mpesa, "approve").await;
        assert_eq!(status, 422, "{rates}");
        let text = refused["errors"]["attempt.currency"][0].as_str().unwrap().to_owned();
        assert!(text.contains("exchange rate from XOF to KES"), "{rates}: {text}");
    };
    refused("one in the future").await;
    let rate = give(&app, "XOF", "KES", "0.2").await;
    app.admin("DELETE", &format!("/exchange-rates/{rate}"), &Value::Null)
        .await;
    refused("one withdrawn").await;

    // 1000 XOF are worth less than the smallest amount there, then less than the smallest unit, then too much.
    for (rate, field) in [("0.005", "amount"), ("0.0001", "attempt.currency"), ("2000", "amount")] {
        give(&app, "XOF", "XAF", rate).await;
        let (status, refused) = pay(&app, "XOF", ("momo_airtel", "CG", "XAF"), "approve").await;
        assert_eq!(status, 422, "{rate}");
        assert!(refused["errors"][field].is_array(), "{rate}: {refused}");
    }
    // The currency is the intent's, so the method is what does not fit.
    let (_, refused) = pay(&app, "XOF", ("momo_mpesa", "KE", ""), "approve").await;
    assert!(refused["errors"]["attempt.method_code"].is_array(), "{refused}");
    let (_, refused) = pay(&app, "XOF", ("momo_mpesa", "KE", "USD"), "approve").await;
    assert!(refused["errors"]["attempt.currency"].is_array(), "{refused}");
    assert_eq!(
        app.get("/v1/payment/intents").await.json()["pagination"]["count"],
        json!(0)
    );
    app.stop().await;
}

/// A page that the payer may still pay stays open when the next attempt has no price.
#[tokio::test]
async fn a_page_is_not_closed_for_an_attempt_without_a_rate() {
    let app = App::start().await;
    let id = app.intent().await;
    let path = format!("/v1/payment/intents/{id}/attempt");
    let headers = [("Content-Type", "application/json"), ("X-Sandbox-Scenario", "redirect")];
    let card = json!({"method_code": "card", "country": "CI"});
    let opened = app.send("POST", &path, &headers, card.to_string().as_bytes()).await;
    assert_eq!(
        opened.json()["data"]["active_attempt"]["next_action"]["type"],
        "redirect",
        "{}",
        opened.text()
    );
    let abroad = json!({"method_code": "card", "country": "TN", "currency": "TND"});
    assert_eq!(app.post(&path, &abroad).await.fields(), ["currency"]);
    let data = app.get(&format!("/v1/payment/intents/{id}")).await.json()["data"].take();
    assert_eq!(data["active_attempt"]["status"], "action_required", "{data}");
    app.stop().await;
}

#[tokio::test]
async fn a_fallback_keeps_currency_and_price_and_discovery_shows_what_rates_allow() {
    let app = App::start().await;
    give(&app, "XOF", "KES", "0.2145").await;
    let (_, made) = pay(&app, "XOF", ("momo_mpesa", "KE", "KES"), "down").await;
    let id = made["data"]["id"].as_str().unwrap();
    let paid = app.until(id, |data| data["status"] == "completed").await;
    let attempt = &paid["active_attempt"];
    assert_eq!(
        (&attempt["is_fallback"], &attempt["amount"]["decimal"]),
        (&json!(true), &json!("218.79"))
    );
    assert_eq!(attempt["exchange_rate"].to_string(), "0.2145");
    let countries = app.get(&format!("/v1/payment/intents/{id}/countries")).await.json();
    assert!(
        countries["data"]
            .as_array()
            .unwrap()
            .iter()
            .any(|row| row["code"] == "KE")
    );
    let methods = app
        .get(&format!("/v1/payment/intents/{id}/countries/KE/methods?currency=KES"))
        .await
        .json();
    assert!(
        methods["data"]
            .as_array()
            .unwrap()
            .iter()
            .any(|row| row["value"] == "momo_mpesa")
    );
    app.stop().await;
}

#[tokio::test]
async fn bad_rates_and_bad_tables_are_told_and_nothing_is_given() {
    let app = App::start().await;
    let bad = json!({"base_currency": "XOF", "quote_currency": "XOF", "rate": "0.1", "expires_at": "2001-01-01"});
    let refused = app.admin("POST", "/exchange-rates", &bad).await;
    assert_eq!(refused.status, 422);
    let errors = refused.json()["errors"].clone();
    assert!(
        errors["quote_currency"].is_array() && errors["expires_at"].is_array(),
        "{errors}"
    );
    let table = "base_currency,quote_currency,rate,expires_at\nXOF,EUR,0.00152,2099-01-01\nXOF,USD,-3,soon\nXOF,XOF,1,2099-01-01\n";
    let refused = import(&app, "text/csv", table).await;
    assert_eq!(refused.status, 422);
    let told = refused.json()["errors"]["body"].to_string();
    assert!(
        told.contains("Line 3, rate:") && told.contains("Line 3, expires_at:"),
        "{told}"
    );
    assert_eq!(
        app.admin("GET", "/exchange-rates", &Value::Null).await.json()["data"],
        json!([])
    );

    let table = "base_currency,quote_currency,rate,expires_at,correction_rate\nXOF,EUR,0.00152,2099-01-01,\nXOF,USD,0.0017,2099-01-01,1.01\n";
    let given = import(&app, "text/csv; charset=utf-8", table).await;
    assert_eq!(given.status, 201, "{}", given.text());
    assert_eq!(given.json()["data"]["rates"], 2);
    let listed = app
        .admin("GET", "/exchange-rates?quote_currency=USD&at=2098-12-31", &Value::Null)
        .await
        .json();
    assert_eq!(
        (&listed["data"][0]["rate"], &listed["data"][0]["correction_rate"]),
        (&json!("0.0017"), &json!("1.01"))
    );
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    assert_eq!(
        import(&app, "application/json", "{}").await.refused(415),
        "unsupported_media_type"
    );
    let log = app
        .admin("GET", "/audit-log?action=exchange_rate", &Value::Null)
        .await
        .json();
    assert_eq!(log["data"].as_array().unwrap().len(), 2);
    app.stop().await;
}

#[tokio::test]
async fn tables_have_limits_and_the_last_line_of_a_large_one_counts() {
    let app = App::start().await;
    let row = "XOF,KES,0.2145,1.02,2026-12-01T00:00:00+00:00,2099-01-01T00:00:00+00:00\n";
    let head = "base_currency,quote_currency,rate,correction_rate,valid_from,expires_at\n";
    let nine = format!("{head}{}", row.repeat(9_999));
    let wrong = import(&app, "text/csv", &format!("{nine}XOF,XOF,1,1,,2099-01-01\n")).await;
    let told = wrong.json()["errors"]["body"].to_string();
    assert!(told.contains("Line 10001, quote_currency:"), "{told}");
    let more = import(&app, "text/csv", &format!("{nine}{row}{row}")).await;
    assert_eq!(more.fields(), ["body"]);
    let large = format!("{head}{}", " ".repeat(1024 * 1024));
    assert_eq!(import(&app, "text/csv", &large).await.refused(413), "payload_too_large");
    let empty = app.admin("GET", "/exchange-rates", &Value::Null).await.json();
    assert_eq!(empty["data"], json!([]));
    let given = import(&app, "text/csv", &format!("{nine}{row}")).await;
    assert_eq!((given.status, &given.json()["data"]["rates"]), (201, &json!(10_000)));
    app.stop().await;
}
