//! Names: modules are nouns or verbs and say what they own, and a provider's name stays in its own file.

use serde::Deserialize;

use super::Problem;
use super::source::Source;
use super::tree::{File, Tree};

/// Names that say nothing about what is inside.
const EMPTY: [&str; 9] = [
    "utils", "util", "common", "helpers", "helper", "manager", "service", "services", "misc",
];

/// Where the names of providers may be written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Providers {
    /// Whole words that name a provider.
    names: Vec<String>,
    /// Beginnings of paths where they may stand.
    allowed: Vec<String>,
}

/// Every file opens with `//!`, and no module has a name that says nothing.
pub(super) fn check_modules(sources: &[Source]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for source in sources {
        if !source.is_introduced {
            problems.push(Problem::new(
                &source.path,
                "must open with `//!`: what it owns, what it never does",
            ));
        }
        let parts = source
            .path
            .trim_end_matches(".rs")
            .split('/')
            .map(|part| (part, source.path.clone()));
        let inner = source
            .modules
            .iter()
            .map(|(name, line)| (name.as_str(), format!("{}:{line}", source.path)));
        for (name, place) in parts.chain(inner).filter(|(name, _)| EMPTY.contains(name)) {
            problems.push(Problem::new(
                place,
                format!("`{name}` says nothing: name the module by its noun or verb"),
            ));
        }
    }
    problems
}

/// A provider's name in product code outside its own places is a rule about that provider in the wrong place.
pub(super) fn check_providers(tree: &Tree, providers: &Providers) -> Vec<Problem> {
    let files = tree.with_extension("rs").chain(tree.with_extension("sql"));
    files
        .filter(|file| !is_allowed(&file.path, providers))
        .flat_map(|file| check_file(file, providers))
        .collect()
}

fn is_allowed(path: &str, providers: &Providers) -> bool {
    path.contains("/tests/")
        || providers
            .allowed
            .iter()
            .any(|allowed| path.starts_with(allowed.as_str()))
}

fn check_file(file: &File, providers: &Providers) -> Vec<Problem> {
    let mut problems = Vec::new();
    let product = file.text.lines().take_while(|line| !line.starts_with("#[cfg(test)]"));
    for (index, line) in product
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
    {
        let mut words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        if let Some(name) = words.find(|word| providers.names.iter().any(|name| name == word)) {
            let text = format!("`{name}` is a provider: its name belongs in crates/gateways/src/providers");
            problems.push(Problem::new(format!("{}:{}", file.path, index + 1), text));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::{Providers, check_modules, check_providers};
    use crate::tidy::source::parse;
    use crate::tidy::tree::of;

    #[test]
    fn empty_names_and_missing_introductions_are_found() {
        let tree = of(&[
            ("a/src/utils/b.rs", "//! Doc.\nmod common {}\n"),
            ("a/src/c.rs", "fn c() {}\n"),
        ]);
        let problems = check_modules(&parse(&tree).0);
        assert_eq!(problems.len(), 3, "{problems:?}");
    }

    #[test]
    fn a_provider_outside_its_places_is_found_but_not_in_a_longer_word() {
        let providers = Providers {
            names: vec!["mtn".into()],
            allowed: vec!["gateways/".into()],
        };
        let text = "//! About mtn.\nlet method = \"momo_mtn\";\nif code == \"mtn\" {}\n";
        let tree = of(&[
            ("engine/a.rs", text),
            ("gateways/a.rs", text),
            ("engine/tests/a.rs", text),
        ]);
        let places: Vec<_> = check_providers(&tree, &providers)
            .into_iter()
            .map(|problem| problem.place)
            .collect();
        assert_eq!(places, ["engine/a.rs:3"]);
    }
}
