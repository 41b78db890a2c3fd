//! How often a key may call. The payment API: steadily, with a burst after a rest, apart for reads, writes and money out; live
//! keys only. The payment-intents API: so many in each minute, per key and per merchant, told with every answer. Owns the
//! limits; the engine counts.

use std::sync::{Arc, OnceLock};

use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Response};
use engine::domain::rights::Right;
use engine::domain::scope::Environment;
use engine::{Bucket, Caller};

use crate::api::Api;
use crate::config::{RateLimits, Rates};
use crate::envelope::Problem;
use crate::error_codes::ErrorCode;

const MINUTE_MS: i64 = 60_000;
const SECOND_MS: i64 = 1_000;

/// Counts a call of the payment API, in the class of the right that it needs.
pub(crate) async fn count(api: &Api, caller: &Caller, right: Right) -> Result<(), Problem> {
    let rates = api.config.rates;
    if api.config.rate_limits == RateLimits::Off || caller.scope.environment == Environment::Sandbox {
        return Ok(());
    }
    let (class, bucket) = class(right, rates);
    let name = format!("payment {class} {}", caller.key_id);
    match api.engine.take_call(caller.scope, &name, bucket).await? {
        true => Ok(()),
        false => Err(Problem::new(ErrorCode::RateLimited).retry_after(1)),
    }
}

/// The name of a right's class, and how often it may be called.
fn class(right: Right, rates: Rates) -> (&'static str, Bucket) {
    let (class, per_second) = match right {
        Right::Read => ("read", rates.reads_per_second),
        Right::Write | Right::Installation => ("write", rates.writes_per_second),
        Right::MoneyOut => ("money_out", rates.money_out_per_second),
    };
    let bucket = Bucket {
        every_ms: (SECOND_MS / i64::from(per_second.max(1))).max(1),
        burst: i64::from(per_second) * i64::from(rates.burst_seconds),
    };
    (class, bucket)
}

/// What is left of a minute, told with every answer of the payment-intents API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quota {
    limit: i64,
    remaining: i64,
    /// Unix seconds.
    resets_at_s: i64,
}

/// Where the quota of a request is noted on its way.
#[derive(Clone, Debug, Default)]
pub(crate) struct QuotaNote(Arc<OnceLock<Quota>>);

impl QuotaNote {
    /// Tells the quota that was noted.
    pub(crate) fn tell<B>(&self, response: &mut Response<B>) {
        let Some(quota) = self.0.get() else {
            return;
        };
        let headers = [
            ("x-ratelimit-limit", quota.limit),
            ("x-ratelimit-remaining", quota.remaining),
            ("x-ratelimit-reset", quota.resets_at_s),
        ];
        for (name, value) in headers {
            let name = HeaderName::from_static(name);
            response.headers_mut().insert(name, HeaderValue::from(value));
        }
    }
}

/// Counts a call of the payment-intents API: by its key, and by its merchant.
pub(crate) async fn count_in_minute(api: &Api, caller: &Caller, parts: &Parts) -> Result<(), Problem> {
    let rates = api.config.rates;
    if api.config.rate_limits == RateLimits::Off {
        return Ok(());
    }
    let by_key = format!("intents key {}", caller.key_id);
    let (calls, resets_at_ms) = api.engine.count_call(caller.scope, &by_key, MINUTE_MS).await?;
    let limit = i64::from(rates.intents_per_key_per_minute);
    let quota = Quota {
        limit,
        remaining: (limit - calls).max(0),
        resets_at_s: resets_at_ms.div_euclid(SECOND_MS),
    };
    if let Some(note) = parts.extensions.get::<QuotaNote>() {
        let _ = note.0.set(quota);
    }
    let wait_ms = resets_at_ms - api.engine.now_ms();
    let wait_s = u64::try_from(wait_ms).unwrap_or(0).div_ceil(1_000).max(1);
    let refused = || Problem::new(ErrorCode::RateLimited).retry_after(wait_s);
    if calls > limit {
        return Err(refused());
    }
    let of_merchant = api
        .engine
        .count_call(caller.scope, "intents merchant", MINUTE_MS)
        .await?;
    match of_merchant.0 > i64::from(rates.intents_per_merchant_per_minute) {
        true => Err(refused()),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use engine::Bucket;
    use engine::domain::rights::Right;

    use super::class;
    use crate::config::Rates;

    #[test]
    fn reads_writes_and_money_out_are_counted_apart() {
        let rates = Rates {
            reads_per_second: 200,
            ..Rates::default()
        };
        let bucket = |every_ms, burst| Bucket { every_ms, burst };
        assert_eq!(class(Right::Read, rates), ("read", bucket(5, 2_000)));
        assert_eq!(class(Right::Write, rates), ("write", bucket(10, 1_000)));
        assert_eq!(class(Right::MoneyOut, rates), ("money_out", bucket(50, 200)));
    }
}
