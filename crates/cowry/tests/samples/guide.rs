//! The guide for receivers says what is so: it links every sample, and shows them as they are.

use std::fs;

use crate::sample::{folder, guides};

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
