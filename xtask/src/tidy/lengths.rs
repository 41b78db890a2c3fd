//! Files of at most 400 lines and functions of at most 70. `xtask/ratchet.toml` names the ones that are longer today
//! and how long; it may only shrink.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Problem;
use super::source::Source;
use super::tree::Tree;
use crate::host::Result;

const FILE_LINES: usize = 400;
const FUNCTION_LINES: usize = 70;

/// The longer ones of today: `path = lines` and `"path::function" = lines`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ratchet {
    #[serde(default)]
    files: BTreeMap<String, usize>,
    #[serde(default)]
    functions: BTreeMap<String, usize>,
}

impl Ratchet {
    pub(super) fn read(tree: &Tree) -> Result<Self> {
        Ok(toml::from_str(tree.text("xtask/ratchet.toml")?)?)
    }
}

pub(super) fn check(tree: &Tree, sources: &[Source], ratchet: &Ratchet) -> Vec<Problem> {
    let mut files = Measure {
        kind: "file",
        limit: FILE_LINES,
        known: &ratchet.files,
        problems: vec![],
        used: vec![],
    };
    for extension in ["rs", "sql", "toml"] {
        for file in tree.with_extension(extension) {
            files.take(&file.path, &file.path, file.text.lines().count());
        }
    }
    let mut functions = Measure {
        kind: "function",
        limit: FUNCTION_LINES,
        known: &ratchet.functions,
        problems: vec![],
        used: vec![],
    };
    for source in sources {
        for function in &source.functions {
            let key = format!("{}::{}", source.path, function.name);
            functions.take(&key, &format!("{}:{}", source.path, function.line), function.lines);
        }
    }
    let mut problems = files.finish();
    problems.extend(functions.finish());
    problems
}

struct Measure<'a> {
    kind: &'static str,
    limit: usize,
    known: &'a BTreeMap<String, usize>,
    problems: Vec<Problem>,
    used: Vec<String>,
}

impl Measure<'_> {
    fn take(&mut self, key: &str, place: &str, lines: usize) {
        if lines <= self.limit {
            return;
        }
        self.used.push(key.into());
        let (kind, limit) = (self.kind, self.limit);
        let text = match self.known.get(key) {
            None => format!("this {kind} has {lines} lines, {limit} are allowed: split it by verb or noun"),
            Some(&known) if lines > known => {
                format!("this {kind} grew from {known} to {lines} lines; it may only shrink")
            }
            Some(&known) if lines < known => {
                format!("this {kind} shrank to {lines} lines: write that in xtask/ratchet.toml")
            }
            Some(_) => return,
        };
        self.problems.push(Problem::new(place, text));
    }

    fn finish(mut self) -> Vec<Problem> {
        for key in self.known.keys().filter(|key| !self.used.contains(key)) {
            self.problems.push(Problem::new(
                "xtask/ratchet.toml",
                format!("`{key}` is short enough or gone: remove it"),
            ));
        }
        self.problems
    }
}

#[cfg(test)]
mod tests {
    use super::{Ratchet, check};
    use crate::tidy::source::parse;
    use crate::tidy::tree::of;

    fn long(lines: usize) -> String {
        format!("//! Doc.\nfn long() {{\n{}}}\n", "    work();\n".repeat(lines - 2))
    }

    fn problems(text: &str, ratchet: &str) -> Vec<String> {
        let tree = of(&[("a.rs", text)]);
        let (sources, _) = parse(&tree);
        let ratchet: Ratchet = toml::from_str(ratchet).unwrap();
        check(&tree, &sources, &ratchet)
            .into_iter()
            .map(|problem| problem.text)
            .collect()
    }

    #[test]
    fn a_function_too_long_is_found_and_one_at_the_limit_is_not() {
        assert!(problems(&long(70), "").is_empty());
        assert!(problems(&long(71), "")[0].starts_with("this function has 71 lines"));
    }

    #[test]
    fn a_file_too_long_is_found() {
        assert!(problems(&"// line\n".repeat(401), "")[0].starts_with("this file has 401 lines"));
    }

    #[test]
    fn the_ratchet_may_only_shrink() {
        assert!(problems(&long(80), "[functions]\n\"a.rs::long\" = 80").is_empty());
        assert!(problems(&long(81), "[functions]\n\"a.rs::long\" = 80")[0].contains("grew from 80 to 81"));
        assert!(problems(&long(75), "[functions]\n\"a.rs::long\" = 80")[0].contains("shrank to 75"));
        assert!(problems(&long(20), "[functions]\n\"a.rs::long\" = 80")[0].contains("remove it"));
    }
}
