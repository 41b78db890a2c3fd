//! Parts of an address that stand for something. One that cannot be read is empty, and so stands for nothing.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;

/// The one variable part of an address.
pub(crate) struct Segment(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(find(parts, |_| true).await))
    }
}

/// A variable part by its name.
pub(crate) async fn named(parts: &mut Parts, name: &str) -> String {
    find(parts, |other| other == name).await
}

async fn find(parts: &mut Parts, is_wanted: impl Fn(&str) -> bool) -> String {
    // Not UTF-8 after percent-decoding: the whole address is unreadable.
    let Ok(params) = RawPathParams::from_request_parts(parts, &()).await else {
        return String::new();
    };
    let found = params.iter().find(|(name, _)| is_wanted(name)).map(|(_, value)| value);
    found
        .filter(|value| !value.contains(char::is_control))
        .unwrap_or_default()
        .to_owned()
}
