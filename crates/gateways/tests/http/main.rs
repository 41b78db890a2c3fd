//! `gateways::http` against real sockets on loopback, against TLS, and against functions of bytes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod answers;
mod failures;
mod in_process;
mod peer;
mod records;
mod requests;
mod tls;
