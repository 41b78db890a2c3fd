//! `cargo run --release -p bench`: what Cowry can carry, next to the floors of the same machine in the same run. Owns
//! the roles that its processes play; never ships with Cowry.

mod arguments;
mod clock;
mod connection;
mod drain;
mod echo;
mod figures;
mod ledger;
mod load;
mod machine;
mod meter;
mod order;
mod outage;
mod place;
mod program;
mod rate;
mod receiver;
mod report;
mod run;
mod store_floor;
mod subject;
mod table;
mod tarpits;
mod works;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Role};

/// What fallible steps return; the error is a sentence for a person.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The allocator of the program under test, so that the floors stand on the same ground.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match play(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("bench: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn play(arguments: Arguments) -> Result<()> {
    let cores = machine::cores();
    match arguments.role {
        Some(Role::Echo) => runtime(cores)?.block_on(echo::serve()),
        Some(Role::StoreFloor(asked)) => runtime(cores)?.block_on(store_floor::run(&asked)),
        // The load leaves half of the machine to what it loads.
        None => runtime(cores / 2)?.block_on(run::run(&arguments.options)),
    }
}

fn runtime(threads: usize) -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads.max(1))
        .enable_all()
        .build()?)
}
