//! What the server is told at its start. Never read from the environment here.

use crate::client_address::TrustedProxies;

/// How the server presents itself.
#[derive(Clone, Debug)]
pub struct Config {
    /// How merchants reach it, without a trailing slash, for example `https://pay.example.com`.
    pub public_url: String,
    /// How people reach the simulator, without a trailing slash; nothing where there is none.
    pub simulator_url: Option<String>,
    /// Whether requests are limited.
    pub rate_limits: RateLimits,
    /// To how many.
    pub rates: Rates,
    /// Proxies whose word about where a request comes from is believed.
    pub trusted_proxies: TrustedProxies,
}

/// How many requests there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Reads of a live key of the payment API.
    pub reads_per_second: u32,
    /// Its writes.
    pub writes_per_second: u32,
    /// What sends money away, counted apart from other writes.
    pub money_out_per_second: u32,
    /// After a rest so many seconds' worth may come at once.
    pub burst_seconds: u32,
    /// Requests of a key of the payment-intents API.
    pub intents_per_key_per_minute: u32,
    /// Those of all keys of a project's environment.
    pub intents_per_merchant_per_minute: u32,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            reads_per_second: 100,
            writes_per_second: 100,
            money_out_per_second: 20,
            burst_seconds: 10,
            intents_per_key_per_minute: 100,
            intents_per_merchant_per_minute: 1_000,
        }
    }
}

/// Whether requests are limited. In the payment API this concerns live keys only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RateLimits {
    /// The published ones.
    #[default]
    Default,
    /// None: for measuring.
    Off,
}
