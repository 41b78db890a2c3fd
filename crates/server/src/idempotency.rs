//! Idempotency keys as HTTP carries them, and the fingerprint by which two bodies are the same. Never remembers a key: the
//! engine does.

use axum::http::HeaderMap;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::envelope::Problem;
use crate::error_codes::ErrorCode;
use crate::json::{Json, canonical_number, write_items, write_text};

const HEADERS: [&str; 2] = ["x-idempotency-key", "idempotency-key"];
const KEY_CHARS_MIN: usize = 8;
const KEY_CHARS_MAX: usize = 128;

/// The idempotency key of a request, if it carries one.
pub(crate) fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    key_within(headers, (KEY_CHARS_MIN, KEY_CHARS_MAX))
}

/// The key of a request, if it carries one, of a length between these, in characters.
pub(crate) fn key_within(headers: &HeaderMap, (min, max): (usize, usize)) -> Result<Option<String>, Problem> {
    let mut found: Option<String> = None;
    for value in HEADERS.iter().flat_map(|name| headers.get_all(*name)) {
        let text = str::from_utf8(value.as_bytes()).map_err(|_| {
            Problem::saying(
                ErrorCode::IdempotencyKeyInvalid,
                "The idempotency key is not valid UTF-8.",
            )
        })?;
        match &found {
            Some(other) if other != text => return Err(Problem::new(ErrorCode::ConflictingIdempotencyKeys)),
            _ => found = Some(text.to_owned()),
        }
    }
    let length = found.as_ref().map(|key| key.chars().count());
    match length {
        Some(length) if !(min..=max).contains(&length) => Err(Problem::saying(
            ErrorCode::IdempotencyKeyInvalid,
            format!("An idempotency key has {min} to {max} characters."),
        )),
        _ => Ok(found),
    }
}

/// SHA-256 of a body as a value: order of members, white space, escapes and the spelling of numbers do not count.
pub(crate) fn fingerprint(body: &Json) -> String {
    let mut canonical = String::new();
    write(body, &mut canonical);
    HEXLOWER.encode(&Sha256::digest(canonical.as_bytes()))
}

fn write(value: &Json, out: &mut String) {
    match value {
        Json::Null | Json::Bool(_) | Json::Text(_) => out.push_str(&value.minified()),
        Json::Number(text) => out.push_str(&canonical_number(text)),
        Json::List(items) => write_items(items, ('[', ']'), out, write),
        Json::Object(members) => {
            let mut members: Vec<&(String, Json)> = members.iter().collect();
            members.sort_by(|(left, _), (right, _)| left.cmp(right));
            write_items(&members, ('{', '}'), out, |(name, value), out| {
                write_text(name, out);
                out.push(':');
                write(value, out);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::{fingerprint, key};
    use crate::error_codes::ErrorCode;
    use crate::json::Json;

    fn of(text: &str) -> String {
        fingerprint(&Json::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn equal_values_have_one_fingerprint_however_they_are_spelled() {
        let plain = of(r#"{"amount":50,"items":[1,{"x":"é"}],"zero":0}"#);
        for other in [
            r#"{ "zero": -0.0, "items": [1.0, {"x": "\u00e9"}], "amount": 5e1 }"#,
            r#"{"amount":50.00,"zero":0e7,"items":[0.01e2,{"x":"é"}]}"#,
        ] {
            assert_eq!(of(other), plain);
        }
    }

    #[test]
    fn different_values_have_different_fingerprints() {
        let texts = [
            "50",
            "-50",
            "5",
            "500",
            "\"50\"",
            "50.1",
            "[50]",
            "{\"a\":50}",
            "{\"b\":50}",
            "null",
            "{}",
            "[]",
            "50.000000000000000000001",
            "1e400",
            "1e99999999999999999999",
            "[1,2]",
            "[2,1]",
            "9007199254740993",
            "9007199254740992",
        ];
        let prints: std::collections::HashSet<String> = texts.iter().map(|text| of(text)).collect();
        assert_eq!(prints.len(), texts.len());
    }

    #[test]
    fn both_headers_are_read_and_must_agree() {
        let headers = |pairs: &[(&'static str, &str)]| {
            let mut map = HeaderMap::new();
            for (name, value) in pairs {
                map.append(*name, http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
            }
            key(&map).map_err(|problem| problem.code())
        };
        assert_eq!(headers(&[]), Ok(None));
        assert_eq!(
            headers(&[("idempotency-key", "12345678")]),
            Ok(Some("12345678".to_owned()))
        );
        let twice = [("idempotency-key", "12345678"), ("x-idempotency-key", "12345678")];
        assert_eq!(headers(&twice), Ok(Some("12345678".to_owned())));
        let torn = [("idempotency-key", "12345678"), ("x-idempotency-key", "12345679")];
        assert_eq!(headers(&torn), Err(ErrorCode::ConflictingIdempotencyKeys));
        for bad in ["", "1234567", &"k".repeat(129)] {
            assert_eq!(
                headers(&[("x-idempotency-key", bad)]),
                Err(ErrorCode::IdempotencyKeyInvalid)
            );
        }
        assert!(headers(&[("x-idempotency-key", &"é".repeat(128))]).is_ok());
    }
}
