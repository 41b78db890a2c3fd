//! The `cowry` binary: reads its command line, its file and its environment, and runs one command. Owns what an operator
//! sees and how a process starts and stops; never decides anything about money.

mod accounts;
mod admin;
mod attention;
mod audit;
mod command_line;
mod config_file;
mod control;
mod doctor;
mod environment;
mod events;
mod failure;
mod feed;
mod greeting;
mod house;
mod kek;
mod keys;
mod listen;
mod logs;
mod migrate;
mod output;
mod payments;
mod place;
mod projects;
mod rates;
mod rotate_kek;
mod routing;
mod rules;
mod secret_input;
mod serve;
mod settings;
mod signals;
mod simulate;
mod smtp;
mod sockets;
mod trigger;
mod webhooks;

use std::process::ExitCode;

use clap::Parser;
use command_line::{Command, CommandLine};
use failure::Failure;

const _: () = assert!(
    !engine::domain::planted::ON,
    "planted bugs are for `verify`, never for the binary"
);

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let command = CommandLine::parse().command;
    match run(command).await {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("cowry: {failure}");
            failure.exit_code()
        }
    }
}

async fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Serve(args) => serve::serve(*args).await,
        Command::Simulator(args) => simulate::simulate(args).await,
        Command::Projects { command } => projects::run(command).await,
        Command::Keys { command } => keys::run(command).await,
        Command::Gateways(args) => accounts::gateways(args).await,
        Command::Accounts { command } => accounts::run(command).await,
        Command::Rules { command } => rules::run(command).await,
        Command::Rates { command } => rates::run(command).await,
        Command::Routing { command } => routing::run(command).await,
        Command::Payments { command } => payments::run(command).await,
        Command::Health(args) => routing::health(args).await,
        Command::Kek { command } => rotate_kek::run(command).await,
        Command::Listen(args) => listen::run(args).await,
        Command::Trigger(args) => trigger::run(args).await,
        Command::Events { command } => events::run(command).await,
        Command::Webhooks { command } => webhooks::run(command).await,
        Command::Audit(args) => audit::run(args).await,
        Command::Attention(args) => attention::run(args).await,
        Command::Migrate(args) => migrate::migrate(&args),
        Command::Doctor(args) => doctor::examine(args).await,
    }
}
