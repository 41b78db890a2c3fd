//! `verify`: the real engine and store under a virtual clock, with operators, clients and faults that follow from a seed.
//! `README.md` beside this folder says how to use it. Never touches the network or the disk.

mod bugs;
mod client;
mod dice;
mod operators;
mod plan;
mod play;
mod render;
mod run;
mod setting;
mod story;
mod watch;

use std::process::ExitCode;

use clap::Parser;

/// Seeded faults against the real engine.
#[derive(Parser)]
struct Arguments {
    /// How many seeds to play.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// How many at the same time.
    #[arg(long, default_value_t = 2)]
    threads: u64,
    /// Plays one seed and tells its story.
    #[arg(long)]
    seed: Option<u64>,
    /// With `--seed`: plays it with this planted bug (needs the feature `planted`).
    #[arg(long, requires = "seed")]
    bug: Option<String>,
    /// Looks for every planted bug (needs the feature `planted`).
    #[arg(long)]
    bugs: bool,
    /// With `--bugs`: seconds for each of them.
    #[arg(long, default_value_t = 20)]
    patience_s: u64,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match (arguments.seed, arguments.bugs) {
        (Some(seed), _) => bugs::plant(arguments.bug.as_deref()).and_then(|()| play::tell(seed)),
        (None, true) => bugs::hunt(arguments.patience_s, arguments.threads),
        (None, false) => play::many(arguments.from, arguments.seeds, arguments.threads),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("verify: {error}");
            ExitCode::FAILURE
        }
    }
}
