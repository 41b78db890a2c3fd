//! Lanes: the places that events go to, each worked on by one process at a time, and how well they take them.

use domain::ids::EndpointId;
use domain::scope::Scope;

use crate::{FromRow, Row, StoreError, Tx};

/// A lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Whose.
    pub scope: Scope,
    /// An endpoint's stored id, or `scheme://host:port` of URLs that payments name themselves.
    pub id: String,
    /// The endpoint, when it is one.
    pub endpoint_id: Option<EndpointId>,
    /// Milliseconds UTC of the next delivery; none waits when absent.
    pub due_at_ms: Option<i64>,
    /// Failed tries in a row.
    pub failures: i64,
    /// Milliseconds UTC of the first of them.
    pub failing_since_ms: Option<i64>,
    /// How the last of them failed.
    pub last_failure: Option<String>,
    /// Hours of failure of which people have been told.
    pub told_hours: i64,
}

impl FromRow for Lane {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            scope: Scope {
                project_id: row.get(0)?,
                environment: row.get(1)?,
            },
            id: row.get(2)?,
            endpoint_id: row.get(3)?,
            due_at_ms: row.get(4)?,
            failures: row.get(5)?,
            failing_since_ms: row.get(6)?,
            last_failure: row.get(7)?,
            told_hours: row.get(8)?,
        })
    }
}

/// Makes a lane, unless it is there. Returns the rows written.
pub fn ensure(tx: &mut Tx<'_>, scope: &Scope, id: &str, endpoint_id: Option<EndpointId>) -> Result<u64, StoreError> {
    tx.sql(
        "INSERT INTO webhook_lanes (project_id, environment, id, endpoint_id, failures, told_hours)
        VALUES (?1, ?2, ?3, ?4, 0, 0) ON CONFLICT (project_id, environment, id) DO NOTHING",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .bind(endpoint_id)
    .execute()
}

/// One lane.
pub fn get(tx: &mut Tx<'_>, scope: &Scope, id: &str) -> Result<Option<Lane>, StoreError> {
    tx.sql(
        "SELECT project_id, environment, id, endpoint_id, due_at, failures, failing_since, last_failure, told_hours
        FROM webhook_lanes WHERE project_id = ?1 AND environment = ?2 AND id = ?3",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .optional()
}

/// Makes a lane due at `due_at_ms` at the latest, unless its endpoint is disabled. Returns 0 rows when there is no such lane.
pub fn wake(tx: &mut Tx<'_>, scope: &Scope, id: &str, due_at_ms: i64) -> Result<u64, StoreError> {
    // The row is written even when nothing changes: it must be locked until whoever added a delivery has committed, or
    // a release at the same time would see neither the delivery nor this.
    tx.sql(
        "UPDATE webhook_lanes SET due_at = CASE WHEN (due_at IS NULL OR due_at > ?4)
            AND (endpoint_id IS NULL OR EXISTS (SELECT 1 FROM webhook_endpoints e
                WHERE e.project_id = webhook_lanes.project_id AND e.environment = webhook_lanes.environment
                    AND e.id = webhook_lanes.endpoint_id AND e.state = 'enabled' AND e.deleted_at IS NULL))
            THEN ?4 ELSE due_at END
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .bind(due_at_ms)
    .execute()
}

/// Makes the lane of an endpoint due at no time: it was disabled. Returns the rows changed.
pub(crate) fn rest(tx: &mut Tx<'_>, scope: &Scope, endpoint_id: EndpointId) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE webhook_lanes SET due_at = NULL
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3 AND due_at IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM webhook_endpoints e
                WHERE e.project_id = webhook_lanes.project_id AND e.environment = webhook_lanes.environment
                    AND e.id = webhook_lanes.endpoint_id AND e.state = 'enabled' AND e.deleted_at IS NULL)",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(endpoint_id)
    .execute()
}

/// When the next lane of any project is due, in milliseconds UTC, of those that nobody works on at `now_ms`.
pub fn next_due(tx: &mut Tx<'_>, now_ms: i64) -> Result<Option<i64>, StoreError> {
    let due: Option<Option<i64>> = tx
        .sql(
            "SELECT MIN(due_at) FROM webhook_lanes WHERE due_at IS NOT NULL
                AND (lease_until IS NULL OR lease_until < ?1
                    OR NOT EXISTS (SELECT 1 FROM instances n WHERE n.epoch = lease_epoch AND n.fenced_at IS NULL))",
        )
        .bind(now_ms)
        .optional()?;
    Ok(due.flatten())
}

/// Claims due lanes of any project for this process, until `lease_until_ms`: up to `well` of those that take events, and up to
/// `failing` of those whose last tries failed. A lane that a dead process held is free.
pub fn claim(
    tx: &mut Tx<'_>,
    epoch: i64,
    now_ms: i64,
    lease_until_ms: i64,
    (well, failing): (i64, i64),
) -> Result<Vec<Lane>, StoreError> {
    let mut due = due(tx, now_ms, (false, well))?;
    due.extend(self::due(tx, now_ms, (true, failing))?);
    // In the order of their names, as everybody locks them: two who want several never wait for each other.
    due.sort_by_cached_key(|lane| {
        (
            lane.scope.project_id.stored(),
            lane.scope.environment.code(),
            lane.id.clone(),
        )
    });
    let mut claimed = Vec::with_capacity(due.len());
    for lane in due {
        let rows = tx
            .sql(
                "UPDATE webhook_lanes SET lease_epoch = ?4, lease_until = ?5
                WHERE project_id = ?1 AND environment = ?2 AND id = ?3 AND due_at <= ?6
                    AND (lease_until IS NULL OR lease_until < ?6
                        OR NOT EXISTS (SELECT 1 FROM instances n WHERE n.epoch = lease_epoch AND n.fenced_at IS NULL))",
            )
            .bind(lane.scope.project_id)
            .bind(lane.scope.environment)
            .bind(&lane.id)
            .bind(epoch)
            .bind(lease_until_ms)
            .bind(now_ms)
            .execute()?;
        if rows == 1 {
            claimed.push(lane);
        }
    }
    Ok(claimed)
}

fn due(tx: &mut Tx<'_>, now_ms: i64, (is_failing, limit): (bool, i64)) -> Result<Vec<Lane>, StoreError> {
    tx.sql(
        "SELECT project_id, environment, id, endpoint_id, due_at, failures, failing_since, last_failure, told_hours
        FROM webhook_lanes WHERE due_at <= ?1 AND (failures > 0) = ?2 AND (lease_until IS NULL OR lease_until < ?1
            OR NOT EXISTS (SELECT 1 FROM instances n WHERE n.epoch = lease_epoch AND n.fenced_at IS NULL))
        ORDER BY due_at LIMIT ?3",
    )
    .bind(now_ms)
    .bind(is_failing)
    .bind(limit)
    .all()
}

/// Holds a claimed lane for longer. Returns 0 rows when somebody else has it now.
pub fn renew(tx: &mut Tx<'_>, scope: &Scope, id: &str, epoch: i64, lease_until_ms: i64) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE webhook_lanes SET lease_until = ?5
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3 AND lease_epoch = ?4",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .bind(epoch)
    .bind(lease_until_ms)
    .execute()
}

/// Lets go of a claimed lane; it is due again with its first waiting delivery, and never while its endpoint is disabled.
/// Returns the rows changed.
pub fn release(tx: &mut Tx<'_>, scope: &Scope, id: &str, epoch: i64) -> Result<u64, StoreError> {
    // The row is locked first: whoever adds a delivery wakes the lane before or after, never in between.
    let rows = tx
        .sql(
            "UPDATE webhook_lanes SET lease_epoch = NULL, lease_until = NULL, due_at = NULL
            WHERE project_id = ?1 AND environment = ?2 AND id = ?3 AND lease_epoch = ?4",
        )
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(id)
        .bind(epoch)
        .execute()?;
    let due_at_ms = crate::deliveries::next_due(tx, scope, id)?;
    if let Some(due_at_ms) = due_at_ms.filter(|_| rows == 1) {
        wake(tx, scope, id, due_at_ms)?;
    }
    Ok(rows)
}

/// Counts a failed try that began at `at_ms`. Tries are written down in the order in which they end. Returns the lane as it is
/// now.
pub fn failed(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &str,
    last_failure: &str,
    at_ms: i64,
) -> Result<Option<Lane>, StoreError> {
    tx.sql(
        "UPDATE webhook_lanes SET failures = failures + 1, last_failure = ?5,
            failing_since = CASE WHEN failing_since < ?4 THEN failing_since ELSE ?4 END
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .bind(at_ms)
    .bind(last_failure)
    .execute()?;
    get(tx, scope, id)
}

/// Forgets the failures of a lane that takes events again. Returns 0 rows when there were none.
pub fn recovered(tx: &mut Tx<'_>, scope: &Scope, id: &str) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE webhook_lanes SET failures = 0, failing_since = NULL, last_failure = NULL, told_hours = 0
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3 AND failures > 0",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .execute()
}

/// Writes of how many hours of failure people have been told. Returns the rows changed.
pub fn told(tx: &mut Tx<'_>, scope: &Scope, id: &str, hours: i64) -> Result<u64, StoreError> {
    tx.sql("UPDATE webhook_lanes SET told_hours = ?4 WHERE project_id = ?1 AND environment = ?2 AND id = ?3")
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(id)
        .bind(hours)
        .execute()
}

/// How many lanes fail, of any project.
pub fn count_failing(tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    tx.sql("SELECT COUNT(*) FROM webhook_lanes WHERE failures > 0 AND due_at IS NOT NULL")
        .one()
}
