//! The life of a payment intent. `docs/generated/states.md` shows the whole table.
//! Owns when an intent may end and the only ways out of an end; never amounts or attempts.

use crate::announcement::Announcement;
use crate::attention::AttentionKind;
use crate::transition::{Effect, Illegal, Transition, Why};

/// Where an intent stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntentState {
    /// Waits to be paid.
    Open,
    /// The provider took another amount than was asked; a person decides. Published as pending.
    Mismatched,
    /// Paid.
    Completed {
        /// Milliseconds UTC.
        at_ms: i64,
    },
    /// Ended unpaid after an attempt.
    Failed {
        /// Milliseconds UTC.
        at_ms: i64,
    },
    /// Ended without an attempt.
    Expired {
        /// Milliseconds UTC.
        at_ms: i64,
    },
    /// Ended by the merchant.
    Cancelled {
        /// Milliseconds UTC.
        at_ms: i64,
    },
}

/// What happens to an intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntentEvent {
    /// An attempt is about to start.
    Attempt,
    /// Exactly what was asked was taken.
    Pay(LateSuccess),
    /// Something else than what was asked was taken.
    PayDifferently,
    /// The chain of the attempt that was given at creation ended dead, and the merchant asked to end with it.
    EndWithAttempt,
    /// The intent's time is over.
    TimeOver(Attempts),
    /// The merchant cancels.
    Cancel(Attempts),
}

/// What to do with money that comes after the end: the project's policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LateSuccess {
    /// After failed or expired. Default: accept.
    pub after_end: LatePolicy,
    /// After the merchant's cancel. Default: refund.
    pub after_cancel: LatePolicy,
}

impl Default for LateSuccess {
    fn default() -> Self {
        Self {
            after_end: LatePolicy::Accept,
            after_cancel: LatePolicy::Refund,
        }
    }
}

words! {
    /// Accept late money as payment, or give it back.
    LatePolicy {
        /// The intent becomes completed.
        Accept = "accept",
        /// The end stands and a refund is opened.
        Refund = "refund",
    }
}

/// What is known of the intent's attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempts {
    /// None was ever started.
    None,
    /// All are provably dead.
    Dead,
    /// A payer may still pay one.
    Live,
}

impl IntentState {
    /// Stored spelling of the state.
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Mismatched => "mismatched",
            Self::Completed { .. } => "completed",
            Self::Failed { .. } => "failed",
            Self::Expired { .. } => "expired",
            Self::Cancelled { .. } => "cancelled",
        }
    }

    /// Whether the intent has ended.
    pub fn is_final(self) -> bool {
        match self {
            Self::Open | Self::Mismatched => false,
            Self::Completed { .. } | Self::Failed { .. } | Self::Expired { .. } | Self::Cancelled { .. } => true,
        }
    }

    /// Milliseconds UTC of the end, when there was one.
    pub fn ended_at_ms(self) -> Option<i64> {
        match self {
            Self::Open | Self::Mismatched => None,
            Self::Completed { at_ms }
            | Self::Failed { at_ms }
            | Self::Expired { at_ms }
            | Self::Cancelled { at_ms } => Some(at_ms),
        }
    }

    /// Applies one event at a time in milliseconds UTC, or says by name why the state refuses it.
    ///
    /// # Errors
    /// [`Illegal`] when the event cannot happen to this state; nothing changes then.
    pub fn apply(self, event: IntentEvent, at_ms: i64) -> Result<Transition<Self>, Illegal> {
        match event {
            IntentEvent::Attempt => self.attempt(),
            IntentEvent::Pay(policy) => self.pay(policy, at_ms),
            IntentEvent::PayDifferently => self.pay_differently(),
            IntentEvent::EndWithAttempt => self.end_with_attempt(at_ms),
            IntentEvent::TimeOver(attempts) => self.time_over(attempts, at_ms),
            IntentEvent::Cancel(attempts) => self.cancel(attempts, at_ms),
        }
    }

    fn refuse(self, event: &'static str, why: Why) -> Result<Transition<Self>, Illegal> {
        Err(Illegal {
            state: self.code(),
            event,
            why,
        })
    }

    fn refuse_closed(self, event: &'static str) -> Result<Transition<Self>, Illegal> {
        match self {
            Self::Mismatched => self.refuse(event, Why::AmountMismatch),
            Self::Completed { .. } => self.refuse(event, Why::MoneyTaken),
            Self::Open | Self::Failed { .. } | Self::Expired { .. } | Self::Cancelled { .. } => {
                self.refuse(event, Why::Ended)
            }
        }
    }

    fn attempt(self) -> Result<Transition<Self>, Illegal> {
        let event = "intent.attempted";
        match self {
            Self::Open => Ok(Transition::to(event, Self::Open)),
            Self::Mismatched
            | Self::Completed { .. }
            | Self::Failed { .. }
            | Self::Expired { .. }
            | Self::Cancelled { .. } => self.refuse_closed(event),
        }
    }

    fn pay(self, policy: LateSuccess, at_ms: i64) -> Result<Transition<Self>, Illegal> {
        match self {
            Self::Open => Ok(Transition::to("intent.completed", Self::Completed { at_ms })
                .and(Effect::Announce(Announcement::PaymentCompleted))),
            Self::Failed { .. } | Self::Expired { .. } => Ok(self.pay_late(policy.after_end, at_ms)),
            Self::Cancelled { .. } => Ok(self.pay_late(policy.after_cancel, at_ms)),
            Self::Mismatched | Self::Completed { .. } => self.refuse_closed("intent.completed"),
        }
    }

    fn pay_late(self, policy: LatePolicy, at_ms: i64) -> Transition<Self> {
        match policy {
            LatePolicy::Accept => Transition::to("intent.completed_late", Self::Completed { at_ms })
                .and(Effect::Announce(Announcement::PaymentCompleted)),
            LatePolicy::Refund => Transition::to("intent.late_capture_refunded", self)
                .and(Effect::RefundCapture)
                .and(Effect::Announce(Announcement::SurplusCaptured)),
        }
    }

    fn pay_differently(self) -> Result<Transition<Self>, Illegal> {
        let event = "intent.amount_mismatch";
        let tell = |after| {
            Transition::to(event, after)
                .and(Effect::Announce(Announcement::AmountMismatch))
                .and(Effect::Attend(AttentionKind::AmountMismatch))
        };
        match self {
            Self::Open => Ok(tell(Self::Mismatched)),
            Self::Failed { .. } | Self::Expired { .. } | Self::Cancelled { .. } => Ok(tell(self)),
            Self::Mismatched | Self::Completed { .. } => self.refuse_closed(event),
        }
    }

    fn end_with_attempt(self, at_ms: i64) -> Result<Transition<Self>, Illegal> {
        let event = "intent.failed";
        match self {
            Self::Open => {
                Ok(Transition::to(event, Self::Failed { at_ms }).and(Effect::Announce(Announcement::PaymentFailed)))
            }
            Self::Mismatched
            | Self::Completed { .. }
            | Self::Failed { .. }
            | Self::Expired { .. }
            | Self::Cancelled { .. } => self.refuse_closed(event),
        }
    }

    fn time_over(self, attempts: Attempts, at_ms: i64) -> Result<Transition<Self>, Illegal> {
        let event = "intent.time_over";
        match (self, attempts) {
            (Self::Open, Attempts::None) => Ok(Transition::to("intent.expired", Self::Expired { at_ms })
                .and(Effect::Announce(Announcement::PaymentExpired))),
            (Self::Open, Attempts::Dead) => Ok(Transition::to("intent.failed", Self::Failed { at_ms })
                .and(Effect::Announce(Announcement::PaymentFailed))),
            (Self::Open, Attempts::Live) => self.refuse(event, Why::Live),
            (
                Self::Mismatched
                | Self::Completed { .. }
                | Self::Failed { .. }
                | Self::Expired { .. }
                | Self::Cancelled { .. },
                Attempts::None | Attempts::Dead | Attempts::Live,
            ) => self.refuse_closed(event),
        }
    }

    fn cancel(self, attempts: Attempts, at_ms: i64) -> Result<Transition<Self>, Illegal> {
        let event = "intent.cancelled";
        match (self, attempts) {
            (Self::Open, Attempts::None | Attempts::Dead) => Ok(
                Transition::to(event, Self::Cancelled { at_ms }).and(Effect::Announce(Announcement::PaymentExpired))
            ),
            (Self::Open, Attempts::Live) => self.refuse(event, Why::Live),
            (
                Self::Mismatched
                | Self::Completed { .. }
                | Self::Failed { .. }
                | Self::Expired { .. }
                | Self::Cancelled { .. },
                Attempts::None | Attempts::Dead | Attempts::Live,
            ) => self.refuse_closed(event),
        }
    }
}
