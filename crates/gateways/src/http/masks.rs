//! What may not be kept of an exchange: secrets in every spelling, phone numbers, card numbers, one-time codes. Owns how
//! each is masked; never keeps a text, and never prints what it looks for.

mod digits;
mod members;
mod spellings;

use std::fmt;

use domain::phone::Phone;
use secrecy::{ExposeSecret, SecretString};

use digits::KnownPhone;

/// Stands for a secret.
pub(crate) const MASK: &str = "•••";

/// Secrets shorter than this are masked only where they stand as a whole word: they would be found everywhere.
const CERTAIN_BYTES: usize = 8;

/// Longest number that is masked by its form, with separators.
const LONGEST_NUMBER_BYTES: usize = 48;

/// What is masked in an exchange, besides what is masked by its name or form.
#[derive(Clone, Default)]
pub struct Masks {
    /// Longest first, so that no part of one is left by a shorter one.
    secrets: Vec<SecretString>,
    phones: Vec<KnownPhone>,
}

impl Masks {
    /// Masks a secret wherever it stands: as it is, and escaped, percent-encoded, in base64 or hex.
    #[must_use]
    pub fn secret(mut self, secret: &str) -> Self {
        self.secrets.extend(spellings::of(secret));
        self.secrets
            .sort_by_key(|known| std::cmp::Reverse(known.expose_secret().len()));
        self
    }

    /// Masks a payer's number in its national and international spellings. Others are found by their form only.
    #[must_use]
    pub fn phone(mut self, phone: &Phone) -> Self {
        self.phones.push(KnownPhone::new(phone));
        self
    }

    /// The text without what may not be kept.
    pub(super) fn mask(&self, text: &str) -> String {
        let mut masked = text.to_owned();
        for secret in &self.secrets {
            masked = without(&masked, secret.expose_secret());
        }
        digits::mask(&members::mask(&masked), &self.phones)
    }

    /// The beginning of a body of bytes, masked, at most `most` bytes long.
    pub(super) fn mask_body(&self, body: &[u8], most: usize) -> String {
        let longest = self.secrets.first().map_or(0, |secret| secret.expose_secret().len());
        let margin = longest.max(LONGEST_NUMBER_BYTES);
        let cut = body.get(..most + margin);
        let mut masked = self.mask(&String::from_utf8_lossy(cut.unwrap_or(body)));
        if cut.is_some() {
            // The cut may have left the beginning of something to be masked at the end.
            shorten(&mut masked, margin);
        }
        let excess = masked.len().saturating_sub(most);
        shorten(&mut masked, excess);
        masked
    }

    /// The value of a header: whole when its name says that it is secret, and at most `most` bytes long.
    pub(super) fn mask_header(&self, name: &str, value: &str, most: usize) -> String {
        if members::is_secret_header(name) {
            return MASK.to_owned();
        }
        let mut masked = self.mask(value);
        let excess = masked.len().saturating_sub(most);
        shorten(&mut masked, excess);
        masked
    }
}

impl fmt::Debug for Masks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Masks").finish_non_exhaustive()
    }
}

/// Takes at least `bytes` from the end, at a border of characters.
fn shorten(text: &mut String, bytes: usize) {
    let mut end = text.len().saturating_sub(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
}

fn without(text: &str, secret: &str) -> String {
    if secret.len() >= CERTAIN_BYTES {
        return text.replace(secret, MASK);
    }
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once(secret) {
        let opens = !before.chars().next_back().is_some_and(char::is_alphanumeric);
        let closes = !after.chars().next().is_some_and(char::is_alphanumeric);
        out.push_str(before);
        out.push_str(if opens && closes { MASK } else { secret });
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "canary/Key+with \"quote\"";

    fn masks() -> Masks {
        let phone = Phone::from_e164("+2250700000130").unwrap();
        Masks::default().secret(SECRET).secret("123456").phone(&phone)
    }

    #[test]
    fn a_secret_is_found_in_every_spelling() {
        let padded = |before: &str| data_encoding::BASE64.encode(format!("{before}{SECRET}:x").as_bytes());
        let core = "FyeS9LZXkrd2l0aCBcInF1"; // of no spelling: nothing is masked by accident
        for text in [
            SECRET.to_owned(),
            serde_json::json!({ "note": SECRET }).to_string(),
            url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect(),
            "canary%2fKey%2bwith%20%22quote%22".to_owned(),
            data_encoding::HEXUPPER.encode(SECRET.as_bytes()),
            padded(""),
            padded("u"),
            padded("us"),
            padded("usr"),
        ] {
            let masked = masks().mask(&format!("a {text} b"));
            assert!(masked.contains(MASK), "{masked}");
            assert!(
                !masked.contains("Key") && !masked.contains("S2V5") && !masked.contains("4B6579"),
                "{masked}"
            );
        }
        assert_eq!(masks().mask(core), core);
    }

    #[test]
    fn a_short_secret_is_masked_as_a_word_only() {
        assert_eq!(masks().mask("code 123456, id 91234567"), "code •••, id 91234567");
    }

    #[test]
    fn the_cut_of_a_body_leaves_no_beginning_of_a_secret() {
        for before in 0..60 {
            let body = format!("{}{SECRET}", "a".repeat(before));
            let masked = masks().mask_body(body.as_bytes(), 30);
            assert!(masked.len() <= 30 && !masked.contains("canary"), "{masked}");
        }
        assert_eq!(masks().mask_body(b"whole \xff", 30), "whole \u{fffd}");
    }

    #[test]
    fn headers_are_masked_by_name_or_by_content() {
        assert_eq!(masks().mask_header("X-Api-Key", "anything", 9), MASK);
        assert_eq!(masks().mask_header("content-type", "text/plain", 9), "text/plai");
        assert_eq!(masks().mask_header("x-payer", "+2250700000130", 99), "+225•••••130");
        assert!(!format!("{:?}", masks()).contains("canary"));
    }
}
