//! Translates charges and questions into each provider's protocol. Never sees a row or an HTTP server.

pub mod catalogue;
pub mod contract;
pub mod http;
pub mod providers;
pub mod registry;
pub mod setting;
pub mod texts;
