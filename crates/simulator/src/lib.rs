//! Plays the operators over HTTP, with its own memory of what it really charged. Knows nothing of the house.
//!
//! Owns the simulated operators `sim_a` and `sim_b`: their scenarios, ledger, callbacks, payer pages and faults.
//! The protocol is written down in `docs/simulator-protocol.md`. Never shares a type with the server that calls it.

mod callback;
mod caller;
mod charge;
mod clock;
mod control;
mod ledger;
mod life;
mod log;
mod numbers;
mod operator;
mod pages;
mod pay;
mod phone;
mod phones;
mod prompts;
mod refusal;
mod scenario;
mod server;
mod session;
mod transactions;
mod wire;

pub use log::LogError;
pub use server::{Bounds, Config, Simulator, StartError};
