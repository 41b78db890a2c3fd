//! The texts themselves: nothing is missing in a language, said for nobody, or set as nobody sets it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use engine::domain::currency::Currency;
use engine::domain::failure::FailureCode;

use super::*;

/// All of one language, and all of the other.
fn sources() -> [String; 2] {
    [ENGLISH_SOURCES.concat(), FRENCH_SOURCES.concat()]
}

/// Beginnings of keys whose ends are made at run time.
const FAMILIES: [&str; 4] = ["failure-", "month-", "flow-", "*-title/*-lead"];

/// Keys of a source, in its order.
fn keys(source: &str) -> BTreeSet<String> {
    let resource = FluentResource::try_new(source.to_owned());
    assert!(resource.is_ok(), "{:?}", resource.err().map(|(_, errors)| errors));
    let names = source.lines().filter_map(|line| line.split_once(" ="));
    names
        .map(|(name, _)| name.to_owned())
        .filter(|name| !name.starts_with(['#', ' ']))
        .collect()
}

/// Everything in quotes in our own sources and templates.
fn quoted(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            quoted(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs" || kind == "html") {
            let text = fs::read_to_string(&path).unwrap();
            found.extend(text.split('"').map(str::to_owned));
        }
    }
}

#[test]
fn both_languages_say_the_same_things_and_nothing_is_said_for_nobody() {
    let [english, french] = sources().map(|source| keys(&source));
    assert_eq!(english, french, "every text is there in both languages");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut written = BTreeSet::new();
    quoted(&root.join("src"), &mut written);
    quoted(&root.join("templates"), &mut written);
    let pages = ["unknown", "forbidden", "unavailable", "bad-request", "error"];
    let of_pages: Vec<String> = pages
        .iter()
        .flat_map(|page| [format!("{page}-title"), format!("{page}-lead")])
        .collect();
    for key in &english {
        let is_of_family = FAMILIES.iter().any(|family| key.starts_with(family));
        let is_used = is_of_family || of_pages.contains(key) || written.contains(key);
        assert!(is_used, "{key} is said nowhere");
    }
    for code in FailureCode::ALL {
        assert!(english.contains(&format!("failure-{code}")), "{code}");
    }
    for key in (1..=12).map(|month| format!("month-{month}")).chain(of_pages) {
        assert!(english.contains(&key), "{key}");
    }
    for flow in ["prompt", "redirect", "otp", "qr"] {
        assert!(english.contains(&format!("flow-{flow}")), "{flow}");
    }
}

#[test]
fn every_key_that_is_asked_for_is_there() {
    let english = keys(&sources()[0]);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["src/checkout", "src/link_page", "templates/checkout"] {
        let mut files = vec![root.join(folder)];
        while let Some(path) = files.pop() {
            if path.is_dir() {
                files.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for call in [".say(\"", ".with(\"", ".counted(\"", ".filled(\""] {
                for after in text.split(call).skip(1) {
                    let key = after.split('"').next().unwrap();
                    assert!(english.contains(key), "{key} in {}", path.display());
                }
            }
        }
    }
}

#[test]
fn french_is_typeset_as_french_is() {
    for line in sources()[1].lines().filter(|line| !line.starts_with('#')) {
        for mark in [" ?", " !", " ;", " :", "« ", " »"] {
            assert!(!line.contains(mark), "an ordinary space at {mark:?}: {line}");
        }
        assert!(!line.contains('\''), "a typewriter's apostrophe: {line}");
    }
}

#[test]
fn amounts_and_dates_are_written_as_people_write_them() {
    let money = |text, code| Money::parse_major(text, Currency::parse(code).unwrap()).unwrap();
    let [english, french] = [Language::English, Language::French].map(Texts::of);
    for (text, code, in_english, in_french) in [
        ("50", "XOF", "50\u{a0}XOF", "50\u{a0}XOF"),
        (
            "1234567",
            "XOF",
            "1,234,567\u{a0}XOF",
            "1\u{202f}234\u{202f}567\u{a0}XOF",
        ),
        ("1000", "USD", "1,000\u{a0}USD", "1\u{202f}000\u{a0}USD"),
        ("12.3", "USD", "12.30\u{a0}USD", "12,30\u{a0}USD"),
        ("1.234", "TND", "1.234\u{a0}TND", "1,234\u{a0}TND"),
    ] {
        assert_eq!(english.money(money(text, code)), in_english);
        assert_eq!(french.money(money(text, code)), in_french);
    }
    assert_eq!(english.date(1_780_920_000_999), "8 June 2026, 12:00 UTC");
    assert_eq!(french.date(1_780_920_000_999), "8 juin 2026 à 12:00 UTC");
    assert_eq!(english.counted("time-left", 1), "about 1 minute");
    assert_eq!(french.counted("time-left", 3), "environ 3 minutes");
}
