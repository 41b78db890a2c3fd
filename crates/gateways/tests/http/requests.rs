//! What leaves: one connection per call, our own framing headers, and nothing at all when it cannot be written.

use gateways::http::{Failure, Method, NamedBy, NotSentReason, Request};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::peer::{End, PATIENT, http, listen, read_head, read_to_end, replying};

#[tokio::test]
async fn a_request_is_written_once_as_http_1_1_with_its_body() {
    let (listener, url) = listen().await;
    let peer = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let head = read_head(&mut socket).await;
        let mut body = [0; 13];
        socket.read_exact(&mut body).await.unwrap();
        socket
            .write_all(b"HTTP/1.1 201 Created\r\nX-Id: 7\r\nContent-Length: 2\r\n\r\n{}")
            .await
            .unwrap();
        (head, body, read_to_end(&mut socket).await)
    });
    let request = Request::post(format!("{url}?a=1#part"))
        .header("X-Key", "k")
        .json(&json!({"amount": 50}))
        .unwrap();
    let answer = http().send(request, PATIENT).await.unwrap();
    assert_eq!(
        (answer.status, answer.header("x-id"), answer.body.as_slice()),
        (201, Some("7"), b"{}".as_slice())
    );

    let (head, body, rest) = peer.await.unwrap();
    let authority = url.trim_start_matches("http://").trim_end_matches("/charge");
    assert!(head.starts_with("POST /charge?a=1 HTTP/1.1\r\n"), "{head}");
    for line in [
        &format!("host: {authority}"),
        "connection: close",
        "accept-encoding: identity",
        "content-type: application/json",
        "content-length: 13",
        "x-key: k",
    ] {
        assert!(head.lines().any(|found| found == line), "no {line} in {head}");
    }
    assert_eq!(&body, br#"{"amount":50}"#);
    assert_eq!(rest, (Vec::new(), End::Closed), "an answered call ends politely");
}

#[tokio::test]
async fn a_connection_is_never_used_twice_even_if_the_peer_offers_it() {
    let (listener, url) = listen().await;
    let peer = tokio::spawn(async move {
        let mut open = Vec::new();
        for _ in 0..2 {
            let (mut socket, _) = listener.accept().await.unwrap();
            read_head(&mut socket).await;
            let reply = b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n";
            socket.write_all(reply).await.unwrap();
            open.push(socket);
        }
        open.len()
    });
    let http = http();
    for _ in 0..2 {
        assert_eq!(http.send(Request::get(url.clone()), PATIENT).await.unwrap().status, 200);
    }
    assert_eq!(peer.await.unwrap(), 2);
}

#[tokio::test]
async fn a_name_is_tried_at_each_of_its_addresses() {
    let (listener, url) = listen().await;
    let peer = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let head = read_head(&mut socket).await;
        socket.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        head
    });
    // `localhost` is ::1 first on most machines, where nobody listens.
    let url = url.replace("127.0.0.1", "localhost");
    assert_eq!(http().send(Request::get(url), PATIENT).await.unwrap().status, 204);
    assert!(peer.await.unwrap().contains("host: localhost:"));
}

#[tokio::test]
async fn what_cannot_be_written_as_asked_is_not_sent() {
    let (listener, url) = listen().await;
    let host = url.trim_start_matches("http://");
    let bad_urls = [
        format!("http://user@{host}"),
        format!("http://u:p@{host}"),
        format!("ftp://{host}"),
        "/charge".to_owned(),
    ];
    for bad in bad_urls {
        let outcome = http().send(Request::get(bad.clone()), PATIENT).await;
        assert_eq!(outcome, Err(Failure::NotSent(NotSentReason::BadUrl)), "{bad}");
    }
    let bad_headers = [
        ("X-Key", "a\r\nX-Other: b"),
        ("X Key", "a"),
        ("Host", "elsewhere"),
        ("content-length", "3"),
    ];
    for (name, value) in bad_headers {
        let outcome = http()
            .send(Request::get(url.clone()).header(name, value), PATIENT)
            .await;
        assert_eq!(
            outcome,
            Err(Failure::NotSent(NotSentReason::BadHeader)),
            "{name}: {value}"
        );
    }
    let unexpected = tokio::time::timeout(std::time::Duration::ZERO, listener.accept()).await;
    assert!(unexpected.is_err(), "no connection was made");
}

#[tokio::test]
async fn a_host_that_a_merchant_named_is_called_only_where_the_rule_allows() {
    let (listener, url) = listen().await;
    let guarded = http().guarded(|address| !address.is_loopback());
    // The name says nothing; what it stands for is judged.
    for url in [url.clone(), url.replace("127.0.0.1", "localhost")] {
        let request = Request::get(url.clone()).named_by(NamedBy::Merchant);
        let outcome = guarded.send(request, PATIENT).await;
        assert_eq!(outcome, Err(Failure::NotSent(NotSentReason::NotAllowed)), "{url}");
    }
    let unexpected = tokio::time::timeout(std::time::Duration::ZERO, listener.accept()).await;
    assert!(unexpected.is_err(), "no connection was made");
    let (url, peer) = replying("HTTP/1.1 204 No Content\r\n\r\n").await;
    assert_eq!(guarded.send(Request::get(url), PATIENT).await.unwrap().status, 204);
    peer.await.unwrap();
}

#[test]
fn printing_a_request_shows_no_secret() {
    let request = Request::new(Method::PUT, "https://u:s3cret@example.test/pay?token=s3cret")
        .header("Authorization", "Bearer s3cret")
        .body("text/plain", "s3cret");
    let printed = format!("{request:?}");
    assert!(!printed.contains("s3cret"), "{printed}");
    assert!(
        printed.contains("https://example.test/pay") && printed.contains("Authorization"),
        "{printed}"
    );
}
