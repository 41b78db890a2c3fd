//! Letters over TCP and TLS. Owns the deadlines and the pool of kept connections; which addresses are dialled is decided
//! in `connect`, at every dial.
//!
//! Never follows, never retries a letter that has left, never uses a proxy, never unpacks an answer.

mod connect;
mod exchange;
mod network;
mod retry_after;
mod tls;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use world::World;

use crate::{Answer, Destinations, Letter, SendFailure, WebhookUrl};
use connect::Connector;
pub use network::{Network, Pending, SystemNetwork};

const CONNECT_MS: u64 = 5_000;
const EXCHANGE_MS: u64 = 15_000;
/// How long a connection waits for the next letter: shorter than the patience of most servers, so that few letters meet
/// one that is about to be closed.
const IDLE: Duration = Duration::from_secs(20);
const MAX_IDLE_PER_RECEIVER: usize = 64;
/// Bounds the head of an answer.
const MAX_HEADERS: usize = 100;
const MAX_BUFFER_BYTES: usize = 64 * 1024;

/// How to send over sockets.
#[derive(Clone)]
pub struct Sockets {
    /// The clock.
    pub world: World,
    /// Which addresses may be dialled.
    pub destinations: Destinations,
    /// Who finds and dials addresses.
    pub network: Arc<dyn Network>,
    /// The time for name, TCP and TLS together, in milliseconds.
    pub connect_ms: u64,
    /// The time for everything, the answer's body included, in milliseconds.
    pub exchange_ms: u64,
    /// Certificate authorities that are trusted besides the public ones.
    pub extra_roots: Vec<CertificateDer<'static>>,
}

impl Sockets {
    /// The machine's network, 5 s to connect and 15 s in all, the public certificate authorities.
    #[must_use]
    pub fn new(world: World, destinations: Destinations) -> Self {
        Self {
            world,
            destinations,
            network: Arc::new(SystemNetwork::new()),
            connect_ms: CONNECT_MS,
            exchange_ms: EXCHANGE_MS,
            extra_roots: Vec::new(),
        }
    }
}

/// An open line to all receivers.
pub(crate) struct Line {
    world: World,
    destinations: Destinations,
    exchange_time: Duration,
    client: Client<Connector, Full<Bytes>>,
}

impl Line {
    pub(crate) fn open(sockets: Sockets) -> Result<Self, rustls::Error> {
        let world = sockets.world.clone();
        let destinations = sockets.destinations;
        let exchange_time = Duration::from_millis(sockets.exchange_ms);
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(MAX_IDLE_PER_RECEIVER)
            .pool_timer(TokioTimer::new())
            .http1_max_headers(MAX_HEADERS)
            .http1_max_buf_size(MAX_BUFFER_BYTES)
            .build(Connector::new(sockets)?);
        Ok(Self {
            world,
            destinations,
            exchange_time,
            client,
        })
    }

    pub(crate) async fn send(&self, letter: Letter) -> Result<Answer, (SendFailure, i64)> {
        let started_ms = self.world.monotonic_ms();
        let outcome = self.send_in_time(letter).await;
        let took_ms = self.world.monotonic_ms().saturating_sub(started_ms);
        match outcome {
            Ok(answer) => Ok(Answer { took_ms, ..answer }),
            Err(failure) => Err((failure, took_ms)),
        }
    }

    async fn send_in_time(&self, letter: Letter) -> Result<Answer, SendFailure> {
        let url = WebhookUrl::parse(&letter.url, self.destinations).map_err(|refusal| {
            tracing::debug!(event = "webhook.not_sent", reason = %refusal);
            SendFailure::Unreachable
        })?;
        let request = exchange::write(&url, letter)?;
        tokio::select! {
            biased;
            outcome = self.exchange(request) => outcome.map_err(|error| {
                tracing::debug!(event = "webhook.not_answered", to = url.origin(), reason = exchange::reasons(&*error));
                exchange::failure(&*error)
            }),
            () = self.world.sleep(self.exchange_time) => {
                tracing::debug!(event = "webhook.not_answered", to = url.origin(), reason = "deadline");
                Err(SendFailure::TimedOut)
            }
        }
    }

    async fn exchange(&self, request: http::Request<Full<Bytes>>) -> Result<Answer, exchange::AnyError> {
        let (head, body) = self.client.request(request).await?.into_parts();
        let retry_after_s = retry_after::read(&head.headers, self.world.now_ms());
        Ok(Answer {
            status: head.status.as_u16(),
            retry_after_s,
            body: exchange::read(body).await?,
            took_ms: 0,
        })
    }
}
