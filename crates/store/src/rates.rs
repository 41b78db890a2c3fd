//! Counters of calls, where several nodes must count together. What is refused is not counted.

use domain::scope::Scope;

use crate::{StoreError, Tx};

/// Counts a call in a window of time that begins at `window_ms`. Returns the calls in it, this one included.
pub fn count(tx: &mut Tx<'_>, scope: &Scope, bucket: &str, window_ms: i64) -> Result<i64, StoreError> {
    tx.sql(
        "INSERT INTO call_rates (project_id, environment, bucket, at, calls) VALUES (?1, ?2, ?3, ?4, 1)
        ON CONFLICT (project_id, environment, bucket) DO UPDATE SET
            calls = CASE WHEN call_rates.at = excluded.at THEN call_rates.calls + 1 ELSE 1 END, at = excluded.at
        RETURNING calls",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(bucket)
    .bind(window_ms)
    .one()
}

/// Takes a call of a bucket that refills by one each `every_ms` and holds `burst`, at `now_ms`. Returns 0 rows when it is empty.
pub fn take(
    tx: &mut Tx<'_>,
    scope: &Scope,
    bucket: &str,
    (every_ms, burst): (i64, i64),
    now_ms: i64,
) -> Result<u64, StoreError> {
    // `at` is when the bucket will be full again.
    tx.sql(
        "INSERT INTO call_rates (project_id, environment, bucket, at, calls) VALUES (?1, ?2, ?3, CAST(?4 AS BIGINT) + ?5, 0)
        ON CONFLICT (project_id, environment, bucket) DO UPDATE SET
            at = CASE WHEN call_rates.at > ?4 THEN call_rates.at ELSE ?4 END + ?5
            WHERE CASE WHEN call_rates.at > ?4 THEN call_rates.at ELSE ?4 END + ?5 - ?4 <= ?6",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(bucket)
    .bind(now_ms)
    .bind(every_ms)
    .bind(every_ms.saturating_mul(burst))
    .execute()
}

/// Forgets counters that nobody used since `before_ms`. Returns how many.
pub fn forget(tx: &mut Tx<'_>, before_ms: i64) -> Result<u64, StoreError> {
    tx.sql("DELETE FROM call_rates WHERE at < ?1").bind(before_ms).execute()
}
