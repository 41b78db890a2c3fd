//! Times as the API shows them: ISO 8601, whole seconds, UTC with its offset.

use jiff::Timestamp;

/// `2026-06-08T12:00:00+00:00` for milliseconds UTC. Milliseconds are cut off; times that no calendar has become 1970.
pub(crate) fn iso(at_ms: i64) -> String {
    let at = Timestamp::from_millisecond(at_ms).unwrap_or_default();
    at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

#[cfg(test)]
mod tests {
    #[test]
    fn times_are_utc_with_offset() {
        assert_eq!(super::iso(1_780_920_000_999), "2026-06-08T12:00:00+00:00");
    }
}
