//! What the store's layer promises to closures, apart from any table of the house.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod inline;
mod numbers;
mod postgres;
mod sqlite;
mod transactions;
