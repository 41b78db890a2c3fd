//! Documents say the truth about where things are: every path in backticks and every relative link exists. Reads
//! Markdown only as far as that needs.

use std::path::{Path, PathBuf};

use super::Problem;
use super::tree::{File, Tree};

/// What a path of this repository begins with. Other texts with a slash (`/v1/payment`, `api/payment`) are not paths.
const TOP: [&str; 9] = [
    "crates",
    "docs",
    "catalogue",
    "xtask",
    "bench",
    "verify",
    "tests",
    ".ci",
    ".cargo",
];

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    tree.with_extension("md")
        .flat_map(|file| check_file(tree, file))
        .collect()
}

fn check_file(tree: &Tree, file: &File) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut is_fenced = false;
    for (index, line) in file.text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            is_fenced = !is_fenced;
            continue;
        }
        if is_fenced {
            continue;
        }
        let mut missing: Vec<&str> = in_backticks(line)
            .filter_map(path)
            .filter(|path| !tree.has(Path::new(path)))
            .collect();
        missing.extend(links(line).filter(|target| !tree.has(&beside(&file.path, target))));
        let place = format!("{}:{}", file.path, index + 1);
        problems.extend(
            missing
                .into_iter()
                .map(|path| Problem::new(&place, format!("`{path}` does not exist"))),
        );
    }
    problems
}

fn in_backticks(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// The path in `text`, when it looks like one of this repository: no placeholder in it, and it begins at the top.
fn path(text: &str) -> Option<&str> {
    let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "._-/:".contains(c));
    let path = text.split(':').next()?;
    let is_document = !path.contains('/') && path.ends_with(".md") && !path.starts_with('.');
    let is_below = path.split_once('/').is_some_and(|(top, _)| TOP.contains(&top));
    (is_plain && (is_document || is_below)).then_some(path)
}

/// The relative targets of the links in `line`, without their `#part`.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| {
        let target = rest.split([')', ' ']).next()?.split('#').next()?;
        let is_relative = !target.is_empty() && !target.contains(':') && !target.starts_with('/');
        is_relative.then_some(target)
    })
}

fn beside(document: &str, target: &str) -> PathBuf {
    Path::new(document).parent().unwrap_or(Path::new("")).join(target)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::tree::of;

    fn missing(text: &str) -> Vec<String> {
        check(&of(&[("docs/adr/x.md", text)]))
            .into_iter()
            .map(|problem| problem.text)
            .collect()
    }

    #[test]
    fn a_path_that_does_not_exist_is_found() {
        assert_eq!(
            missing("see `crates/nosuch/src/lib.rs`"),
            ["`crates/nosuch/src/lib.rs` does not exist"]
        );
        assert_eq!(
            missing("see [it](../nosuch.md#part)"),
            ["`../nosuch.md` does not exist"]
        );
        assert_eq!(
            missing("[out](../../../etc/passwd)"),
            ["`../../../etc/passwd` does not exist"]
        );
    }

    #[test]
    fn what_exists_or_is_no_path_passes() {
        let text = "`xtask/src/main.rs:12` `POST /v1/payment` `crates/*/src` `crates/<name>` [a](../../Cargo.toml) \
                    [b](https://example.com/crates/x)\n```\n`crates/nosuch`\n```\n";
        assert_eq!(missing(text), Vec::<String>::new());
    }
}
