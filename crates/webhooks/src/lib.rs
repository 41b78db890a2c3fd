//! Letters to merchants: their signatures, which addresses may be called, and the client that calls them.
//!
//! Never sees a row, never decides when a letter is sent or what it says, and never tells the receiver's owner anything
//! about the network that we stand in.

mod addresses;
mod letter;
mod secret;
mod sender;
pub mod sign;
mod sockets;
mod webhook_url;

pub use addresses::is_public;
pub use letter::{Answer, Letter, MAX_ANSWER_BYTES, Receiver, SendFailure};
pub use secret::Secret;
pub use sender::Sender;
pub use sockets::{Network, Pending, Sockets, SystemNetwork};
pub use webhook_url::{Destinations, MAX_URL_CHARS, UrlRefusal, WebhookUrl};
