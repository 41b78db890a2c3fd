//! TLS: the handshake comes before the gate, so its failures are not sent; the gate holds for what is inside.

use std::sync::Arc;

use gateways::http::{Failure, Http, NotSentReason, Request, SendWindow, Timing, Tls, UnknownReason};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use world::World;

use crate::peer::{HASTY, PATIENT, http, listen, replying};

const ROOT: &[u8] = include_bytes!("certificates/root.pem");
const LEAF: &[u8] = include_bytes!("certificates/localhost.pem");
const LEAF_KEY: &[u8] = include_bytes!("certificates/localhost.key.pem");

fn trusting_our_root() -> Http {
    let root = CertificateDer::from_pem_slice(ROOT).unwrap();
    Http::sockets(World::system(), Tls::trusting([root]).unwrap())
}

fn acceptor() -> TlsAcceptor {
    let chain = vec![CertificateDer::from_pem_slice(LEAF).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(LEAF_KEY).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap();
    TlsAcceptor::from(Arc::new(
        config.with_no_client_auth().with_single_cert(chain, key).unwrap(),
    ))
}

/// A TLS peer for one connection: takes what comes in one read, writes `reply`. `None` when the handshake failed.
async fn secure_peer(reply: &'static [u8]) -> (String, JoinHandle<Option<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/charge", listener.local_addr().unwrap());
    let peer = tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let mut session = acceptor().accept(socket).await.ok()?;
        let mut request = vec![0; 4096];
        let count = session.read(&mut request).await.unwrap_or_default();
        request.truncate(count);
        let _ = session.write_all(reply).await;
        let _ = session.flush().await;
        Some(request)
    });
    (url, peer)
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[tokio::test]
async fn an_added_root_is_trusted_by_name_and_by_address() {
    for host in ["127.0.0.1", "localhost"] {
        let (url, peer) = secure_peer(OK).await;
        let answer = trusting_our_root()
            .send(Request::get(url.replace("127.0.0.1", host)), PATIENT)
            .await
            .unwrap();
        assert_eq!(answer.body, b"ok");
        assert!(peer.await.unwrap().unwrap().starts_with(b"GET /charge HTTP/1.1\r\n"));
    }
}

#[tokio::test]
async fn an_untrusted_peer_gets_no_request() {
    let (url, peer) = secure_peer(OK).await;
    let outcome = http().send(Request::get(url), PATIENT).await;
    assert_eq!(outcome, Err(Failure::NotSent(NotSentReason::Tls)));
    assert!(peer.await.unwrap().unwrap_or_default().is_empty());
}

#[tokio::test]
async fn a_peer_that_does_not_speak_tls_gets_no_request() {
    let (listener, url) = listen().await;
    let peer = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        crate::peer::read_to_end(&mut socket).await
    });
    let outcome = http().send(Request::get(url.replace("http:", "https:")), PATIENT).await;
    assert_eq!(outcome, Err(Failure::NotSent(NotSentReason::Tls)));
    let (bytes, _) = peer.await.unwrap();
    assert!(!bytes.windows(7).any(|window| window == b"/charge"));
}

#[tokio::test]
async fn a_deadline_in_the_handshake_is_not_sent() {
    let (listener, url) = listen().await;
    let outcome = http().send(Request::get(url.replace("http:", "https:")), HASTY).await;
    assert_eq!(outcome, Err(Failure::NotSent(NotSentReason::Deadline)));
    drop(listener);
}

#[tokio::test]
async fn after_the_window_the_handshake_is_all_the_peer_sees() {
    let (url, peer) = secure_peer(OK).await;
    let over = SendWindow {
        until_monotonic_ms: World::system().monotonic_ms(),
    };
    let timing = Timing {
        window: Some(over),
        ..PATIENT
    };
    let outcome = trusting_our_root().send(Request::get(url), timing).await;
    assert_eq!(outcome, Err(Failure::NotSent(NotSentReason::WindowOver)));
    assert!(peer.await.unwrap().unwrap_or_default().is_empty());
}

#[tokio::test]
async fn a_session_cut_off_without_goodbye_is_truncated() {
    // Without a length only the end of the session says that the answer is whole.
    let (url, peer) = secure_peer(b"HTTP/1.1 200 OK\r\n\r\n{\"status\":\"paid\"").await;
    let outcome = trusting_our_root().send(Request::get(url), PATIENT).await;
    assert_eq!(outcome, Err(Failure::Unknown(UnknownReason::Truncated)));
    peer.await.unwrap();
}

#[tokio::test]
async fn a_plain_url_is_never_upgraded() {
    let (url, peer) = replying("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(
        trusting_our_root()
            .send(Request::get(url), PATIENT)
            .await
            .unwrap()
            .status,
        200
    );
    assert!(peer.await.unwrap().starts_with("GET "));
}
