//! Acts in order: one file per verb. Contains no SQL, no JSON, no HTTP status.
//!
//! An [`Engine`] is a running house: a store, gateways, a clock, keys. Each public verb is one method on it; each money
//! call has three phases (`case` writes the first, `charge` makes the second and third).

pub mod admin;
mod authenticate;
mod availability;
mod beat;
mod calls_at_work;
mod cancel;
mod case;
mod charge;
mod close;
pub mod commands;
mod complete_calls;
mod confirm_intent;
mod create_checkout;
mod create_intent;
mod customers;
mod deliver;
mod discover;
pub mod door;
mod draws;
mod eligibility;
pub mod events;
mod expire;
pub mod explain;
mod fall_back;
mod fence;
mod fold_health;
mod house;
mod keep_exchanges;
pub mod links;
mod look_up;
pub mod mails;
mod measure;
mod once;
mod pace;
mod predict;
mod prompt_limit;
mod rate;
mod read;
mod receive_callback;
mod reconcile;
mod reference;
mod refusal;
pub mod render;
mod request;
pub mod rewrap;
mod send_mails;
mod set_up;
mod settle;
mod start;
mod start_attempt;
mod submit_otp;
mod taken;
mod tidy_up;
mod unpark;
mod update_intent;
pub mod vault;
pub mod views;
mod visit;
mod worker;

use std::sync::Arc;

pub use authenticate::{Caller, NewKey};
pub use availability::Availability;
pub use confirm_intent::{Confirm, ConfirmMeans};
pub use customers::ShowCustomer;
pub use discover::{AnyCountry, PayableCountries, PayableMethod};
pub use gateways::catalogue;
pub use gateways::http;
pub use gateways::texts;
pub use rate::Bucket;
pub use receive_callback::CallbackRefusal;
pub use refusal::{AuthRefusal, ChosenBy, Refusal};
pub use set_up::{FirstRun, KeysWanted, Made, SandboxKeys};
pub use start::{KekOrigin, Sandbox, Settings, StartError, new_request_id};
pub use taken::{PaidBy, Taken};
pub use tokio_util::sync::CancellationToken;
pub use visit::{Door, Visit};
pub use {domain, mail, store, webhooks, world};

use house::House;

/// A running engine. Cloning is cheap; all clones are one.
#[derive(Clone)]
pub struct Engine {
    house: Arc<House>,
}
