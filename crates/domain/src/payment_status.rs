//! How the payment-intents API names where a payment stands: one word from the states of the intent and of its latest
//! attempt. Owns that table; never moves anything.

use crate::announcement::Announcement;
use crate::attempt::AttemptState;
use crate::intent::IntentState;
use crate::next_action::NextAction;

/// The published status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PaymentStatus {
    /// Nothing is under way.
    RequiresPaymentMethod,
    /// The payer must go to a page.
    RequiresAction,
    /// Sent, a prompt is on the phone, or nobody knows yet.
    Processing,
    /// Paid.
    Succeeded,
    /// Ended unpaid after a try.
    Failed,
    /// Ended by the merchant, or by time without a try.
    Canceled,
}

impl PaymentStatus {
    /// Every status.
    pub const ALL: [Self; 6] = [
        Self::RequiresPaymentMethod,
        Self::RequiresAction,
        Self::Processing,
        Self::Succeeded,
        Self::Failed,
        Self::Canceled,
    ];

    /// Of a payment.
    pub fn of(intent: IntentState, attempt: Option<&AttemptState>) -> Self {
        match intent {
            IntentState::Completed { .. } => Self::Succeeded,
            IntentState::Failed { .. } => Self::Failed,
            IntentState::Expired { .. } | IntentState::Cancelled { .. } => Self::Canceled,
            // Something was taken, and a person decides: nothing new can be tried.
            IntentState::Mismatched => Self::Processing,
            IntentState::Open => attempt.map_or(Self::RequiresPaymentMethod, Self::of_attempt),
        }
    }

    fn of_attempt(attempt: &AttemptState) -> Self {
        match attempt {
            AttemptState::Processing(_) | AttemptState::ActionRequired(NextAction::Approval { .. }, _) => {
                Self::Processing
            }
            AttemptState::ActionRequired(
                NextAction::Otp { .. } | NextAction::Redirect { .. } | NextAction::QrCode { .. },
                _,
            ) => Self::RequiresAction,
            AttemptState::Completed { .. } | AttemptState::Failed { .. } | AttemptState::Cancelled { .. } => {
                Self::RequiresPaymentMethod
            }
        }
    }

    /// The published word.
    pub fn code(self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresAction => "requires_action",
            Self::Processing => "processing",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    /// Reads the published word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == text)
    }

    /// What is announced when a payment comes to stand here.
    pub fn announcement(self) -> Option<Announcement> {
        match self {
            Self::RequiresPaymentMethod => None,
            Self::RequiresAction => Some(Announcement::IntentRequiresAction),
            Self::Processing => Some(Announcement::IntentProcessing),
            Self::Succeeded => Some(Announcement::IntentSucceeded),
            Self::Failed => Some(Announcement::IntentPaymentFailed),
            Self::Canceled => Some(Announcement::IntentCanceled),
        }
    }
}
