//! What the server is told at its start. Never read from the environment here.

/// How the server presents itself.
#[derive(Clone, Debug)]
pub struct Config {
    /// How merchants reach it, without a trailing slash, for example `https://pay.example.com`.
    pub public_url: String,
    /// Limits on the rate of requests.
    pub rate_limits: RateLimits,
}

/// Limits on the rate of requests. They concern live keys only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RateLimits {
    /// The published ones.
    #[default]
    Default,
    /// None: for measuring.
    Off,
}
