//! What one client does, per scenario.

mod create;
mod echo;
mod pay;
mod retrieve;
mod tell;

pub(crate) use create::Create;
pub(crate) use echo::Echo;
pub(crate) use pay::{Paid, Pay};
pub(crate) use retrieve::Retrieve;
pub(crate) use tell::Tell;

/// Where intents are made.
pub(crate) const INTENTS: &str = "/v1/payment/intents";
