//! Asking providers again while they are slow: an answer that is not there yet is told as such, and never as a failure.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::app::{App, Reply, attempt};

/// Switches every operator to `normal` or `slow`.
async fn operators(app: &App, mode: &str) {
    let address = app.simulator.url().trim_start_matches("http://");
    let body = json!({"mode": mode}).to_string();
    let request = format!(
        "POST /control HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert_eq!(Reply::read(&answer).status, 200);
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_pending_and_stays_so_under_its_key() {
    let app = App::start().await;
    let id = app.intent().await;
    for _ in 0..3 {
        let started = app
            .post(&format!("/v1/payment/intents/{id}/attempt"), &attempt("111"))
            .await;
        assert_eq!(started.status, 201, "{}", started.text());
        app.until(&id, |data| data["active_attempt"]["status"] == "failed")
            .await;
    }
    let reconcile = async |key: &str| {
        let path = format!("/v1/payment/intents/{id}/reconcile");
        app.send("POST", &path, &[("X-Idempotency-Key", key)], b"{}").await
    };
    operators(&app, "slow").await;
    let early = reconcile("reconcile-1").await;
    let data = early.json()["data"].take();
    assert_eq!(
        (early.status, &data["status"], &data["completed_at"]),
        (200, &json!("pending"), &Value::Null)
    );
    let again = reconcile("reconcile-1").await;
    assert_eq!(
        (again.text(), again.header("x-idempotent-replayed")),
        (early.text(), Some("true"))
    );
    operators(&app, "normal").await;
    let late = reconcile("reconcile-2").await.json()["data"].take();
    assert_eq!(late["status"], "completed");
    assert!(late["completed_at"].is_string());
    assert_eq!(late["attempts"]["requeried"].as_array().unwrap().len(), 3);
}
