//! `cargo xtask test`: everything that must hold before a change is taken. Owns the list of steps; what a step checks
//! lives elsewhere.

use crate::browser;
use crate::cluster::Cluster;
use crate::fuzz;
use crate::host::{self, Result, cargo};
use crate::install;
use crate::packages::test_programs;
use crate::receivers;
use crate::steps::{Steps, Verdict};
use crate::tidy;
use crate::verify;

/// The packages whose tests open a database.
pub(crate) const ON_A_DATABASE: [&str; 4] = ["cowry-store", "cowry-engine", "cowry-server", "cowry"];
/// The variable by which the tests are told where their database is: `sqlite` or a `postgres://` address.
pub(crate) const TEST_DATABASE: &str = "COWRY_TEST_DATABASE";

pub(crate) fn run() -> Result<()> {
    let mut steps = Steps::new();
    steps.step("install system packages", install::system);
    steps.step("install rustfmt and clippy", install::components);
    steps.step("install cargo-deny", install::cargo_deny);
    steps.step("install receivers", receivers::install);
    steps.step("format", || passes("fmt --all --check"));
    steps.step("clippy", || passes("clippy --workspace --all-targets -- -D warnings"));
    steps.step("licences, bans, sources", || {
        passes("deny check --hide-inclusion-graph bans licenses sources")
    });
    steps.step("security advisories", advisories);
    steps.step("tidy", || tidy::run().map(|()| Verdict::Passed));
    steps.step("tests on SQLite", on_sqlite);
    steps.step("tests on PostgreSQL", on_postgres);
    steps.step("every operation fuzzed", || fuzz::run().map(|()| Verdict::Passed));
    steps.step("browser", || browser::run().map(|()| Verdict::Passed));
    steps.step("verify: seeds", verify::seeds);
    steps.step("verify: stable stories", verify::is_deterministic);
    steps.step("verify: planted bugs", verify::planted_bugs);
    steps.finish()
}

fn passes(arguments: &str) -> Result<Verdict> {
    host::run(&mut cargo(arguments)).map(|()| Verdict::Passed)
}

/// The advisory database is on another host than the packages; a closed network cannot have it, and the table says so.
fn advisories() -> Result<Verdict> {
    if host::run(&mut cargo("deny fetch db")).is_err() {
        return Ok(Verdict::Skipped(
            "the advisory database cannot be reached from here".into(),
        ));
    }
    passes("deny check --hide-inclusion-graph --disable-fetch advisories")
}

fn on_sqlite() -> Result<Verdict> {
    host::run(cargo("test --workspace --no-fail-fast").env(TEST_DATABASE, "sqlite"))?;
    Ok(Verdict::Passed)
}

fn on_postgres() -> Result<Verdict> {
    let programs = test_programs("test --workspace --no-run", &ON_A_DATABASE)?;
    let cluster = Cluster::start()?;
    let mut failed = Vec::new();
    for program in &programs {
        if host::run(program.command().env(TEST_DATABASE, cluster.url())).is_err() {
            failed.push(format!("{}:{}", program.package, program.target));
        }
    }
    if failed.is_empty() {
        Ok(Verdict::Passed)
    } else {
        Err(failed.join(", ").into())
    }
}
