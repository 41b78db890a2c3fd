//! The way out: plain HTTP/1.1 posts to the address a callback goes to, over connections that are kept.
//!
//! Owns sockets and deadlines. Never decides whether or how often to call; http only.

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

/// One try, from the connection to the end of the answer.
const DEADLINE: Duration = Duration::from_secs(5);
/// Tries that run at the same time, over all receivers.
const PARALLEL_TRIES: usize = 512;
/// Idle connections kept per receiver.
const KEPT_PER_RECEIVER: usize = 64;
/// Of the answer's body, at most this much is read before the connection is dropped.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Carries the signature of a callback.
pub(crate) const SIGNATURE_HEADER: &str = "X-Sim-Signature";

type Connection = SendRequest<Full<Bytes>>;

/// One signed message to one address.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    pub(crate) url: Uri,
    pub(crate) signature: String,
    pub(crate) body: Bytes,
}

/// Why a try got no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    #[error("not an http:// address")]
    Address,
    #[error("no answer within 5 s")]
    Deadline,
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Http(#[from] hyper::Error),
    #[error("{0}")]
    Request(#[from] http::Error),
    #[error("too many calls at once")]
    Slots(#[from] tokio::sync::AcquireError),
}

/// The connections that are open and idle, per receiver.
pub(crate) struct Caller {
    idle: Mutex<HashMap<String, Vec<Connection>>>,
    slots: Semaphore,
}

impl Default for Caller {
    fn default() -> Self {
        Caller {
            idle: Mutex::default(),
            slots: Semaphore::new(PARALLEL_TRIES),
        }
    }
}

impl Caller {
    /// One try. Errors: anything but an answer with a status.
    pub(crate) async fn send(&self, post: &Post) -> Result<StatusCode, CallError> {
        let authority = match (post.url.scheme_str(), post.url.authority()) {
            (Some("http"), Some(authority)) => authority,
            _ => return Err(CallError::Address),
        };
        let _slot = self.slots.acquire().await?;
        let answered = tokio::time::timeout(DEADLINE, async {
            if let Some(kept) = self.take(authority.as_str()) {
                // A kept connection may have been closed by the receiver meanwhile: then a fresh one decides.
                if let Ok(status) = self.exchange(kept, post).await {
                    return Ok(status);
                }
            }
            let host = authority.host().trim_matches(['[', ']']);
            let stream = TcpStream::connect((host, authority.port_u16().unwrap_or(80))).await?;
            stream.set_nodelay(true)?;
            let (fresh, driver) = http1::handshake(TokioIo::new(stream)).await?;
            tokio::spawn(driver);
            self.exchange(fresh, post).await
        });
        answered.await.map_err(|_| CallError::Deadline)?
    }

    async fn exchange(&self, mut connection: Connection, post: &Post) -> Result<StatusCode, CallError> {
        let authority = post.url.authority().map_or("", |authority| authority.as_str());
        let request = Request::builder()
            .method(Method::POST)
            .uri(post.url.path_and_query().map_or("/", |path| path.as_str()))
            .header(HOST, authority)
            .header(CONTENT_TYPE, "application/json")
            .header(SIGNATURE_HEADER, &post.signature)
            .body(Full::new(post.body.clone()))?;
        connection.ready().await?;
        let answer = connection.send_request(request).await?;
        let status = answer.status();
        if Limited::new(answer.into_body(), ANSWER_BYTES_MAX)
            .collect()
            .await
            .is_ok()
        {
            self.keep(authority, connection);
        }
        Ok(status)
    }

    fn take(&self, authority: &str) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle.get_mut(authority)?;
        std::iter::from_fn(|| kept.pop()).find(|connection| !connection.is_closed())
    }

    fn keep(&self, authority: &str, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle.entry(authority.to_owned()).or_default();
        if kept.len() < KEPT_PER_RECEIVER && !connection.is_closed() {
            kept.push(connection);
        }
    }
}
