//! The libraries of Standard Webhooks for Python and Node, with which the tests of signatures play receivers. Installed
//! into the target folder, in exactly these versions; never into the system, never shipped.

use std::path::{Path, PathBuf};

use crate::host::{self, Result};
use crate::steps::Verdict;

const PYTHON_VERSION: &str = "1.1.0";
const NODE_VERSION: &str = "1.1.1";

/// Installs what is not there yet.
pub(crate) fn install() -> Result<Verdict> {
    let folder = target().join("receivers");
    python(&folder.join("python"))?;
    node(&folder.join("node"))?;
    Ok(Verdict::Passed)
}

fn python(folder: &Path) -> Result<()> {
    let python = folder.join("bin/python");
    let version = "import importlib.metadata as m; print(m.version('standardwebhooks'))";
    if host::probe(host::command(&python).args(["-c", version])).as_deref() == Some(PYTHON_VERSION) {
        println!("standardwebhooks {PYTHON_VERSION} for Python is here");
        return Ok(());
    }
    host::run(host::command("python3").args(["-m", "venv", "--clear"]).arg(folder))?;
    host::run(
        host::command(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .arg(format!("standardwebhooks=={PYTHON_VERSION}")),
    )
}

fn node(folder: &Path) -> Result<()> {
    let package = folder.join("node_modules/standardwebhooks/package.json");
    let version = format!("require({:?}).version", package.display().to_string());
    if host::probe(host::command("node").args(["-p", &version])).as_deref() == Some(NODE_VERSION) {
        println!("standardwebhooks {NODE_VERSION} for Node is here");
        return Ok(());
    }
    std::fs::create_dir_all(folder)?;
    host::run(
        host::command("npm")
            .args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"])
            .arg(folder)
            .arg(format!("standardwebhooks@{NODE_VERSION}")),
    )
}

fn target() -> PathBuf {
    let folder = host::variable("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    host::root().join(folder)
}
