//! The `Retry-After` header (RFC 9110, 10.2.3): seconds or a date. Never negative, and never absurd.

use std::time::UNIX_EPOCH;

use http::HeaderMap;
use http::header::RETRY_AFTER;

/// The longest wish that is passed on, in seconds: a year.
const MAX_S: u64 = 365 * 86_400;

/// The wish in `headers` in seconds from `now_ms` (milliseconds UTC), rounded up; `None` when there is none or it cannot
/// be read. A date that has passed is 0.
pub(super) fn read(headers: &HeaderMap, now_ms: i64) -> Option<u64> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.parse().unwrap_or(MAX_S).min(MAX_S));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    let date_ms = date.duration_since(UNIX_EPOCH).ok()?.as_millis();
    let left_ms = date_ms.saturating_sub(u128::try_from(now_ms).unwrap_or_default());
    u64::try_from(left_ms.div_ceil(1_000))
        .ok()
        .map(|left_s| left_s.min(MAX_S))
}
