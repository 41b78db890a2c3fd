//! How often providers may be asked: one token bucket per gateway account, by the monotonic clock.

use std::collections::HashMap;
use std::sync::Mutex;

use domain::ids::AccountId;

use crate::house::held;

#[derive(Default)]
pub(crate) struct Buckets {
    by_account: Mutex<HashMap<AccountId, Bucket>>,
}

struct Bucket {
    /// Thousandths of a question.
    level: i64,
    filled_at_ms: i64,
}

impl Buckets {
    /// Takes one question, or says in how many milliseconds there is one. `per_s` questions come back each second, and
    /// as many may be saved up.
    pub(crate) fn take(&self, account: AccountId, per_s: u32, now_ms: i64) -> Result<(), i64> {
        let per_s = i64::from(per_s.max(1));
        let mut buckets = held(&self.by_account);
        let bucket = buckets.entry(account).or_insert(Bucket {
            level: per_s * 1_000,
            filled_at_ms: now_ms,
        });
        let elapsed = (now_ms - bucket.filled_at_ms).clamp(0, 60_000);
        bucket.level = (bucket.level + elapsed * per_s).min(per_s * 1_000);
        bucket.filled_at_ms = now_ms;
        if bucket.level >= 1_000 {
            bucket.level -= 1_000;
            return Ok(());
        }
        Err(((1_000 - bucket.level) / per_s).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let buckets = Buckets::default();
        let account = AccountId::new(0, 1);
        for _ in 0..10 {
            assert_eq!(buckets.take(account, 10, 1_000), Ok(()));
        }
        assert_eq!(buckets.take(account, 10, 1_000), Err(100));
        assert_eq!(buckets.take(account, 10, 1_100), Ok(()));
        assert!(buckets.take(AccountId::new(0, 2), 10, 1_100).is_ok());
    }
}
