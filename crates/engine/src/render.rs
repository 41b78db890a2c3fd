//! How answers and events get their bytes: the engine decides what is said, the server gives this to say how.

use domain::announcement::Announcement;
use domain::ids::EventId;
use domain::scope::ApiFamily;

use crate::views::{PaymentView, Reconciliation};

/// What a request is answered with.
#[derive(Clone, Debug)]
pub enum Reply {
    /// An intent was created.
    Created(PaymentView),
    /// An attempt was started.
    Attempted(PaymentView),
    /// A one-time code was taken.
    CodeTaken(PaymentView),
    /// The intent was cancelled.
    Cancelled(PaymentView),
    /// What may change of the intent was changed.
    Updated(PaymentView),
    /// A checkout was created.
    CheckoutCreated(PaymentView),
    /// The provider was asked again.
    Reconciled(Box<Reconciliation>),
}

/// An answer as bytes. The engine stores it and never looks into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// Status in the words of the API's protocol.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// A rendered answer, and whether it is a stored one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The bytes.
    pub rendered: Rendered,
    /// Where they come from.
    pub origin: Origin,
}

/// Where an answer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// This request did it.
    Fresh,
    /// An earlier request with the same idempotency key did it.
    Replayed,
}

/// An event to be rendered.
#[derive(Clone, Debug)]
pub struct EventToRender<'a> {
    /// Which.
    pub id: EventId,
    /// What it tells.
    pub announcement: Announcement,
    /// Number of the event within its payment, from 1.
    pub sequence: i64,
    /// The payment as the event leaves it.
    pub payment: &'a PaymentView,
    /// Milliseconds UTC.
    pub at_ms: i64,
}

/// Renders for every API family. Must be a pure function: it runs inside transactions.
pub trait Render: Send + Sync + 'static {
    /// The answer to a request of a family.
    fn reply(&self, family: ApiFamily, reply: &Reply) -> Rendered;

    /// The body of an event, in the shape of the API that tells it ([`Announcement::family`]).
    fn event(&self, event: &EventToRender<'_>) -> Vec<u8>;
}
