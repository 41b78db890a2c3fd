//! What money, payments and their lives are. Never does I/O, reads a clock, draws a random number, awaits or logs.

#[macro_use]
mod words;

pub mod announcement;
pub mod attempt;
pub mod attention;
pub mod checkout_status;
pub mod country;
pub mod currency;
pub mod exchange;
pub mod exchange_rate;
pub mod failure;
pub mod ids;
pub mod intent;
pub mod language;
pub mod link;
pub mod mail;
pub mod method;
pub mod money;
pub mod next_action;
pub mod outcome;
pub mod payment_status;
pub mod permit;
pub mod phone;
pub mod planted;
pub mod rights;
pub mod routing;
pub mod schedule;
pub mod scope;
pub mod transition;
pub mod webhook;
