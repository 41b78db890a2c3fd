//! `cargo xtask fuzz`: schemathesis asks a running sandbox everything that its own OpenAPI document allows and forbids.
//! Installed into the target folder, in exactly this version; never into the system, never shipped.

mod answers;

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};

use tempfile::TempDir;

use crate::host::{self, Result};

const VERSION: &str = "4.32.5";
/// Paths begin with the first word; the second names the key in what `serve --json` prints.
const FAMILIES: [(&str, &str); 3] = [
    ("/v1/", "payment"),
    ("/api/v1/", "payment_intents"),
    ("/admin/v1/", "admin"),
];
/// Left out: a stream does not end, so a request for one has no answer that could be judged.
const ENDLESS: &str = "/events/stream$";
const CHECKS: &str = "not_a_server_error,status_code_conformance,response_schema_conformance,\
                      content_type_conformance,negative_data_rejection,ignored_auth,use_after_free";

/// Opens the sandbox' secrets. It is not the sandbox's own, so that the live environment can be opened too.
const KEK: &str = "ZnV6enppbmcgYSBzYW5kYm94IHdpdGggY293cnkgOi0=";

/// Cases of each operation in the test command, and in the long run.
const EXAMPLES: u32 = 50;
const EXAMPLES_LONG: u32 = 1_000;

/// Tries every family as the test command does; with `COWRY_SOAK=1` as the long run does.
pub(crate) fn run() -> Result<()> {
    match host::variable("COWRY_SOAK").is_some_and(|value| value == "1") {
        true => run_long(),
        false => try_all(EXAMPLES),
    }
}

/// Tries every family with many cases.
pub(crate) fn run_long() -> Result<()> {
    try_all(EXAMPLES_LONG)
}

/// Installs schemathesis and tries every family on a sandbox of its own, side by side; all are tried, whatever the first ones
/// show.
fn try_all(examples: u32) -> Result<()> {
    install()?;
    host::run(&mut host::cargo("build --package cowry"))?;
    let trials: Vec<Trial> = FAMILIES
        .map(|(family, key)| Trial::start(family, key, examples))
        .into_iter()
        .collect::<Result<_>>()?;
    let (mut failed, mut files) = (Vec::new(), Vec::new());
    for mut trial in trials {
        let status = trial.run.wait()?;
        println!("\n==> {}", trial.family);
        print!("{}", std::fs::read_to_string(trial.file("log"))?);
        if !status.success() {
            failed.push(format!("schemathesis found faults in {}", trial.family));
        }
        files.push(trial.file("json"));
    }
    failed.extend(answers::tell(&files)?);
    match failed.is_empty() {
        true => Ok(()),
        false => Err(failed.join("; ").into()),
    }
}

fn install() -> Result<()> {
    let folder = target().join("fuzz/venv");
    let python = folder.join("bin/python");
    let version = "import importlib.metadata as m; print(m.version('schemathesis'))";
    if host::probe(host::command(&python).args(["-c", version])).as_deref() == Some(VERSION) {
        println!("schemathesis {VERSION} is here");
        return Ok(());
    }
    host::run(host::command("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    host::run(
        host::command(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .arg(format!("schemathesis=={VERSION}")),
    )
}

/// schemathesis at work on one family.
struct Trial {
    family: &'static str,
    key: &'static str,
    run: Child,
    _sandbox: Sandbox,
}

impl Trial {
    fn start(family: &'static str, key: &'static str, examples: u32) -> Result<Self> {
        let sandbox = Sandbox::start(key)?;
        let url = sandbox.told("/url")?;
        let keys = sandbox
            .start
            .pointer("/keys")
            .ok_or("cowry serve did not print its keys")?;
        let seed = host::variable("COWRY_FUZZ_SEED").unwrap_or_else(|| "1".into());
        let log = std::fs::File::create(file(key, "log"))?;
        let run = host::command(target().join("fuzz/venv/bin/schemathesis"))
            .current_dir(target().join("fuzz"))
            .arg("--config-file")
            .arg(host::root().join("xtask/fuzz.toml"))
            .arg("run")
            .arg(format!("{url}/openapi.json"))
            .args(["--include-path-regex", &format!("^{family}")])
            .args(["--exclude-path-regex", ENDLESS])
            .args(["--max-examples", &examples.to_string(), "--seed", &seed])
            .args(["--generation-database", "none", "--no-color", "--continue-on-failure"])
            .args(["--suppress-health-check", "all", "--checks", CHECKS])
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONPATH", host::root().join("xtask"))
            .env("SCHEMATHESIS_HOOKS", "fuzz_hooks")
            .env("COWRY_FUZZ_URL", url)
            .env("COWRY_FUZZ_KEY", sandbox.told(&format!("/keys/{key}"))?)
            .env("COWRY_FUZZ_KEYS", keys.to_string())
            .env("COWRY_FUZZ_FAMILY", family)
            .env("COWRY_FUZZ_ANSWERS", file(key, "json"))
            .stdin(Stdio::null())
            .stderr(log.try_clone()?)
            .stdout(log)
            .spawn()?;
        Ok(Self {
            family,
            key,
            run,
            _sandbox: sandbox,
        })
    }

    /// What it said (`log`), and how each operation answered (`json`).
    fn file(&self, ending: &str) -> PathBuf {
        file(self.key, ending)
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        let _ = self.run.kill();
        let _ = self.run.wait();
    }
}

/// A server with an empty database; dropping it stops it and removes its folder.
struct Sandbox {
    _folder: TempDir,
    server: Child,
    start: serde_json::Value,
}

impl Sandbox {
    fn start(name: &str) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("cowry-fuzz-").tempdir()?;
        let log = std::fs::File::create(file(name, "server.log"))?;
        let mut server = host::command(target().join("debug/cowry"))
            .args(["serve", "--listen", "127.0.0.1:0", "--rate-limits", "off"])
            .args(["--sandbox-speed", "20", "--json", "--data-dir"])
            .arg(folder.path())
            .env("COWRY_KEK", KEK)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()?;
        let mut line = String::new();
        if let Some(output) = server.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let mut sandbox = Self {
            _folder: folder,
            server,
            start: serde_json::Value::Null,
        };
        sandbox.start = serde_json::from_str(&line)
            .map_err(|e| format!("cowry serve did not start ({e}); see target/fuzz/{name}.server.log"))?;
        Ok(sandbox)
    }

    /// What `serve --json` told at `pointer`.
    fn told(&self, pointer: &str) -> Result<&str> {
        let value = self.start.pointer(pointer).and_then(serde_json::Value::as_str);
        Ok(value.ok_or_else(|| format!("cowry serve did not print {pointer}"))?)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn file(name: &str, ending: &str) -> PathBuf {
    target().join(format!("fuzz/{name}.{ending}"))
}

fn target() -> PathBuf {
    let folder = host::variable("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    host::root().join(folder)
}
