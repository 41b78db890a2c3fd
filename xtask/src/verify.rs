//! What `cargo xtask` does with the harness `verify`: the steps of the tests, and the long run that writes
//! `docs/generated/verify.md`. Builds two programs, one of them with the planted bugs; what they check is theirs.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::host::{self, Result, cargo};
use crate::steps::Verdict;

/// Seeds of the test command.
const SEEDS: u64 = 20_000;
/// Seeds of the long run, unless [`WANTED`] says another number.
const SEEDS_LONG: u64 = 1_000_000;
/// The variable that says how many seeds the long run plays.
const WANTED: &str = "COWRY_VERIFY_SEEDS";
/// Seeds of one process of the long run.
const CHUNK: u64 = 50_000;
/// Seeds that are played twice to compare their stories.
const SEEDS_TWICE: u64 = 200;
/// The long run begins behind the seeds of the test command.
const FROM_LONG: u64 = 1_000_001;

const CLEAN: &str = "run --quiet --profile verify -p verify --";
const PLANTED: &str = "run --quiet --profile verify -p verify --features planted --";

/// Plays the seeds of the test command.
pub(crate) fn seeds() -> Result<Verdict> {
    host::run(&mut cargo(&format!("{CLEAN} --seeds {SEEDS} --threads 2"))).map(|()| Verdict::Passed)
}

/// Plays the same seeds in two processes, on one thread and on two: the stories must be the same.
pub(crate) fn is_deterministic() -> Result<Verdict> {
    let one = fingerprint(1)?;
    let two = fingerprint(2)?;
    if one == two {
        println!("both tell {one}");
        Ok(Verdict::Passed)
    } else {
        Err(format!("the same seeds told {one} on one thread and {two} on two").into())
    }
}

/// Looks for every planted bug.
pub(crate) fn planted_bugs() -> Result<Verdict> {
    host::run(&mut cargo(&format!("{PLANTED} --bugs --patience-s 20 --threads 2"))).map(|()| Verdict::Passed)
}

/// The long run: many seeds, then every planted bug; keeps what they say. One that was interrupted goes on where it was, as
/// long as the commit is the same.
pub(crate) fn run() -> Result<()> {
    let wanted = host::variable(WANTED).map_or(Ok(SEEDS_LONG), |number| number.parse())?;
    let diary = diary()?;
    let mut said = read_diary(&diary)?;
    let mut total = Figures::sum(&said);
    if total.seeds > 0 {
        println!("{} seeds of this commit were played before", total.seeds);
    }
    while total.seeds < wanted {
        let seeds = CHUNK.min(wanted - total.seeds);
        let from = FROM_LONG + total.seeds;
        let chunk = listen(&mut cargo(&format!(
            "{CLEAN} --from {from} --seeds {seeds} --threads 2"
        )))?;
        if Figures::sum(&chunk.lines).seeds != seeds {
            return Err("the harness ended without its figures".into());
        }
        said.extend(chunk.lines);
        std::fs::write(&diary, said.join("\n"))?;
        total = Figures::sum(&said);
    }
    let broken: Vec<String> = said.into_iter().filter(|line| line.starts_with("seed ")).collect();
    let bugs = listen(&mut cargo(&format!("{PLANTED} --bugs --patience-s 60 --threads 2")))?;
    let folder = host::root().join("docs/generated");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("verify.md"), report(&total, &broken, &bugs.lines))?;
    match (broken.is_empty(), bugs.passed) {
        (true, true) => Ok(()),
        (false, _) => Err(format!("{} seeds with violations", broken.len()).into()),
        (true, false) => Err("not every planted bug was found".into()),
    }
}

/// Where the long run of this commit writes down what was said so far; changed files belong to no commit and begin anew.
fn diary() -> Result<PathBuf> {
    let folder = host::root().join("target/verify");
    std::fs::create_dir_all(&folder)?;
    let diary = folder.join(host::commit());
    if host::commit().ends_with("-dirty") {
        std::fs::write(&diary, "")?;
    }
    Ok(diary)
}

fn read_diary(diary: &Path) -> Result<Vec<String>> {
    if !diary.exists() {
        return Ok(Vec::new());
    }
    Ok(std::fs::read_to_string(diary)?.lines().map(str::to_owned).collect())
}

/// What the seeds came to, as the harness says it in its last line.
#[derive(Debug, Default, PartialEq, Eq)]
struct Figures {
    seeds: u64,
    seconds: u64,
    violations: u64,
    lives: u64,
    commits: u64,
    charges: u64,
    fallbacks: u64,
}

impl Figures {
    /// Reads `N seeds in N s: N violations; N lives of the server, N commits, N charges, N fallbacks; fingerprint …`.
    fn of(line: &str) -> Option<Self> {
        let (figures, _) = line.split_once("; fingerprint ")?;
        let numbers: Vec<u64> = figures
            .split(|c: char| !c.is_ascii_digit())
            .filter_map(|number| number.parse().ok())
            .collect();
        let [seeds, seconds, violations, lives, commits, charges, fallbacks] = numbers.try_into().ok()?;
        Some(Self {
            seeds,
            seconds,
            violations,
            lives,
            commits,
            charges,
            fallbacks,
        })
    }

    /// All of what was said.
    fn sum(lines: &[String]) -> Self {
        let mut total = Self::default();
        for figures in lines.iter().filter_map(|line| Self::of(line)) {
            total.add(&figures);
        }
        total
    }

    fn add(&mut self, other: &Self) {
        self.seeds += other.seeds;
        self.seconds += other.seconds;
        self.violations += other.violations;
        self.lives += other.lives;
        self.commits += other.commits;
        self.charges += other.charges;
        self.fallbacks += other.fallbacks;
    }
}

/// What a program said, and whether it succeeded.
struct Said {
    lines: Vec<String>,
    passed: bool,
}

fn fingerprint(threads: u64) -> Result<String> {
    let said = listen(&mut cargo(&format!(
        "{CLEAN} --seeds {SEEDS_TWICE} --threads {threads}"
    )))?;
    let told = said.lines.iter().find_map(|line| line.split_once("; fingerprint "));
    let (_, fingerprint) = told.ok_or("the harness ended without a fingerprint")?;
    Ok(fingerprint.to_owned())
}

/// Runs a program, shows what it says and keeps it.
fn listen(command: &mut Command) -> Result<Said> {
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let mut lines = Vec::new();
    for line in child
        .stdout
        .take()
        .into_iter()
        .flat_map(|out| BufReader::new(out).lines())
    {
        let line = line?;
        println!("{line}");
        lines.push(line);
    }
    let passed = child.wait()?.success();
    Ok(Said { lines, passed })
}

fn report(total: &Figures, broken: &[String], bugs: &[String]) -> String {
    let (date, commit) = (host::today(), host::commit());
    let mut report = format!(
        "# The last long run of the harness\n\nWritten by `cargo xtask verify` on {date} at commit `{commit}`. Do not edit. `verify/README.md` says what it is.\n\n"
    );
    let _ = writeln!(report, "| | |\n|---|---:|");
    for (what, figure) in [
        ("Seeds", total.seeds),
        ("Seeds with violations", total.violations),
        ("Lives of the server", total.lives),
        ("Commits", total.commits),
        ("Transactions at the operators", total.charges),
        ("Automatic fallbacks", total.fallbacks),
        ("Minutes on two threads", total.seconds.div_ceil(60)),
    ] {
        let _ = writeln!(report, "| {what} | {figure} |");
    }
    if !broken.is_empty() {
        let _ = writeln!(report, "\n## Violations\n");
        for line in broken {
            let _ = writeln!(report, "* {line}");
        }
    }
    let _ = writeln!(report, "\n## Planted bugs\n");
    for line in bugs {
        let blank = if line.starts_with('|') { "" } else { "\n" };
        let _ = writeln!(report, "{blank}{line}");
    }
    report
}

#[cfg(test)]
mod tests {
    use super::Figures;

    #[test]
    fn the_last_line_of_the_harness_is_understood() {
        let line = "20 seeds in 1 s: 0 violations; 35 lives of the server, 1839 commits, 40 charges, 9 fallbacks; fingerprint 00ff";
        let figures = Figures::of(line).unwrap();
        assert_eq!((figures.seeds, figures.seconds), (20, 1));
        assert_eq!((figures.violations, figures.lives), (0, 35));
        assert_eq!((figures.commits, figures.charges, figures.fallbacks), (1_839, 40, 9));
        let broken = "seed 7: every capture is known: sim_a-X-2 took 50".to_owned();
        assert_eq!(Figures::of(&broken), None);
        let said = [line.to_owned(), broken, line.to_owned()];
        assert_eq!((Figures::sum(&said).seeds, Figures::sum(&said).seconds), (40, 2));
    }
}
