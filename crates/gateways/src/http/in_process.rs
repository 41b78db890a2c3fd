//! The carrier without a network: functions of bytes, so that `verify` can put any fault at any place.
//!
//! Never weaker than sockets: the same URLs and headers are refused, the same window and limits hold.

use std::pin::Pin;

use super::gate::Gate;
use super::{Answer, Failure, NotSentReason, Request, UnknownReason, target};

/// Work of an in-process carrier that is under way.
pub type Carrying<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A network within the process. Delays are made with `World::sleep`; one that outlasts the deadline is cut off there.
pub trait InProcess: Send + Sync {
    /// What happens before the first byte: look-up, connecting, handshake. The send window is checked after it.
    fn connect<'a>(&'a self, request: &'a Request) -> Carrying<'a, Result<(), NotSentReason>> {
        let _ = request;
        Box::pin(async { Ok(()) })
    }

    /// What happens from the first byte on. The peer may have acted on the request from the first poll.
    fn exchange<'a>(&'a self, request: &'a Request) -> Carrying<'a, Carried>;
}

/// How an in-process exchange ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carried {
    /// The peer's whole answer.
    Answer(Answer),
    /// The carrier vouches that the peer saw nothing.
    NotSent(NotSentReason),
    /// Something broke after the first byte.
    Unknown(UnknownReason),
}

pub(super) async fn exchange(carrier: &dyn InProcess, request: &Request, gate: &Gate) -> Result<Answer, Failure> {
    target::check(request).map_err(Failure::NotSent)?;
    carrier.connect(request).await.map_err(Failure::NotSent)?;
    gate.expect_request();
    if !gate.admits() {
        return Err(gate.shut(NotSentReason::WindowOver, UnknownReason::Protocol));
    }
    gate.note_sent();
    match carrier.exchange(request).await {
        Carried::Answer(answer) => {
            gate.note_head();
            answer.accepted().map_err(Failure::Unknown)
        }
        Carried::NotSent(reason) => Err(Failure::NotSent(reason)),
        Carried::Unknown(reason) => Err(Failure::Unknown(reason)),
    }
}
