//! The listener's loop: HTTP/1.1 connections with limits on what they may send and how long they may take, and a stop
//! that lets requests finish. Never looks into a request.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};
use tower::Service;

use crate::client_address::Peer;
use crate::limits::{HEAD_BYTES_READ_MAX, HEAD_DEADLINE, HEADERS_READ_MAX, LASTING_STOP_DEADLINE, STOP_DEADLINE};
use crate::line::Line;
use crate::metrics;
use crate::wire::Wire;

/// Between two emptyings of the queues of metrics.
const UPKEEP: Duration = Duration::from_secs(5);
/// After the system refused a connection (no file handles left), this long without another try.
const BREATHE: Duration = Duration::from_millis(50);

/// Serves until `stop` is ready; then takes no more connections, lets requests finish for up to 10 s and returns.
/// `public_url` is how merchants reach it.
///
/// # Errors
/// When the listener has no address any more.
pub async fn serve(
    listener: TcpListener,
    (router, public_url): (Router, &str),
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    listener.local_addr()?;
    let public_url: Arc<str> = Arc::from(public_url.trim_end_matches('/'));
    let (stopping, stopped) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut upkeep = interval(UPKEEP);
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            _ = upkeep.tick() => metrics::keep_up(),
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let _ = stream.set_nodelay(true);
                    let origin = (Some(Peer(peer.ip())), public_url.clone());
                    connections.spawn(connection(stream, origin, router.clone(), stopped.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection cannot be taken");
                    let _ = timeout(BREATHE, std::future::pending::<()>()).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    let _ = stopping.send(true);
    let finish = async { while connections.join_next().await.is_some() {} };
    if timeout(STOP_DEADLINE, finish).await.is_err() {
        tracing::warn!("requests were still running at the end of the stop");
    }
    Ok(())
}

/// Answers the requests of one connection until it ends.
pub async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, router: Router) {
    converse_until(stream, router, std::future::pending()).await;
}

/// Answers the requests of one connection until it ends, or until `stop` is ready and the request under way is answered.
pub async fn converse_until(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    stop: impl Future<Output = ()>,
) {
    let (stopping, stopped) = watch::channel(false);
    let mut talk = pin!(connection(stream, (None, Arc::from("")), router, stopped));
    tokio::select! {
        () = &mut talk => return,
        () = stop => {}
    }
    let _ = stopping.send(true);
    talk.await;
}

async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    (peer, public_url): (Option<Peer>, Arc<str>),
    router: Router,
    stopped: watch::Receiver<bool>,
) {
    let line = Line::new(stopped);
    let wire = Wire::new(stream, line.clone(), public_url);
    let own = line.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        line.begin();
        request.extensions_mut().insert(line.clone());
        if let Some(peer) = peer {
            request.extensions_mut().insert(peer);
        }
        router.clone().call(request)
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_DEADLINE);
    builder.max_headers(HEADERS_READ_MAX).max_buf_size(HEAD_BYTES_READ_MAX);
    // A client that hangs up right after sending has asked all the same.
    builder.half_close(true);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(wire), service));
    tokio::select! {
        _ = &mut connection => return,
        () = own.stopped() => {}
    }
    connection.as_mut().graceful_shutdown();
    if own.is_lasting() {
        // It ends by itself, unless its reader takes nothing.
        let _ = timeout(LASTING_STOP_DEADLINE, connection).await;
    } else {
        let _ = connection.await;
    }
}
