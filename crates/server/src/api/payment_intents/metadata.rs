//! Metadata of this API: a flat object of strings. What may not be there is left out, on the way in and on the way out.

use serde_json::{Map, Value};

use crate::api::payment::requests::card_number;
use crate::api::payment::requests::fields::{Fields, Problems};
use crate::json::Json;

/// Pairs that an intent holds.
pub(super) const PAIRS_MAX: usize = 50;
const KEY_CHARS_MAX: usize = 40;
const VALUE_CHARS_MAX: usize = 500;

/// Keys that belong to the service.
const RESERVED: [&str; 3] = ["Description", "FailureReason", "Environment"];
/// What keys of the service begin with.
const RESERVED_PREFIXES: [&str; 3] = ["country_context.", "internal.", "technical."];

/// What a request does with one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pair {
    /// Sets it.
    Set(String, String),
    /// Removes it.
    Remove(String),
}

/// Reads the member `metadata`; values that are no strings and reserved keys are passed over. `null` removes a key.
pub(super) fn read(fields: &Fields<'_>, problems: &mut Problems) -> Option<Vec<Pair>> {
    let pairs = match fields.get("metadata")? {
        Json::Object(pairs) => pairs,
        other => {
            problems.add(
                "metadata",
                format!("Must be an object of strings, not {}.", other.kind()),
            );
            return None;
        }
    };
    let mut read = Vec::new();
    for (key, value) in pairs.iter().filter(|(key, _)| !is_reserved(key)) {
        match value {
            Json::Text(text) => {
                check(key, text, problems);
                read.push(Pair::Set(key.clone(), text.clone()));
            }
            Json::Null => read.push(Pair::Remove(key.clone())),
            Json::Bool(_) | Json::Number(_) | Json::List(_) | Json::Object(_) => {}
        }
    }
    if read.len() > PAIRS_MAX {
        problems.add(
            "metadata",
            format!("Must hold at most {PAIRS_MAX} pairs; it holds {}.", read.len()),
        );
    }
    Some(read)
}

fn check(key: &str, text: &str, problems: &mut Problems) {
    let path = match card_number::is_in(key) || key.chars().count() > KEY_CHARS_MAX {
        true => "metadata".to_owned(),
        false => format!("metadata.{}", key.replace('\0', "")),
    };
    if key.contains('\0') || text.contains('\0') {
        problems.add(path.as_str(), "Must not contain NUL characters.");
    }
    if key.is_empty() || key.chars().count() > KEY_CHARS_MAX {
        problems.add(path.as_str(), format!("A key has 1 to {KEY_CHARS_MAX} characters."));
    }
    if text.chars().count() > VALUE_CHARS_MAX {
        problems.add(path, format!("A value has at most {VALUE_CHARS_MAX} characters."));
    }
}

fn is_reserved(key: &str) -> bool {
    RESERVED.contains(&key) || RESERVED_PREFIXES.iter().any(|prefix| key.starts_with(prefix))
}

/// The stored text with these pairs in it. What else is stored, by the other API, stays.
pub(super) fn merged(stored: &str, pairs: &[Pair]) -> String {
    let mut members = members(stored);
    for pair in pairs {
        match pair {
            Pair::Set(key, text) => drop(members.insert(key.clone(), Value::String(text.clone()))),
            Pair::Remove(key) => drop(members.remove(key)),
        }
    }
    Value::Object(members).to_string()
}

/// What this API shows of a stored text.
pub(crate) fn shown(stored: &str) -> Map<String, Value> {
    let mut members = members(stored);
    members.retain(|key, value| value.is_string() && !is_reserved(key));
    members
}

fn members(stored: &str) -> Map<String, Value> {
    serde_json::from_str(stored).unwrap_or_default()
}
