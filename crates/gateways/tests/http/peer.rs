//! A peer on loopback that does exactly what a test says, byte by byte.

use gateways::http::{Http, Timing, Tls};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use world::World;

/// Long enough for a busy machine; no test waits for it unless it is about deadlines.
pub(crate) const PATIENT: Timing = Timing {
    deadline_ms: 20_000,
    window: None,
};
pub(crate) const HASTY_MS: u64 = 300;
pub(crate) const HASTY: Timing = Timing {
    deadline_ms: HASTY_MS,
    window: None,
};

pub(crate) fn http() -> Http {
    Http::sockets(World::system(), Tls::public().unwrap())
}

/// A listener and its `http` URL.
pub(crate) async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/charge", listener.local_addr().unwrap());
    (listener, url)
}

/// A peer for one connection: reads the head of a request, writes `reply`, closes. Hands back what it read.
pub(crate) async fn replying(reply: impl Into<Vec<u8>>) -> (String, JoinHandle<String>) {
    let (listener, url) = listen().await;
    let reply = reply.into();
    let peer = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let head = read_head(&mut socket).await;
        // The client may hang up in the middle: then the rest has nobody to go to.
        let _ = socket.write_all(&reply).await;
        let _ = socket.shutdown().await;
        read_to_end(&mut socket).await;
        head
    });
    (url, peer)
}

/// Reads up to the empty line after the headers.
pub(crate) async fn read_head(socket: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// How a connection ended, seen from the peer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    Closed,
    Reset,
}

/// Reads whatever still comes.
pub(crate) async fn read_to_end(socket: &mut TcpStream) -> (Vec<u8>, End) {
    let mut bytes = Vec::new();
    let end = match socket.read_to_end(&mut bytes).await {
        Ok(_) => End::Closed,
        Err(_) => End::Reset,
    };
    (bytes, end)
}
