//! Tells a page that its payment has moved: server-sent events with nothing in them but the payment's fingerprint. Owns how
//! many pages may listen and for how long; a page that may not listen looks again by itself.

use std::collections::HashMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use engine::Visit;
use engine::domain::ids::IntentId;
use hyper::body::Frame;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::frame::fingerprint;
use super::visitor::Visitor;
use crate::api::Api;
use crate::envelope::Problem;
use crate::error_codes::ErrorCode;
use crate::line::Line;

/// Pages that may listen at once in this process.
const STREAMS_MAX: usize = 2_000;
/// Pages of one payment.
const STREAMS_OF_ONE_MAX: usize = 8;
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
    line: Option<Extension<Line>>,
    visitor: Visitor,
) -> Result<Response, Problem> {
    let visit = api.engine.visit(&visitor.door).await?;
    let seat = streams.take(visit.payment.intent.id);
    let seat = seat.ok_or_else(|| Problem::new(ErrorCode::Busy).retry_after(5))?;
    let line = line.map(|Extension(line)| line);
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

/// How many pages listen, by payment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Streams(Arc<Mutex<HashMap<IntentId, usize>>>);

/// One page that listens, until this is dropped.
struct Seat {
    streams: Streams,
    of: IntentId,
}

impl Streams {
    fn take(&self, of: IntentId) -> Option<Seat> {
        let mut taken = self.taken();
        let all: usize = taken.values().sum();
        let own = taken.get(&of).copied().unwrap_or(0);
        if all >= STREAMS_MAX || own >= STREAMS_OF_ONE_MAX {
            return None;
        }
        taken.insert(of, own + 1);
        drop(taken);
        Some(Seat {
            streams: self.clone(),
            of,
        })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<IntentId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.streams.taken();
        if let Some(own) = taken.get_mut(&self.of) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                taken.remove(&self.of);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use engine::domain::ids::IntentId;

    use super::{STREAMS_OF_ONE_MAX, Streams};

    #[test]
    fn a_payment_has_so_many_pages_that_listen_and_no_more() {
        let streams = Streams::default();
        let (one, other) = (IntentId::new(1, 1), IntentId::new(2, 2));
        let held: Vec<_> = (0..STREAMS_OF_ONE_MAX).map(|_| streams.take(one).unwrap()).collect();
        assert!(streams.take(one).is_none() && streams.take(other).is_some());
        drop(held);
        assert!(streams.taken().is_empty());
    }
}
