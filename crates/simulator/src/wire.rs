//! One caller's connection, below HTTP: scenarios that hang up or reset need the socket itself.
//!
//! Owns serving one connection and ending it rudely on request. Never looks into a request.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tower::Service;

/// Requests that are under way when the simulator stops get this long.
const FINISH: Duration = Duration::from_secs(2);
/// A request's head must arrive within this time.
const HEAD_DEADLINE: Duration = Duration::from_secs(30);

/// A handler's hold on the connection its request came by.
#[derive(Debug, Default)]
pub(crate) struct Wire {
    reset: AtomicBool,
    hang_up: Notify,
}

impl Wire {
    /// Drops the connection without an answer.
    pub(crate) fn hang_up(&self) {
        self.hang_up.notify_one();
    }

    /// Drops the connection so that the caller's kernel sees a reset.
    pub(crate) fn reset(&self) {
        self.reset.store(true, Ordering::Release);
        self.hang_up();
    }
}

/// Serves one connection until the caller leaves, a handler hangs up, or `stopped` and the time to finish is over.
pub(crate) async fn serve(stream: TcpStream, router: Router, stopped: impl Future<Output = ()>) {
    let wire = Arc::new(Wire::default());
    let _ = stream.set_nodelay(true);
    let peer = TokioIo::new(Peer {
        stream,
        wire: Arc::clone(&wire),
    });
    let held = Arc::clone(&wire);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Arc::clone(&held));
        router.clone().call(request)
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_DEADLINE);
    let mut connection = std::pin::pin!(builder.serve_connection(peer, service));
    tokio::select! {
        _ = &mut connection => return,
        () = wire.hang_up.notified() => return,
        () = stopped => {}
    }
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        _ = tokio::time::timeout(FINISH, connection) => {}
        () = wire.hang_up.notified() => {}
    }
}

/// The socket. When it is dropped after `reset`, what was not read or sent is thrown away and the peer sees RST.
struct Peer {
    stream: TcpStream,
    wire: Arc<Wire>,
}

impl Drop for Peer {
    fn drop(&mut self) {
        if self.wire.reset.load(Ordering::Acquire) {
            // A socket that refuses the option is closed normally: rude enough.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Peer {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Peer {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
