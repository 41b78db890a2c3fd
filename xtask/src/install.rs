//! Installs what the tests need on a machine that has only Rust. Never touches what is already there.

use std::path::PathBuf;
use std::process::Command;

use crate::browser;
use crate::host::{self, Result};
use crate::steps::Verdict;

/// The version that is installed when there is none; it must be able to read `Cargo.lock` and `deny.toml`.
const CARGO_DENY: &str = "0.20.2";
/// The oldest version that reads our `deny.toml`.
const CARGO_DENY_OLDEST: (u32, u32) = (0, 18);

/// rustfmt and clippy, which a minimal installation of Rust does not have.
pub(crate) fn components() -> Result<Verdict> {
    for (component, command) in [("rustfmt", "fmt --version"), ("clippy", "clippy --version")] {
        match host::probe(&mut host::cargo(command)) {
            Some(version) => println!("{version}"),
            None => host::run(host::command("rustup").args(["component", "add", component]))?,
        }
    }
    Ok(Verdict::Passed)
}

/// A C compiler (for the bundled SQLite and for ring), the PostgreSQL server's programs, what plays receivers of
/// webhooks (openssl, curl, Python and Node), and Chromium where it is packaged: where it is not, `cargo xtask browser` takes
/// Playwright's.
pub(crate) fn system() -> Result<Verdict> {
    let mut missing = Vec::new();
    if host::find("cc").is_none() {
        missing.push("build-essential");
    }
    if postgres_programs().is_none() {
        missing.push("postgresql");
    }
    missing.extend(missing_receivers());
    let has_browser = browser::installed().is_some();
    if missing.is_empty() && has_browser {
        println!("C compiler, PostgreSQL, openssl, curl, Python, Node and Chromium are here");
        return Ok(Verdict::Passed);
    }
    apt(missing, if has_browser { &[] } else { &["chromium"] })?;
    match postgres_programs() {
        Some(_) => Ok(Verdict::Passed),
        None => Err("PostgreSQL was installed, but initdb is not to be found".into()),
    }
}

fn missing_receivers() -> Vec<&'static str> {
    let mut missing = Vec::new();
    if host::probe(host::command("python3").args(["-c", "import ensurepip, venv"])).is_none() {
        missing.extend(["python3", "python3-venv"]);
    }
    for (program, package) in [
        ("openssl", "openssl"),
        ("curl", "curl"),
        ("node", "nodejs"),
        ("npm", "npm"),
    ] {
        if host::find(program).is_none() {
            missing.push(package);
        }
    }
    missing
}

/// cargo-deny, built without optimisation for size or speed: about a minute instead of six.
pub(crate) fn cargo_deny() -> Result<Verdict> {
    let here = host::probe(&mut host::cargo("deny --version"));
    if here.as_deref().is_some_and(is_new_enough) {
        println!("{} is here", here.unwrap_or_default());
        return Ok(Verdict::Passed);
    }
    host::run(
        host::cargo(&format!("install cargo-deny --version {CARGO_DENY} --locked --force"))
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "0"),
    )?;
    Ok(Verdict::Passed)
}

/// The folder with `initdb`, `postgres` and `pg_ctl`, the newest when there are several.
pub(crate) fn postgres_programs() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = host::find("initdb")
        .into_iter()
        .filter_map(|file| Some(file.parent()?.into()))
        .collect();
    let mut debian: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin")))
        })
        .collect();
    debian.sort();
    folders.extend(debian.into_iter().rev().map(|(_, folder)| folder));
    folders.into_iter().find(|folder| {
        ["initdb", "postgres", "pg_ctl"]
            .iter()
            .all(|program| folder.join(program).is_file())
    })
}

/// Installs all of these, and of the others those that there are.
fn apt(missing: Vec<&str>, if_packaged: &[&'static str]) -> Result<()> {
    if host::find("apt-get").is_none() {
        return match missing.is_empty() {
            true => Ok(()),
            false => Err(format!(
                "please install these and run again: {} (for PostgreSQL: initdb, postgres and pg_ctl must be in PATH)",
                missing.join(", ")
            )
            .into()),
        };
    }
    host::run(as_superuser("apt-get").arg("update"))?;
    let packaged = if_packaged.iter().copied().filter(|package| is_packaged(package));
    let missing: Vec<&str> = missing.into_iter().chain(packaged).collect();
    if missing.is_empty() {
        return Ok(());
    }
    host::run(
        as_superuser("apt-get")
            .args(["install", "--yes", "--no-install-recommends"])
            .args(missing),
    )
}

/// Ubuntu has no package `chromium`, only a snap.
fn is_packaged(package: &str) -> bool {
    let policy = host::probe(host::command("apt-cache").args(["policy", package]));
    policy.is_some_and(|policy| names_candidate(&policy))
}

/// `policy` is what `apt-cache policy` says of one package: nothing when nobody has heard of it.
fn names_candidate(policy: &str) -> bool {
    let mut candidates = policy
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Candidate: "));
    candidates.any(|version| version != "(none)")
}

fn as_superuser(program: &str) -> Command {
    let mut command = if host::is_superuser() {
        host::command(program)
    } else {
        let mut sudo = host::command("sudo");
        sudo.arg(program);
        sudo
    };
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// `text` is what `cargo deny --version` says: `cargo-deny 0.20.2`.
fn is_new_enough(text: &str) -> bool {
    let mut numbers = text
        .rsplit(' ')
        .next()
        .unwrap_or_default()
        .split('.')
        .map_while(|part| part.parse::<u32>().ok());
    matches!((numbers.next(), numbers.next()), (Some(major), Some(minor)) if (major, minor) >= CARGO_DENY_OLDEST)
}

#[cfg(test)]
mod tests {
    use super::{is_new_enough, names_candidate};

    #[test]
    fn only_versions_that_read_our_file_count() {
        assert!(is_new_enough("cargo-deny 0.20.2"));
        assert!(is_new_enough("cargo-deny 1.0.0"));
        assert!(!is_new_enough("cargo-deny 0.14.2"));
        assert!(!is_new_enough("no such command"));
    }

    #[test]
    fn a_package_is_one_that_can_be_installed() {
        let policy =
            |candidate: &str| format!("chromium:\n  Installed: (none)\n  Candidate: {candidate}\n  Version table:\n");
        assert!(names_candidate(&policy("137.0.7151.103-1~deb12u1")));
        assert!(!names_candidate(&policy("(none)")));
        assert!(!names_candidate(""));
    }
}
