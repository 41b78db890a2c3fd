//! What every page for payers says to the browser about itself. Owns the policy; never a page.

use axum::http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

/// Nothing from elsewhere, nothing inline, in nobody's frame; forms go to ourselves.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; \
     frame-ancestors 'none'; base-uri 'none'",
);
const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");
const TWO_YEARS: HeaderValue = HeaderValue::from_static("max-age=63072000");

/// A page.
pub(crate) fn page(status: StatusCode, html: String) -> Response {
    (status, [(CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response()
}

/// Says what protects the payer. `public_url` decides whether browsers may insist on https.
pub(crate) fn protect(response: &mut Response, public_url: &str) {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(ROBOTS, HeaderValue::from_static("noindex, nofollow"));
    if public_url.starts_with("https://") {
        headers.insert(STRICT_TRANSPORT_SECURITY, TWO_YEARS);
    }
}
