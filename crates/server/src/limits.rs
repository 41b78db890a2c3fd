//! How much one request may bring: the figures, and the check of its head. Never reads a body.

use std::time::Duration;

use axum::http::request::Parts;

use crate::envelope::Problem;
use crate::error_codes::ErrorCode;

/// Largest body.
pub(crate) const BODY_BYTES_MAX: usize = 256 * 1024;
/// Largest table of exchange rates.
pub(crate) const TABLE_BYTES_MAX: usize = 1024 * 1024;
/// Where tables of exchange rates are taken.
pub(crate) const TABLE_PATH: &str = "/admin/v1/exchange-rates/import";
/// So much more of a body that is too large is read and dropped, so that the caller can read the answer.
pub(crate) const BODY_BYTES_DROPPED_MAX: usize = 8 * 1024 * 1024;
/// A body must arrive within this time.
pub(crate) const BODY_DEADLINE: Duration = Duration::from_secs(15);
/// A provider's callback must arrive within this time.
pub(crate) const CALLBACK_DEADLINE: Duration = Duration::from_secs(2);
/// A head must arrive within this time; an idle connection is closed after it.
pub(crate) const HEAD_DEADLINE: Duration = Duration::from_secs(10);
/// Requests that are under way at a stop get this long.
pub(crate) const STOP_DEADLINE: Duration = Duration::from_secs(10);
/// Readers of answers that last get this long at a stop to take the end of them.
pub(crate) const LASTING_STOP_DEADLINE: Duration = Duration::from_secs(1);
/// Bytes of a head that are read at all; beyond them the connection is closed after the answer.
pub(crate) const HEAD_BYTES_READ_MAX: usize = 128 * 1024;
/// Headers that are read at all.
pub(crate) const HEADERS_READ_MAX: usize = 256;

const URI_BYTES_MAX: usize = 8 * 1024;
const HEADERS_MAX: usize = 100;
const HEADER_BYTES_MAX: usize = 32 * 1024;

/// Whether the head of a request is within its limits.
pub(crate) fn check_head(parts: &Parts) -> Result<(), Problem> {
    let uri_bytes = parts.uri.path_and_query().map_or(0, |path| path.as_str().len());
    if uri_bytes > URI_BYTES_MAX {
        return Err(Problem::new(ErrorCode::UriTooLong));
    }
    // Each header costs its name, its value and the four bytes between and after them.
    let bytes: usize = parts
        .headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum();
    if parts.headers.len() > HEADERS_MAX || bytes > HEADER_BYTES_MAX {
        return Err(Problem::new(ErrorCode::HeadersTooLarge));
    }
    Ok(())
}
