//! What cargo says about the workspace: its packages, their dependencies, and the test programs it has built.
//! Judges nothing.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::host::{self, Result};

/// A package of this workspace.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) manifest_path: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
}

/// One line of a package's dependencies.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `None` for a normal one, else `dev` or `build`.
    pub(crate) kind: Option<String>,
}

/// A test program that cargo has built.
pub(crate) struct Program {
    pub(crate) package: String,
    pub(crate) target: String,
    executable: PathBuf,
    folder: PathBuf,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Artifact {
    package_id: String,
    target: Target,
    profile: Profile,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

impl Program {
    /// The program as cargo would start it: in the folder of its package.
    pub(crate) fn command(&self) -> Command {
        let mut command = host::command(&self.executable);
        command
            .current_dir(&self.folder)
            .env("CARGO_MANIFEST_DIR", &self.folder)
            .env("CARGO_PKG_NAME", &self.package);
        command
    }
}

/// The packages of this workspace.
pub(crate) fn workspace() -> Result<Vec<Package>> {
    let text = host::read(&mut host::cargo("metadata --no-deps --format-version 1"))?;
    Ok(serde_json::from_str::<Metadata>(&text)?.packages)
}

/// The test programs of the packages named `wanted`, built with the features of the whole workspace (asking cargo
/// for some packages only would build every shared library again with other features).
pub(crate) fn test_programs(build: &str, wanted: &[&str]) -> Result<Vec<Program>> {
    let packages = workspace()?;
    let text = host::read(
        host::cargo(build)
            .arg("--message-format=json-render-diagnostics")
            .stdin(Stdio::null()),
    )?;
    let mut programs = Vec::new();
    for artifact in text
        .lines()
        .filter_map(|line| serde_json::from_str::<Artifact>(line).ok())
    {
        let package = packages.iter().find(|package| package.id == artifact.package_id);
        let (Some(package), Some(executable), true) = (package, artifact.executable, artifact.profile.test) else {
            continue;
        };
        if wanted.contains(&package.name.as_str()) {
            let folder = package.manifest_path.parent().map(PathBuf::from).unwrap_or_default();
            programs.push(Program {
                package: package.name.clone(),
                target: artifact.target.name,
                executable,
                folder,
            });
        }
    }
    if programs.is_empty() {
        return Err(format!("no test programs of {} were built", wanted.join(", ")).into());
    }
    Ok(programs)
}
