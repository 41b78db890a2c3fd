//! What comes back: any status as it is, whole or not at all, never longer than the limit.

use gateways::http::{Answer, Failure, MAX_ANSWER_BYTES, Request, UnknownReason};

use crate::peer::{PATIENT, http, replying};

async fn answer_to(reply: impl Into<Vec<u8>>) -> Result<Answer, Failure> {
    let (url, peer) = replying(reply).await;
    let outcome = http().send(Request::get(url), PATIENT).await;
    peer.await.unwrap();
    outcome
}

fn sized(claimed: usize, sent: usize) -> Vec<u8> {
    let mut reply = format!("HTTP/1.1 200 OK\r\nContent-Length: {claimed}\r\n\r\n").into_bytes();
    reply.resize(reply.len() + sent, b'x');
    reply
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let (elsewhere, visited) = replying("HTTP/1.1 200 OK\r\n\r\n").await;
    let reply = format!("HTTP/1.1 302 Found\r\nLocation: {elsewhere}\r\nContent-Length: 0\r\n\r\n");
    let answer = answer_to(reply).await.unwrap();
    assert_eq!(
        (answer.status, answer.header("Location")),
        (302, Some(elsewhere.as_str()))
    );
    assert!(!visited.is_finished());
    visited.abort();
}

#[tokio::test]
async fn bodies_are_read_whole_in_every_framing() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    assert_eq!(answer_to(chunked).await.unwrap().body, b"abcde");
    assert_eq!(
        answer_to("HTTP/1.1 500 Oh\r\n\r\nabc").await.unwrap(),
        Answer::new(500, "abc")
    );
    assert_eq!(
        answer_to(sized(MAX_ANSWER_BYTES, MAX_ANSWER_BYTES))
            .await
            .unwrap()
            .body
            .len(),
        MAX_ANSWER_BYTES
    );
    let informed = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    assert_eq!(answer_to(informed).await.unwrap().body, b"ok");
}

#[tokio::test]
async fn an_answer_that_ends_too_early_is_unknown() {
    let truncated = Err(Failure::Unknown(UnknownReason::Truncated));
    assert_eq!(answer_to("").await, truncated, "closed without an answer");
    assert_eq!(answer_to("HTTP/1.1 200 OK\r\nContent-").await, truncated, "in the head");
    assert_eq!(answer_to(sized(100, 10)).await, truncated, "in the body");
    assert_eq!(
        answer_to("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n").await,
        truncated
    );
}

#[tokio::test]
async fn an_answer_over_the_limit_is_unknown_however_it_is_framed() {
    let too_large = Err(Failure::Unknown(UnknownReason::TooLarge));
    assert_eq!(
        answer_to(sized(MAX_ANSWER_BYTES + 1, MAX_ANSWER_BYTES + 1)).await,
        too_large
    );
    let mut endless = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    endless.resize(endless.len() + 2 * MAX_ANSWER_BYTES, b'x');
    assert_eq!(answer_to(endless).await, too_large);
}

#[tokio::test]
async fn what_is_not_plain_http_is_unknown() {
    let protocol = Err(Failure::Unknown(UnknownReason::Protocol));
    assert_eq!(answer_to("<html>hello</html>\r\n\r\n").await, protocol);
    assert_eq!(
        answer_to("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx").await,
        protocol
    );
    let many_headers = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X-Many: 1\r\n".repeat(101));
    assert_eq!(answer_to(many_headers).await, protocol);
}
