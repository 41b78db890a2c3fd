//! Deliveries under a virtual clock: the plan of the tries, long outages, slow receivers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    unreachable_pub,
    missing_docs
)]

mod endpoints;
mod intents;
mod outage;
mod plan;
mod post;
mod resends;
mod shop;
#[path = "../support/mod.rs"]
mod support;
mod tarpits;
