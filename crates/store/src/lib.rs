//! What is remembered, and the only SQL of the house. Never decides, retries a decision or calls out.
//!
//! Closures run in one transaction each by [`Store::write`] and [`Store::read`]; inside, [`Tx::sql`] is the only way
//! to the data. One SQL text serves both engines.

// The layer: one SQL text, two engines, no await inside a transaction.
mod clock;
mod error;
mod inline;
mod inspect;
mod job;
mod lock;
mod migrate;
mod options;
mod postgres;
mod queue;
mod room;
mod row;
mod sqlite;
mod statement;
mod store;
#[doc(hidden)]
pub mod testing;
mod tx;
mod value;

pub use clock::clock;
pub use error::{OpenError, StoreError};
pub use inline::{CrashSide, Memory, Template};
pub use inspect::{Inspection, Setting, inspect};
pub use migrate::{MigrationState, migrate};
pub use options::{Access, Migrate, OnFatal, Options, Target};
pub use row::{FromRow, Row};
pub use statement::Statement;
pub use store::Store;
pub use tx::Tx;
pub use value::{FromValue, Value, ValueRef};

// The tables: one file per group.
pub mod accounts;
mod action_codec;
pub mod api_keys;
pub mod attempts;
pub mod attention;
pub mod audit;
pub mod calls;
pub mod checkouts;
mod codec;
pub mod customers;
pub mod deliveries;
pub mod delivery_tries;
mod exchange_codec;
pub mod exchange_rates;
pub mod exchanges;
pub mod facts;
pub mod health;
pub mod idempotency;
pub mod inbox;
pub mod instances;
pub mod intents;
pub mod journal;
pub mod links;
pub mod mails;
pub mod outbox;
pub mod page;
pub mod payer_history;
pub mod permits;
pub mod projects;
pub mod rates;
pub mod refunds;
mod route_codec;
pub mod rules;
pub mod timers;
pub mod webhook_endpoints;
pub mod webhook_lanes;
pub mod webhook_secrets;
