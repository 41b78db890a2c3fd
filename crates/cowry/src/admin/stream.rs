//! An answer without an end, read message by message. Owns what ends it: a server that is gone is one thing, a server that
//! refuses is another. Never begins again by itself.

use std::collections::VecDeque;
use std::time::Duration;

use engine::world::World;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::task::JoinHandle;

use super::Order;
use super::client::{Carrier, Client, refused};
use super::exchange::{Answer, request};
use super::network::{self, Wire};
use super::sse::{Message, Reader};
use crate::control::{self, Knock};
use crate::failure::Failure;

/// A server that does not begin to answer within this time is taken to hang.
const BEGIN: Duration = Duration::from_secs(10);
/// A server says every 15 s that it is still there; after this time without a word it is not.
const SILENCE: Duration = Duration::from_secs(45);

/// Why there is no stream, or no more of one.
pub(crate) enum Interrupted {
    /// The server is gone or busy: it may come back. In words.
    Away(String),
    /// It will say the same when it is asked again.
    Refused(Failure),
}

/// Messages as they come.
pub(crate) struct Stream {
    body: Incoming,
    reader: Reader,
    ready: VecDeque<Message>,
    driving: JoinHandle<Result<(), hyper::Error>>,
}

impl Client {
    /// Begins to read an endless answer.
    pub(crate) async fn stream(&self, order: &Order) -> Result<Stream, Interrupted> {
        tokio::select! {
            begun = self.begin(order) => begun,
            () = World::system().sleep(BEGIN) => Err(Interrupted::Away("the server does not answer".to_owned())),
        }
    }

    async fn begin(&self, order: &Order) -> Result<Stream, Interrupted> {
        let (wire, host): (Box<dyn Wire>, String) = match &self.carrier {
            Carrier::Socket { path, database } => match control::knock(path, database).await {
                Ok(Knock::Open(stream)) => (Box::new(stream), "cowry".to_owned()),
                Ok(Knock::NobodyThere) => return Err(Interrupted::Away("no server runs".to_owned())),
                Err(failure) => return Err(Interrupted::Away(failure.to_string())),
            },
            Carrier::Network { url, .. } => network::connect(url).await.map_err(Interrupted::Away)?,
            Carrier::Here { .. } => return Err(Interrupted::Refused(Failure::new("this needs a server that runs"))),
        };
        let mut request = request(order, &self.headers, &host).map_err(Interrupted::Refused)?;
        if let Carrier::Network { url, .. } = &self.carrier
            && let Ok(whole) = format!("{url}{}", order.path).parse::<hyper::Uri>()
            && let Some(path) = whole.path_and_query()
        {
            *request.uri_mut() = path.clone().into();
        }
        let (mut sender, connection) = http1::handshake(TokioIo::new(wire)).await.map_err(gone)?;
        let driving = tokio::spawn(connection);
        let response = sender.send_request(request).await.map_err(gone)?;
        let status = response.status().as_u16();
        let body = response.into_body();
        if status == 200 {
            return Ok(Stream {
                body,
                reader: Reader::default(),
                ready: VecDeque::new(),
                driving,
            });
        }
        let body = body.collect().await.map_err(gone)?.to_bytes().to_vec();
        let failure = refused(&Answer { status, body });
        Err(match status {
            429 | 500.. => Interrupted::Away(failure.to_string()),
            _ => Interrupted::Refused(failure),
        })
    }
}

impl Stream {
    /// The next message. Dropping the future loses none.
    pub(crate) async fn next(&mut self) -> Result<Message, Interrupted> {
        loop {
            if let Some(message) = self.ready.pop_front() {
                return Ok(message);
            }
            let frame = tokio::select! {
                frame = self.body.frame() => frame,
                () = World::system().sleep(SILENCE) => None,
            };
            let Some(Ok(frame)) = frame else {
                return Err(Interrupted::Away("the server went away".to_owned()));
            };
            if let Some(piece) = frame.data_ref() {
                self.ready.extend(self.reader.take(piece));
            }
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.driving.abort();
    }
}

fn gone(error: hyper::Error) -> Interrupted {
    Interrupted::Away(format!("the server went away ({error})"))
}
