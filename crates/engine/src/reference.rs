//! The references that we give providers. Owns their derivation, so that a request repeated after a restored backup
//! collides at the provider instead of charging.

use data_encoding::{Encoding, Specification};
use domain::scope::Scope;
use std::sync::LazyLock;

use crate::commands::Claim;
use crate::vault::SecretKey;

static CROCKFORD: LazyLock<Option<Encoding>> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    specification.encoding().ok()
});

/// The seed of an intent's references: from its idempotency key when it has one, else from random bytes.
pub(crate) fn seed(key: &SecretKey, scope: &Scope, claim: Option<&Claim>, random: [u8; 32]) -> String {
    match claim {
        Some(claim) => key.keyed_hex(&[
            b"ref_seed",
            scope.project_id.stored().as_bytes(),
            scope.environment.code().as_bytes(),
            claim.family.code().as_bytes(),
            claim.key.as_bytes(),
        ]),
        None => key.keyed_hex(&[b"ref_seed random", &random]),
    }
}

/// The reference of permit number `number` of an intent: 20 Crockford base32 characters.
pub(crate) fn merchant_ref(key: &SecretKey, ref_seed: &str, number: i64) -> String {
    let hash = key.keyed_hash(&[b"merchant_ref", ref_seed.as_bytes(), &number.to_be_bytes()]);
    let head: Vec<u8> = hash.into_iter().take(15).collect();
    let text = CROCKFORD
        .as_ref()
        .map(|crockford| crockford.encode(&head))
        .unwrap_or_default();
    text.chars().take(20).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_twenty_characters_and_differ_by_seed_and_number() {
        let key = SecretKey::new([3; 32]);
        let first = merchant_ref(&key, "seed", 1);
        assert_eq!(first.len(), 20);
        assert!(first.chars().all(|c| "0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains(c)));
        assert_ne!(first, merchant_ref(&key, "seed", 2));
        assert_ne!(first, merchant_ref(&key, "other", 1));
        assert_eq!(first, merchant_ref(&key, "seed", 1));
    }
}
