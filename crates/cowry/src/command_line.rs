//! The commands and their flags, as clap reads them. A flag goes before its environment variable, that before the file,
//! that before the default. Owns names and help texts; gives no defaults where the file may speak (`settings` does).

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use serde::Deserialize;

use crate::accounts::{AccountsCommand, GatewaysArgs};
use crate::attention::AttentionArgs;
use crate::audit::AuditArgs;
use crate::events::EventsCommand;
use crate::keys::KeysCommand;
use crate::listen::ListenArgs;
use crate::payments::PaymentsCommand;
use crate::projects::ProjectsCommand;
use crate::rates::RatesCommand;
use crate::rotate_kek::KekCommand;
use crate::routing::{HealthArgs, RoutingCommand};
use crate::rules::RulesCommand;
use crate::settings::SimulatorChoice;
use crate::smtp::SmtpArgs;
use crate::trigger::TriggerArgs;
use crate::webhooks::WebhooksCommand;

/// Cowry: payments by mobile money, wallet and card, through any operator, never charged twice.
#[derive(Parser)]
#[command(name = "cowry", version, arg_required_else_help = true)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run the server (on its first start it makes a sandbox with keys)
    Serve(Box<ServeArgs>),
    /// Run the simulated operators alone
    Simulator(SimulatorArgs),
    /// List and make projects, and open them for real money
    Projects {
        #[command(subcommand)]
        command: ProjectsCommand,
    },
    /// Make, list, rotate and revoke API keys
    Keys {
        #[command(subcommand)]
        command: KeysCommand,
    },
    /// List the gateways, and what an account at each of them needs
    Gateways(GatewaysArgs),
    /// Make, list, change, close and test accounts at gateways
    Accounts {
        #[command(subcommand)]
        command: AccountsCommand,
    },
    /// Say which accounts take a method in a country
    Rules {
        #[command(subcommand)]
        command: RulesCommand,
    },
    /// Exchange rates: by which attempts in another currency are priced
    Rates {
        #[command(subcommand)]
        command: RatesCommand,
    },
    /// Say how accounts are chosen, and when another one is tried
    Routing {
        #[command(subcommand)]
        command: RoutingCommand,
    },
    /// Look into payments
    Payments {
        #[command(subcommand)]
        command: PaymentsCommand,
    },
    /// Show events as they happen, and hand them to a receiver on this machine
    Listen(ListenArgs),
    /// Make a sandbox payment that brings an event about
    Trigger(TriggerArgs),
    /// List, show, follow and resend events
    Events {
        #[command(subcommand)]
        command: EventsCommand,
    },
    /// Say where events go, and look at what was delivered
    Webhooks {
        #[command(subcommand)]
        command: WebhooksCommand,
    },
    /// Show how the accounts do
    Health(HealthArgs),
    /// Move the database to another key-encryption key
    Kek {
        #[command(subcommand)]
        command: KekCommand,
    },
    /// List what administrators changed
    Audit(AuditArgs),
    /// List what waits for a person on this database, and take it off the list
    Attention(AttentionArgs),
    /// Bring the database's schema up to this program
    Migrate(DataArgs),
    /// Examine database, durability, clock, queues, keys and disk; exit code 1 when something is wrong
    Doctor(ListArgs),
}

/// Where the data is: the same for every command.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct DataArgs {
    /// Folder of the database, the key file and the simulator's memory [default: ./cowry-data]
    #[arg(long, env = "COWRY_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// `sqlite:PATH` or `postgres://…` [default: SQLite in the data folder]
    #[arg(long, env = "COWRY_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub(crate) database_url: Option<String>,
    /// File with the key-encryption key: 32 bytes in base64. COWRY_KEK may hold the key itself [default: a key made in
    /// the data folder, for the sandbox]
    #[arg(long, env = "COWRY_KEK_FILE", value_name = "FILE")]
    pub(crate) kek_file: Option<PathBuf>,
    /// Settings file (TOML), named like the flags of `serve`
    #[arg(long, env = "COWRY_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// Flags of `serve`.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// Address of the API; port 0 picks a free one. The embedded simulator takes the next port [default: 127.0.0.1:8600]
    #[arg(long, env = "COWRY_LISTEN", value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,
    /// How merchants and operators reach this server [default: http://<listen>]
    #[arg(long, env = "COWRY_PUBLIC_URL", value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Where the simulated operators are: `embedded`, `off`, or the URL of a `cowry simulator` [default: embedded]
    #[arg(long, env = "COWRY_SIMULATOR", value_name = "embedded|off|URL")]
    pub(crate) simulator: Option<SimulatorChoice>,
    /// Divides the times of the sandbox [default: 1]
    #[arg(long, env = "COWRY_SANDBOX_SPEED", value_name = "N")]
    pub(crate) sandbox_speed: Option<NonZeroU32>,
    /// Limits on the rate of requests; `off` only while no live key exists [default: default]
    #[arg(long, env = "COWRY_RATE_LIMITS")]
    pub(crate) rate_limits: Option<RateLimits>,
    /// Proxies whose `X-Forwarded-For` is believed: addresses and networks with commas between them, such as
    /// `10.0.0.5,172.16.0.0/12` [default: none]
    #[arg(long, env = "COWRY_TRUSTED_PROXIES", value_name = "NETWORKS")]
    pub(crate) trusted_proxies: Option<String>,
    /// What this process does: `api` answers requests, `worker` does what is due (and answers requests too, so that it
    /// can be watched). Apart only on PostgreSQL [default: all]
    #[arg(long, env = "COWRY_ROLE")]
    pub(crate) role: Option<Role>,
    /// Allow webhook URLs and addresses of gateway accounts on loopback and in private networks, for development
    #[arg(long, env = "COWRY_ALLOW_PRIVATE_WEBHOOKS", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = BoolishValueParser::new(), value_name = "BOOL")]
    pub(crate) allow_private_webhooks: Option<bool>,
    /// Print one line of JSON when ready, and nothing else, on stdout
    #[arg(long, env = "COWRY_JSON", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = BoolishValueParser::new(), value_name = "BOOL")]
    pub(crate) json: Option<bool>,
    /// Make and print fresh sandbox keys although there are some
    #[arg(long, env = "COWRY_NEW_KEYS", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = BoolishValueParser::new(), value_name = "BOOL")]
    pub(crate) new_keys: Option<bool>,
    /// Migrate a PostgreSQL database at the start (SQLite always does, after a backup)
    #[arg(long, env = "COWRY_MIGRATE", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = BoolishValueParser::new(), value_name = "BOOL")]
    pub(crate) migrate: Option<bool>,
    #[command(flatten)]
    pub(crate) smtp: SmtpArgs,
}

/// Flags of `simulator`.
#[derive(Args, Clone, Debug)]
pub(crate) struct SimulatorArgs {
    /// Address to listen on; port 0 picks a free one
    #[arg(
        long,
        env = "COWRY_SIMULATOR_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8601"
    )]
    pub(crate) listen: String,
    /// Folder of its ledger; without one it is forgotten at the end
    #[arg(long, env = "COWRY_SIMULATOR_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Divides the times of the scenarios
    #[arg(long, env = "COWRY_SANDBOX_SPEED", value_name = "N", default_value = "1")]
    pub(crate) sandbox_speed: NonZeroU32,
    /// How others reach it [default: http://<listen>]
    #[arg(long, env = "COWRY_SIMULATOR_PUBLIC_URL", value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Print one line of JSON when ready, and nothing else, on stdout
    #[arg(long)]
    pub(crate) json: bool,
}

/// Flags of the commands that only look.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Limits on the rate of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RateLimits {
    /// The published ones
    #[default]
    Default,
    /// None
    Off,
}

/// What a process does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// Everything
    #[default]
    All,
    /// Answers requests
    Api,
    /// Does what is due
    Worker,
}

impl Role {
    /// Its name in log lines.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Api => "api",
            Self::Worker => "worker",
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        CommandLine::command().debug_assert();
    }
}
