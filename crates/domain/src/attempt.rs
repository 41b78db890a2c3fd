//! The life of an attempt: one try to have an intent paid. `docs/generated/states.md` shows the whole table.
//! Owns what the payer and the merchant see of a try; never whether money may still come (the permit knows).

use crate::announcement::Announcement;
use crate::failure::{Failure, FailureCode};
use crate::next_action::NextAction;
use crate::transition::{Effect, Illegal, Transition, Why};

/// Where an attempt stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttemptState {
    /// Sent, queued, or its outcome is unknown. A failure here is the last one that a person or the payer must know
    /// of while the attempt goes on (for example `amount_mismatch`).
    Processing(Option<Failure>),
    /// The payer must act. A failure here is that of the payer's last try.
    ActionRequired(NextAction, Option<Failure>),
    /// Took the money.
    Completed {
        /// Milliseconds UTC.
        at_ms: i64,
    },
    /// Ended without money.
    Failed {
        /// Milliseconds UTC.
        at_ms: i64,
        /// Why.
        failure: Failure,
    },
    /// Ended by the merchant before money could be taken.
    Cancelled {
        /// Milliseconds UTC.
        at_ms: i64,
        /// `cancelled` or `superseded`.
        failure: Failure,
    },
}

/// What happens to an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttemptEvent {
    /// The payer must act (prompt, page, code).
    Require(NextAction),
    /// The payer has acted and a call is on its way, or the provider accepted without an action.
    Proceed,
    /// One try of the payer failed; the session goes on.
    FailTry(Failure),
    /// Money was taken, as asked.
    Complete,
    /// Money was taken, but not what was asked.
    Mismatch,
    /// No money can come of it.
    Fail(Failure),
    /// The merchant ended it while nothing could be taken.
    Cancel(FailureCode),
}

impl AttemptState {
    /// The published status.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Processing(_) => "processing",
            Self::ActionRequired(..) => "action_required",
            Self::Completed { .. } => "completed",
            Self::Failed { .. } => "failed",
            Self::Cancelled { .. } => "cancelled",
        }
    }

    /// Whether the attempt has ended.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Processing(_) | Self::ActionRequired(..) => false,
            Self::Completed { .. } | Self::Failed { .. } | Self::Cancelled { .. } => true,
        }
    }

    /// The payer's next step, when there is one.
    pub fn next_action(&self) -> Option<&NextAction> {
        match self {
            Self::ActionRequired(action, _) => Some(action),
            Self::Processing(_) | Self::Completed { .. } | Self::Failed { .. } | Self::Cancelled { .. } => None,
        }
    }

    /// The failure to show, when there is one.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Processing(failure) | Self::ActionRequired(_, failure) => failure.as_ref(),
            Self::Failed { failure, .. } | Self::Cancelled { failure, .. } => Some(failure),
            Self::Completed { .. } => None,
        }
    }

    /// Applies one event at a time in milliseconds UTC, or says by name why the state refuses it.
    ///
    /// # Errors
    /// [`Illegal`] when the event cannot happen to this state; nothing changes then.
    pub fn apply(&self, event: AttemptEvent, at_ms: i64) -> Result<Transition<Self>, Illegal> {
        match event {
            AttemptEvent::Require(action) => self.require(action),
            AttemptEvent::Proceed => self.proceed(),
            AttemptEvent::FailTry(failure) => self.fail_try(failure),
            AttemptEvent::Complete => self.complete(at_ms),
            AttemptEvent::Mismatch => self.mismatch(),
            AttemptEvent::Fail(failure) => self.fail(failure, at_ms),
            AttemptEvent::Cancel(code) => self.cancel(code, at_ms),
        }
    }

    fn refuse(&self, event: &'static str, why: Why) -> Result<Transition<Self>, Illegal> {
        Err(Illegal {
            state: self.code(),
            event,
            why,
        })
    }

    fn refuse_ended(&self, event: &'static str) -> Result<Transition<Self>, Illegal> {
        match self {
            Self::Completed { .. } => self.refuse(event, Why::MoneyTaken),
            Self::Failed { .. } | Self::Cancelled { .. } => self.refuse(event, Why::Ended),
            Self::Processing(_) | Self::ActionRequired(..) => self.refuse(event, Why::OutOfPlace),
        }
    }

    fn require(&self, action: NextAction) -> Result<Transition<Self>, Illegal> {
        let event = "attempt.action_required";
        match self {
            Self::Processing(failure) => Ok(Transition::to(event, Self::ActionRequired(action, failure.clone()))
                .and(Effect::Announce(Announcement::AttemptActionRequired))),
            Self::ActionRequired(present, _) if *present == action => self.refuse(event, Why::AlreadySo),
            Self::ActionRequired(_, failure) => {
                Ok(Transition::to(event, Self::ActionRequired(action, failure.clone()))
                    .and(Effect::Announce(Announcement::AttemptActionRequired)))
            }
            Self::Completed { .. } | Self::Failed { .. } | Self::Cancelled { .. } => self.refuse_ended(event),
        }
    }

    fn proceed(&self) -> Result<Transition<Self>, Illegal> {
        let event = "attempt.processing";
        match self {
            Self::Processing(_) => self.refuse(event, Why::AlreadySo),
            Self::ActionRequired(..) => Ok(Transition::to(event, Self::Processing(None))),
            Self::Completed { .. } | Self::Failed { .. } | Self::Cancelled { .. } => self.refuse_ended(event),
        }
    }

    fn fail_try(&self, failure: Failure) -> Result<Transition<Self>, Illegal> {
        let event = "attempt.try_failed";
        match self {
            Self::Processing(last) if last.as_ref() == Some(&failure) => self.refuse(event, Why::AlreadySo),
            Self::Processing(_) => Ok(Transition::to(event, Self::Processing(Some(failure)))),
            Self::ActionRequired(_, last) if last.as_ref() == Some(&failure) => self.refuse(event, Why::AlreadySo),
            Self::ActionRequired(action, _) => Ok(Transition::to(
                event,
                Self::ActionRequired(action.clone(), Some(failure)),
            )),
            Self::Completed { .. } | Self::Failed { .. } | Self::Cancelled { .. } => self.refuse_ended(event),
        }
    }

    fn complete(&self, at_ms: i64) -> Result<Transition<Self>, Illegal> {
        let done = |event| {
            Transition::to(event, Self::Completed { at_ms }).and(Effect::Announce(Announcement::AttemptCompleted))
        };
        match self {
            Self::Processing(_) | Self::ActionRequired(..) => Ok(done("attempt.completed")),
            Self::Failed { .. } | Self::Cancelled { .. } => Ok(done("attempt.completed_late")),
            Self::Completed { .. } => self.refuse("attempt.completed", Why::AlreadySo),
        }
    }

    fn mismatch(&self) -> Result<Transition<Self>, Illegal> {
        let event = "attempt.amount_mismatch";
        match self {
            Self::Processing(_) | Self::ActionRequired(..) | Self::Failed { .. } | Self::Cancelled { .. } => {
                let failure = Failure::new(FailureCode::AmountMismatch);
                Ok(Transition::to(event, Self::Processing(Some(failure))))
            }
            Self::Completed { .. } => self.refuse(event, Why::MoneyTaken),
        }
    }

    fn fail(&self, failure: Failure, at_ms: i64) -> Result<Transition<Self>, Illegal> {
        let event = "attempt.failed";
        match self {
            Self::Processing(_) | Self::ActionRequired(..) => {
                Ok(Transition::to(event, Self::Failed { at_ms, failure })
                    .and(Effect::Announce(Announcement::AttemptFailed)))
            }
            Self::Failed { .. } => self.refuse(event, Why::AlreadySo),
            Self::Completed { .. } | Self::Cancelled { .. } => self.refuse_ended(event),
        }
    }

    fn cancel(&self, code: FailureCode, at_ms: i64) -> Result<Transition<Self>, Illegal> {
        let event = "attempt.cancelled";
        match self {
            Self::Processing(_) | Self::ActionRequired(..) => {
                let failure = Failure::new(code);
                Ok(Transition::to(event, Self::Cancelled { at_ms, failure }))
            }
            Self::Cancelled { .. } => self.refuse(event, Why::AlreadySo),
            Self::Completed { .. } | Self::Failed { .. } => self.refuse_ended(event),
        }
    }
}
