//! Speaks HTTP. Owns routes, envelopes, limits, authentication and the shapes of the public APIs; contains no decision
//! about money: every handler parses a command, calls one verb of the engine and renders what comes back.

mod api;
mod authentication;
mod body;
mod callbacks;
mod checkout;
mod client_address;
mod config;
mod cursor;
mod envelope;
mod error_codes;
mod health;
mod icons;
mod idempotency;
mod json;
mod language;
mod limits;
mod line;
mod link_page;
mod metrics;
mod openapi;
mod pages;
mod pagination;
mod query;
mod rate_limits;
mod request;
mod router;
mod sandbox;
mod sandbox_mails;
mod segment;
mod serve;
mod texts;
mod versions;
mod wire;

pub use api::payment::render::PaymentRender;
pub use axum::Router;
pub use client_address::TrustedProxies;
pub use config::{Config, RateLimits, Rates};
pub use openapi::document as openapi_document;
pub use router::{router, router_for_command_line};
pub use serve::{converse, converse_until, serve};
