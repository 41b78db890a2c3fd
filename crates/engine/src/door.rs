//! The tokens that open pages for payers. Nobody can guess one, and each opens one payment or one link only. Made of that
//! alone and a key that never leaves the house, so that they stay the same for as long as it does. Owns how they are made and
//! read; never what a page shows.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use domain::ids::{CheckoutId, IntentId, LinkId, ProjectId};
use domain::scope::{Environment, Scope};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use store::intents::Intent;

use crate::vault::SecretKey;
use crate::views::PaymentView;

/// Bytes of a token that cannot be guessed.
const SECRET_BYTES: usize = 18;

/// Characters of an id.
const ID_CHARS: usize = 26;

/// The path of the page on which a payment of the payment-intents API is continued.
pub fn payment_path(view: &PaymentView) -> String {
    format!("/pay/{}", payment_token(view.scope, &view.intent))
}

/// The path of a checkout: its token and nothing after it.
pub fn checkout_path(token: &str) -> String {
    format!("/c/{token}")
}

/// The token in the address of a checkout, as a provider's page is told it; `None` in any other address.
pub(crate) fn checkout_token_in<'a>(url: &'a str, public_url: &str) -> Option<&'a str> {
    let path = url.strip_prefix(public_url.trim_end_matches('/'))?;
    path.strip_prefix("/c/").filter(|token| !token.is_empty())
}

/// The path of a payment link.
pub fn link_path(token: &str) -> String {
    format!("/l/{token}")
}

/// The token of the page that a payment was made with; `None` when it was made without one.
pub fn checkout_token(view: &PaymentView) -> Option<String> {
    let id = view.intent.checkout_id?;
    Some(token_of_checkout(&view.intent, id))
}

/// A checkout's token: 24 characters that fit into an address.
pub(crate) fn token_of_checkout(intent: &Intent, id: CheckoutId) -> String {
    secret(intent, &[b"checkout", id.stored().as_bytes()])
}

/// A link's token: 24 characters that fit into an address. `key` is the tenant's own for links.
pub(crate) fn token_of_link(key: &SecretKey, id: LinkId) -> String {
    let bytes = key.keyed_hash(&[b"link", id.stored().as_bytes()]);
    BASE64URL_NOPAD.encode(bytes.get(..SECRET_BYTES).unwrap_or(&bytes))
}

/// What is kept of a token: lower-case hex.
pub(crate) fn hash(token: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(token.as_bytes()))
}

/// The token of a payment's own page: which payment, and what nobody can guess.
pub(crate) fn payment_token(scope: Scope, intent: &Intent) -> String {
    let environment = match scope.environment {
        Environment::Live => 'l',
        Environment::Sandbox => 's',
    };
    let id = intent.id.stored();
    let secret = secret(intent, &[b"hosted page", id.as_bytes()]);
    format!("{}{environment}{id}{secret}", scope.project_id.stored())
}

/// The payment that such a token names; whether it opens it is not looked at.
pub(crate) fn payment_named(token: &str) -> Option<(Scope, IntentId)> {
    let environment = match token.get(ID_CHARS..=ID_CHARS)? {
        "l" => Environment::Live,
        "s" => Environment::Sandbox,
        _ => return None,
    };
    let scope = Scope {
        project_id: ProjectId::from_stored(token.get(..ID_CHARS)?)?,
        environment,
    };
    let id = IntentId::from_stored(token.get(ID_CHARS + 1..2 * ID_CHARS + 1)?)?;
    Some((scope, id))
}

/// The seed of references is a keyed hash or random and never leaves the database.
fn secret(intent: &Intent, parts: &[&[u8]]) -> String {
    let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(intent.ref_seed.as_bytes()) else {
        return String::new();
    };
    for part in parts {
        mac.update(part);
    }
    let bytes = mac.finalize().into_bytes();
    BASE64URL_NOPAD.encode(bytes.get(..SECRET_BYTES).unwrap_or(&bytes))
}
