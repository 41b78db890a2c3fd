//! So many calls in a minute, told with every answer.

use serde_json::{Value, json};

use super::{PATH, sale};
use crate::app::App;

#[tokio::test]
async fn a_key_has_a_hundred_calls_in_a_minute_and_is_told_what_is_left() {
    let app = App::start().await;
    let mut before = 100;
    // A minute may end on the way: then there are two hundred.
    for number in 1..=201 {
        let reply = app.ask("GET", "?limit=1", &Value::Null).await;
        assert_eq!(reply.header("x-ratelimit-limit"), Some("100"));
        let left: i64 = reply.header("x-ratelimit-remaining").unwrap().parse().unwrap();
        let resets_s: i64 = reply.header("x-ratelimit-reset").unwrap().parse().unwrap();
        assert_eq!(resets_s % 60, 0);
        if reply.status == 200 {
            assert!(left == before - 1 || left == 99, "{left} after {before}");
            before = left;
            continue;
        }
        assert!(number > 100, "the hundred may be spent at once");
        assert_eq!((reply.status, left), (429, 0));
        let seconds = reply.header("retry-after").unwrap();
        let message = format!("Too many requests. Please retry after {seconds} seconds.");
        let body = json!({"error": {"code": "rate_limit_exceeded", "message": message, "type": "api_error"}});
        assert_eq!(reply.json(), body);
        assert_eq!(
            app.get("/v1/payment/intents").await.status,
            200,
            "the other API counts by itself"
        );
        return;
    }
    panic!("never refused");
}

#[tokio::test]
async fn a_refusal_is_counted_and_told_too() {
    let app = App::start().await;
    let reply = app.ask("POST", "", &json!({})).await;
    assert_eq!(reply.status, 400);
    assert!(reply.header("x-ratelimit-remaining").is_some());
    assert_eq!(app.ask("POST", "", &sale()).await.status, 201);
    let nobody = app.send_bare("GET", PATH, &[], b"").await;
    assert_eq!((nobody.status, nobody.header("x-ratelimit-limit")), (401, None));
}
