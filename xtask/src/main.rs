//! `cargo xtask`: the commands that keep this repository in order. Owns the list of commands; never ships with
//! Cowry and never contains a rule about money.

mod browser;
mod cluster;
mod fuzz;
mod generate;
mod host;
mod install;
mod packages;
mod receivers;
mod soak;
mod steps;
mod suite;
mod tidy;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The repository's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what the tests need and run all of them, on SQLite and on PostgreSQL.
    Test,
    /// Check the house rules: crate edges, lengths, document paths, names, counted exceptions.
    Tidy,
    /// Run the long versions of the tests on both engines and write `docs/generated/soak.md`; then what `verify` does.
    Soak,
    /// Play a million seeds (or `COWRY_VERIFY_SEEDS`), look for every planted bug, and write `docs/generated/verify.md`.
    Verify,
    /// Write the generated documents again.
    Gen,
    /// Let schemathesis try every operation of the OpenAPI document on a sandbox (`COWRY_SOAK=1`: long).
    Fuzz,
    /// Meet the pages in Chromium as payers do; pictures of every screen are in `target/browser` afterwards.
    Browser,
    /// Install the libraries of Standard Webhooks that the tests of signatures compare with.
    Receivers,
    /// Run a command with `COWRY_TEST_DATABASE` set to a temporary PostgreSQL server.
    WithPostgres {
        /// The program and its arguments, for example `cargo test -p cowry-store`.
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Test => suite::run(),
        Command::Tidy => tidy::run(),
        Command::Soak => soak::run(),
        Command::Verify => verify::run(),
        Command::Gen => generate::run(),
        Command::Fuzz => fuzz::run(),
        Command::Browser => browser::run(),
        Command::Receivers => receivers::install().map(|_| ()),
        Command::WithPostgres { command } => cluster::run_with(&command),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("xtask: {reason}");
            ExitCode::FAILURE
        }
    }
}
