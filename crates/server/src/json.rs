//! Request bodies as JSON trees. Owns strictness (UTF-8, one member per name, bounded depth) and keeps what is easily lost:
//! the order of members and the text of numbers. Never interprets a value.
//!
//! `serde_json` does the lexing. Its own tree is not used: it would keep the last of two equal members, and it gives
//! meaning to members with reserved names.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use thiserror::Error;

/// Objects and lists within one another, the outermost one counted.
const DEPTH_MAX: usize = 32;
/// Zeros at the end of a whole number of 64 bits.
const WHOLE_ZEROS_MAX: usize = 18;

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it was written.
    Number(String),
    /// A string, unescaped.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object, in the order of its members; no name occurs twice.
    Object(Vec<(String, Json)>),
}

/// Why bytes are not a JSON value that we take. The texts go to API users.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum JsonError {
    /// Not UTF-8.
    #[error("The body is not valid UTF-8.")]
    NotUtf8,
    /// Not JSON.
    #[error("The body is not valid JSON: {0}.")]
    Malformed(String),
    /// Two members of one name.
    #[error("The body names the member \"{0}\" twice in one object.")]
    Duplicate(String),
    /// Nested too deeply.
    #[error("The body is nested more than {DEPTH_MAX} levels deep.")]
    TooDeep,
}

impl Json {
    /// Reads a whole body.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, JsonError> {
        let text = str::from_utf8(bytes).map_err(|_| JsonError::NotUtf8)?;
        let raw: &RawValue = serde_json::from_str(text).map_err(|error| malformed(&error))?;
        read(raw.get(), 0)
    }

    /// What kind of value it is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "an array",
            Self::Object(_) => "an object",
        }
    }

    /// The value as JSON text without white space: same members in the same order, same numbers.
    pub(crate) fn minified(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(text) => out.push_str(text),
            Self::Text(text) => write_text(text, out),
            Self::List(items) => write_items(items, ('[', ']'), out, Self::write),
            Self::Object(members) => write_items(members, ('{', '}'), out, |(name, value), out| {
                write_text(name, out);
                out.push(':');
                value.write(out);
            }),
        }
    }
}

/// Writes a string with quotes and escapes.
pub(crate) fn write_text(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

/// Writes items with commas between them.
pub(crate) fn write_items<T>(items: &[T], around: (char, char), out: &mut String, write: impl Fn(&T, &mut String)) {
    out.push(around.0);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(item, out);
    }
    out.push(around.1);
}

/// `digits e power` without zeros at either end: one text for each exact decimal. A number with an exponent beyond 64
/// bits keeps its own text.
pub(crate) fn canonical_number(text: &str) -> String {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text),
    };
    let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
    let Ok(exponent) = exponent.parse::<i64>() else {
        return text.to_owned();
    };
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, part].concat();
    let significant = digits.trim_end_matches('0');
    let moved = i64::try_from(digits.len() - significant.len()).unwrap_or(0) - i64::try_from(part.len()).unwrap_or(0);
    match significant.trim_start_matches('0') {
        "" => "0".to_owned(),
        shortest => format!("{sign}{shortest}e{}", exponent.saturating_add(moved)),
    }
}

/// A number that is whole, however it is spelled: `720`, `720.0` and `7.2e2` are one. None for any other, and beyond 64 bits.
pub(crate) fn whole_number(text: &str) -> Option<i64> {
    let canonical = canonical_number(text);
    let Some((digits, power)) = canonical.split_once('e') else {
        return canonical.parse().ok();
    };
    let zeros = power.parse::<usize>().ok().filter(|zeros| *zeros <= WHOLE_ZEROS_MAX)?;
    format!("{digits}{}", "0".repeat(zeros)).parse().ok()
}

/// Reads a value whose syntax was checked, level by level.
fn read(text: &str, depth: usize) -> Result<Json, JsonError> {
    let first = text.bytes().next();
    if matches!(first, Some(b'{' | b'[')) && depth >= DEPTH_MAX {
        return Err(JsonError::TooDeep);
    }
    match first {
        Some(b'{') => {
            let Members(members) = parse(text)?;
            let mut names = HashSet::with_capacity(members.len());
            let mut read_members = Vec::with_capacity(members.len());
            for (name, value) in &members {
                if !names.insert(name.as_str()) {
                    return Err(JsonError::Duplicate(name.chars().take(64).collect()));
                }
                read_members.push((name.clone(), read(value.get(), depth + 1)?));
            }
            Ok(Json::Object(read_members))
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = parse(text)?;
            let items: Result<Vec<_>, _> = items.into_iter().map(|item| read(item.get(), depth + 1)).collect();
            Ok(Json::List(items?))
        }
        Some(b'"') => Ok(Json::Text(parse(text)?)),
        Some(b't') => Ok(Json::Bool(true)),
        Some(b'f') => Ok(Json::Bool(false)),
        Some(b'n') => Ok(Json::Null),
        _ => Ok(Json::Number(text.to_owned())),
    }
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, JsonError> {
    serde_json::from_str(text).map_err(|error| malformed(&error))
}

fn malformed(error: &serde_json::Error) -> JsonError {
    JsonError::Malformed(error.to_string())
}

/// The members of one object, values unread.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::{Json, JsonError, whole_number};

    fn parse(text: &str) -> Result<Json, JsonError> {
        Json::parse(text.as_bytes())
    }

    #[test]
    fn numbers_keep_their_text_and_members_their_order() {
        let text =
            r#" { "b" : 50.10 , "a" : [ 1E400, -0, true, null, "é\n" ] , "$serde_json::private::Number" : "1" } "#;
        let json = parse(text).unwrap();
        let expected = r#"{"b":50.10,"a":[1E400,-0,true,null,"é\n"],"$serde_json::private::Number":"1"}"#;
        assert_eq!(json.minified(), expected);
        assert!(matches!(json, Json::Object(members) if members.len() == 3));
    }

    #[test]
    fn what_is_not_strict_json_is_refused_by_name() {
        assert_eq!(Json::parse(b"\"\xff\""), Err(JsonError::NotUtf8));
        assert_eq!(
            parse(r#"{"a":{"b":1,"\u0062":2}}"#),
            Err(JsonError::Duplicate("b".to_owned()))
        );
        for text in [
            "",
            "{",
            "{'a':1}",
            "[1,]",
            "01",
            "NaN",
            "{} {}",
            r#""\ud800""#,
            "\u{feff}{}",
            "nul",
            "+1",
            "1.",
        ] {
            assert!(matches!(parse(text), Err(JsonError::Malformed(_))), "{text}");
        }
    }

    #[test]
    fn whole_numbers_are_whole_however_they_are_spelled() {
        for text in ["720", "720.0", "7.2e2", "72000E-2", "0.72e+3"] {
            assert_eq!(whole_number(text), Some(720), "{text}");
        }
        assert_eq!((whole_number("-0.0"), whole_number("-5e0")), (Some(0), Some(-5)));
        assert_eq!(whole_number("9223372036854775807"), Some(i64::MAX));
        for text in [
            "720.5",
            "72e-1",
            "9223372036854775808",
            "1e400",
            "1e99999999999999999999",
            "1E99999999999999999999",
        ] {
            assert_eq!(whole_number(text), None, "{text}");
        }
    }

    #[test]
    fn depth_is_bounded_before_the_stack_is() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse(&nested(32)).is_ok());
        assert_eq!(parse(&nested(33)), Err(JsonError::TooDeep));
        assert_eq!(parse(&nested(100_000)), Err(JsonError::TooDeep));
    }
}
