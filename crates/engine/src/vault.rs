//! Secrets at rest. Owns sealing (XChaCha20-Poly1305), the wrapping of data keys by the key-encryption key, and keyed
//! hashes. Keys never print; their bytes are given out only to be sealed under another key, for the signatures of other crates,
//! and for a key file.

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use data_encoding::{BASE64, HEXLOWER};
use domain::scope::Scope;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// A key of 32 bytes that does not print.
#[derive(Clone)]
pub struct SecretKey(Zeroizing<[u8; 32]>);

impl SecretKey {
    /// Takes the bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads 32 bytes as standard base64 (as `--kek-file` holds them); `None` when it is anything else.
    pub fn from_base64(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(BASE64.decode(text.trim().as_bytes()).ok()?);
        let bytes: [u8; 32] = bytes.as_slice().try_into().ok()?;
        Some(Self::new(bytes))
    }

    /// Standard base64, to be written to a key file.
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64.encode(self.0.as_slice()))
    }

    /// A key for one purpose, derived from this one.
    pub fn derive(&self, purpose: &str) -> Self {
        Self::new(self.keyed_hash(&[b"derive", purpose.as_bytes()]))
    }

    /// HMAC-SHA256 over length-prefixed parts.
    pub fn keyed_hash(&self, parts: &[&[u8]]) -> [u8; 32] {
        // HMAC takes keys of any length; the fallback cannot be reached and would only make the hash useless.
        let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(self.0.as_slice()) else {
            return [0; 32];
        };
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// The same as lower-case hex.
    pub fn keyed_hex(&self, parts: &[&[u8]]) -> String {
        HEXLOWER.encode(&self.keyed_hash(parts))
    }

    /// The bytes, for a signature scheme of another crate.
    pub fn expose(&self) -> [u8; 32] {
        *self.0
    }

    /// Seals bytes for one place (`table.column`, and the row): they open only there.
    ///
    /// # Errors
    /// [`Sealed`] when the cipher fails, which it does only for more than 256 GiB.
    pub fn seal(&self, place: &str, nonce: [u8; 24], plain: &[u8]) -> Result<String, Sealed> {
        let cipher = XChaCha20Poly1305::new(&Key::from(*self.0));
        let payload = Payload {
            msg: plain,
            aad: place.as_bytes(),
        };
        let mut sealed = nonce.to_vec();
        sealed.extend(cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| Sealed)?);
        Ok(BASE64.encode(&sealed))
    }

    /// Opens what was sealed for that place.
    ///
    /// # Errors
    /// [`Sealed`] when the text was sealed with another key, for another place, or was changed.
    pub fn open(&self, place: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, Sealed> {
        let bytes = BASE64.decode(sealed.as_bytes()).map_err(|_| Sealed)?;
        let (nonce, body) = bytes.split_at_checked(24).ok_or(Sealed)?;
        let nonce: [u8; 24] = nonce.try_into().map_err(|_| Sealed)?;
        let cipher = XChaCha20Poly1305::new(&Key::from(*self.0));
        let payload = Payload {
            msg: body,
            aad: place.as_bytes(),
        };
        cipher
            .decrypt(&XNonce::from(nonce), payload)
            .map(Zeroizing::new)
            .map_err(|_| Sealed)
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey")
    }
}

/// A sealed value that cannot be opened here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value does not open with this key-encryption key")]
pub struct Sealed;

/// Where an environment's data key stands.
pub(crate) fn data_key_place(scope: &Scope) -> String {
    format!(
        "environments.data_key {} {}",
        scope.project_id,
        scope.environment.code()
    )
}

/// Where the reference key stands.
pub(crate) const REFERENCE_KEY: &str = "reference_key";

/// The keys of one environment, each for one purpose.
#[derive(Clone, Debug)]
pub(crate) struct ScopeKeys {
    /// Seals columns.
    pub(crate) columns: SecretKey,
    /// Hashes phone numbers.
    pub(crate) phones: SecretKey,
    /// Authenticates list cursors.
    pub(crate) cursors: SecretKey,
    /// Makes the tokens of payment links.
    pub(crate) links: SecretKey,
}

impl ScopeKeys {
    pub(crate) fn of(data_key: &SecretKey) -> Self {
        Self {
            columns: data_key.derive("columns"),
            phones: data_key.derive("phones"),
            cursors: data_key.derive("cursors"),
            links: data_key.derive("links"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_only_with_its_key_and_place() {
        let key = SecretKey::new([7; 32]);
        let sealed = key.seal("accounts.settings 1", [1; 24], b"secret").unwrap();
        assert_eq!(key.open("accounts.settings 1", &sealed).unwrap().as_slice(), b"secret");
        assert_eq!(key.open("accounts.settings 2", &sealed), Err(Sealed));
        assert_eq!(
            SecretKey::new([8; 32]).open("accounts.settings 1", &sealed),
            Err(Sealed)
        );
        assert_eq!(key.open("accounts.settings 1", "AAAA"), Err(Sealed));
        assert!(!format!("{key:?}").contains('7'));
    }
}
