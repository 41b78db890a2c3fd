//! Values that are masked because of the name they stand under: in JSON, forms, query strings and XML alike. Reads no
//! grammar: whatever follows such a name is masked, also in a broken body.

use super::MASK;
use super::digits;

/// Headers whose names sound secret and are not.
const PLAIN_HEADERS: [&str; 2] = ["idempotency-key", "www-authenticate"];

/// Names that are secret when this is a part of them, without case and separators.
const SECRET_PARTS: [&str; 12] = [
    "secret",
    "password",
    "passwd",
    "passphrase",
    "token",
    "apikey",
    "authorization",
    "signature",
    "credential",
    "privatekey",
    "accesskey",
    "subscriptionkey",
];

/// Names that are secret when they are this.
const SECRET_NAMES: [&str; 14] = [
    "otp",
    "otpcode",
    "onetimecode",
    "onetimepassword",
    "verificationcode",
    "pin",
    "pincode",
    "pwd",
    "cvv",
    "cvc",
    "pan",
    "cardnumber",
    "hmac",
    "sig",
];

/// Names under which a payer's number stands.
const PHONE_PARTS: [&str; 2] = ["phone", "msisdn"];
const PHONE_NAMES: [&str; 6] = ["mobile", "partyid", "partya", "partyb", "subscriber", "wallet"];

/// Headers that carry proof of who we are.
const SECRET_HEADER_PARTS: [&str; 7] = ["auth", "key", "token", "secret", "cookie", "signature", "session"];

/// Whether a header's value is masked whole.
pub(super) fn is_secret_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    !PLAIN_HEADERS.contains(&name.as_str())
        && (SECRET_HEADER_PARTS.iter().any(|part| name.contains(part)) || kind_of(&name) == Kind::Secret)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Secret,
    Phone,
}

fn kind_of(name: &str) -> Kind {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    let name: String = letters.map(|c| c.to_ascii_lowercase()).collect();
    if SECRET_NAMES.contains(&name.as_str()) || SECRET_PARTS.iter().any(|part| name.contains(part)) {
        Kind::Secret
    } else if PHONE_NAMES.contains(&name.as_str()) || PHONE_PARTS.iter().any(|part| name.contains(part)) {
        Kind::Phone
    } else {
        Kind::Plain
    }
}

/// Masks the values that follow secret names, and the numbers that follow names of numbers.
pub(super) fn mask(text: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, name, after)) = next_name(rest) {
        out.push_str(before);
        out.push_str(name);
        rest = after;
        let kind = kind_of(name);
        if kind == Kind::Plain {
            continue;
        }
        let Some((link, value, after)) = value_after(rest) else {
            continue;
        };
        out.push_str(link);
        match kind {
            Kind::Secret if value.is_empty() || value == "null" => out.push_str(value),
            Kind::Secret => out.push_str(MASK),
            Kind::Phone => out.push_str(&digits::as_phone(value)),
            Kind::Plain => {}
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// What stands before the next word, the word, and what stands behind it.
fn next_name(text: &str) -> Option<(&str, &str, &str)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let begin = text.find(|c: char| c.is_ascii_alphabetic() || c == '_')?;
    let (before, from) = text.split_at_checked(begin)?;
    let end = from.find(|c| !is_part(c)).unwrap_or(from.len());
    let (name, after) = from.split_at_checked(end)?;
    Some((before, name, after))
}

/// The value behind a name: what links them, the value, and what follows.
fn value_after(text: &str) -> Option<(&str, &str, &str)> {
    let behind_name = text.trim_start_matches(['"', '\'', '\\']).trim_start();
    let behind_link = behind_name.strip_prefix([':', '=', '>'])?.trim_start();
    let behind_quote = behind_link.trim_start_matches('\\');
    let quote = behind_quote.chars().next().filter(|c| matches!(c, '"' | '\''));
    let (value_on, end) = match quote {
        Some(quote) => {
            let inside = behind_quote.get(quote.len_utf8()..)?;
            (inside, end_of_quoted(inside, quote))
        }
        None if behind_link.starts_with(['{', '[']) => return None,
        None => {
            let ends = |c: char| c.is_whitespace() || matches!(c, ',' | '&' | ';' | '}' | ']' | '<' | '"' | '\'' | '#');
            (behind_link, behind_link.find(ends).unwrap_or(behind_link.len()))
        }
    };
    let link = text.get(..text.len() - value_on.len())?;
    let (value, after) = value_on.split_at_checked(end)?;
    Some((link, value, after))
}

/// Where a quoted value ends: at the quote that is not escaped, or with the text.
fn end_of_quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_masked_by_their_names_in_every_notation() {
        for (given, masked) in [
            (r#"{"otp":"123456","amount":"50"}"#, r#"{"otp":"•••","amount":"50"}"#),
            (
                r#"{"client_secret" : "a\"b", "x": 1}"#,
                r#"{"client_secret" : "•••", "x": 1}"#,
            ),
            (r#"{"otp":null,"pin":1234}"#, r#"{"otp":null,"pin":•••}"#),
            ("grant_type=x&access_token=abc&y=1", "grant_type=x&access_token=•••&y=1"),
            ("http://h/p?apiKey=abc#f", "http://h/p?apiKey=•••#f"),
            ("<Password>abc</Password>", "<Password>•••</Password>"),
            (r#"{"token":{"id":"x"}}"#, r#"{"token":{"id":"x"}}"#),
            (r#"{"access_token":"cut off"#, r#"{"access_token":"•••"#),
            (
                r#"{"msisdn":"22507000001","tries":"2"}"#,
                r#"{"msisdn":"•••••001","tries":"2"}"#,
            ),
            (r#"{"phone_model":"Nokia 3310"}"#, r#"{"phone_model":"Nokia 3310"}"#),
            ("one-time code", "one-time code"),
        ] {
            assert_eq!(mask(given), masked, "{given}");
        }
    }

    #[test]
    fn headers_that_prove_who_we_are_are_secret() {
        for secret in [
            "Authorization",
            "Ocp-Apim-Subscription-Key",
            "set-cookie",
            "X-Signature",
        ] {
            assert!(is_secret_header(secret), "{secret}");
        }
        for plain in ["content-type", "Idempotency-Key", "x-reference-id", "date"] {
            assert!(!is_secret_header(plain), "{plain}");
        }
    }
}
