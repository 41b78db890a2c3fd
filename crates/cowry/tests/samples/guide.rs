//! The guide for receivers says what is so: it shows the samples as they are, and names commands and flags that exist.

use std::fs;

use crate::sample::{folder, guides};
use crate::support::program;

/// A guide is read in one sitting.
const LINES: usize = 200;

#[test]
fn the_guide_shows_the_samples_as_they_are() {
    let guide = guide();
    assert!(guide.lines().count() <= LINES);
    for sample in fs::read_dir(folder()).unwrap() {
        let name = sample.unwrap().file_name().into_string().unwrap();
        assert!(guide.contains(&format!("](webhooks/{name})")), "{name} is linked");
    }
    let shown: Vec<_> = blocks(&guide)
        .into_iter()
        .filter_map(|(head, text)| Some((head.split_once(' ')?.1.to_owned(), text)))
        .collect();
    assert!(!shown.is_empty());
    for (file, text) in shown {
        let whole = fs::read_to_string(guides().join(&file)).unwrap();
        assert!(whole.contains(&text), "{file} does not say:\n{text}");
    }
}

#[test]
fn every_command_of_the_guide_exists() {
    let commands = commands();
    assert!(commands.len() > 10);
    for line in commands {
        let words: Vec<&str> = line.split_whitespace().skip(1).collect();
        let names = words.iter().take_while(|word| is_name(word));
        let output = program().args(names).arg("--help").output().unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "there is no `{line}`");
        for flag in words.iter().filter(|word| word.starts_with("--")) {
            assert!(
                help.split([' ', ',', '[', '\n']).any(|word| word == *flag),
                "`{line}`: no {flag} in\n{help}"
            );
        }
    }
}

fn guide() -> String {
    fs::read_to_string(guides().join("webhooks.md")).unwrap()
}

/// What stands in the fences, each with what follows its first three backticks.
fn blocks(text: &str) -> Vec<(String, String)> {
    let parts = text.split("\n```").skip(1).step_by(2);
    parts
        .map(|part| {
            let (head, body) = part.split_once('\n').unwrap();
            (head.to_owned(), body.to_owned())
        })
        .collect()
}

/// What is called: in the fences of shell, also inside of `$(…)`, and between backticks.
fn commands() -> Vec<String> {
    let guide = guide();
    let mut texts: Vec<String> = Vec::new();
    for (_, block) in blocks(&guide).iter().filter(|(head, _)| head == "sh") {
        texts.extend(block.lines().map(str::to_owned));
        texts.extend(
            block
                .split("$(")
                .skip(1)
                .map(|rest| rest.split(')').next().unwrap().to_owned()),
        );
    }
    for line in guide.lines().filter(|line| !line.starts_with("```")) {
        texts.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
    }
    texts.retain(|text| text.starts_with("cowry "));
    texts
}

/// Whether a word is the name of a command, not what it is about.
fn is_name(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !word.starts_with('-')
}
