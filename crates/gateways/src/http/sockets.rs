//! The carrier over TCP and TLS: one fresh connection for one HTTP/1.1 exchange.
//!
//! Never spawns: dropping the exchange drops the connection. Never decides alone what a failure is called; the gate,
//! which counted the bytes, does.

use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::HeaderMap;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use url::Host;
use world::World;

use super::answer::check_head;
use super::gate::{Gate, Wire};
use super::target::{self, Security, Target};
use super::{AddressRule, Answer, Failure, MAX_ANSWER_BYTES, NotSentReason, Request, Timing, Tls, UnknownReason};

/// Bounds the head of an answer; more than enough for any provider seen.
const MAX_HEADERS: usize = 100;
const MAX_BUFFER_BYTES: usize = 64 * 1024;

type Message = hyper::Request<Full<Bytes>>;

/// What one exchange over sockets works with.
pub(super) struct Sockets<'a> {
    pub(super) world: &'a World,
    pub(super) tls: &'a Tls,
    pub(super) timing: Timing,
    /// Which addresses may be called; all without one.
    pub(super) rule: Option<AddressRule>,
}

impl Sockets<'_> {
    pub(super) async fn exchange(&self, request: Request, gate: &Arc<Gate>) -> Result<Answer, Failure> {
        let started_ms = self.world.monotonic_ms();
        let (target, message) = target::prepare(request).map_err(Failure::NotSent)?;
        let socket = self.connect(&target, started_ms).await.map_err(Failure::NotSent)?;
        let wire =
            Wire::new(socket, Arc::clone(gate)).map_err(|_| gate.shut(NotSentReason::Connect, UnknownReason::Reset))?;
        match target.security {
            Security::Plain => talk(wire, message, gate).await,
            Security::Tls => {
                let name = server_name(&target.host).map_err(Failure::NotSent)?;
                let session = self.tls.connector().connect(name, wire).await;
                let session = session.map_err(|_| gate.shut(NotSentReason::Tls, UnknownReason::Reset))?;
                talk(session, message, gate).await
            }
        }
    }

    /// Tries every address in order. One that is silent may use up its share of the time, not that of the others.
    async fn connect(&self, target: &Target, started_ms: i64) -> Result<TcpStream, NotSentReason> {
        let mut addresses = resolve(target).await?;
        let mut failure = NotSentReason::Dns;
        if let Some(may_call) = self.rule.filter(|_| !addresses.is_empty()) {
            addresses.retain(|address| may_call(address.ip()));
            failure = NotSentReason::NotAllowed;
        }
        for (place, address) in addresses.iter().enumerate() {
            let untried = addresses.len() - place;
            let patience = self.share_of_time(started_ms, untried);
            failure = tokio::select! {
                biased;
                made = TcpStream::connect(address) => match made {
                    Ok(socket) => return Ok(socket),
                    Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => NotSentReason::Refused,
                    Err(_) => NotSentReason::Connect,
                },
                () = self.world.sleep(patience), if untried > 1 => NotSentReason::Connect,
            };
        }
        Err(failure)
    }

    /// What is left until the send window or the deadline ends, divided by the addresses that are left to try.
    fn share_of_time(&self, started_ms: i64, untried: usize) -> Duration {
        let deadline_ms = started_ms.saturating_add_unsigned(self.timing.deadline_ms);
        let until_ms = self
            .timing
            .window
            .map_or(deadline_ms, |window| deadline_ms.min(window.until_monotonic_ms));
        let left_ms = u64::try_from(until_ms.saturating_sub(self.world.monotonic_ms())).unwrap_or_default();
        Duration::from_millis(left_ms) / u32::try_from(untried.max(1)).unwrap_or(u32::MAX)
    }
}

async fn resolve(target: &Target) -> Result<Vec<SocketAddr>, NotSentReason> {
    let addresses = match &target.host {
        Host::Ipv4(address) => vec![SocketAddr::from((*address, target.port))],
        Host::Ipv6(address) => vec![SocketAddr::from((*address, target.port))],
        Host::Domain(name) => {
            let found = tokio::net::lookup_host((name.as_str(), target.port)).await;
            found.map_err(|_| NotSentReason::Dns)?.collect()
        }
    };
    Ok(addresses)
}

fn server_name(host: &Host<String>) -> Result<ServerName<'static>, NotSentReason> {
    match host {
        Host::Domain(name) => ServerName::try_from(name.clone()).map_err(|_| NotSentReason::BadUrl),
        Host::Ipv4(address) => Ok(ServerName::from(IpAddr::from(*address))),
        Host::Ipv6(address) => Ok(ServerName::from(IpAddr::from(*address))),
    }
}

/// One HTTP/1.1 exchange. The connection is driven here, in the caller's task, until the answer is whole.
async fn talk<S>(stream: S, message: Message, gate: &Gate) -> Result<Answer, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    gate.expect_request();
    let opened = http1::Builder::new()
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_BUFFER_BYTES)
        .handshake(TokioIo::new(stream))
        .await;
    let (mut sender, connection) = opened.map_err(|_| gate.shut(NotSentReason::Connect, UnknownReason::Protocol))?;
    let mut connection = pin!(connection);
    let mut answer = pin!(ask(&mut sender, message, gate));
    let outcome = tokio::select! {
        biased;
        outcome = &mut answer => outcome,
        // The connection has ended; what it read is in the answer's hands, or the answer learns of the failure.
        _ = &mut connection => answer.await,
    };
    match outcome {
        Ok(answer) => {
            gate.finish();
            Ok(answer)
        }
        Err(reason) => Err(gate.shut(NotSentReason::Connect, reason)),
    }
}

async fn ask(sender: &mut SendRequest<Full<Bytes>>, message: Message, gate: &Gate) -> Result<Answer, UnknownReason> {
    let response = sender.send_request(message).await.map_err(|error| broken(&error))?;
    gate.note_head();
    let (head, mut incoming) = response.into_parts();
    let headers = readable(&head.headers);
    check_head(&headers)?;
    let mut body = Vec::new();
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| broken(&error))?;
        let Some(data) = frame.data_ref() else { continue };
        if body.len() + data.len() > MAX_ANSWER_BYTES {
            return Err(UnknownReason::TooLarge);
        }
        body.extend_from_slice(data);
    }
    Ok(Answer {
        status: head.status.as_u16(),
        headers,
        body,
    })
}

fn readable(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes())))
        .collect()
}

fn broken(error: &hyper::Error) -> UnknownReason {
    if error.is_parse() {
        return UnknownReason::Protocol;
    }
    if error.is_incomplete_message() {
        return UnknownReason::Truncated;
    }
    match io_cause(error) {
        Some(io::ErrorKind::UnexpectedEof) => UnknownReason::Truncated,
        Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => UnknownReason::Protocol,
        Some(_) => UnknownReason::Reset,
        None if error.is_canceled() || error.is_closed() => UnknownReason::Reset,
        None => UnknownReason::Protocol,
    }
}

fn io_cause(error: &hyper::Error) -> Option<io::ErrorKind> {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<io::Error>() {
            return Some(io.kind());
        }
        cause = inner.source();
    }
    None
}
