//! Whether a form was sent from a page of ours. Never looks at what it says.

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName};
use url::Url;

use crate::envelope::Problem;
use crate::error_codes::ErrorCode;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses what another site's page sent.
///
/// # Errors
/// [`ErrorCode::Forbidden`].
pub(crate) fn must_be_ours(headers: &HeaderMap, public_url: &str) -> Result<(), Problem> {
    match is_ours(headers, public_url) {
        true => Ok(()),
        false => Err(Problem::new(ErrorCode::Forbidden)),
    }
}

fn is_ours(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text(&FETCH_SITE) {
        return matches!(site, "same-origin" | "none");
    }
    // Without a referrer an older browser says `null` also of our own pages.
    let Some(origin) = text(&ORIGIN).filter(|origin| *origin != "null") else {
        return true;
    };
    let own = Url::parse(public_url).map(|url| url.origin().ascii_serialization());
    let host = origin.split_once("://").map(|(_, host)| host);
    own.is_ok_and(|own| own == origin) || host.is_some() && host == text(&HOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_send_forms() {
        for (name, value, expected) in [
            ("sec-fetch-site", "same-origin", true),
            ("sec-fetch-site", "none", true),
            ("sec-fetch-site", "cross-site", false),
            ("sec-fetch-site", "same-site", false),
            ("origin", "https://pay.example.com", true),
            ("origin", "https://pay.example.com.evil.example", false),
            ("origin", "https://evil.example", false),
            ("origin", "http://pay.example.com", false),
            ("origin", "null", true),
            ("x-other", "1", true),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HeaderName::from_static(name), value.parse().unwrap());
            assert_eq!(
                is_ours(&headers, "https://pay.example.com"),
                expected,
                "{name}: {value}"
            );
        }
        let mut headers = HeaderMap::new();
        headers.insert(HOST, "localhost:8600".parse().unwrap());
        headers.insert(ORIGIN, "http://localhost:8600".parse().unwrap());
        assert!(is_ours(&headers, "https://pay.example.com"));
    }
}
