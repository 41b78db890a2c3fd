//! Requests that are hardly HTTP, connections that hang, and the stop.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::app::{App, Reply, order};

#[tokio::test]
async fn heads_beyond_their_limits() {
    let app = App::start().await;
    let long = "a".repeat(9000);
    assert_eq!(
        app.get(&format!("/v1/payment/intents?x={long}")).await.refused(414),
        "uri_too_long"
    );
    let many: Vec<(String, String)> = (0..120).map(|index| (format!("X-H{index}"), "1".to_owned())).collect();
    let many: Vec<(&str, &str)> = many
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        app.send("GET", "/v1/payment/intents", &many, b"").await.refused(431),
        "headers_too_large"
    );
    let large = "a".repeat(40_000);
    assert_eq!(
        app.send("GET", "/healthz", &[("X-Large", &large)], b"")
            .await
            .refused(431),
        "headers_too_large"
    );
}

#[tokio::test]
async fn what_the_http_library_refuses_is_in_the_envelope_too() {
    let app = App::start().await;
    let huge = format!("GET / HTTP/1.1\r\nHost: x\r\nX-Huge: {}\r\n\r\n", "a".repeat(200_000));
    let uri = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(70_000));
    let many = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "X-A: 1\r\n".repeat(400));
    for (bytes, status, code) in [
        ("nonsense\r\n\r\n", 400, "malformed_request"),
        ("GET / HTTP/1.1\r\nbad header\r\n\r\n", 400, "malformed_request"),
        (huge.as_str(), 431, "headers_too_large"),
        (many.as_str(), 431, "headers_too_large"),
        (uri.as_str(), 414, "uri_too_long"),
    ] {
        let reply = Reply::read(&app.raw(bytes.as_bytes()).await);
        assert_eq!(
            (reply.status, reply.json()["code"].as_str()),
            (status, Some(code)),
            "{}",
            reply.head
        );
    }
    let reply = Reply::read(&app.raw(b"nonsense\r\n\r\n").await);
    let id = reply.json()["request_id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("req_") && reply.head.contains(&id), "{}", reply.head);
    let help = reply.json()["doc_url"].as_str().unwrap().to_owned();
    assert_eq!(help, format!("{}/docs/errors/malformed_request", app.url));
    // Before and after: the same server answers everyone else.
    assert_eq!(app.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn unknown_paths_and_wrong_methods() {
    let app = App::start().await;
    assert_eq!(app.get("/v1/nothing").await.refused(404), "not_found");
    assert_eq!(app.get("/v1/payment/intents/").await.refused(404), "not_found");
    let wrong = app.send("DELETE", "/v1/payment/intents", &[], b"").await;
    assert_eq!(wrong.refused(405), "method_not_allowed");
    let mut allowed: Vec<&str> = wrong.header("allow").unwrap().split(',').collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
    let head = app.send("HEAD", "/v1/payment/intents", &[], b"").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[tokio::test]
async fn request_ids_are_ours() {
    let app = App::start().await;
    let reply = app.send("GET", "/healthz", &[("X-Request-Id", "mine")], b"").await;
    let first = reply.header("x-request-id").unwrap().to_owned();
    let second = app.get("/healthz").await.header("x-request-id").unwrap().to_owned();
    assert!(first.starts_with("req_") && first != second);
}

#[tokio::test]
async fn torn_and_broken_bodies_are_refused() {
    let app = App::start().await;
    let key = &app.keys.payment.text;
    let head =
        format!("POST /v1/payment/intents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n");
    let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\nZZ\r\n{{}}\r\n0\r\n\r\n");
    assert_eq!(
        Reply::read(&app.raw(chunked.as_bytes()).await).refused(400),
        "malformed_request"
    );
    let body = order().to_string();
    let good = format!(
        "{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    );
    assert_eq!(Reply::read(&app.raw(good.as_bytes()).await).status, 201);
    // A client that leaves in the middle of its body changes nothing.
    let mut stream = app.connect().await;
    stream
        .write_all(format!("{head}Content-Length: 1000\r\n\r\n{{").as_bytes())
        .await
        .unwrap();
    drop(stream);
    assert_eq!(app.get("/v1/payment/intents").await.json()["pagination"]["count"], 1);
}

#[tokio::test]
async fn callbacks_of_nobody_are_refused() {
    let app = App::start().await;
    for path in ["/callbacks/unknown", "/callbacks/%FF", "/callbacks/%00"] {
        assert_eq!(
            app.send_bare("POST", path, &[("Content-Type", "text/xml")], b"<x/>")
                .await
                .refused(404),
            "not_found"
        );
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let app = App::start().await;
    let answer = app
        .raw(b"POST /callbacks/x HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
        .await;
    assert_eq!(Reply::read(&answer).refused(408), "request_timeout");
}

#[tokio::test]
async fn idle_connections_do_not_hold_up_a_stop() {
    let app = App::start().await;
    let mut idle = app.connect().await;
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    let mut some = [0; 16];
    idle.read_exact(&mut some).await.unwrap();
    let begun = Instant::now();
    app.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(5));
}
