//! The only door to the network for money calls.
//!
//! Owns what may be claimed about a call that failed: [`Failure::NotSent`] is said here and nowhere else, and only when
//! provably no byte of the request left. Never follows a redirect, uses a proxy, retries, re-uses a connection, offers
//! compression, or reads the meaning of an answer.

mod answer;
mod failure;
mod gate;
mod in_process;
mod masks;
mod recorder;
mod request;
mod sockets;
mod target;
mod tls;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use world::World;

pub use answer::{Answer, MAX_ANSWER_BYTES};
pub use failure::{Failure, NotSentReason, UnknownReason};
pub use hyper::Method;
pub use in_process::{Carried, Carrying, InProcess};
pub use masks::Masks;
pub use recorder::recorded;
pub use request::{NamedBy, Request};
pub use tls::{Tls, TlsError};

use gate::Gate;

/// A deadline that is noticed this late passed while the process stood still.
const STOOD_STILL_MS: i64 = 500;
/// How long such a process looks at what has arrived meanwhile.
const CATCHING_UP: Duration = Duration::from_secs(1);

/// The client for money calls. Cloning is cheap; nothing is shared between calls but the settings.
#[derive(Clone)]
pub struct Http {
    world: World,
    carrier: Carrier,
    rule: Option<AddressRule>,
}

/// Whether an address may be called.
pub type AddressRule = fn(IpAddr) -> bool;

#[derive(Clone)]
enum Carrier {
    Sockets(Tls),
    InProcess(Arc<dyn InProcess>),
}

/// The time that one call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// One deadline over everything: name look-up, connecting, TLS, writing and reading. Milliseconds from the call of
    /// [`Http::send`], by the monotonic clock.
    pub deadline_ms: u64,
    /// When the first byte may leave. `None` for questions, which may be asked at any time.
    pub window: Option<SendWindow>,
}

/// The time in which the first byte of a money call may leave (`money-rules.md` §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendWindow {
    /// The first moment of [`World::monotonic_ms`] at which the first byte may no longer leave.
    pub until_monotonic_ms: i64,
}

impl Timing {
    /// A deadline without a send window: for questions that move no money.
    #[must_use]
    pub fn within_ms(deadline_ms: u64) -> Self {
        Self {
            deadline_ms,
            window: None,
        }
    }
}

impl Http {
    /// Calls go out through sockets. Needs a tokio runtime.
    #[must_use]
    pub fn sockets(world: World, tls: Tls) -> Self {
        Self {
            world,
            carrier: Carrier::Sockets(tls),
            rule: None,
        }
    }

    /// Calls are functions of bytes in this process; windows, deadlines and limits hold as with sockets. Needs no
    /// runtime but what the world's sleep needs.
    #[must_use]
    pub fn in_process(world: World, carrier: Arc<dyn InProcess>) -> Self {
        Self {
            world,
            carrier: Carrier::InProcess(carrier),
            rule: None,
        }
    }

    /// Calls hosts that a merchant named at addresses that `rule` allows, and at no other; judged at each call, when the name
    /// is resolved. Without it they are called wherever they are.
    #[must_use]
    pub fn guarded(mut self, rule: AddressRule) -> Self {
        self.rule = Some(rule);
        self
    }

    /// Sends one request once and reads the whole answer, whatever its status. Dropping the future resets the
    /// connection, as the deadline does. Within [`recorded`] a masked copy of the exchange is kept.
    ///
    /// # Errors
    /// [`Failure::NotSent`] when no byte of the request left, [`Failure::Unknown`] in every other case.
    pub async fn send(&self, request: Request, timing: Timing) -> Result<Answer, Failure> {
        let deadline = self.deadline(timing.deadline_ms);
        let gate = Arc::new(Gate::new(self.world.clone(), timing.window));
        let record = recorder::begin(&self.world, &request);
        // Boxed: the state of a TLS exchange is large and would sit in every caller's future.
        let exchange = Box::pin(self.exchange(request, timing, &gate));
        let outcome = tokio::select! {
            biased; // An answer that is here counts, even when the deadline is too.
            outcome = exchange => outcome,
            () = deadline => Err(gate.shut(NotSentReason::Deadline, UnknownReason::Deadline)),
        };
        if let Some(record) = record {
            record.end(&outcome, &gate);
        }
        outcome
    }

    /// Ready at the deadline. A process that stood still over it catches up first: the answer may have arrived meanwhile,
    /// and a provider is not to blame for our sleep.
    async fn deadline(&self, deadline_ms: u64) {
        let due_ms = self.world.monotonic_ms().saturating_add_unsigned(deadline_ms);
        self.world.sleep(Duration::from_millis(deadline_ms)).await;
        if self.world.monotonic_ms().saturating_sub(due_ms) >= STOOD_STILL_MS {
            self.world.sleep(CATCHING_UP).await;
        }
    }

    async fn exchange(&self, request: Request, timing: Timing, gate: &Arc<Gate>) -> Result<Answer, Failure> {
        match &self.carrier {
            Carrier::Sockets(tls) => {
                sockets::Sockets {
                    world: &self.world,
                    tls,
                    timing,
                    rule: self.rule.filter(|_| request.named_by == NamedBy::Merchant),
                }
                .exchange(request, gate)
                .await
            }
            Carrier::InProcess(carrier) => in_process::exchange(carrier.as_ref(), &request, gate).await,
        }
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let carrier = match self.carrier {
            Carrier::Sockets(_) => "sockets",
            Carrier::InProcess(_) => "in process",
        };
        f.debug_struct("Http")
            .field("carrier", &carrier)
            .finish_non_exhaustive()
    }
}
