//! A merchant's server that takes letters, remembers when each came, and does nothing else; and one that never answers.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::{TcpListener, TcpSocket};
use world::World;

use crate::Result;
use crate::clock;
use crate::connection::parse;

/// The event that ends a payment of this benchmark.
const LAST_EVENT: &str = "payment.completed";
/// Connections that wait to be accepted.
const BACKLOG: u32 = 1_024;

/// A port that is ours and on which nobody listens yet: connections to it are refused.
pub(crate) struct Reserved(TcpSocket);

/// A letter that came.
pub(crate) struct Arrival {
    /// Its `webhook-id`.
    pub(crate) id: String,
    pub(crate) body: Bytes,
    /// When, on this process's stopwatch.
    pub(crate) at: Instant,
    /// When, in milliseconds UTC.
    pub(crate) at_ms: i64,
}

/// What a receiver has taken.
#[derive(Clone)]
pub(crate) struct Taken {
    world: World,
    all: Arc<Mutex<All>>,
}

#[derive(Default)]
struct All {
    arrivals: Vec<Arrival>,
    /// Letters about the end of a payment, doubled ones too.
    last_events: usize,
}

impl Reserved {
    pub(crate) fn new() -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        Ok(Self(socket))
    }

    /// Where letters are to go.
    pub(crate) fn url(&self) -> Result<String> {
        Ok(format!("http://{}", self.0.local_addr()?))
    }

    /// Takes letters from now on.
    pub(crate) fn take(self, taken: &Taken) -> Result<()> {
        let listener = self.0.listen(BACKLOG)?;
        tokio::spawn(accept(listener, taken.clone()));
        Ok(())
    }

    /// Accepts connections from now on, and never says anything.
    pub(crate) fn keep_silent(self) -> Result<()> {
        let listener = self.0.listen(BACKLOG)?;
        tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                held.push(stream);
            }
        });
        Ok(())
    }
}

impl Taken {
    /// Nothing yet.
    pub(crate) fn nothing() -> Self {
        Self {
            world: World::system(),
            all: Arc::default(),
        }
    }

    /// Letters so far.
    pub(crate) fn count(&self) -> usize {
        self.all().arrivals.len()
    }

    /// Letters about the end of a payment so far.
    pub(crate) fn last_events(&self) -> usize {
        self.all().last_events
    }

    /// All that came until now; it is forgotten here.
    pub(crate) fn take_out(&self) -> Vec<Arrival> {
        std::mem::take(&mut *self.all()).arrivals
    }

    fn all(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, headers: &HeaderMap, body: Bytes) {
        let text = |name: &str| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        };
        let arrival = Arrival {
            id: text("webhook-id").to_owned(),
            body,
            at: clock::now(),
            at_ms: self.world.now_ms(),
        };
        let mut all = self.all();
        all.last_events += usize::from(text("x-payment-event") == LAST_EVENT);
        all.arrivals.push(arrival);
    }
}

async fn accept(listener: TcpListener, taken: Taken) {
    while let Ok((stream, _)) = listener.accept().await {
        let taken = taken.clone();
        tokio::spawn(async move {
            let _ = stream.set_nodelay(true);
            let service = service_fn(|request| answer(request, taken.clone()));
            // Whoever sends may hang up when it likes.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(request: Request<Incoming>, taken: Taken) -> std::result::Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    if let Ok(body) = body.collect().await {
        taken.keep(&head.headers, body.to_bytes());
    }
    Ok(Response::new(Full::default()))
}

/// Checks that of every payment in these letters each event came, the first to the last, under one id. Returns how many
/// letters came more than once.
///
/// # Errors
/// When an event is missing or has two ids.
pub(crate) fn repeated(arrivals: &[Arrival]) -> Result<usize> {
    #[derive(Deserialize)]
    struct Told {
        payment: Payment,
        sequence: usize,
    }
    #[derive(Deserialize)]
    struct Payment {
        id: String,
    }
    let mut payments: BTreeMap<String, BTreeMap<usize, &str>> = BTreeMap::new();
    let mut repeated = 0;
    for arrival in arrivals {
        let told: Told = parse(&arrival.body)?;
        let events = payments.entry(told.payment.id).or_default();
        match events.insert(told.sequence, &arrival.id) {
            None => {}
            Some(id) if id == arrival.id => repeated += 1,
            Some(id) => return Err(format!("one event as {id} and as {}", arrival.id).into()),
        }
    }
    for (id, events) in &payments {
        if !events.keys().copied().eq(1..=events.len()) {
            return Err(format!("of {id} only these events came: {:?}", events.keys()).into());
        }
    }
    Ok(repeated)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(id: &str, sequence: usize) -> Arrival {
        Arrival {
            id: id.to_owned(),
            body: Bytes::from(format!(r#"{{"payment":{{"id":"TRX1"}},"sequence":{sequence}}}"#)),
            at: clock::now(),
            at_ms: 0,
        }
    }

    #[test]
    fn letters_may_repeat_but_none_may_be_missing_or_be_two() {
        let told = |letters: &[(&str, usize)]| {
            let arrivals: Vec<_> = letters.iter().map(|(id, sequence)| arrival(id, *sequence)).collect();
            repeated(&arrivals).ok()
        };
        assert_eq!(told(&[("b", 2), ("a", 1), ("b", 2)]), Some(1));
        assert_eq!(told(&[("b", 2)]), None);
        assert_eq!(told(&[("a", 1), ("b", 1)]), None);
    }
}
