//! Tells a page that its payment has moved: server-sent events with nothing in them but the payment's fingerprint. Owns how
//! many pages may listen and for how long; a page that may not listen looks again by itself.

use std::collections::HashMap;
use std::convert::Infallible;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use engine::Visit;
use engine::domain::ids::IntentId;
use hyper::body::Frame;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::frame::fingerprint;
use super::visitor::Visitor;
use crate::api::Api;
use crate::client_address::ClientAddress;
use crate::envelope::Problem;
use crate::error_codes::ErrorCode;
use crate::line::Line;

/// Pages that may listen at once in this process.
const STREAMS_MAX: usize = 2_000;
/// Pages of one payment.
const STREAMS_OF_ONE_MAX: usize = 8;
/// Pages at one address.
const STREAMS_OF_ADDRESS_MAX: usize = 32;
/// Between two looks at the payment.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A page is told at least this often that we are there: once in so many looks.
const LOOKS_IN_QUIET: u32 = 15;
/// After this time the page must ask anew.
const LIFETIME: Duration = Duration::from_secs(600);

/// Asks proxies (nginx and those who follow it) to hand on what comes.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// `GET …/events`.
pub(crate) async fn follow(
    State(api): State<Api>,
    Extension(streams): Extension<Streams>,
    visitor: Visitor,
    parts: Parts,
) -> Result<Response, Problem> {
    let visit = api.engine.visit(&visitor.door).await?;
    if visit.payment.intent.state.is_final() {
        // Nothing more to tell: a browser that hears this does not ask again.
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let address = ClientAddress::of(&parts.extensions, &parts.headers, &api.config.trusted_proxies);
    let address = address.and_then(ClientAddress::counted_as);
    let seat = streams.take(visit.payment.intent.id, address);
    let seat = seat.ok_or_else(|| Problem::new(ErrorCode::Busy).retry_after(5))?;
    let line = parts.extensions.get::<Line>().cloned();
    if let Some(line) = &line {
        line.hold_open();
    }
    let (sender, chunks) = mpsc::channel(1);
    tokio::spawn(run((api, visitor, visit), sender, line));
    let mut response = Response::new(Body::new(Told { chunks, _seat: seat }));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(BUFFERING, HeaderValue::from_static("no"));
    Ok(response)
}

/// Tells until the server stops, the page is gone, its time is over or the payment cannot be read.
async fn run(subject: (Api, Visitor, Visit), sender: mpsc::Sender<Bytes>, line: Option<Line>) {
    let stopped = async {
        match line {
            Some(line) => line.stopped().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        () = stopped => {}
        () = sender.closed() => {}
        _ = timeout(LIFETIME, tell(subject, &sender)) => {}
    }
}

async fn tell((api, visitor, visit): (Api, Visitor, Visit), sender: &mpsc::Sender<Bytes>) {
    let mut told = fingerprint(&visit, api.engine.now_ms());
    let mut chunk = Bytes::from(format!("retry: 2000\ndata: {told}\n\n"));
    let mut ticks = interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await;
    let mut quiet: u32 = 0;
    loop {
        if !chunk.is_empty() && sender.send(chunk).await.is_err() {
            return;
        }
        ticks.tick().await;
        let Ok(visit) = api.engine.visit(&visitor.door).await else {
            return;
        };
        let now = fingerprint(&visit, api.engine.now_ms());
        quiet += 1;
        chunk = match now == told && quiet < LOOKS_IN_QUIET {
            true => Bytes::new(),
            false => {
                quiet = 0;
                Bytes::from(format!("data: {now}\n\n"))
            }
        };
        told = now;
        if visit.payment.intent.state.is_final() {
            let _ = sender.send(chunk).await;
            return;
        }
    }
}

/// The body of the answer. Dropped with the connection, and with it the seat and the task.
struct Told {
    chunks: mpsc::Receiver<Bytes>,
    _seat: Seat,
}

impl HttpBody for Told {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.chunks
            .poll_recv(cx)
            .map(|chunk| chunk.map(|chunk| Ok(Frame::data(chunk))))
    }
}

/// How many pages listen: by payment, and by where they come from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Streams(Arc<Mutex<Taken>>);

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    of_payment: HashMap<IntentId, usize>,
    of_address: HashMap<String, usize>,
}

/// One page that listens, until this is dropped.
struct Seat {
    streams: Streams,
    of: IntentId,
    address: Option<String>,
}

impl Streams {
    fn take(&self, of: IntentId, address: Option<String>) -> Option<Seat> {
        let mut taken = self.taken();
        let of_payment = taken.of_payment.get(&of).copied().unwrap_or(0);
        let there = address.as_ref().and_then(|address| taken.of_address.get(address));
        let of_address = there.copied().unwrap_or(0);
        if taken.all >= STREAMS_MAX || of_payment >= STREAMS_OF_ONE_MAX || of_address >= STREAMS_OF_ADDRESS_MAX {
            return None;
        }
        taken.all += 1;
        taken.of_payment.insert(of, of_payment + 1);
        if let Some(address) = &address {
            taken.of_address.insert(address.clone(), of_address + 1);
        }
        drop(taken);
        Some(Seat {
            streams: self.clone(),
            of,
            address,
        })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.streams.taken();
        taken.all = taken.all.saturating_sub(1);
        leave(&mut taken.of_payment, &self.of);
        if let Some(address) = &self.address {
            leave(&mut taken.of_address, address);
        }
    }
}

fn leave<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(own) = counts.get_mut(key) {
        *own = own.saturating_sub(1);
        if *own == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use engine::domain::ids::IntentId;

    use super::{STREAMS_OF_ADDRESS_MAX, STREAMS_OF_ONE_MAX, Streams};

    #[test]
    fn a_payment_has_so_many_pages_that_listen_and_no_more() {
        let streams = Streams::default();
        let (one, other) = (IntentId::new(1, 1), IntentId::new(2, 2));
        let take = |of, address: &str| streams.take(of, Some(address.to_owned()));
        let held: Vec<_> = (0..STREAMS_OF_ONE_MAX).map(|_| take(one, "a").unwrap()).collect();
        assert!(take(one, "b").is_none() && take(other, "a").is_some());
        drop(held);
        let ids = (0..STREAMS_OF_ADDRESS_MAX as u128).map(|n| IntentId::new(3, n));
        let held: Vec<_> = ids.map(|id| take(id, "a").unwrap()).collect();
        assert!(take(one, "a").is_none() && take(one, "b").is_some() && streams.take(one, None).is_some());
        drop(held);
        let taken = streams.taken();
        assert!(taken.all == 0 && taken.of_payment.is_empty() && taken.of_address.is_empty());
    }
}
