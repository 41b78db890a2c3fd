//! The three signatures that a letter can carry, all of them HMAC-SHA256. Never reads a clock: the time is a parameter.

use data_encoding::{BASE64, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::Secret;

/// The `webhook-signature` of Standard Webhooks 1.0: `v1,<base64>` over `{id}.{timestamp_s}.{body}` with the decoded bytes
/// of the secret. One for each secret, with a space between: while a secret is being replaced both sign.
#[must_use]
pub fn standard(secrets: &[&Secret], id: &str, timestamp_s: i64, body: &[u8]) -> String {
    let head = format!("{id}.{timestamp_s}.");
    let signed: Vec<String> = secrets
        .iter()
        .map(|secret| format!("v1,{}", BASE64.encode(&mac(secret.key(), &[head.as_bytes(), body]))))
        .collect();
    signed.join(" ")
}

/// Lower-case hex over the body as it is sent, with the whole text of the secret.
#[must_use]
pub fn body_hex(secret: &Secret, body: &[u8]) -> String {
    HEXLOWER.encode(&mac(secret.expose().as_bytes(), &[body]))
}

/// `t=<timestamp_s>,v1=<hex>` over `{timestamp_s}.{body}`, with the whole text of the secret.
#[must_use]
pub fn timed(secret: &Secret, timestamp_s: i64, body: &[u8]) -> String {
    let head = format!("{timestamp_s}.");
    let signed = mac(secret.expose().as_bytes(), &[head.as_bytes(), body]);
    format!("t={timestamp_s},v1={}", HEXLOWER.encode(&signed))
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    // HMAC takes keys of every length; an empty answer would be no signature of anything.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return Vec::new();
    };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}
