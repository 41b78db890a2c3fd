//! The command line. Owns what can be asked for; knows nothing of how it is done.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use serde::Serialize;

/// Requests per second, latency, CPU and memory of Cowry, next to the floors of HTTP and of storage.
#[derive(Parser)]
#[command(name = "bench")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) role: Option<Role>,
    #[command(flatten)]
    pub(crate) options: Options,
}

/// Other processes of the same run; not for people.
#[derive(Subcommand)]
pub(crate) enum Role {
    /// The floor of HTTP: a bare JSON echo.
    #[command(hide = true)]
    Echo,
    /// The floor of storage: the writes of a created intent, without a server.
    #[command(hide = true)]
    StoreFloor(StoreFloor),
}

/// What a run measures.
#[derive(Args)]
pub(crate) struct Options {
    /// How long each cell is measured, in seconds, after a warm-up of a fifth of that.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Connections (or tasks) at once; one row each.
    #[arg(long, value_delimiter = ',', default_value = "1,8,32,128", value_parser = clap::value_parser!(u32).range(1..=4096))]
    connections: Vec<u32>,
    /// Databases. PostgreSQL is the server that COWRY_TEST_DATABASE names.
    #[arg(long, value_delimiter = ',', default_value = "sqlite,postgres")]
    pub(crate) engines: Vec<Engine>,
    /// Only these rows. Ratios to a floor that is left out are left out too.
    #[arg(long, value_delimiter = ',')]
    only: Vec<Scenario>,
    /// Also write the figures to this file, as JSON.
    #[arg(long)]
    pub(crate) json: Option<PathBuf>,
    /// The program under test, as it is. Without it `cowry` is built from this repository, like bench itself.
    #[arg(long)]
    pub(crate) cowry: Option<PathBuf>,
    /// Where the databases are put while they are measured. By default beside the program, which is on a real disk;
    /// the temporary folder often is not.
    #[arg(long)]
    pub(crate) folder: Option<PathBuf>,
    /// Only see whether every cell is served without errors: 0.2 s each, figures without meaning.
    #[arg(long)]
    check_smoke: bool,
    /// The cargo that builds the program under test.
    #[arg(long, env = "CARGO", hide = true, default_value = "cargo")]
    pub(crate) cargo: PathBuf,
}

/// A database engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Engine {
    /// The embedded one.
    Sqlite,
    /// A server.
    Postgres,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scenario {
    /// The floor of HTTP.
    Echo,
    /// The floor of storage.
    Store,
    /// Create an intent.
    Create,
    /// Create an intent with an attempt, to completion.
    Pay,
    /// Read an intent.
    Retrieve,
    /// Payments at a steady rate while an account goes down and comes back.
    Outage,
    /// A receiver that was away gets the events that it missed.
    Deliver,
    /// Receivers that never answer beside as many others.
    Tarpits,
}

/// The floor of storage, as one process.
#[derive(Args)]
pub(crate) struct StoreFloor {
    /// An empty database: `sqlite:PATH` or `postgres://…`.
    #[arg(long)]
    pub(crate) database: String,
    /// Tasks at once; one line of figures each.
    #[arg(long, value_delimiter = ',')]
    pub(crate) connections: Vec<u32>,
    /// How long each is measured, in milliseconds.
    #[arg(long)]
    pub(crate) measured_ms: u64,
}

/// How long and how wide a row is measured.
#[derive(Clone, Copy)]
pub(crate) struct Cell {
    /// Connections at once.
    pub(crate) connections: u32,
    /// What counts.
    pub(crate) measured: Duration,
}

impl Cell {
    /// What does not count yet.
    pub(crate) fn warm_up(self) -> Duration {
        self.measured / 5
    }
}

impl Options {
    /// How long each cell is measured.
    pub(crate) fn measured(&self) -> Duration {
        if self.check_smoke {
            Duration::from_millis(200)
        } else {
            Duration::from_secs(self.seconds)
        }
    }

    /// How long a minute of the outage takes.
    pub(crate) fn minute(&self) -> Duration {
        self.measured() * 4
    }

    /// Payments whose events a receiver misses.
    pub(crate) fn missed(&self) -> u32 {
        u32::try_from(self.measured().as_millis()).unwrap_or(u32::MAX)
    }

    /// The rows of each scenario.
    pub(crate) fn connections(&self) -> &[u32] {
        if self.check_smoke { &[1, 8] } else { &self.connections }
    }

    /// The cells of each scenario.
    pub(crate) fn cells(&self) -> impl Iterator<Item = Cell> {
        let measured = self.measured();
        self.connections()
            .iter()
            .map(move |&connections| Cell { connections, measured })
    }

    /// Whether a scenario was asked for.
    pub(crate) fn wants(&self, scenario: Scenario) -> bool {
        self.only.is_empty() || self.only.contains(&scenario)
    }

    /// Whether the program under test is needed.
    pub(crate) fn wants_cowry(&self) -> bool {
        [
            Scenario::Create,
            Scenario::Pay,
            Scenario::Retrieve,
            Scenario::Outage,
            Scenario::Deliver,
            Scenario::Tarpits,
        ]
        .into_iter()
        .any(|scenario| self.wants(scenario))
    }

    /// Whether figures have no meaning.
    pub(crate) fn is_smoke(&self) -> bool {
        self.check_smoke
    }
}

impl Scenario {
    /// As a row of the table is called.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Echo => "floor: JSON echo",
            Self::Store => "floor: store alone",
            Self::Create => "create intent",
            Self::Pay => "create + pay",
            Self::Retrieve => "retrieve intent",
            Self::Outage => "outage",
            Self::Deliver => "deliver",
            Self::Tarpits => "tarpits",
        }
    }

    /// Whether it writes what the floor of storage writes, or more.
    pub(crate) fn writes(self) -> bool {
        matches!(self, Self::Store | Self::Create | Self::Pay)
    }
}

impl Engine {
    /// As people call it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}
