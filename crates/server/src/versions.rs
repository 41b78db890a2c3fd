//! The versions of the payment API, and the header by which a request asks for one and an answer names its own. Within a
//! version members are only added; never decides what an answer holds.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::envelope::Problem;

/// The version in force, and so far the only one: every key is pinned to it.
pub(crate) const CURRENT: &str = "v1";

const HEADER: HeaderName = HeaderName::from_static("cowry-version");
const PREFIX: &str = "/v1/";

/// Whether a path belongs to the payment API.
pub(crate) fn covers(path: &str) -> bool {
    path.starts_with(PREFIX)
}

/// Refuses a request that asks for a version that does not exist.
pub(crate) fn check(headers: &HeaderMap) -> Result<(), Problem> {
    match headers.get_all(&HEADER).iter().all(|asked| asked == CURRENT) {
        true => Ok(()),
        false => Err(Problem::field(
            "Cowry-Version",
            format!("No version has this name; there is {CURRENT}."),
        )),
    }
}

/// Names the version in an answer.
pub(crate) fn tell(headers: &mut HeaderMap) {
    headers.insert(HEADER, HeaderValue::from_static(CURRENT));
}
