//! How much of an answer is read, for how long, and what it may ask for.

use std::sync::atomic::Ordering;

use webhooks::{MAX_ANSWER_BYTES, SendFailure, Sender};
use world::World;

use crate::lab::{OK, Receiver, Temper, hasty, letter, sender};

#[tokio::test]
async fn of_an_endless_body_16_kib_are_read_and_the_connection_is_given_up() {
    for head in [
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n",
    ] {
        let receiver = Receiver::with(Temper::NeverEnds(head.into())).await;
        let sender = sender();
        for count in 1..=3 {
            let answer = sender.send(letter(receiver.url())).await.unwrap();
            assert_eq!(answer.status, 200);
            assert_eq!(answer.body, vec![b'x'; MAX_ANSWER_BYTES]);
            assert_eq!(receiver.connections(), count);
        }
    }
}

#[tokio::test]
async fn a_body_of_exactly_16_kib_keeps_the_connection() {
    let body = "x".repeat(MAX_ANSWER_BYTES);
    let reply = format!("HTTP/1.1 200 OK\r\ncontent-length: {MAX_ANSWER_BYTES}\r\n\r\n{body}");
    let receiver = Receiver::with(Temper::Says(reply)).await;
    let sender = sender();
    for _ in 0..5 {
        let answer = sender.send(letter(receiver.url())).await.unwrap();
        assert_eq!(answer.body.len(), MAX_ANSWER_BYTES);
    }
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn what_is_not_whole_at_the_deadline_is_cut() {
    for silence in [
        "",
        "HTTP/1.1 200 OK\r\ncontent-",
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nonly",
    ] {
        let receiver = Receiver::with(Temper::FallsSilent(silence.into())).await;
        let mut sockets = hasty(webhooks::Destinations::PrivateToo);
        sockets.exchange_ms = 300;
        let sender = Sender::over(sockets).unwrap();
        let (failure, took_ms) = sender.send(letter(receiver.url())).await.unwrap_err();
        assert_eq!(failure, SendFailure::TimedOut, "after {silence:?}");
        assert!((290..2_000).contains(&took_ms), "{took_ms} ms");
        // A receiver that keeps us waiting does not keep our sockets.
        while receiver.ended.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn the_deadline_is_the_clock_of_the_world() {
    let receiver = Receiver::with(Temper::FallsSilent(String::new())).await;
    let url = receiver.url();
    let (world, clock) = World::manual(1_780_000_000_000, 1);
    let sender = Sender::sockets(world, webhooks::Destinations::PrivateToo).unwrap();
    let sending = tokio::spawn(async move { sender.send(letter(url)).await });
    while receiver.letters.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    clock.advance(std::time::Duration::from_millis(14_999));
    tokio::task::yield_now().await;
    assert!(!sending.is_finished());
    clock.advance(std::time::Duration::from_millis(1));
    assert_eq!(sending.await.unwrap(), Err((SendFailure::TimedOut, 15_000)));
}

/// 2026-06-08T12:00:00Z.
const NOW_MS: i64 = 1_780_920_000_000;

#[tokio::test]
async fn retry_after_is_read_in_both_forms() {
    for (text, expected) in [
        ("0", Some(0)),
        ("120", Some(120)),
        (" 7 ", Some(7)),
        ("Mon, 08 Jun 2026 12:02:00 GMT", Some(120)),
        ("Monday, 08-Jun-26 12:02:00 GMT", Some(120)),
        ("Mon Jun  8 12:02:00 2026", Some(120)),
        ("Mon, 08 Jun 2026 11:59:00 GMT", Some(0)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", Some(31_536_000)),
        ("99999999999999999999999999", Some(31_536_000)),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("2026-06-08T12:02:00Z", None),
    ] {
        let reply = format!("HTTP/1.1 503 Busy\r\nretry-after: {text}\r\ncontent-length: 0\r\n\r\n");
        let receiver = Receiver::with(Temper::Says(reply)).await;
        let (world, _clock) = World::manual(NOW_MS, 1);
        let sender = Sender::sockets(world, webhooks::Destinations::PrivateToo).unwrap();
        let answer = sender.send(letter(receiver.url())).await.unwrap();
        assert_eq!((answer.status, answer.retry_after_s), (503, expected), "{text:?}");
    }
    let receiver = Receiver::with(Temper::Says(OK.into())).await;
    let answer = sender().send(letter(receiver.url())).await.unwrap();
    assert_eq!(answer.retry_after_s, None);
}
