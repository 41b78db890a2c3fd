//! `cargo xtask tidy`: the house rules that no compiler knows. Owns the list of checks and how problems are shown;
//! never changes a file.

mod documents;
mod edges;
mod exceptions;
mod lengths;
mod names;
mod source;
mod tree;

use crate::host::{self, Result};
use crate::packages;

/// A broken rule: where, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The path in the repository, with `:line` when there is one.
    place: String,
    text: String,
}

impl Problem {
    fn new(place: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            text: text.into(),
        }
    }
}

/// Runs every check; an error when a rule is broken.
pub(crate) fn run() -> Result<()> {
    let tree = tree::Tree::read(&host::root())?;
    let (sources, mut problems) = source::parse(&tree);
    let lists = exceptions::Lists::read(&tree)?;
    let ratchet = lengths::Ratchet::read(&tree)?;
    problems.extend(edges::check(&packages::workspace()?));
    problems.extend(lengths::check(&tree, &sources, &ratchet));
    problems.extend(documents::check(&tree));
    problems.extend(names::check_modules(&sources));
    problems.extend(names::check_providers(&tree, &lists.providers));
    problems.extend(exceptions::check(&tree, &sources, &lists));
    for problem in &problems {
        println!("{}: {}", problem.place, problem.text);
    }
    if problems.is_empty() {
        println!("tidy: {} files, nothing to complain about", tree.files.len());
        return Ok(());
    }
    Err(format!("tidy: {} problems", problems.len()).into())
}
