//! The listener's loop: HTTP/1.1 connections with limits on what they may send and how long they may take, and a stop
//! that lets requests finish. Never looks into a request.

use std::io;
use std::pin::pin;
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

use crate::limits::{HEAD_BYTES_READ_MAX, HEAD_DEADLINE, HEADERS_READ_MAX, STOP_DEADLINE};
use crate::metrics;
use crate::wire::Wire;

/// Between two emptyings of the queues of metrics.
const UPKEEP: Duration = Duration::from_secs(5);
/// After the system refused a connection (no file handles left), this long without another try.
const BREATHE: Duration = Duration::from_millis(50);

/// Serves until `stop` is ready; then takes no more connections, lets requests finish for up to 10 s and returns.
///
/// # Errors
/// When the listener has no address any more.
pub async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) -> io::Result<()> {
    listener.local_addr()?;
    let (stopping, stopped) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut upkeep = interval(UPKEEP);
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            _ = upkeep.tick() => metrics::keep_up(),
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let _ = stream.set_nodelay(true);
                    connections.spawn(connection(stream, router.clone(), stopped.clone()));
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
    let (_never, stopped) = watch::channel(false);
    connection(stream, router, stopped).await;
}

async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    mut stopped: watch::Receiver<bool>,
) {
    let service = service_fn(move |request: Request<Incoming>| router.clone().call(request));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_DEADLINE);
    builder.max_headers(HEADERS_READ_MAX).max_buf_size(HEAD_BYTES_READ_MAX);
    // A client that hangs up right after sending has asked all the same.
    builder.half_close(true);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(Wire::new(stream)), service));
    tokio::select! {
        _ = &mut connection => return,
        _ = stopped.wait_for(|stop| *stop) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}
