//! The ways in which a secret may stand in a message. Knows no secret after it has answered.

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, Encoding, HEXLOWER, HEXUPPER};
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

/// Encoded spellings shorter than this say too little to be looked for.
const SHORTEST_ENCODED: usize = 8;

/// Every spelling of a secret; none of an empty one.
pub(super) fn of(secret: &str) -> Vec<SecretString> {
    let bytes = secret.as_bytes();
    let mut found = vec![secret.to_owned(), escaped(secret)];
    let plus: String = url::form_urlencoded::byte_serialize(bytes).collect();
    let percent = plus.replace('+', "%20");
    let mut encoded = vec![
        lower_percent(&percent),
        lower_percent(&plus),
        plus,
        percent,
        HEXLOWER.encode(bytes),
        HEXUPPER.encode(bytes),
    ];
    for alphabet in [&BASE64_NOPAD, &BASE64URL_NOPAD] {
        encoded.extend((0..3).filter_map(|before| in_base64(alphabet, before, bytes)));
    }
    encoded.retain(|text| text.len() >= SHORTEST_ENCODED);
    found.extend(encoded);
    found.retain(|text| !text.is_empty());
    found.sort_unstable();
    found.dedup();
    found.into_iter().map(SecretString::from).collect()
}

/// The same with the digits of percent-encoding in lower case.
fn lower_percent(text: &str) -> String {
    let mut digits = 0;
    text.chars()
        .map(|c| match (c, digits) {
            ('%', _) => {
                digits = 2;
                c
            }
            (c, 0) => c,
            (c, _) => {
                digits -= 1;
                c.to_ascii_lowercase()
            }
        })
        .collect()
}

/// As it stands between the quotes of JSON.
fn escaped(secret: &str) -> String {
    let quoted = serde_json::Value::from(secret).to_string();
    let inner = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    inner.unwrap_or(secret).to_owned()
}

/// The characters that depend on nothing but the secret when `before` bytes (modulo three) stand before it, for example
/// the user name of Basic authentication.
fn in_base64(alphabet: &Encoding, before: usize, bytes: &[u8]) -> Option<String> {
    let mut plain = Zeroizing::new(vec![0; before]);
    plain.extend_from_slice(bytes);
    let text = alphabet.encode(&plain);
    let first = (before * 8).div_ceil(6);
    let last = plain.len() * 8 / 6;
    text.get(first..last).map(str::to_owned)
}
