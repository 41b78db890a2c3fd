//! What the engine shows: read models that each API renders in its own shape.

pub use store::attempts::Attempt;
pub use store::attention::Item as AttentionItem;
pub use store::audit::AuditRow;
pub use store::checkouts::Checkout;
pub use store::customers::{Customer, Person};
pub use store::intents::Intent;
pub use store::permits::Permit;

use domain::ids::ReconciliationId;
use domain::scope::Scope;

/// A payment: the intent, who pays it and its latest attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentView {
    /// Whose it is.
    pub scope: Scope,
    /// The intent.
    pub intent: Intent,
    /// The payer, when known.
    pub customer: Option<Customer>,
    /// The latest attempt, also after it ended.
    pub active_attempt: Option<AttemptView>,
    /// The page that it was made with.
    pub checkout: Option<Checkout>,
}

/// An attempt and its latest permit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptView {
    /// The attempt.
    pub attempt: Attempt,
    /// The permit that it runs under; none when no gateway was found.
    pub permit: Option<Permit>,
}

/// What a reconciliation found.
#[derive(Clone, Debug)]
pub struct Reconciliation {
    /// Which.
    pub id: ReconciliationId,
    /// The payment before.
    pub before: PaymentView,
    /// The payment after.
    pub after: PaymentView,
    /// The attempts that the provider was asked about.
    pub requeried: Vec<domain::ids::AttemptId>,
    /// Whether every question was answered.
    pub answered: Answered,
    /// Milliseconds UTC.
    pub created_at_ms: i64,
    /// When the last answer was there, milliseconds UTC; none while one is missing that may still come.
    pub completed_at_ms: Option<i64>,
}

/// Whether a provider answered a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// Yes, or there was nothing to ask.
    Yes,
    /// At least one question had no usable answer.
    No,
    /// At least one question could not be asked yet, or its answer was not waited for.
    NotYet,
}
