//! Signatures: known answers, and what independent receivers make of ours.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod known;
mod openssl;
mod receivers;
mod secrets;
