//! The ids in an address. One that cannot exist is answered exactly like one that does not.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use engine::Refusal;
use engine::domain::ids::{AttemptId, CheckoutId, IntentId};

use crate::envelope::Problem;
use crate::segment;

/// The intent that an address names, by either of its public spellings.
pub(crate) struct IntentPath(pub(crate) IntentId);

/// The checkout that an address names.
pub(super) struct CheckoutPath(pub(super) CheckoutId);

/// The attempt that an address names.
pub(super) struct AttemptPath(pub(super) IntentId, pub(super) AttemptId);

/// The intent that an address names, and a country that is not read yet.
pub(super) struct CountryPath(pub(super) IntentId, pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for CountryPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let IntentPath(intent) = IntentPath::from_request_parts(parts, state).await?;
        Ok(Self(intent, segment::named(parts, "cc").await))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IntentPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let id = IntentId::from_any_public(&segment::named(parts, "id").await);
        id.map(Self).ok_or_else(|| Refusal::UnknownIntent(String::new()).into())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for CheckoutPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let id = CheckoutId::from_public(&segment::named(parts, "id").await);
        id.map(Self)
            .ok_or_else(|| Refusal::UnknownCheckout(String::new()).into())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AttemptPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let IntentPath(intent) = IntentPath::from_request_parts(parts, state).await?;
        let attempt = AttemptId::from_public(&segment::named(parts, "attempt_id").await);
        attempt
            .map(|attempt| Self(intent, attempt))
            .ok_or_else(|| Refusal::UnknownAttempt(String::new()).into())
    }
}
