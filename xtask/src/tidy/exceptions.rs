//! Exceptions that are named and counted: places where the two databases are asked differently, and queries that have
//! no tenant. `xtask/exceptions.toml` lists them; code and list must agree in both directions.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::Problem;
use super::names::Providers;
use super::source::Source;
use super::tree::Tree;
use crate::host::Result;

const LIST: &str = "xtask/exceptions.toml";
const STORE: &str = "crates/store/src/";
const MIGRATIONS: &str = "crates/store/migrations/";
/// The methods of a statement that only PostgreSQL acts on.
const DIALECT_METHODS: [&str; 2] = ["for_update", "skip_locked"];
/// What opens a block for one database in a migration.
const BLOCK: &str = "-- only:";

/// `xtask/exceptions.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lists {
    dialect: Dialect,
    /// Functions that take a transaction and no `Scope`: `"path::function" = "why"`.
    unscoped: BTreeMap<String, String>,
    pub(super) providers: Providers,
}

/// Where the two databases are asked differently.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Dialect {
    /// How many statements may be split in all.
    limit: usize,
    /// `"path::function" = "why"`.
    statements: BTreeMap<String, String>,
    /// Blocks for one database only, per migration: `"path" = count`.
    blocks: BTreeMap<String, usize>,
}

impl Lists {
    pub(super) fn read(tree: &Tree) -> Result<Self> {
        Ok(toml::from_str(tree.text(LIST)?).map_err(|e| format!("{LIST}: {e}"))?)
    }
}

pub(super) fn check(tree: &Tree, sources: &[Source], lists: &Lists) -> Vec<Problem> {
    let mut split = BTreeSet::new();
    let mut unscoped = BTreeSet::new();
    for source in sources
        .iter()
        .filter(|source| source.path.starts_with("crates/") && !source.path.contains("/tests/"))
    {
        for function in &source.functions {
            let key = format!("{}::{}", source.path, function.name);
            if function
                .calls
                .iter()
                .any(|call| DIALECT_METHODS.contains(&call.as_str()))
            {
                split.insert(key.clone());
            }
            let takes = |at: usize, name: &str| function.parameters.get(at).is_some_and(|is| is == name);
            if source.path.starts_with(STORE) && function.is_free && takes(0, "Tx") && !takes(1, "Scope") {
                unscoped.insert(key);
            }
        }
    }
    let mut problems = compare(
        &split,
        &lists.dialect.statements,
        "a statement that the two databases get differently",
    );
    problems.extend(compare(
        &unscoped,
        &lists.unscoped,
        "a query without `&Scope` after the transaction",
    ));
    problems.extend(check_blocks(tree, &lists.dialect.blocks));
    if split.len() > lists.dialect.limit {
        let text = format!(
            "{} split statements, {} are allowed in the house",
            split.len(),
            lists.dialect.limit
        );
        problems.push(Problem::new(LIST, text));
    }
    problems
}

fn compare(found: &BTreeSet<String>, listed: &BTreeMap<String, String>, what: &str) -> Vec<Problem> {
    let new = found.iter().filter(|key| !listed.contains_key(*key));
    let gone = listed.keys().filter(|key| !found.contains(*key));
    new.map(|key| Problem::new(key, format!("{what}: avoid it, or name it with its reason in {LIST}")))
        .chain(gone.map(|key| Problem::new(LIST, format!("`{key}` is no longer {what}: remove it"))))
        .collect()
}

fn check_blocks(tree: &Tree, listed: &BTreeMap<String, usize>) -> Vec<Problem> {
    let count = |text: &str| text.lines().filter(|line| line.trim_start().starts_with(BLOCK)).count();
    let mut found: BTreeMap<&str, usize> = listed.keys().map(|path| (path.as_str(), 0)).collect();
    let migrations = tree
        .with_extension("sql")
        .filter(|file| file.path.starts_with(MIGRATIONS));
    found.extend(migrations.map(|file| (file.path.as_str(), count(&file.text))));
    let differs = found
        .into_iter()
        .filter(|(path, count)| listed.get(*path).copied().unwrap_or_default() != *count);
    differs
        .map(|(path, count)| {
            Problem::new(
                path,
                format!("has {count} blocks `{BLOCK}`: make {LIST} say so, or fewer"),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Lists, check};
    use crate::tidy::source::parse;
    use crate::tidy::tree::{Tree, of};

    const CODE: &str = "//! Doc.\npub fn by_hash(tx: &mut Tx<'_>, hash: &str) {}\n\
                        pub fn claim(tx: &mut Tx<'_>, scope: &Scope) { tx.sql(\"\").skip_locked(); }\n\
                        impl Row { fn new(tx: &mut Tx<'_>) {} }\n";

    fn problems(tree: &Tree, lists: &str) -> Vec<String> {
        let lists: Lists = toml::from_str(&format!("{lists}\n[providers]\nnames = []\nallowed = []")).unwrap();
        check(tree, &parse(tree).0, &lists)
            .into_iter()
            .map(|problem| problem.place)
            .collect()
    }

    #[test]
    fn what_is_not_named_is_found_and_what_is_named_passes() {
        let tree = of(&[
            ("crates/store/src/keys.rs", CODE),
            ("crates/store/migrations/1.sql", "-- only: sqlite\n-- end\n"),
        ]);
        let empty = "[dialect]\nlimit = 1\n[dialect.statements]\n[dialect.blocks]\n[unscoped]";
        assert_eq!(
            problems(&tree, empty),
            [
                "crates/store/src/keys.rs::claim",
                "crates/store/src/keys.rs::by_hash",
                "crates/store/migrations/1.sql"
            ]
        );
        let named = "[dialect]\nlimit = 1\n[dialect.statements]\n\"crates/store/src/keys.rs::claim\" = \"w\"\n\
                     [dialect.blocks]\n\"crates/store/migrations/1.sql\" = 1\n\
                     [unscoped]\n\"crates/store/src/keys.rs::by_hash\" = \"w\"";
        assert!(problems(&tree, named).is_empty());
        assert_eq!(problems(&of(&[]), named).len(), 3, "entries for what is gone are found");
    }
}
