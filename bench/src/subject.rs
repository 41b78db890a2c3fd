//! A process under test: started, asked where it is, stopped. Owns child processes; a dropped one is killed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::Result;
use crate::connection::parse;
use crate::meter::Meter;

/// A start, or the time until the next line of figures.
const ANSWER_WITHIN: Duration = Duration::from_secs(700);
/// A stop; then it is killed.
const STOP_WITHIN: Duration = Duration::from_secs(15);
/// How much of a failed process's log is shown.
const LOG_SHOWN_BYTES: usize = 2_000;

/// A running process.
pub(crate) struct Subject {
    name: String,
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    log: PathBuf,
}

impl Subject {
    /// Starts `command`. What it logs goes to `<name>.log` in `folder`.
    pub(crate) fn start(name: &str, mut command: Command, folder: &Path) -> Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{name} does not start: {error}"))?;
        let stdout = child.stdout.take().ok_or("a process without stdout")?;
        Ok(Self {
            name: name.to_owned(),
            child,
            lines: BufReader::new(stdout).lines(),
            log,
        })
    }

    /// The next line of JSON that it prints.
    pub(crate) async fn say<T: DeserializeOwned>(&mut self) -> Result<T> {
        match timeout(ANSWER_WITHIN, self.lines.next_line()).await {
            Ok(Ok(Some(line))) => parse(line.as_bytes()),
            Ok(Ok(None)) => Err(self.blame("ended")),
            Ok(Err(error)) => Err(self.blame(&error.to_string())),
            Err(_) => Err(self.blame("says nothing")),
        }
    }

    /// What it uses.
    pub(crate) fn meter(&self) -> Result<Meter> {
        Ok(Meter::of(self.child.id().ok_or_else(|| self.blame("ended"))?))
    }

    /// Asks it to stop, and waits.
    pub(crate) async fn stop(mut self) -> Result<()> {
        let pid = self
            .child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        if let Some(pid) = pid {
            kill_process(pid, Signal::TERM)?;
        }
        if timeout(STOP_WITHIN, self.child.wait()).await.is_err() {
            self.child.kill().await?;
            return Err(self.blame("did not stop when asked"));
        }
        Ok(())
    }

    fn blame(&self, what: &str) -> Box<dyn std::error::Error + Send + Sync> {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let from = log.len().saturating_sub(LOG_SHOWN_BYTES);
        let tail = log.get(from..).unwrap_or(&log);
        format!("{} {what}; its log ends:\n{tail}", self.name).into()
    }
}
