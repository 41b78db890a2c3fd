//! Members of a JSON object, read one by one while problems are collected under their paths. A `null` member counts as
//! absent. Never stops at the first problem.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::card_number;
use crate::envelope::Problem;
use crate::json::{Json, whole_number};

/// What is wrong so far, by path.
#[derive(Debug, Default)]
pub(crate) struct Problems(BTreeMap<String, Vec<String>>);

impl Problems {
    /// Adds one.
    pub(crate) fn add(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.0.entry(path.into()).or_default().push(text.into());
    }

    /// The value, when it could be read and nothing was wrong.
    pub(crate) fn conclude<T>(self, value: Option<T>) -> Result<T, Problem> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(Problem::invalid(self.0)),
        }
    }
}

/// The members of one object, and where it stands in the body.
pub(crate) struct Fields<'a> {
    members: &'a [(String, Json)],
    prefix: String,
}

impl<'a> Fields<'a> {
    /// The members of the body itself.
    pub(crate) fn of_body(body: &'a Json, problems: &mut Problems) -> Option<Self> {
        match body {
            Json::Object(members) => Some(Self {
                members,
                prefix: String::new(),
            }),
            other => {
                problems.add("body", format!("The body must be a JSON object, not {}.", other.kind()));
                None
            }
        }
    }

    /// The path of a member.
    pub(crate) fn path(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// A member that is there and not null.
    pub(crate) fn get(&self, name: &str) -> Option<&'a Json> {
        let found = self.members.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value).filter(|value| **value != Json::Null)
    }

    /// Whether a member is there and null: in a change it takes a value away.
    pub(crate) fn removes(&self, name: &str) -> bool {
        self.members
            .iter()
            .any(|(other, value)| other == name && *value == Json::Null)
    }

    /// Says that members must be there.
    pub(crate) fn require(&self, names: &[&str], problems: &mut Problems) {
        for name in names.iter().filter(|name| self.get(name).is_none()) {
            problems.add(self.path(name), "This field is required.");
        }
    }

    /// The members of an object within. An empty array is an empty object: some languages cannot tell them apart.
    pub(crate) fn object(&self, name: &str, problems: &mut Problems) -> Option<Fields<'a>> {
        self.object_like(name, "an object", problems)
    }

    /// The same of an object whose shape is told when something else is there.
    pub(crate) fn object_like(&self, name: &str, shape: &str, problems: &mut Problems) -> Option<Fields<'a>> {
        let members = match self.get(name)? {
            Json::Object(members) => members.as_slice(),
            Json::List(items) if items.is_empty() => &[],
            other => {
                problems.add(self.path(name), format!("Must be {shape}, not {}.", other.kind()));
                return None;
            }
        };
        Some(Fields {
            members,
            prefix: format!("{}{name}.", self.prefix),
        })
    }

    /// The members of each object in a list within; their paths count from 0.
    pub(crate) fn objects(&self, name: &str, problems: &mut Problems) -> Option<Vec<Fields<'a>>> {
        let items = match self.get(name)? {
            Json::List(items) => items,
            other => {
                problems.add(
                    self.path(name),
                    format!("Must be a list of objects, not {}.", other.kind()),
                );
                return None;
            }
        };
        let mut all = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let path = format!("{}{name}.{index}", self.prefix);
            match item {
                Json::Object(members) => all.push(Fields {
                    members,
                    prefix: format!("{path}."),
                }),
                other => problems.add(path, format!("Must be an object, not {}.", other.kind())),
            }
        }
        Some(all)
    }

    /// Each member with its name.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.members.iter().map(|(name, _)| name.as_str())
    }

    /// A string without NUL characters, whatever it says.
    pub(crate) fn string(&self, name: &str, problems: &mut Problems) -> Option<&'a str> {
        match self.get(name)? {
            Json::Text(text) if text.contains('\0') => {
                problems.add(self.path(name), "Must not contain NUL characters.");
                None
            }
            Json::Text(text) => Some(text),
            other => {
                problems.add(self.path(name), format!("Must be a string, not {}.", other.kind()));
                None
            }
        }
    }

    /// Free text of at most so many characters, without a card number.
    pub(crate) fn text(&self, name: &str, chars_max: usize, problems: &mut Problems) -> Option<String> {
        let text = self.string(name, problems)?;
        if let Some(problem) = free_text_problem(text, chars_max) {
            problems.add(self.path(name), problem);
            return None;
        }
        Some(text.to_owned())
    }

    /// A string that something else reads.
    pub(crate) fn read<T, E: Display>(
        &self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
        problems: &mut Problems,
    ) -> Option<T> {
        match read(self.string(name, problems)?) {
            Ok(value) => Some(value),
            Err(error) => {
                problems.add(self.path(name), sentence(&error.to_string()));
                None
            }
        }
    }

    /// A boolean.
    pub(crate) fn boolean(&self, name: &str, problems: &mut Problems) -> Option<bool> {
        match self.get(name)? {
            Json::Bool(value) => Some(*value),
            other => {
                problems.add(self.path(name), format!("Must be true or false, not {}.", other.kind()));
                None
            }
        }
    }

    /// A whole number within bounds, both allowed.
    pub(crate) fn whole(&self, name: &str, (least, most): (i64, i64), problems: &mut Problems) -> Option<i64> {
        let value = match self.get(name)? {
            Json::Number(text) => whole_number(text).filter(|value| (least..=most).contains(value)),
            _ => None,
        };
        if value.is_none() {
            problems.add(
                self.path(name),
                format!("Must be a whole number from {least} to {most}."),
            );
        }
        value
    }
}

/// What is wrong with a free text.
pub(crate) fn free_text_problem(text: &str, chars_max: usize) -> Option<String> {
    if text.chars().count() > chars_max {
        return Some(format!("Must be at most {chars_max} characters."));
    }
    if card_number::is_in(text) {
        return Some("Contains what looks like a card number; card numbers are not accepted here.".to_owned());
    }
    None
}

/// A text of ours as a sentence.
pub(crate) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars
        .next()
        .map(|first| first.to_uppercase().to_string())
        .unwrap_or_default();
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}
