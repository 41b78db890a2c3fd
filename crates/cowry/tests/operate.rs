//! The guide for whoever runs Cowry is complete: it names every setting of the server, every event of the log and every figure.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Named there by what they have in common: the guide about receipts has them one by one.
const OF_THE_MAIL_SERVER: &str = "COWRY_SMTP_";

#[test]
fn every_setting_stands_in_the_guide() {
    let guide = guide();
    for command in ["serve", "simulator"] {
        let output = Command::new(env!("CARGO_BIN_EXE_cowry"))
            .args([command, "--help"])
            .output();
        let help = String::from_utf8(output.unwrap().stdout).unwrap();
        let variables = help
            .split("[env: ")
            .skip(1)
            .map(|rest| rest.split(['=', ']']).next().unwrap());
        let variables: Vec<_> = variables.filter(|name| !name.starts_with(OF_THE_MAIL_SERVER)).collect();
        assert!(variables.len() > 3, "{help}");
        for variable in variables {
            assert!(
                guide.contains(&format!("`{variable}`")),
                "{variable} of `cowry {command}` stands nowhere"
            );
        }
    }
}

#[test]
fn every_event_of_the_log_and_every_figure_stands_in_the_guide() {
    let (guide, sources) = (guide(), sources());
    let events = quoted_after(&sources, "(event = ");
    let figures: BTreeSet<_> = ["cowry_", "http_"]
        .iter()
        .flat_map(|begin| figures(&sources, begin))
        .collect();
    assert!(events.len() > 50 && figures.len() > 15, "{events:?} {figures:?}");
    for event in &events {
        assert!(
            guide.contains(&format!("`{event}`")),
            "the event `{event}` stands nowhere"
        );
    }
    for figure in &figures {
        let is_there = ["`", "{"].iter().any(|end| guide.contains(&format!("`{figure}{end}")));
        assert!(is_there, "the figure `{figure}` stands nowhere");
    }
}

fn guide() -> String {
    fs::read_to_string(root().join("docs/guides/operate.md")).unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The sources of what is shipped, without their tests.
fn sources() -> String {
    let mut text = String::new();
    for member in fs::read_dir(root().join("crates")).unwrap() {
        add(&member.unwrap().path().join("src"), &mut text);
    }
    text
}

fn add(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            add(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

/// What stands in quotes after a mark, however lines are broken.
fn quoted_after(sources: &str, mark: &str) -> BTreeSet<String> {
    let flat = sources
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace("( ", "(");
    let mark = format!("{mark}\"");
    let names = flat.split(&mark).skip(1).filter_map(|rest| rest.split('"').next());
    names.map(str::to_owned).collect()
}

/// Texts in quotes that are a word with this beginning.
fn figures(sources: &str, begin: &str) -> BTreeSet<String> {
    let mark = format!("\"{begin}");
    let words = sources.split(&mark).skip(1).filter_map(|rest| rest.split('"').next());
    let words = words.filter(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
    words.map(|word| format!("{begin}{word}")).collect()
}
