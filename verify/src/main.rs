//! `verify`: the real engine and store under a virtual clock, with operators, clients and faults that follow from a seed.
//! See `README.md` beside this folder's `src`. Never touches the network or the disk.

mod client;
mod dice;
mod operators;
mod plan;
mod render;
mod run;
mod story;
mod watch;

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::Parser;

use run::{Beginning, Outcome};

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
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.seed {
        Some(seed) => tell(seed),
        None => play(&arguments),
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

fn tell(seed: u64) -> Result<bool, String> {
    let outcome = Beginning::new()?.play(seed)?;
    for line in &outcome.story {
        println!("{line}");
    }
    println!("seed {seed}: {:?}, hash {}", outcome.figures, outcome.hash);
    Ok(outcome.violations.is_empty())
}

fn play(arguments: &Arguments) -> Result<bool, String> {
    let next = AtomicU64::new(arguments.from);
    let end = arguments.from + arguments.seeds;
    let results: Vec<Result<Vec<Outcome>, String>> = std::thread::scope(|scope| {
        let players: Vec<_> = (0..arguments.threads)
            .map(|_| {
                scope.spawn(|| {
                    let beginning = Beginning::new()?;
                    let mut broken = Vec::new();
                    loop {
                        let seed = next.fetch_add(1, Ordering::Relaxed);
                        if seed >= end {
                            return Ok(broken);
                        }
                        let outcome = beginning.play(seed)?;
                        if !outcome.violations.is_empty() {
                            println!("seed {seed}: {}", outcome.violations.join("; "));
                            broken.push(outcome);
                        }
                    }
                })
            })
            .collect();
        players
            .into_iter()
            .map(|player| player.join().unwrap_or_else(|_| Err("a player panicked".to_owned())))
            .collect()
    });
    let mut broken = 0;
    for result in results {
        broken += result?.len();
    }
    println!("{} seeds, {broken} with violations", arguments.seeds);
    Ok(broken == 0)
}
