//! The merchant's own pairs in a request: kept as they were given.

use super::card_number;
use super::fields::{Fields, Problems};
use crate::json::Json;

const PAIRS_MAX: usize = 10;
const KEY_CHARS_MAX: usize = 40;
const VALUE_CHARS_MAX: usize = 500;

/// Reads the member `metadata` into the text of an object; an empty one when it is absent.
pub(super) fn read(fields: &Fields<'_>, problems: &mut Problems) -> String {
    match fields.get("metadata") {
        None => "{}".to_owned(),
        // Some languages write an empty object so.
        Some(Json::List(items)) if items.is_empty() => "{}".to_owned(),
        Some(value @ Json::Object(pairs)) => {
            if pairs.len() > PAIRS_MAX {
                problems.add(
                    "metadata",
                    format!("Must hold at most {PAIRS_MAX} pairs; it holds {}.", pairs.len()),
                );
            }
            for (key, value) in pairs {
                if let Some(problem) = pair_problem(key, value) {
                    problems.add(path(key), problem);
                }
            }
            value.minified()
        }
        Some(other) => {
            problems.add("metadata", format!("Must be an object, not {}.", other.kind()));
            String::new()
        }
    }
}

/// The path of a pair. A key that could be a secret or a novel is not repeated.
fn path(key: &str) -> String {
    match key.chars().count() > KEY_CHARS_MAX || card_number::is_in(key) {
        true => "metadata".to_owned(),
        false => format!("metadata.{}", key.replace('\0', "")),
    }
}

fn pair_problem(key: &str, value: &Json) -> Option<String> {
    if key.chars().count() > KEY_CHARS_MAX {
        return Some(format!("Keys must be at most {KEY_CHARS_MAX} characters."));
    }
    if value.minified().chars().count() > VALUE_CHARS_MAX {
        return Some(format!("Must be at most {VALUE_CHARS_MAX} characters of JSON."));
    }
    if any_text(value, &|text| text.contains('\0')) || key.contains('\0') {
        return Some("Must not contain NUL characters.".to_owned());
    }
    if any_text(value, &card_number::is_in) || card_number::is_in(key) {
        return Some("Contains what looks like a card number; card numbers are not accepted here.".to_owned());
    }
    None
}

/// Whether some text or number within a value is so.
fn any_text(value: &Json, is_so: &impl Fn(&str) -> bool) -> bool {
    match value {
        Json::Null | Json::Bool(_) => false,
        Json::Number(text) | Json::Text(text) => is_so(text),
        Json::List(items) => items.iter().any(|item| any_text(item, is_so)),
        Json::Object(members) => members
            .iter()
            .any(|(name, value)| is_so(name) || any_text(value, is_so)),
    }
}
