//! The program under test: built from this repository like bench itself, and how its commands are called. Owns its
//! command lines; never a running process.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::Deserialize;
use tokio::process::Command;

use crate::Result;
use crate::arguments::Options;
use crate::connection::Peer;
use crate::subject::Subject;

/// What the names of the variables begin with by which cargo tells bench about bench. Build scripts see them as changes.
const ABOUT_US: [&str; 4] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];

/// The `cowry` binary.
pub(crate) struct Program {
    path: PathBuf,
}

/// What `cowry serve --json` says.
#[derive(Deserialize)]
struct Ready {
    url: String,
    keys: Keys,
}

#[derive(Deserialize)]
struct Keys {
    payment: String,
}

#[derive(Deserialize)]
struct SimulatorReady {
    simulator_url: String,
}

/// A database, as `cowry serve` is told of it.
pub(crate) enum Database<'a> {
    /// SQLite in the data folder.
    Embedded,
    /// A migrated, empty database at this address.
    At(&'a str),
}

impl Program {
    /// Builds it, unless there is one to be taken as it is.
    pub(crate) async fn make(options: &Options) -> Result<Self> {
        if let Some(path) = &options.cowry {
            return Ok(Self { path: path.clone() });
        }
        let mut build = Command::new(&options.cargo);
        build
            .args(["build", "--quiet", "-p", "cowry"])
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
            .stdin(Stdio::null());
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        for (name, _) in env::vars_os() {
            let about_us = |name: &str| ABOUT_US.iter().any(|about| name.starts_with(about));
            if name.to_str().is_some_and(about_us) {
                build.env_remove(name);
            }
        }
        if !build.status().await?.success() {
            return Err("cowry does not build".into());
        }
        Ok(Self {
            path: env::current_exe()?.with_file_name("cowry"),
        })
    }

    /// Starts the simulated operators alone. Returns where they are.
    pub(crate) async fn simulator(&self, folder: &Path) -> Result<(Subject, Peer)> {
        let mut command = Command::new(&self.path);
        command
            .args(["simulator", "--json", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(folder.join("simulator"));
        let mut simulator = Subject::start("simulator", command, folder)?;
        let ready: SimulatorReady = simulator.say().await?;
        Ok((simulator, Peer::new(&ready.simulator_url)?))
    }

    /// Starts a server on an empty database, with the simulated operators at `simulator`. Returns it and a merchant's
    /// way to it.
    pub(crate) async fn serve(
        &self,
        folder: &Path,
        database: Database<'_>,
        simulator: &Peer,
    ) -> Result<(Subject, Peer)> {
        let mut command = Command::new(&self.path);
        command
            .args(["serve", "--json", "--listen", "127.0.0.1:0", "--rate-limits", "off"])
            .arg("--allow-private-webhooks")
            .args(["--simulator", &simulator.url(), "--data-dir"])
            .arg(folder.join("data"));
        if let Database::At(url) = database {
            command.args(["--database-url", url]);
        }
        let mut server = Subject::start("server", command, folder)?;
        let ready: Ready = server.say().await?;
        Ok((server, Peer::new(&ready.url)?.with_key(&ready.keys.payment)))
    }
}
