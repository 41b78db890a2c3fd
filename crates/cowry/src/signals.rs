//! Signals of the operator. The first asks for an orderly stop, a second Ctrl-C ends the process at once.

use engine::CancellationToken;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::failure::Failure;

/// The exit code of a process that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// From now on signals are heard; the token is cancelled by the first.
pub(crate) fn hear() -> Result<CancellationToken, Failure> {
    let (mut interrupts, mut terminations) = (stream(SignalKind::interrupt())?, stream(SignalKind::terminate())?);
    let stop = CancellationToken::new();
    let asked = stop.clone();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminations.recv() => {}
                _ = interrupts.recv() => if asked.is_cancelled() { std::process::exit(INTERRUPTED) },
            }
            if !asked.is_cancelled() {
                tracing::info!(event = "stopping", "finishing what is in flight, at most 10 s");
            }
            asked.cancel();
        }
    });
    Ok(stop)
}

fn stream(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| Failure::new(format!("signals cannot be heard: {error}")))
}
