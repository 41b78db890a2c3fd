//! The form that every life's `apply` answers in. Owns nothing of one life; each machine's module does.

use std::fmt;

use crate::announcement::Announcement;
use crate::attention::AttentionKind;

/// A legal move: the only thing that can be saved. Its fields are private so that only `apply` can make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition<S> {
    event: &'static str,
    after: S,
    effects: Vec<Effect>,
}

impl<S> Transition<S> {
    pub(crate) fn to(event: &'static str, after: S) -> Self {
        Self {
            event,
            after,
            effects: Vec::new(),
        }
    }

    pub(crate) fn and(mut self, effect: Effect) -> Self {
        self.effects.push(effect);
        self
    }

    /// Name of the event that made the move, as the journal keeps it.
    pub fn event(&self) -> &'static str {
        self.event
    }

    /// The state after the move.
    pub fn after(&self) -> &S {
        &self.after
    }

    /// What must be written in the same transaction.
    pub fn effects(&self) -> &[Effect] {
        &self.effects
    }
}

/// What must be written in the transaction of the move. Data only: the engine carries them out and invents none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Announce to the merchant.
    Announce(Announcement),
    /// Ask the provider soon, and go on asking until the permit is decided.
    LookUp,
    /// Ask again at 1 min, 10 min, 1 h, 6 h, 24 h, 72 h although the permit is dead.
    AskAfterDeath,
    /// Keep the capture on its dead permit: another permit of the intent is live or paid.
    HoldCapture,
    /// Open a refund for the whole capture of the permit.
    RefundCapture,
    /// Tell a person.
    Attend(AttentionKind),
}

/// A named refusal of an event by a state. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Illegal {
    /// The state that refused.
    pub state: &'static str,
    /// The event.
    pub event: &'static str,
    /// Why.
    pub why: Why,
}

/// Why a state refuses an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The state holds already; nothing is lost by ignoring the event.
    AlreadySo,
    /// The life has ended and this event is no documented late edge.
    Ended,
    /// Money was taken: news of failure cannot undo it (captured outranks declined).
    MoneyTaken,
    /// The provider took another amount; a person must decide first.
    AmountMismatch,
    /// A payer may still pay.
    Live,
    /// The proof does not fit what is known of the call.
    ProofDoesNotFit,
    /// The event belongs to an earlier or other part of the life.
    OutOfPlace,
}

impl fmt::Display for Illegal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} refuses {}: {:?}", self.state, self.event, self.why)
    }
}

impl std::error::Error for Illegal {}
