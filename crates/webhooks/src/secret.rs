//! The secret that a merchant and we sign with. Never printed; the caller draws its bytes and keeps it sealed.

use std::fmt;

use data_encoding::BASE64;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

const PREFIX: &str = "whsec_";
const KEY_BYTES: usize = 32;

/// `whsec_` and the standard base64 of 32 random bytes: the form of Standard Webhooks.
#[derive(Clone)]
pub struct Secret {
    text: SecretString,
    key: Zeroizing<[u8; KEY_BYTES]>,
}

impl Secret {
    /// The secret of these random bytes.
    #[must_use]
    pub fn of(bytes: [u8; KEY_BYTES]) -> Self {
        Self {
            text: SecretString::from(format!("{PREFIX}{}", BASE64.encode(&bytes))),
            key: Zeroizing::new(bytes),
        }
    }

    /// Reads a secret in exactly the form that [`Secret::of`] gives it; `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let encoded = text.strip_prefix(PREFIX)?;
        let decoded = Zeroizing::new(BASE64.decode(encoded.as_bytes()).ok()?);
        Some(Self::of(decoded.as_slice().try_into().ok()?))
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
