//! The settings file: TOML with the names of `serve`'s flags (dashes or underscores). A name that is not known is an
//! error, so that a misspelt setting is not silently ignored. Never holds the key-encryption key itself.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::command_line::{RateLimits, Role};
use crate::failure::Failure;
use crate::settings::SimulatorChoice;
use crate::smtp::SmtpFile;

/// What the file says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ConfigFile {
    pub(crate) listen: Option<String>,
    #[serde(alias = "database_url")]
    pub(crate) database_url: Option<String>,
    #[serde(alias = "data_dir")]
    pub(crate) data_dir: Option<PathBuf>,
    #[serde(alias = "public_url")]
    pub(crate) public_url: Option<String>,
    pub(crate) simulator: Option<SimulatorChoice>,
    #[serde(alias = "sandbox_speed")]
    pub(crate) sandbox_speed: Option<NonZeroU32>,
    #[serde(alias = "rate_limits")]
    pub(crate) rate_limits: Option<RateLimits>,
    #[serde(alias = "trusted_proxies")]
    pub(crate) trusted_proxies: Option<String>,
    /// How many requests there may be.
    pub(crate) rates: Option<RatesFile>,
    #[serde(alias = "kek_file")]
    pub(crate) kek_file: Option<PathBuf>,
    pub(crate) role: Option<Role>,
    #[serde(alias = "allow_private_webhooks")]
    pub(crate) allow_private_webhooks: Option<bool>,
    pub(crate) json: Option<bool>,
    #[serde(alias = "new_keys")]
    pub(crate) new_keys: Option<bool>,
    pub(crate) migrate: Option<bool>,
    /// The mail server.
    pub(crate) smtp: Option<SmtpFile>,
}

/// How many requests there may be; what is left out is as usual.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RatesFile {
    reads_per_second: Option<NonZeroU32>,
    writes_per_second: Option<NonZeroU32>,
    money_out_per_second: Option<NonZeroU32>,
    burst_seconds: Option<NonZeroU32>,
    intents_per_key_per_minute: Option<NonZeroU32>,
    intents_per_merchant_per_minute: Option<NonZeroU32>,
}

impl From<RatesFile> for server::Rates {
    fn from(file: RatesFile) -> Self {
        let usual = Self::default();
        let or = |given: Option<NonZeroU32>, usual: u32| given.map_or(usual, NonZeroU32::get);
        Self {
            reads_per_second: or(file.reads_per_second, usual.reads_per_second),
            writes_per_second: or(file.writes_per_second, usual.writes_per_second),
            money_out_per_second: or(file.money_out_per_second, usual.money_out_per_second),
            burst_seconds: or(file.burst_seconds, usual.burst_seconds),
            intents_per_key_per_minute: or(file.intents_per_key_per_minute, usual.intents_per_key_per_minute),
            intents_per_merchant_per_minute: or(
                file.intents_per_merchant_per_minute,
                usual.intents_per_merchant_per_minute,
            ),
        }
    }
}

impl ConfigFile {
    /// Reads the file; without one nothing is said.
    pub(crate) fn read(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let wrong = |reason: String| Failure::usage(format!("settings file {}: {reason}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        toml::from_str(&text).map_err(|error| wrong(error.to_string().trim_end().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_read_and_unknown_names_are_errors() {
        let file: ConfigFile =
            toml::from_str("sandbox-speed = 20\ndata_dir = 'd'\nrole = 'api'\nsimulator = 'off'").unwrap();
        assert_eq!(file.sandbox_speed.map(NonZeroU32::get), Some(20));
        assert_eq!(file.data_dir, Some(PathBuf::from("d")));
        assert_eq!(
            (file.role, file.simulator),
            (Some(Role::Api), Some(SimulatorChoice::Off))
        );
        for wrong in [
            "lissten = '127.0.0.1:1'",
            "sandbox-speed = 0",
            "simulator = 'maybe'",
            "rate-limits = 'none'",
        ] {
            assert!(toml::from_str::<ConfigFile>(wrong).is_err(), "{wrong}");
        }
    }
}
