//! Where a payment stands for its payer. Owns which screen that is; never how the screen looks.

use engine::domain::attempt::AttemptState;
use engine::domain::failure::Failure;
use engine::domain::intent::IntentState;
use engine::domain::next_action::NextAction;
use engine::domain::permit::{ChargeKnowledge, PermitState};
use engine::views::AttemptView;
use engine::{Taken, Visit};

/// Where a payment stands for its payer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing<'a> {
    /// They choose how to pay; the failure is that of the try before.
    Choosing(Option<&'a Failure>),
    /// Their try failed, and another one follows by itself.
    TriedAgain,
    /// They must do something; the failure is that of their last try.
    Acting(&'a NextAction, Option<&'a Failure>),
    /// The operator is being asked.
    Asking,
    /// Nobody has heard from the operator.
    Unheard,
    /// Paid.
    Paid {
        /// Milliseconds UTC.
        at_ms: i64,
    },
    /// The operator took another amount.
    Mismatched,
    /// Money came for an earlier try while another one is under way.
    Arrived,
    /// It ended unpaid, and money came all the same.
    TakenAfterEnd,
    /// It ended unpaid, after a try that failed.
    Failed(Option<&'a Failure>),
    /// Its time is over.
    Expired,
    /// The merchant cancelled it.
    Cancelled,
}

impl<'a> Standing<'a> {
    /// Of a payment at a time, milliseconds UTC.
    pub(crate) fn of(visit: &'a Visit, now_ms: i64) -> Self {
        let payment = &visit.payment;
        let attempt = payment.active_attempt.as_ref();
        match payment.intent.state {
            IntentState::Completed { at_ms } => Self::Paid { at_ms },
            IntentState::Mismatched => Self::Mismatched,
            IntentState::Failed { .. } | IntentState::Expired { .. } | IntentState::Cancelled { .. }
                if visit.taken != Taken::Nothing =>
            {
                Self::TakenAfterEnd
            }
            IntentState::Failed { .. } => Self::Failed(attempt.and_then(|active| active.attempt.state.failure())),
            IntentState::Expired { .. } => Self::Expired,
            IntentState::Cancelled { .. } => Self::Cancelled,
            IntentState::Open if visit.taken == Taken::Kept => Self::Arrived,
            IntentState::Open => match attempt.and_then(|active| Self::of_attempt(active, now_ms)) {
                Some(standing) => standing,
                None if now_ms >= payment.intent.expires_at_ms => Self::Expired,
                None if visit.is_tried_again => Self::TriedAgain,
                None => Self::Choosing(attempt.and_then(|active| active.attempt.state.failure())),
            },
        }
    }

    /// Whether the payer may still pay what was sent.
    pub(crate) fn may_be_paid_still(&self) -> bool {
        matches!(self, Self::Acting(..) | Self::Asking | Self::Unheard)
    }

    /// Whether nobody pays any more.
    pub(crate) fn has_ended(&self) -> bool {
        matches!(
            self,
            Self::Paid { .. } | Self::TakenAfterEnd | Self::Failed(_) | Self::Expired | Self::Cancelled
        )
    }

    /// One word for it.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Choosing(_) => "choosing",
            Self::TriedAgain => "tried_again",
            Self::Acting(..) => "acting",
            Self::Asking => "asking",
            Self::Unheard => "unheard",
            Self::Paid { .. } => "paid",
            Self::Mismatched => "mismatched",
            Self::Arrived => "arrived",
            Self::TakenAfterEnd => "taken_after_end",
            Self::Failed(_) => "failed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    /// Of an attempt that is under way; `None` when nothing can come of it any more.
    fn of_attempt(active: &'a AttemptView, now_ms: i64) -> Option<Self> {
        let permit = active.permit.as_ref().map(|permit| permit.state);
        match &active.attempt.state {
            AttemptState::Processing(_) => Some(match permit {
                Some(PermitState::Sent(ChargeKnowledge::Unknown)) => Self::Unheard,
                _ => Self::Asking,
            }),
            AttemptState::ActionRequired(action, failure) => {
                let has_run_out = action.expires_at_ms().is_some_and(|at_ms| at_ms <= now_ms);
                match (has_run_out, permit) {
                    (false, _) => Some(Self::Acting(action, failure.as_ref())),
                    // Nothing was sent.
                    (true, Some(PermitState::Open)) => None,
                    (true, _) => Some(Self::Unheard),
                }
            }
            // The money was taken; the payment follows in a moment.
            AttemptState::Completed { .. } => Some(Self::Asking),
            AttemptState::Failed { .. } | AttemptState::Cancelled { .. } => None,
        }
    }
}
