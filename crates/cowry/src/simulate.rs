//! `cowry simulator`: the simulated operators alone, in a process of their own.

use std::process::ExitCode;

use serde_json::json;
use simulator::{Bounds, Config, Simulator};

use crate::command_line::SimulatorArgs;
use crate::failure::Failure;
use crate::sockets::{self, Asked};
use crate::{logs, output, signals};

/// Serves until a signal comes.
pub(crate) async fn simulate(args: SimulatorArgs) -> Result<ExitCode, Failure> {
    logs::start();
    let stop = signals::hear()?;
    let listener = Asked::read(&args.listen).await?.bind()?;
    let config = Config {
        data_dir: args.data_dir,
        speed: args.sandbox_speed.get(),
        public_url: Some(args.public_url.map_or_else(|| sockets::url(&listener), Ok)?),
        bounds: Bounds::default(),
    };
    let simulator = start(listener, config).await?;
    let url = simulator.url();
    match args.json {
        true => output::json(&json!({ "simulator_url": url }))?,
        false => output::line(&format!(
            "The simulated operators are at {url}\n\n  Phone          {url}/phone\n  Magic numbers  {url}/\n  Ledger         \
             {url}/ledger\n\nUse them with: cowry serve --simulator {url}"
        )),
    }
    stop.cancelled().await;
    simulator.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Starts a simulator; a failure is told in words.
pub(crate) async fn start(listener: tokio::net::TcpListener, config: Config) -> Result<Simulator, Failure> {
    Simulator::start(listener, config).await.map_err(|error| {
        Failure::new(format!(
            "{error}. If another process uses this folder, stop it or choose another with --data-dir"
        ))
    })
}
