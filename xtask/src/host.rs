//! The one door from xtask to the machine: processes, the clock and the environment. Decides nothing about what runs.

use std::error::Error;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What the names of the variables about xtask itself begin with.
const ABOUT_US: [&str; 4] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];

/// What every command of xtask returns; the error is a sentence for a person.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// A command that runs in the root of the repository, without what cargo tells xtask about xtask: build scripts (ring's)
/// see such variables as changes, and half of the workspace would be built again.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    for (name, _) in std::env::vars_os() {
        let is_ours = name
            .to_str()
            .is_some_and(|name| ABOUT_US.iter().any(|about| name.starts_with(about)));
        if is_ours {
            command.env_remove(name);
        }
    }
    command
}

/// `cargo` with `arguments`, separated by spaces: the cargo that runs us.
pub(crate) fn cargo(arguments: &str) -> Command {
    let mut cargo = command(variable("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(arguments.split_whitespace());
    cargo
}

/// Runs `command` with its output going straight through; an error when it does not succeed.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let name = show(command);
    println!("$ {name}");
    let status = command.status().map_err(|e| format!("cannot start `{name}`: {e}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{name}` ended with {status}").into())
    }
}

/// Runs `command` and returns its standard output; errors go straight through.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let name = show(command);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| format!("cannot start `{name}`: {e}"))?;
    if !output.status.success() {
        return Err(format!("`{name}` ended with {}", output.status).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs `command` without showing anything; `None` when it cannot start or does not succeed.
pub(crate) fn probe(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).stdin(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Where `program` is in `PATH`, links followed.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = variable("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())?
        .canonicalize()
        .ok()
}

/// Whether we are the superuser, whom PostgreSQL refuses to run as.
pub(crate) fn is_superuser() -> bool {
    probe(command("id").arg("-u")).is_some_and(|id| id == "0")
}

/// Today's date in UTC, for the heads of reports.
pub(crate) fn today() -> String {
    probe(command("date").args(["-u", "+%Y-%m-%d"])).unwrap_or_default()
}

/// The commit that is checked out, for the heads of reports.
pub(crate) fn commit() -> String {
    probe(command("git").args(["describe", "--always", "--dirty"])).unwrap_or_default()
}

/// An environment variable, when it is set.
#[expect(
    clippy::disallowed_methods,
    reason = "xtask is a tool of its own; this function is its one door"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The monotonic clock.
#[expect(
    clippy::disallowed_methods,
    reason = "xtask is a tool of its own; this function is its one door"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Waits a moment between two looks at a condition.
#[expect(
    clippy::disallowed_methods,
    reason = "xtask is a tool of its own; this function is its one door"
)]
pub(crate) fn pause() {
    std::thread::sleep(Duration::from_millis(50));
}

fn show(command: &Command) -> String {
    let words: Vec<_> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| {
            Path::new(word)
                .strip_prefix(root())
                .map_or(word.to_string_lossy(), Path::to_string_lossy)
        })
        .collect();
    let line = words.join(" ");
    line.split_once("/bin/cargo ")
        .map_or(line.clone(), |(_, rest)| format!("cargo {rest}"))
}
