//! The secret that a merchant and we sign with. Never printed; the caller draws its bytes and keeps it sealed.

use std::fmt;
use std::ops::RangeInclusive;

use data_encoding::BASE64;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

const PREFIX: &str = "whsec_";
/// What we draw.
const KEY_BYTES: usize = 32;
/// What Standard Webhooks allows.
const READABLE_BYTES: RangeInclusive<usize> = 24..=64;

/// `whsec_` and the standard base64 of random bytes: the form of Standard Webhooks. Ours have 32 bytes.
#[derive(Clone)]
pub struct Secret {
    text: SecretString,
    key: Zeroizing<Vec<u8>>,
}

impl Secret {
    /// The secret of these random bytes.
    #[must_use]
    pub fn of(bytes: [u8; KEY_BYTES]) -> Self {
        Self::from_key(Zeroizing::new(bytes.to_vec()))
    }

    /// Reads a secret; `None` for any text that is not exactly in its form, or has fewer than 24 or more than 64 bytes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let encoded = text.strip_prefix(PREFIX)?;
        let key = Zeroizing::new(BASE64.decode(encoded.as_bytes()).ok()?);
        READABLE_BYTES.contains(&key.len()).then(|| Self::from_key(key))
    }

    fn from_key(key: Zeroizing<Vec<u8>>) -> Self {
        let text = SecretString::from(format!("{PREFIX}{}", BASE64.encode(&key)));
        Self { text, key }
    }

    /// The whole text, for showing it to its owner once and for sealing it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }

    /// The decoded bytes, which Standard Webhooks signs with.
    pub(crate) fn key(&self) -> &[u8] {
        self.key.as_slice()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(whsec_…)")
    }
}
