//! Letters over real sockets, to receivers of every temper.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod answers;
mod failures;
mod hostile;
mod lab;
mod letters;
mod tls;
