//! What the table functions promise their callers, on the engine under test.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod accounts;
mod attention;
mod audit;
mod belongings;
mod calls;
mod customers;
mod deliveries;
mod delivery_order;
mod exchange_rates;
mod exchanges;
mod health;
mod house;
mod idempotency;
mod inbox;
mod isolation;
mod journal;
mod keys;
mod lanes;
mod lists;
mod lives;
mod mails;
mod outbox;
mod permits;
mod races;
mod rates;
mod routes;
mod rules;
mod timers;
mod webhooks;
