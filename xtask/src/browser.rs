//! `cargo xtask browser`: the tests in `tests/browser` meet the pages in Chromium as payers do. Installs what they need from
//! npm, bounds their time and stops what they started; what they check is theirs.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use crate::host::{self, Result};

/// The whole run. Two cores that had ten times more to do than they could took six minutes.
const LIMIT: Duration = Duration::from_secs(8 * 60);
/// Test files at a time. Each has a server and a browser of its own, which wait a lot.
const AT_ONCE: &str = "--test-concurrency=3";
/// Files that take long: begun first, so that none of them is left for the end.
const LONG: [&str; 5] = ["paying", "screens-after", "screens-before", "screens-rare", "troubles"];

/// Installs the packages, builds the server and runs every test. Pictures of all screens are in `target/browser` afterwards.
pub(crate) fn run() -> Result<()> {
    let folder = host::root().join("tests/browser");
    install(&folder)?;
    host::run(&mut host::cargo("build --package cowry"))?;
    let browser = installed();
    if browser.is_none() {
        download()?;
    }
    let kept = target().join("browser");
    empty(&kept)?;
    let mut node = host::command("node");
    node.args(["--test", "--test-reporter=spec", AT_ONCE])
        .args(test_files(&folder)?)
        .env("COWRY_BROWSER_PROGRAM", target().join("debug/cowry"))
        .env("COWRY_BROWSER_FOLDER", &kept)
        .envs(browser.map(|program| ("COWRY_BROWSER_CHROMIUM", program)));
    let status = run_within(&mut node, LIMIT)?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("node ended with {status}; pictures and logs are in {}", kept.display()).into())
    }
}

/// A Chromium of this machine.
pub(crate) fn installed() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find_map(host::find)
}

/// The Chromium that Playwright brings, with the libraries that it needs: for systems without a package of it.
fn download() -> Result<()> {
    let playwright = "tests/browser/node_modules/playwright-core/cli.js";
    host::run(host::command("node").args([playwright, "install", "--with-deps", "--only-shell", "chromium"]))
        .map_err(|reason| format!("there is no Chromium, and none could be had: {reason}").into())
}

/// Exactly what the lock file says; nothing to do when npm has noted that it is there.
fn install(folder: &Path) -> Result<()> {
    let lock = std::fs::read(folder.join("package-lock.json"))?;
    let noted = folder.join("node_modules/.installed-lock.json");
    if std::fs::read(&noted).is_ok_and(|installed| installed == lock) {
        println!("the packages of tests/browser are here");
        return Ok(());
    }
    host::run(
        host::command("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"])
            .arg(folder),
    )?;
    Ok(std::fs::write(noted, lock)?)
}

/// Pictures and logs of an earlier run say nothing about this one.
fn empty(folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    Ok(std::fs::create_dir_all(folder)?)
}

/// Every file of tests, those that take long first.
fn test_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        names.extend(name.strip_suffix(".test.mjs").map(str::to_owned));
    }
    if names.is_empty() {
        return Err(format!("no tests in {}", folder.display()).into());
    }
    names.sort_by_key(|name| (!LONG.contains(&name.as_str()), name.clone()));
    let path = |name: String| folder.join(format!("{name}.test.mjs"));
    Ok(names.into_iter().map(path).collect())
}

/// Runs a command in a process group of its own, which is ended with everything in it when the time is over.
fn run_within(command: &mut Command, limit: Duration) -> Result<ExitStatus> {
    let mut child = command.process_group(0).spawn()?;
    let began = host::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if began.elapsed() > limit {
            end(&mut child);
            return Err(format!("stopped after {} s", limit.as_secs()).into());
        }
        host::pause();
    }
}

fn end(leader: &mut Child) {
    let group = format!("-{}", leader.id());
    let _ = host::probe(host::command("kill").args(["-KILL", "--", &group]));
    let _ = leader.wait();
}

fn target() -> PathBuf {
    let folder = host::variable("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    host::root().join(folder)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{LONG, run_within, test_files};
    use crate::host;

    #[test]
    fn a_run_that_does_not_end_is_ended() {
        let late = run_within(host::command("sleep").arg("60"), Duration::ZERO);
        assert_eq!(late.unwrap_err().to_string(), "stopped after 0 s");
        let done = run_within(&mut host::command("true"), Duration::from_secs(60));
        assert!(done.unwrap().success());
    }

    #[test]
    fn all_tests_are_found_and_the_long_ones_come_first() {
        let folder = host::root().join("tests/browser");
        let files = test_files(&folder).unwrap();
        for (file, name) in files.iter().zip(LONG) {
            assert_eq!(*file, folder.join(format!("{name}.test.mjs")));
        }
        assert!(files.len() > LONG.len(), "{files:?}");
    }
}
