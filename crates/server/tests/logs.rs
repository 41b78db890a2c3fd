//! The log: one line per request, and nothing in it that must not be there. A program of its own: it listens to the
//! whole process.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    dead_code,
    missing_docs
)]

#[path = "http/app.rs"]
mod app;

use std::io;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use app::{App, attempt, order};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn requests_are_logged_without_bodies_queries_or_keys() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(lines.clone());
    tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
    let app = App::start().await;
    let mut body = order();
    body["attempt"] = attempt("100");
    let id = app.post("/v1/payment/intents", &body).await.json()["data"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let read = app.get(&format!("/v1/payment/intents/{id}?secret=in-the-query")).await;
    body["description"] = json!("card 4111 1111 1111 1111");
    let refused = app.post("/v1/payment/intents", &body).await;
    assert_eq!(refused.status, 422);

    // A page: what opens it is a secret.
    body = order();
    let made = app.post("/v1/payment/checkouts", &body).await.json();
    let token = made["data"]["checkout"]["token"].as_str().unwrap().to_owned();
    let path = format!("/c/{token}");
    let page = app.send_bare("GET", &format!("{path}?lang=fr"), &[], b"").await;
    let form = b"step=pay&form=0&country=CI&phone=0500000100&method=momo_mtn";
    let kind = [("Content-Type", "application/x-www-form-urlencoded")];
    let paid = app.send_bare("POST", &path, &kind, form).await;
    assert_eq!((page.status, paid.status), (200, 303));
    let figures = app.send_bare("GET", "/metrics", &[], b"").await.text();
    assert!(figures.contains("/c/{token}") && !figures.contains(&token));

    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let about = |request_id: &str| {
        let mut rows = log
            .lines()
            .filter(|line| line.contains("\"event\":\"request\"") && line.contains(request_id));
        let row: serde_json::Value = serde_json::from_str(rows.next().expect(request_id)).unwrap();
        assert!(rows.next().is_none(), "one line per request");
        row["fields"].clone()
    };
    let line = about(read.header("x-request-id").unwrap());
    assert_eq!((&line["method"], &line["status"]), (&json!("GET"), &json!(200)));
    assert_eq!(
        (&line["route"], &line["intent"]),
        (&json!("/v1/payment/intents/{id}"), &json!(id))
    );
    assert_eq!(line["project"], app.scope.project_id.to_string());
    assert_eq!(about(refused.header("x-request-id").unwrap())["status"], 422);
    assert_eq!(about(paid.header("x-request-id").unwrap())["route"], "/c/{token}");
    let secret = app.keys.payment.text.rsplit('_').next().unwrap();
    for hidden in [
        secret,
        "4111 1111",
        "in-the-query",
        token.as_str(),
        "0500000100",
        "payer@example.com",
        "0700000100",
        "+2250700000100",
    ] {
        assert!(!log.contains(hidden), "{hidden} is in the log");
    }
}
