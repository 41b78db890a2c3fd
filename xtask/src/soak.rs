//! `cargo xtask soak`: the long versions of the tests, on both engines, with optimisation, the operations with a thousand requests each, and the long run of `verify`;
//! keeps the figures that the tests print in `docs/generated/soak.md`.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::cluster::Cluster;
use crate::fuzz;
use crate::host::{self, Result};
use crate::packages::test_programs;
use crate::suite::{ON_A_DATABASE, TEST_DATABASE};
use crate::verify;

/// A test prints its figures on lines that begin so.
const MARK: &str = "SOAK ";

pub(crate) fn run() -> Result<()> {
    let programs = test_programs("test --release --workspace --no-run", &ON_A_DATABASE)?;
    let cluster = Cluster::start()?;
    let began = host::now();
    let mut report = heading();
    let mut failed = Vec::new();
    for (engine, address) in [("SQLite", "sqlite".to_owned()), ("PostgreSQL", cluster.url())] {
        let _ = writeln!(report, "\n## {engine}\n");
        for program in &programs {
            let name = format!("{}:{} on {engine}", program.package, program.target);
            println!("\n==> {name}");
            let (figures, passed) = figures(program.command().env(TEST_DATABASE, &address))?;
            let result = if passed { "passed" } else { "**failed**" };
            let _ = writeln!(report, "* `{}:{}` {result}", program.package, program.target);
            for figure in figures {
                let _ = writeln!(report, "  * {figure}");
            }
            if !passed {
                failed.push(name);
            }
        }
    }
    let _ = writeln!(
        report,
        "\nAll of it took {} min.",
        began.elapsed().as_secs().div_ceil(60)
    );
    let folder = host::root().join("docs/generated");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("soak.md"), report)?;
    if let Err(reason) = fuzz::run_long() {
        failed.push(format!("fuzz ({reason})"));
    }
    if let Err(reason) = verify::run() {
        failed.push(format!("verify ({reason})"));
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("failed: {}", failed.join(", ")).into())
    }
}

fn heading() -> String {
    let (date, commit) = (host::today(), host::commit());
    format!("# The last soak\n\nWritten by `cargo xtask soak` on {date} at commit `{commit}`. Do not edit.\n")
}

/// Runs one test program in its long version; its figures, and whether it passed.
fn figures(program: &mut Command) -> Result<(Vec<String>, bool)> {
    let mut child = program
        .args(["--include-ignored", "--nocapture", "--test-threads=1"])
        .env("COWRY_SOAK", "1")
        .stdout(Stdio::piped())
        .spawn()?;
    let mut figures = Vec::new();
    for line in child
        .stdout
        .take()
        .into_iter()
        .flat_map(|output| BufReader::new(output).lines())
    {
        let line = line?;
        println!("{line}");
        figures.extend(figure(&line).map(str::to_owned));
    }
    Ok((figures, child.wait()?.success()))
}

/// The figure on a line; the test's own name (`test kills ... `) may stand before it on the same line.
fn figure(line: &str) -> Option<&str> {
    line.split_once(MARK).map(|(_, figure)| figure.trim())
}

#[cfg(test)]
mod tests {
    use super::figure;

    #[test]
    fn figures_are_found_behind_the_name_of_their_test() {
        assert_eq!(figure("SOAK kills: 200 rounds"), Some("kills: 200 rounds"));
        assert_eq!(
            figure("test kills ... SOAK kills: 200 rounds"),
            Some("kills: 200 rounds")
        );
        assert_eq!(figure("test kills ... ok"), None);
    }
}
