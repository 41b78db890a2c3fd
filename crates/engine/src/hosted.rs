//! Where a payment's own page is: an address that nobody can guess and that opens this one payment only. Made of the
//! intent alone, so that it needs no table and stays the same for as long as the payment.

use data_encoding::BASE64URL_NOPAD;
use domain::ids::IntentId;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use store::intents::Intent;
use subtle::ConstantTimeEq;

/// Bytes of the part that cannot be guessed.
const TAG_BYTES: usize = 18;

/// The path of a payment's page.
pub fn path(intent: &Intent) -> String {
    format!("/pay/{}{}", intent.id.stored(), tag(intent))
}

/// The payment that the last segment of such a path names; whether it may be shown, [`opens`] says.
pub fn intent_of(segment: &str) -> Option<IntentId> {
    IntentId::from_stored(segment.get(..26)?)
}

/// Whether the last segment of a path opens this payment.
pub fn opens(segment: &str, intent: &Intent) -> bool {
    let own = format!("{}{}", intent.id.stored(), tag(intent));
    bool::from(own.as_bytes().ct_eq(segment.as_bytes()))
}

fn tag(intent: &Intent) -> String {
    // The seed of references is a keyed hash or random, and never leaves the database.
    let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(intent.ref_seed.as_bytes()) else {
        return String::new();
    };
    mac.update(b"hosted page");
    mac.update(intent.id.stored().as_bytes());
    let bytes = mac.finalize().into_bytes();
    BASE64URL_NOPAD.encode(bytes.get(..TAG_BYTES).unwrap_or(&bytes))
}
