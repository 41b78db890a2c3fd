//! What is sent and sent again: tests of an endpoint, the log of deliveries, one, a range, and what failed.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Value, json};

use super::{ENDPOINTS, data, get, open, pay, post, until};
use crate::app::App;
use crate::receiver::Receiver;

#[tokio::test(flavor = "multi_thread")]
async fn a_test_is_signed_and_shaped_like_an_event_and_says_that_it_is_none() {
    let (app, shop) = (App::start().await, Receiver::start().await);
    let (id, secret) = open(&app, json!({"url": shop.url})).await;
    let path = format!("{ENDPOINTS}/{id}");
    pay(&app, None).await;
    let real = shop.letters(1).await.remove(0);
    data(&post(&app, &format!("{path}/disable"), Value::Null).await, 200);

    let tested = data(&post(&app, &format!("{path}/test"), Value::Null).await, 200);
    assert_eq!(
        (&tested["outcome"], &tested["status"], &tested["answer"]),
        (&json!("delivered"), &json!(200), &json!("hello"))
    );
    assert!(tested["took_ms"].is_i64());
    let letter = shop.letters(2).await.remove(1);
    assert!(letter.is_signed_by(&[&secret]));
    let names = |headers: &BTreeMap<String, String>| -> Vec<String> { headers.keys().cloned().collect() };
    assert_eq!(names(&letter.headers), names(&real.headers));
    let mut body = letter.json();
    assert_eq!(
        (&body["event"], &body["payment"]["status"], &body["payment"]["id"]),
        (
            &json!("payment.completed"),
            &json!("completed"),
            &json!(letter.headers["x-payment-id"])
        )
    );
    assert_eq!(body.as_object_mut().unwrap().remove("test"), Some(json!(true)));
    let members = |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    let real = real.json();
    assert_eq!(members(&body), members(&real));
    assert_eq!(members(&body["payment"]), members(&real["payment"]));
    let unknown = app
        .get(&format!("/v1/payment/intents/{}", letter.headers["x-payment-id"]))
        .await;
    assert_eq!(unknown.refused(404), "not_found", "its payment is made up");

    shop.answers(500);
    let failed = post(
        &app,
        &format!("{path}/test"),
        json!({"event": "payment.attempt.failed"}),
    )
    .await;
    let failed = data(&failed, 200);
    assert_eq!(
        (&failed["outcome"], &failed["status"]),
        (&json!("refused"), &json!(500))
    );
    let change = json!({"url": "http://127.0.0.1:1/"});
    data(&app.admin("PATCH", &path, &change).await, 200);
    let nobody = data(&post(&app, &format!("{path}/test"), Value::Null).await, 200);
    assert_eq!(
        (&nobody["outcome"], &nobody["status"]),
        (&json!("unreachable"), &Value::Null)
    );
    let kept = get(&app, &format!("/webhook-deliveries?endpoint_id={id}")).await;
    assert_eq!(kept.as_array().unwrap().len(), 1, "a test is no delivery");
    assert_eq!(get(&app, &path).await["health"]["failures"], 0);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_shown_as_they_were_made() {
    let (app, shop) = (App::start().await, Receiver::start().await);
    let (id, secret) = open(&app, json!({"url": shop.url})).await;
    shop.answers(503);
    let payment = pay(&app, Some(&shop.url.replace("/hook", "/own"))).await;
    shop.letters(2).await;
    let to_endpoint = format!("/webhook-deliveries?endpoint_id={id}&state=waiting");
    let tried = until(&app, &to_endpoint, |rows| rows[0]["tries"].as_i64() > Some(0)).await;
    let found = &tried[0];
    assert_eq!(
        (&found["payment_id"], &found["event"], &found["url"], &found["sequence"]),
        (&json!(payment), &json!("payment.expired"), &json!(shop.url), &json!(1))
    );
    assert!(found["next_try_at"].is_string() && found["ended_at"].is_null());
    shop.answers(200);
    let path = format!("/webhook-deliveries/{}", found["id"].as_str().unwrap());
    let story = until(&app, &path, |story| story["state"] == "delivered").await;
    let log = story["try_log"].as_array().unwrap();
    assert_eq!(log.len() as i64, story["tries"].as_i64().unwrap());
    let last = log.last().unwrap();
    for (done, outcome, status) in [(&log[0], "refused", 503), (last, "delivered", 200)] {
        assert_eq!(
            (&done["outcome"], &done["status"], &done["answer"], &done["url"]),
            (&json!(outcome), &json!(status), &json!("hello"), &json!(shop.url))
        );
    }
    let came = shop.letters(3).await;
    let own = came
        .iter()
        .rev()
        .find(|letter| letter.headers.contains_key("x-orqex-signature"));
    let (own, request) = (own.unwrap(), &story["request"]);
    assert_eq!(
        (&request["method"], &request["url"]),
        (&json!("POST"), &json!(shop.url))
    );
    assert_eq!(request["body"], own.json());
    for (name, value) in request["headers"].as_object().unwrap() {
        match name.as_str() {
            "webhook-signature" | "x-orqex-signature" => assert_eq!(value, "…"),
            name => assert_eq!(value, &own.headers[name], "{name}"),
        }
    }
    assert!(request["headers"]["x-orqex-signature"].is_string());
    assert!(!story.to_string().contains(&secret));

    let event = found["event_id"].as_str().unwrap();
    let count = async |query: &str| {
        let rows = get(&app, &format!("/webhook-deliveries?{query}")).await;
        rows.as_array().unwrap().len()
    };
    let of_event = format!("/webhook-deliveries?event_id={event}&state=delivered");
    let both = until(&app, &of_event, |rows| rows.as_array().unwrap().len() == 2).await;
    let to_payment = both.as_array().unwrap().iter().find(|row| row["endpoint_id"].is_null());
    let shown = get(
        &app,
        &format!("/webhook-deliveries/{}", to_payment.unwrap()["id"].as_str().unwrap()),
    )
    .await;
    assert!(shown["url"].as_str().unwrap().ends_with("/own"));
    assert!(shown["request"]["headers"].get("x-orqex-signature").is_none());
    assert_eq!(count(&format!("payment_id={payment}")).await, 2);
    assert_eq!(count("state=waiting").await, 0);
    assert_eq!(count("created_at[gte]=2999-01-01").await, 0);
    assert_eq!(count("created_at[lte]=2999-01-01").await, 2);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_a_range_and_what_failed_are_sent_again() {
    let (app, shop, late) = (App::start().await, Receiver::start().await, Receiver::start().await);
    let (id, _) = open(&app, json!({"url": shop.url})).await;
    for _ in 0..3 {
        pay(&app, None).await;
    }
    let came = shop.letters(3).await;
    let resend = async |path: String, body: Value| data(&post(&app, &format!("{path}/resend"), body).await, 202);
    let delivered = format!("/webhook-deliveries?endpoint_id={id}&state=delivered");
    let all = until(&app, &delivered, |rows| rows.as_array().unwrap().len() == 3).await;

    let one = resend(
        format!("/webhook-deliveries/{}", all[0]["id"].as_str().unwrap()),
        Value::Null,
    )
    .await;
    assert_eq!((&one["id"], &one["state"]), (&all[0]["id"], &json!("waiting")));
    let again = shop.letters(4).await.remove(3);
    assert_eq!(json!(again.event_id()), all[0]["event_id"]);
    let first = came
        .iter()
        .find(|letter| letter.event_id() == again.event_id())
        .unwrap();
    assert_eq!(again.body, first.body, "to the byte");

    // An endpoint that was not there yet: one event, then all, then from tomorrow on.
    let (newer, _) = open(&app, json!({"url": late.url})).await;
    let event = format!("/events/{}", again.event_id());
    let answer = resend(event.clone(), json!({"endpoint_id": newer})).await;
    assert_eq!(answer, json!({"deliveries": 1, "continue_from": null}));
    assert_eq!(late.letters(1).await[0].event_id(), again.event_id());
    let answer = resend(event, Value::Null).await;
    assert_eq!(answer["deliveries"], 2, "wherever it went");
    shop.letters(5).await;
    late.letters(2).await;
    let path = format!("{ENDPOINTS}/{newer}");
    let today = json!({"only": "all", "from": "2026-01-01", "to": "2999-01-01"});
    assert_eq!(resend(path.clone(), today).await["deliveries"], 3);
    let ids: HashSet<String> = late.letters(5).await.iter().map(|l| l.event_id().to_owned()).collect();
    assert_eq!(ids.len(), 3);
    let ahead = json!({"only": "all", "from": "2999-01-01"});
    assert_eq!(resend(path.clone(), ahead).await["deliveries"], 0);

    let failed = json!({"only": "failed"});
    let waits = format!("{path}/disable");
    until(&app, &path, |shown| shown["health"]["waiting"] == 0).await;
    assert_eq!(
        resend(path.clone(), failed.clone()).await["deliveries"],
        0,
        "all arrived"
    );
    late.answers(500);
    pay(&app, None).await;
    until(&app, &path, |shown| shown["health"]["failures"].as_i64() > Some(0)).await;
    late.answers(200);
    assert_eq!(resend(path.clone(), failed).await["deliveries"], 1);
    until(&app, &path, |shown| shown["health"]["waiting"] == 0).await;
    data(&post(&app, &waits, Value::Null).await, 200);
    let log = app.admin("GET", "/audit-log?per_page=100", &Value::Null).await.text();
    for action in [
        "webhook_delivery.resend",
        "event.resend",
        "webhook_endpoint.resend",
        "webhook_endpoint.resend_failed",
    ] {
        assert!(log.contains(&format!("\"{action}\"")), "{action}");
    }
    app.stop().await;
}
