//! The server over real sockets: an engine on the database under test, a real simulator, a client that may be rude.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod admin_accounts;
mod admin_keys;
mod admin_payments;
mod admin_projects;
mod admin_rights;
mod admin_routing;
mod admin_webhooks;
mod app;
mod attention;
mod authorisation;
mod bodies;
mod callback_mutants;
mod callbacks;
mod checkout;
mod checkouts;
mod customers;
mod discovery;
mod event_reader;
mod events;
mod exchange_rates;
mod intents;
mod keys;
mod links;
mod lists;
mod mails;
mod page_limits;
mod pages;
mod payments;
mod post_office;
mod rates;
mod receiver;
mod reconcile;
mod repeats;
mod sandbox_phone;
mod versions;
mod wire;
