//! How a checkout session stands. Follows from its payment alone; has no life of its own.

use crate::intent::IntentState;

/// How a checkout session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckoutStatus {
    /// It can be paid, or nobody knows yet.
    Open,
    /// Paid.
    Completed,
    /// Its time is over.
    Expired,
    /// The merchant cancelled it.
    Cancelled,
}

impl CheckoutStatus {
    /// Of a payment in this state.
    pub fn of(intent: IntentState) -> Self {
        match intent {
            IntentState::Open | IntentState::Mismatched => Self::Open,
            IntentState::Completed { .. } => Self::Completed,
            IntentState::Failed { .. } | IntentState::Expired { .. } => Self::Expired,
            IntentState::Cancelled { .. } => Self::Cancelled,
        }
    }

    /// Published spelling.
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Completed => "completed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }
}
