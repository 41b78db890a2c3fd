//! Every exchange of a piece of work is kept, masked, whatever becomes of it; and nothing outside of one.

use domain::exchange::Ended;
use domain::phone::Phone;
use gateways::http::{Masks, Request, recorded};
use serde_json::json;

use crate::peer::{HASTY, PATIENT, http, listen, read_head, replying};

const KEY: &str = "canary-key-0123456789";

fn masks() -> Masks {
    let phone = Phone::from_e164("+2250700000130").unwrap();
    Masks::default().secret(KEY).phone(&phone)
}

#[tokio::test]
async fn an_answered_exchange_is_kept_without_its_secrets() {
    let said = format!(r#"{{"payer":"2250700000130","echo":"{KEY}","access_token":"t"}}"#);
    let reply = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nSet-Cookie: s=1\r\n\r\n{said}",
        said.len()
    );
    let (url, peer) = replying(reply).await;
    let request = Request::post(format!("{url}?apikey={KEY}&page=1"))
        .header("x-api-key", KEY)
        .json(&json!({"phone": "+2250700000130", "otp": "123456", "amount": "50"}))
        .unwrap();
    let (answer, kept) = recorded(masks(), http().send(request, PATIENT)).await;
    assert!(String::from_utf8(answer.unwrap().body).unwrap().contains(KEY));
    assert!(peer.await.unwrap().contains(KEY), "what goes out is not masked");
    let [exchange] = kept.try_into().unwrap();
    assert!(!format!("{exchange:?}").contains("canary") && !format!("{exchange:?}").contains("0700000130"));
    assert_eq!(exchange.url, format!("{url}?apikey=•••&page=1"));
    assert_eq!(
        exchange.request.body,
        r#"{"amount":"50","otp":"•••","phone":"+225•••••130"}"#
    );
    let Ended::Answered { status: 200, answer } = exchange.ended else {
        panic!("{:?}", exchange.ended);
    };
    assert_eq!(
        answer.body,
        r#"{"payer":"+225•••••130","echo":"•••","access_token":"•••"}"#
    );
    assert_eq!(answer.body_bytes, said.len() as u64);
    assert!(answer.headers.contains(&("set-cookie".to_owned(), "•••".to_owned())));
    let timings = exchange.timings;
    let (sent, head) = (timings.sent_after_ms.unwrap(), timings.head_after_ms.unwrap());
    assert!(0 <= sent && sent <= head && head <= timings.took_ms);
}

#[tokio::test]
async fn failures_are_kept_with_what_may_be_claimed_of_them() {
    let (refusing, refused_url) = listen().await;
    drop(refusing);
    let (silent, silent_url) = listen().await;
    let peer = tokio::spawn(async move {
        let (mut socket, _) = silent.accept().await.unwrap();
        read_head(&mut socket).await;
        crate::peer::read_to_end(&mut socket).await
    });
    let work = async {
        let _ = http().send(Request::get(refused_url), PATIENT).await;
        let _ = http().send(Request::get(silent_url), HASTY).await;
    };
    let ((), kept) = recorded(masks(), work).await;
    let told: Vec<(&str, bool)> = kept
        .iter()
        .map(|exchange| match &exchange.ended {
            Ended::Failed { code } => (code.as_str(), exchange.timings.sent_after_ms.is_some()),
            Ended::Answered { .. } => panic!("{exchange:?}"),
        })
        .collect();
    assert_eq!(told, [("not_sent.refused", false), ("unknown.deadline", true)]);
    peer.await.unwrap();
}

#[tokio::test]
async fn long_bodies_are_kept_in_part_and_few_exchanges_of_many() {
    let mut reply = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n".to_vec();
    reply.resize(reply.len() + 100_000, b'x');
    let (url, peer) = replying(reply).await;
    let (_, kept) = recorded(masks(), http().send(Request::get(url), PATIENT)).await;
    peer.await.unwrap();
    let Ended::Answered { answer, .. } = &kept[0].ended else {
        panic!("{kept:?}");
    };
    assert_eq!((answer.body.len(), answer.body_bytes), (16 * 1024, 100_000));
    let many = async {
        for _ in 0..40 {
            let _ = http().send(Request::get("nowhere"), PATIENT).await;
        }
    };
    assert_eq!(recorded(masks(), many).await.1.len(), 16);
}
