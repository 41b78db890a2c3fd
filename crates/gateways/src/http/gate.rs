//! The gate that the first byte of a request has to pass, and the count that decides what a failure may be called.
//!
//! Owns the difference between "not sent" and "unknown": it stands directly before the socket's write and counts what
//! the kernel took. Never opens again once it has refused.

use domain::planted;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use domain::exchange::Timings;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;
use world::World;

use super::{Failure, NotSentReason, SendWindow, UnknownReason};

/// No moment of a monotonic clock.
const NOT_YET: i64 = i64::MIN;

/// One call's gate, shared by the socket and by whoever judges the outcome.
pub(super) struct Gate {
    world: World,
    window: Option<SendWindow>,
    phase: Mutex<Phase>,
    /// Monotonic milliseconds of the first byte out and of the answer's head, or [`NOT_YET`]. For records only.
    sent_ms: AtomicI64,
    head_ms: AtomicI64,
}

#[derive(Clone, Copy)]
enum Phase {
    /// Nothing of the request is at hand; a TLS handshake passes uncounted.
    Preparing,
    /// The request may leave, if the window is open. No byte has.
    Ready,
    /// Bytes of the request left.
    Sent,
    /// The window was over when the first byte came. Nothing passes any more.
    WindowOver,
    /// The call ended without an answer. Nothing passes any more.
    Shut(Failure),
    /// The whole answer is here.
    Done,
}

impl Gate {
    pub(super) fn new(world: World, window: Option<SendWindow>) -> Self {
        Self {
            world,
            window,
            phase: Mutex::new(Phase::Preparing),
            sent_ms: AtomicI64::new(NOT_YET),
            head_ms: AtomicI64::new(NOT_YET),
        }
    }

    /// From here on whatever is written belongs to the request.
    pub(super) fn expect_request(&self) {
        *self.phase() = Phase::Ready;
    }

    /// Asked immediately before each write to the socket. False: nothing may be written.
    pub(super) fn admits(&self) -> bool {
        let mut phase = self.phase();
        match *phase {
            Phase::Preparing | Phase::Sent => true,
            Phase::Ready if self.window_is_open() => true,
            Phase::Ready => {
                *phase = Phase::WindowOver;
                false
            }
            Phase::WindowOver | Phase::Shut(_) | Phase::Done => false,
        }
    }

    /// Told after each write that took at least one byte.
    pub(super) fn note_sent(&self) {
        let mut phase = self.phase();
        if let Phase::Ready = *phase {
            *phase = Phase::Sent;
            self.sent_ms.store(self.world.monotonic_ms(), Ordering::Relaxed);
        }
    }

    /// Told when the head of the answer is here.
    pub(super) fn note_head(&self) {
        self.head_ms.store(self.world.monotonic_ms(), Ordering::Relaxed);
    }

    /// How long everything took that began at `started_ms` of the monotonic clock and ends now.
    pub(super) fn timings(&self, started_ms: i64) -> Timings {
        let after = |moment: &AtomicI64| match moment.load(Ordering::Relaxed) {
            NOT_YET => None,
            at_ms => Some(at_ms - started_ms),
        };
        Timings {
            sent_after_ms: after(&self.sent_ms),
            head_after_ms: after(&self.head_ms),
            took_ms: self.world.monotonic_ms() - started_ms,
        }
    }

    /// Ends a call that has no answer and says what it may be called: `unsent` only when no byte left.
    pub(super) fn shut(&self, unsent: NotSentReason, unknown: UnknownReason) -> Failure {
        let mut phase = self.phase();
        let failure = match *phase {
            Phase::Preparing | Phase::Ready => Failure::NotSent(unsent),
            Phase::WindowOver => Failure::NotSent(NotSentReason::WindowOver),
            Phase::Sent | Phase::Done => Failure::Unknown(unknown),
            Phase::Shut(failure) => failure,
        };
        *phase = Phase::Shut(failure);
        failure
    }

    /// The whole answer is here: the connection may end politely.
    pub(super) fn finish(&self) {
        *self.phase() = Phase::Done;
    }

    fn is_done(&self) -> bool {
        matches!(*self.phase(), Phase::Done)
    }

    fn window_is_open(&self) -> bool {
        self.window
            .is_none_or(|window| self.world.monotonic_ms() < window.until_monotonic_ms || planted::is("sent_late"))
    }

    fn phase(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A socket behind a gate. Dropped before the answer is whole, it resets the connection, so that the kernel delivers
/// nothing of what it still holds.
pub(super) struct Wire {
    socket: TcpStream,
    gate: Arc<Gate>,
}

impl Wire {
    /// # Errors
    /// When the socket refuses its options; it has sent nothing then.
    pub(super) fn new(socket: TcpStream, gate: Arc<Gate>) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        // From the start rather than at the end: then it holds for a killed process too.
        socket.set_zero_linger()?;
        Ok(Self { socket, gate })
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.gate.is_done() {
            // A failure only means that the end is a reset too, which costs nobody anything.
            let _ = SockRef::from(&self.socket).set_linger(None);
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        loop {
            ready!(this.socket.poll_write_ready(context))?;
            // Nothing stands between the look at the clock and the system call: a process that is frozen in between
            // would send when it thaws.
            let written = this.socket.try_io(Interest::WRITABLE, || {
                if !this.gate.admits() {
                    return Err(io::ErrorKind::PermissionDenied.into());
                }
                SockRef::from(&this.socket).send(bytes)
            });
            match written {
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
                Err(error) => return Poll::Ready(Err(error)),
                Ok(taken) => {
                    if taken > 0 {
                        this.gate.note_sent();
                    }
                    return Poll::Ready(Ok(taken));
                }
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_shutdown(context)
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_read(context, buffer)
    }
}
