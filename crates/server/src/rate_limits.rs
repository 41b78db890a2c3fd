//! How often a live key may call: 100 times a second, after a rest up to 1 000 at once. Sandbox keys are not limited. Owns
//! the counting, in this process only; never decides what is asked before it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use engine::Caller;
use engine::domain::scope::Environment;

use crate::api::Api;
use crate::config::RateLimits;
use crate::envelope::Problem;
use crate::error_codes::ErrorCode;

/// Calls that a key may make at once after a rest.
const BURST: i64 = 1_000;
/// One more call after this time.
const CALL_EVERY_MS: i64 = 10;
/// Keys that are remembered, at most.
const KEYS_MAX: usize = 10_000;

/// When each key will have its whole burst again, by the monotonic clock.
#[derive(Debug, Default)]
pub(crate) struct Buckets(Mutex<HashMap<String, i64>>);

impl Buckets {
    /// Counts a call. Refused ones are not counted: says for how many milliseconds to wait.
    fn take(&self, key_id: &str, now_ms: i64) -> Result<(), i64> {
        let mut full_at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= KEYS_MAX {
            full_at.retain(|_, at_ms| *at_ms > now_ms);
        }
        let known = full_at.get(key_id).copied().unwrap_or(now_ms);
        let then_ms = known.max(now_ms).saturating_add(CALL_EVERY_MS);
        let over_ms = then_ms.saturating_sub(now_ms).saturating_sub(BURST * CALL_EVERY_MS);
        if over_ms > 0 {
            return Err(over_ms);
        }
        full_at.insert(key_id.to_owned(), then_ms);
        Ok(())
    }
}

/// Counts a call of the payment API.
pub(crate) fn count(api: &Api, caller: &Caller) -> Result<(), Problem> {
    match (api.config.rate_limits, caller.scope.environment) {
        (RateLimits::Off, _) | (RateLimits::Default, Environment::Sandbox) => Ok(()),
        (RateLimits::Default, Environment::Live) => {
            let taken = api.buckets.take(&caller.key_id, api.engine.monotonic_ms());
            taken.map_err(|wait_ms| {
                let seconds = u64::try_from(wait_ms).unwrap_or(0).div_ceil(1_000).max(1);
                Problem::new(ErrorCode::RateLimited).retry_after(seconds)
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BURST, Buckets};

    #[test]
    fn a_burst_and_then_a_hundred_a_second() {
        let buckets = Buckets::default();
        let calls = |now_ms, tries: i64| (0..tries).filter(|_| buckets.take("a", now_ms).is_ok()).count();
        assert_eq!(calls(0, BURST + 50), 1_000);
        assert_eq!(buckets.take("a", 0), Err(10));
        assert_eq!(calls(1_000, 500), 100);
        assert_eq!(calls(1_000_000, BURST + 50), 1_000, "a rest fills it, not more");
        assert!(buckets.take("b", 0).is_ok(), "every key has its own");
    }
}
