//! What `serve` is to do, after flag, environment, file and default have spoken. Owns the defaults; never acts.

use std::num::NonZeroU32;
use std::str::FromStr;

use engine::KeysWanted;
use engine::mail::Postman;
use engine::store::{Migrate, Target};
use engine::webhooks::Destinations;
use serde::Deserialize;
use server::TrustedProxies;

use crate::command_line::{RateLimits, Role, ServeArgs};
use crate::config_file::ConfigFile;
use crate::failure::Failure;
use crate::output::Output;
use crate::place::Place;
use crate::smtp;

/// Where the API listens unless told otherwise.
pub(crate) const LISTEN: &str = "127.0.0.1:8600";

/// Where the simulated operators are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum SimulatorChoice {
    /// In this process.
    #[default]
    Embedded,
    /// Nowhere: simulated gateways send nothing.
    Off,
    /// At this URL, without a slash at the end.
    At(String),
}

impl FromStr for SimulatorChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "embedded" => Ok(Self::Embedded),
            "off" => Ok(Self::Off),
            url if is_http(url) => Ok(Self::At(url.trim_end_matches('/').to_owned())),
            other => Err(format!("`{other}` is neither `embedded` nor `off` nor an http:// URL")),
        }
    }
}

impl TryFrom<String> for SimulatorChoice {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// Everything that `serve` needs to know.
#[derive(Debug)]
pub(crate) struct ServeSettings {
    pub(crate) place: Place,
    pub(crate) listen: String,
    pub(crate) public_url: Option<String>,
    pub(crate) simulator: SimulatorChoice,
    pub(crate) sandbox_speed: u32,
    pub(crate) rate_limits: RateLimits,
    pub(crate) rates: server::Rates,
    /// Proxies whose word about where a request comes from is believed.
    pub(crate) trusted_proxies: TrustedProxies,
    /// Which addresses webhooks may go to.
    pub(crate) destinations: Destinations,
    pub(crate) role: Role,
    pub(crate) output: Output,
    pub(crate) keys: KeysWanted,
    pub(crate) migrate: Migrate,
    /// The way to a mail server.
    pub(crate) postman: Option<Postman>,
}

impl ServeSettings {
    /// Merges what was said, and refuses what cannot work.
    pub(crate) fn resolve(args: ServeArgs) -> Result<Self, Failure> {
        let file = ConfigFile::read(args.data.config.as_deref())?;
        let place = Place::resolve(&args.data, &file)?;
        let role = args.role.or(file.role).unwrap_or_default();
        let is_sqlite = matches!(place.target, Target::Sqlite(_));
        if is_sqlite && role != Role::All {
            return Err(Failure::usage(
                "--role api and --role worker need PostgreSQL (--database-url postgres://…): a SQLite database belongs to \
                 one process, which does everything",
            ));
        }
        let public_url = args.public_url.or(file.public_url);
        if let Some(url) = public_url.as_deref().filter(|url| !is_http(url)) {
            return Err(Failure::usage(format!(
                "--public-url {url}: must begin with http:// or https://"
            )));
        }
        let trusted_proxies = args.trusted_proxies.or(file.trusted_proxies).unwrap_or_default();
        let trusted_proxies = trusted_proxies
            .parse()
            .map_err(|why| Failure::usage(format!("--trusted-proxies: {why}")))?;
        let said = |flag: Option<bool>, file: Option<bool>| flag.or(file).unwrap_or_default();
        let migrates = is_sqlite || said(args.migrate, file.migrate);
        Ok(Self {
            place,
            listen: args.listen.or(file.listen).unwrap_or_else(|| LISTEN.to_owned()),
            public_url: public_url.map(|url| url.trim_end_matches('/').to_owned()),
            simulator: args.simulator.or(file.simulator).unwrap_or_default(),
            sandbox_speed: args.sandbox_speed.or(file.sandbox_speed).map_or(1, NonZeroU32::get),
            rate_limits: args.rate_limits.or(file.rate_limits).unwrap_or_default(),
            rates: file.rates.map(Into::into).unwrap_or_default(),
            trusted_proxies,
            destinations: match said(args.allow_private_webhooks, file.allow_private_webhooks) {
                true => Destinations::PrivateToo,
                false => Destinations::Public,
            },
            role,
            output: if said(args.json, file.json) {
                Output::Json
            } else {
                Output::Text
            },
            keys: match said(args.new_keys, file.new_keys) {
                true => KeysWanted::Always,
                false => KeysWanted::WithProject,
            },
            migrate: if migrates { Migrate::Auto } else { Migrate::Check },
            postman: smtp::postman(args.smtp, file.smtp)?,
        })
    }
}

fn is_http(url: &str) -> bool {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    rest.is_some_and(|rest| !rest.trim_matches('/').is_empty())
}
