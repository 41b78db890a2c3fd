//! Where a call breaks decides what it may be called: not sent before the first byte, unknown after it.

use gateways::http::{Failure, NotSentReason, Request, SendWindow, Timing, UnknownReason};
use tokio::io::AsyncReadExt;
use world::World;

use crate::peer::{End, HASTY, HASTY_MS, PATIENT, http, listen, read_head, read_to_end};

#[tokio::test]
async fn a_refused_connection_is_not_sent() {
    let (listener, url) = listen().await;
    drop(listener);
    let outcome = http().send(Request::get(url), PATIENT).await;
    assert_eq!(outcome, Err(Failure::NotSent(NotSentReason::Refused)));
}

#[tokio::test]
async fn a_name_without_address_is_not_sent() {
    let outcome = http().send(Request::get("http://nosuch.invalid/"), PATIENT).await;
    assert_eq!(outcome, Err(Failure::NotSent(NotSentReason::Dns)));
}

#[tokio::test]
async fn after_the_window_not_one_byte_leaves() {
    let (listener, url) = listen().await;
    let peer = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        read_to_end(&mut socket).await
    });
    let over = SendWindow {
        until_monotonic_ms: World::system().monotonic_ms(),
    };
    let timing = Timing {
        window: Some(over),
        ..PATIENT
    };
    let outcome = http().send(Request::post(url).body("text/plain", "pay"), timing).await;
    assert_eq!(outcome, Err(Failure::NotSent(NotSentReason::WindowOver)));
    assert_eq!(peer.await.unwrap(), (Vec::new(), End::Reset));
}

#[tokio::test]
async fn an_open_window_lets_the_request_pass() {
    let (url, peer) = crate::peer::replying("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let open = SendWindow {
        until_monotonic_ms: World::system().monotonic_ms() + 20_000,
    };
    let answer = http()
        .send(
            Request::get(url),
            Timing {
                window: Some(open),
                ..PATIENT
            },
        )
        .await
        .unwrap();
    assert_eq!(answer.status, 200);
    assert!(peer.await.unwrap().starts_with("GET /charge"));
}

#[tokio::test]
async fn silence_is_unknown_at_the_deadline_and_the_connection_is_reset() {
    let (listener, url) = listen().await;
    let peer = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        read_head(&mut socket).await;
        read_to_end(&mut socket).await
    });
    let world = World::system();
    let started_ms = world.monotonic_ms();
    let outcome = http().send(Request::get(url), HASTY).await;
    assert_eq!(outcome, Err(Failure::Unknown(UnknownReason::Deadline)));
    assert!(world.monotonic_ms() - started_ms >= i64::try_from(HASTY_MS).unwrap());
    assert_eq!(peer.await.unwrap(), (Vec::new(), End::Reset));
}

#[tokio::test]
async fn the_deadline_is_one_for_all_and_not_one_per_read() {
    let (listener, url) = listen().await;
    let peer = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        read_head(&mut socket).await;
        drip(&mut socket).await
    });
    let outcome = http().send(Request::get(url), HASTY).await;
    assert_eq!(outcome, Err(Failure::Unknown(UnknownReason::Deadline)));
    assert!(peer.await.unwrap() > 0, "the answer was under way all the time");
}

/// Writes a byte of an endless body every few milliseconds, until nobody takes it.
async fn drip(socket: &mut tokio::net::TcpStream) -> usize {
    use tokio::io::AsyncWriteExt;
    socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
    let mut written = 0;
    while socket.write_all(b"x").await.is_ok() {
        written += 1;
        World::system().sleep(std::time::Duration::from_millis(20)).await;
    }
    written
}

#[tokio::test]
async fn a_reset_in_the_middle_of_the_request_is_unknown() {
    let (listener, url) = listen().await;
    let peer = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut half = vec![0; 1024];
        socket.read_exact(&mut half).await.unwrap();
        socket.set_zero_linger().unwrap();
    });
    let request = Request::post(url).body("text/plain", vec![b'x'; 32 * 1024 * 1024]);
    assert_eq!(
        http().send(request, PATIENT).await,
        Err(Failure::Unknown(UnknownReason::Reset))
    );
    peer.await.unwrap();
}

#[tokio::test]
async fn what_the_kernel_still_holds_at_the_deadline_is_never_delivered() {
    let (listener, url) = listen().await;
    let whole_bytes = 64 * 1024 * 1024;
    let request = Request::post(url).body("text/plain", vec![b'x'; whole_bytes]);
    let outcome = http().send(request, HASTY).await;
    assert_eq!(outcome, Err(Failure::Unknown(UnknownReason::Deadline)));
    // The peer wakes up only now: the connection was made by the kernel and is gone.
    let (mut socket, _) = listener.accept().await.unwrap();
    let (bytes, end) = read_to_end(&mut socket).await;
    assert_eq!(end, End::Reset);
    assert!(bytes.len() < whole_bytes);
}

#[tokio::test]
async fn a_dropped_call_resets_its_connection() {
    let (listener, url) = listen().await;
    let call = tokio::spawn(async move { http().send(Request::get(url), PATIENT).await });
    let (mut socket, _) = listener.accept().await.unwrap();
    read_head(&mut socket).await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    assert_eq!(read_to_end(&mut socket).await, (Vec::new(), End::Reset));
}
