//! What a provider's answer means: the classes of the money rules. Gateways produce these, the engine settles them.
//! Owns the vocabulary; never the translation of one provider's words.

use crate::failure::Failure;
use crate::money::Money;
use crate::next_action::NextAction;

/// What came of one charge call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChargeOutcome {
    /// Provably never left.
    NotSent {
        /// Stable spelling of what happened, for logs and evidence.
        why: String,
        /// Who hindered it.
        by: Hindrance,
    },
    /// The provider's contract promises that it was not processed.
    NotProcessed {
        /// The documented code.
        gateway_code: String,
    },
    /// An authenticated final "no".
    Declined {
        /// The reason.
        failure: Failure,
        /// The provider's id, where it gave one.
        external_id: Option<String>,
    },
    /// Accepted; nobody knows yet.
    Pending {
        /// The provider's id, where it gave one.
        external_id: Option<String>,
        /// What the payer must do.
        action: Option<NextAction>,
    },
    /// Money was taken.
    Captured(Capture),
    /// Sent, outcome not known.
    Unknown {
        /// Stable spelling of what happened, for logs and evidence.
        why: String,
    },
}

/// Who hindered a charge from leaving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// The provider could not be reached.
    Provider,
    /// We did not send it: time was over, or our own set-up is incomplete.
    Us,
}

impl ChargeOutcome {
    /// Stable name of the class, as it is stored on the call row.
    pub fn class(&self) -> OutcomeClass {
        match self {
            Self::NotSent { .. } => OutcomeClass::NotSent,
            Self::NotProcessed { .. } => OutcomeClass::NotProcessed,
            Self::Declined { .. } => OutcomeClass::Declined,
            Self::Pending { .. } => OutcomeClass::Pending,
            Self::Captured(_) => OutcomeClass::Captured,
            Self::Unknown { .. } => OutcomeClass::Unknown,
        }
    }
}

/// The class of a call's outcome, as stored. `Open` is a call whose outcome nobody wrote yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutcomeClass {
    /// Being made, or its process died.
    Open,
    /// See [`ChargeOutcome::NotSent`].
    NotSent,
    /// See [`ChargeOutcome::NotProcessed`].
    NotProcessed,
    /// See [`ChargeOutcome::Declined`].
    Declined,
    /// See [`ChargeOutcome::Pending`].
    Pending,
    /// See [`ChargeOutcome::Captured`].
    Captured,
    /// See [`ChargeOutcome::Unknown`].
    Unknown,
    /// A question that was answered.
    Answered,
}

impl OutcomeClass {
    const ALL: [Self; 8] = [
        Self::Open,
        Self::NotSent,
        Self::NotProcessed,
        Self::Declined,
        Self::Pending,
        Self::Captured,
        Self::Unknown,
        Self::Answered,
    ];

    /// Stored spelling.
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::NotSent => "not_sent",
            Self::NotProcessed => "not_processed",
            Self::Declined => "declined",
            Self::Pending => "pending",
            Self::Captured => "captured",
            Self::Unknown => "unknown",
            Self::Answered => "answered",
        }
    }

    /// Reads the stored spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.code() == text)
    }
}

/// Money that a provider took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// The provider's id of the transaction.
    pub external_id: String,
    /// What was really taken.
    pub amount: Money,
}

/// Where one transaction stands at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Still open.
    Pending,
    /// A try failed; the session goes on and the payer may try again.
    TryFailed(Failure),
    /// Closed for good without money: declined.
    Declined(Failure),
    /// Closed for good without money: its time is over.
    Expired,
    /// Closed for good without money: we closed it.
    Closed,
    /// Money was taken: the amount that was really taken.
    Captured(Money),
    /// A word that the gateway does not know. Never guessed: the attempt stays open and a person is told.
    Unmapped(String),
}

/// One transaction as the provider reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The provider's id of the transaction.
    pub external_id: String,
    /// Where it stands.
    pub standing: Standing,
    /// The payer's number as the provider reports it (E.164), when it does.
    pub phone: Option<String>,
}

/// The answer to a question about one of our references.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The provider does not know the reference.
    NotFound,
    /// The provider knows it; usually one transaction, sometimes more.
    Seen(Vec<Sighting>),
    /// No usable answer; ask again later.
    NoAnswer {
        /// Stable spelling of what happened.
        why: String,
    },
}

/// What came of asking a provider to close an open session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CloseOutcome {
    /// Confirmed: nobody can pay it any more.
    Closed,
    /// The provider says that it cannot be closed (any more).
    NotClosable,
    /// No usable answer.
    Unknown {
        /// Stable spelling of what happened.
        why: String,
    },
}
