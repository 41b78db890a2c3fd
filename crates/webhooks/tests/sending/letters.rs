//! What leaves, and by which connection.

use std::sync::Arc;

use webhooks::{Answer, Letter, Receiver as Takes, SendFailure, Sender};

use crate::lab::{OK, OK_AND_CLOSE, Receiver, Temper, letter, sender};

#[tokio::test]
async fn a_letter_arrives_as_it_was_given() {
    let receiver = Receiver::with(Temper::Says(OK.into())).await;
    let answer = sender().send(letter(receiver.url())).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"ok"[..]));
    let text = receiver.letters.lock().unwrap()[0].clone();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, r#"{"event":"payment.completed"}"#);
    let mut lines: Vec<String> = head.lines().map(str::to_ascii_lowercase).collect();
    assert_eq!(lines.remove(0), "post /hook?a=b http/1.1");
    lines.sort();
    let version = env!("CARGO_PKG_VERSION");
    let expected = [
        "content-length: 29".to_owned(),
        "content-type: application/json".to_owned(),
        format!("host: {}", receiver.address),
        format!("user-agent: cowry/{version} (+webhooks)"),
        "webhook-id: msg_1".to_owned(),
        "x-payment-event: payment.completed".to_owned(),
    ];
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn connections_are_kept_for_the_next_letter() {
    let receiver = Receiver::with(Temper::Says(OK.into())).await;
    let sender = sender();
    for _ in 0..50 {
        sender.send(letter(receiver.url())).await.unwrap();
    }
    assert_eq!(receiver.connections(), 1);
    assert_eq!(receiver.letters.lock().unwrap().len(), 50);
}

#[tokio::test]
async fn a_receiver_that_closes_gets_a_new_connection_for_each_letter() {
    let receiver = Receiver::with(Temper::SaysAndCloses(OK_AND_CLOSE.into())).await;
    let sender = sender();
    for _ in 0..10 {
        sender.send(letter(receiver.url())).await.unwrap();
    }
    assert_eq!(receiver.connections(), 10);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let elsewhere = Receiver::with(Temper::Says(OK.into())).await;
    for status in [301, 302, 303, 307, 308] {
        let reply = format!(
            "HTTP/1.1 {status} Moved\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n",
            elsewhere.url()
        );
        let receiver = Receiver::with(Temper::Says(reply)).await;
        assert_eq!(sender().send(letter(receiver.url())).await.unwrap().status, status);
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn a_header_that_cannot_be_written_is_not_sent() {
    let receiver = Receiver::with(Temper::Says(OK.into())).await;
    let mut split = letter(receiver.url());
    split.headers.push(("x-payment-id", "a\r\nx-more: b".into()));
    assert_eq!(sender().send(split).await.unwrap_err().0, SendFailure::Broken);
    assert_eq!(receiver.connections(), 0);
}

struct Echo;

impl Takes for Echo {
    fn receive(&self, letter: Letter) -> std::pin::Pin<Box<dyn Future<Output = Result<Answer, SendFailure>> + Send>> {
        Box::pin(async move {
            if letter.body.is_empty() {
                return Err(SendFailure::Broken);
            }
            Ok(Answer {
                status: 200,
                retry_after_s: None,
                body: letter.body,
                took_ms: 7,
            })
        })
    }
}

#[tokio::test]
async fn in_process_a_letter_is_given_to_the_function() {
    let sender = Sender::in_process(Arc::new(Echo));
    let mut sent = letter("https://merchant.example/");
    let answer = sender.send(sent.clone()).await.unwrap();
    assert_eq!((answer.body, answer.took_ms), (sent.body.clone(), 7));
    sent.body.clear();
    assert_eq!(sender.send(sent).await, Err((SendFailure::Broken, 0)));
}
