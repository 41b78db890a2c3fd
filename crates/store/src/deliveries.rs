//! Events on their way: one row per event and place, waiting until it is delivered or given up. Never decides when the next
//! try is.

mod due;
mod list;
mod record;

pub use due::{Due, due, next_due};
pub use list::{DeliveryFilter, list};
pub use record::{Outcome, record};

use domain::announcement::Announcement;
use domain::ids::{DeliveryId, EndpointId, EventId, IntentId, ProjectId};
use domain::scope::{Environment, Scope};
use domain::webhook::DeliveryState;

use crate::codec::coded;
use crate::{FromRow, FromValue, Row, StoreError, Tx, Value, ValueRef};

coded! { DeliveryState, Self::parse; }

/// A delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Which.
    pub id: DeliveryId,
    /// Where to.
    pub lane_id: String,
    /// What.
    pub event_id: EventId,
    /// What it tells.
    pub announcement: Announcement,
    /// Of which payment.
    pub intent_id: IntentId,
    /// The event's number within its payment.
    pub sequence: i64,
    /// What became of it.
    pub state: DeliveryState,
    /// Tries so far.
    pub tries: i64,
    /// Tries of the present plan: it begins anew when somebody asks for the event again.
    pub plan_tries: i64,
    /// Milliseconds UTC of the plan's first try.
    pub plan_from_ms: Option<i64>,
    /// Milliseconds UTC of the next try, while it waits.
    pub due_at_ms: Option<i64>,
    /// Milliseconds UTC.
    pub created_at_ms: i64,
    /// Milliseconds UTC at which it was delivered or given up.
    pub ended_at_ms: Option<i64>,
}

impl FromRow for Delivery {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            lane_id: row.get(1)?,
            event_id: row.get(2)?,
            announcement: row.get(3)?,
            intent_id: row.get(4)?,
            sequence: row.get(5)?,
            state: row.get(6)?,
            tries: row.get(7)?,
            plan_tries: row.get(8)?,
            plan_from_ms: row.get(9)?,
            due_at_ms: row.get(10)?,
            created_at_ms: row.get(11)?,
            ended_at_ms: row.get(12)?,
        })
    }
}

/// Deliveries given up in one go for their age.
const OLD_AT_A_TIME: i64 = 5_000;

/// Writes a delivery that waits, unless this event goes to this place already. Where events of one payment go in order it is
/// due no sooner than those before it. Returns the rows written.
pub fn insert(tx: &mut Tx<'_>, scope: &Scope, delivery: &Delivery) -> Result<u64, StoreError> {
    // `+ 0`, here and below: a payment has few deliveries, a lane may have a hundred thousand that are due later.
    tx.sql(
        "INSERT INTO deliveries (project_id, environment, id, lane_id, event_id, intent_id, sequence, state, tries,
            plan_tries, due_at, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'waiting', 0, 0,
            CASE WHEN EXISTS (SELECT 1 FROM webhook_lanes l
                JOIN webhook_endpoints e ON e.project_id = l.project_id AND e.environment = l.environment
                    AND e.id = l.endpoint_id
                WHERE l.project_id = ?1 AND l.environment = ?2 AND l.id = ?4 AND e.delivery_order = 'per_payment')
            THEN COALESCE((SELECT MAX(b.due_at + 0) FROM deliveries b
                WHERE b.project_id = ?1 AND b.environment = ?2 AND b.lane_id = ?4 AND b.intent_id = ?6
                    AND b.sequence < ?7 AND b.state = 'waiting' AND b.due_at + 0 > ?8), ?8)
            ELSE ?8 END, ?9)
        ON CONFLICT (project_id, environment, lane_id, event_id) DO NOTHING",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(delivery.id)
    .bind(&delivery.lane_id)
    .bind(delivery.event_id)
    .bind(delivery.intent_id)
    .bind(delivery.sequence)
    .bind(delivery.due_at_ms.unwrap_or(delivery.created_at_ms))
    .bind(delivery.created_at_ms)
    .execute()
}

/// One delivery.
pub fn get(tx: &mut Tx<'_>, scope: &Scope, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
    tx.sql(
        "SELECT d.id, d.lane_id, d.event_id, o.event, d.intent_id, d.sequence, d.state, d.tries, d.plan_tries,
            d.plan_from, d.due_at, d.created_at, d.ended_at
        FROM deliveries d JOIN outbox o ON o.project_id = d.project_id AND o.environment = d.environment
            AND o.id = d.event_id
        WHERE d.project_id = ?1 AND d.environment = ?2 AND d.id = ?3",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .optional()
}

/// Makes due now what a lane's place refused for the first time at `since_ms` or later: it was away, and is back. What it
/// refused before, while it took others, keeps to its plan. Returns the rows changed.
pub fn bring_forward(
    tx: &mut Tx<'_>,
    scope: &Scope,
    lane_id: &str,
    (since_ms, now_ms): (i64, i64),
) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE deliveries SET due_at = ?4
        WHERE project_id = ?1 AND environment = ?2 AND lane_id = ?3 AND state = 'waiting' AND due_at > ?4
            AND plan_from >= ?5",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(lane_id)
    .bind(now_ms)
    .bind(since_ms)
    .execute()
}

/// Begins the plan of every waiting delivery of a lane anew, due now: after its endpoint was enabled. Returns the rows
/// changed.
pub fn begin_anew(tx: &mut Tx<'_>, scope: &Scope, lane_id: &str, now_ms: i64) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE deliveries SET due_at = ?4, plan_tries = 0, plan_from = NULL
        WHERE project_id = ?1 AND environment = ?2 AND lane_id = ?3 AND state = 'waiting'",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(lane_id)
    .bind(now_ms)
    .execute()
}

/// Sends a delivery again, whatever became of it, by a new plan. Returns the rows changed.
pub fn resend(tx: &mut Tx<'_>, scope: &Scope, id: DeliveryId, now_ms: i64) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE deliveries SET state = 'waiting', due_at = ?4, ended_at = NULL, plan_tries = 0, plan_from = NULL
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .bind(now_ms)
    .execute()
}

/// Sends again, by a new plan, deliveries of a lane that have failed at least once and did not arrive: the oldest beyond
/// `after` (when it was made, milliseconds UTC, and which), up to `limit`. Returns the rows changed and the last of them.
pub fn resend_failed(
    tx: &mut Tx<'_>,
    scope: &Scope,
    (lane_id, limit): (&str, i64),
    after: (i64, DeliveryId),
    now_ms: i64,
) -> Result<(u64, Option<(i64, DeliveryId)>), StoreError> {
    let found: Vec<(i64, DeliveryId)> = tx
        .sql(
            "SELECT created_at, id FROM deliveries
            WHERE project_id = ?1 AND environment = ?2 AND lane_id = ?3
                AND created_at >= ?4 AND (created_at > ?4 OR id > ?5)
                AND (state = 'given_up' OR (state = 'waiting' AND tries > 0))
            ORDER BY created_at, id LIMIT ?6",
        )
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(lane_id)
        .bind(after.0)
        .bind(after.1)
        .bind(limit)
        .all()?;
    let Some(last) = found.last().copied() else {
        return Ok((0, None));
    };
    let rows = tx
        .sql(
            "UPDATE deliveries SET state = 'waiting', due_at = ?8, ended_at = NULL, plan_tries = 0, plan_from = NULL
            WHERE project_id = ?1 AND environment = ?2 AND lane_id = ?3
                AND created_at >= ?4 AND (created_at > ?4 OR id > ?5)
                AND created_at <= ?6 AND (created_at < ?6 OR id <= ?7)
                AND (state = 'given_up' OR (state = 'waiting' AND tries > 0))",
        )
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(lane_id)
        .bind(after.0)
        .bind(after.1)
        .bind(last.0)
        .bind(last.1)
        .bind(now_ms)
        .execute()?;
    Ok((rows, Some(last)))
}

/// Sends an event to a place again, whatever became of it, by a new plan. Returns 0 rows when it never went there.
pub fn resend_to(
    tx: &mut Tx<'_>,
    scope: &Scope,
    (lane_id, event_id): (&str, EventId),
    now_ms: i64,
) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE deliveries SET state = 'waiting', due_at = ?5, ended_at = NULL, plan_tries = 0, plan_from = NULL
        WHERE project_id = ?1 AND environment = ?2 AND lane_id = ?3 AND event_id = ?4",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(lane_id)
    .bind(event_id)
    .bind(now_ms)
    .execute()
}

/// The lanes that an event went to.
pub fn lanes_of_event(tx: &mut Tx<'_>, scope: &Scope, event_id: EventId) -> Result<Vec<String>, StoreError> {
    tx.sql(
        "SELECT lane_id FROM deliveries WHERE project_id = ?1 AND environment = ?2 AND event_id = ?3 ORDER BY lane_id",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(event_id)
    .all()
}

/// What waits in a lane: how many, and when the oldest was made, milliseconds UTC.
pub fn waiting(tx: &mut Tx<'_>, scope: &Scope, lane_id: &str) -> Result<(i64, Option<i64>), StoreError> {
    tx.sql(
        "SELECT COUNT(*), MIN(created_at) FROM deliveries
        WHERE project_id = ?1 AND environment = ?2 AND lane_id = ?3 AND state = 'waiting'",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(lane_id)
    .one()
}

/// Gives up every waiting delivery of a lane, or of one payment in it. Returns the rows changed.
pub fn give_up(
    tx: &mut Tx<'_>,
    scope: &Scope,
    lane_id: &str,
    intent_id: Option<IntentId>,
    at_ms: i64,
) -> Result<u64, StoreError> {
    // A text for each: with one for both SQLite reads the whole lane for one payment.
    let statement = match intent_id {
        Some(intent_id) => tx
            .sql(
                "UPDATE deliveries SET state = 'given_up', due_at = NULL, ended_at = ?5
                WHERE project_id = ?1 AND environment = ?2 AND lane_id = ?3 AND intent_id = ?4 AND state = 'waiting'",
            )
            .bind(scope.project_id)
            .bind(scope.environment)
            .bind(lane_id)
            .bind(intent_id),
        None => tx
            .sql(
                "UPDATE deliveries SET state = 'given_up', due_at = NULL, ended_at = ?4
                WHERE project_id = ?1 AND environment = ?2 AND lane_id = ?3 AND state = 'waiting'",
            )
            .bind(scope.project_id)
            .bind(scope.environment)
            .bind(lane_id),
    };
    statement.bind(at_ms).execute()
}

/// Waiting deliveries of any project: how many, and when the oldest was made, milliseconds UTC. Those of disabled endpoints
/// do not count.
pub fn backlog(tx: &mut Tx<'_>) -> Result<(i64, Option<i64>), StoreError> {
    tx.sql(
        "SELECT CAST(COALESCE(SUM(w.waiting), 0) AS BIGINT), MIN(w.oldest) FROM (
            SELECT (SELECT COUNT(*) FROM deliveries d WHERE d.project_id = l.project_id
                    AND d.environment = l.environment AND d.lane_id = l.id AND d.state = 'waiting') AS waiting,
                (SELECT MIN(d.created_at) FROM deliveries d WHERE d.project_id = l.project_id
                    AND d.environment = l.environment AND d.lane_id = l.id AND d.state = 'waiting') AS oldest
            FROM webhook_lanes l WHERE l.due_at IS NOT NULL) AS w",
    )
    .one()
}

/// Forgets deliveries that ended before `before_ms`, up to `limit`, with their tries. Returns how many.
pub fn forget(tx: &mut Tx<'_>, before_ms: i64, limit: i64) -> Result<u64, StoreError> {
    tx.sql(
        "DELETE FROM delivery_tries WHERE (project_id, environment, delivery_id) IN (
            SELECT project_id, environment, id FROM deliveries WHERE ended_at < ?1 ORDER BY ended_at, id LIMIT ?2)",
    )
    .bind(before_ms)
    .bind(limit)
    .execute()?;
    // Meanwhile one may have been sent again, or forgotten by another process: the next ones still have their tries.
    tx.sql(
        "DELETE FROM deliveries WHERE ended_at < ?1 AND (project_id, environment, id) IN (
            SELECT project_id, environment, id FROM deliveries WHERE ended_at < ?1 ORDER BY ended_at, id LIMIT ?2)
        AND NOT EXISTS (SELECT 1 FROM delivery_tries t WHERE t.project_id = deliveries.project_id
            AND t.environment = deliveries.environment AND t.delivery_id = deliveries.id)",
    )
    .bind(before_ms)
    .bind(limit)
    .execute()
}

/// Gives up deliveries that have waited since before `before_ms`, such as those of endpoints that stay disabled, but not what
/// somebody has asked for again since; some thousand at a time. Returns how many.
pub fn give_up_old(tx: &mut Tx<'_>, before_ms: i64, at_ms: i64) -> Result<u64, StoreError> {
    // CROSS JOIN: lane by lane. SQLite would read everything that waits.
    tx.sql(
        "UPDATE deliveries SET state = 'given_up', due_at = NULL, ended_at = ?2
        WHERE due_at < ?1 AND (project_id, environment, id) IN (
            SELECT d.project_id, d.environment, d.id FROM webhook_lanes l CROSS JOIN deliveries d
            WHERE d.project_id = l.project_id AND d.environment = l.environment AND d.lane_id = l.id
                AND d.state = 'waiting' AND d.created_at < ?1 AND d.due_at + 0 < ?1
                AND (d.plan_from IS NULL OR d.plan_from < ?1)
            LIMIT ?3)",
    )
    .bind(before_ms)
    .bind(at_ms)
    .bind(OLD_AT_A_TIME)
    .execute()
}

/// Places that deliveries made before `before_ms` went to no more: those given up exactly at `at_ms`, with their endpoints and
/// how many they were.
pub fn given_up_at(
    tx: &mut Tx<'_>,
    before_ms: i64,
    at_ms: i64,
) -> Result<Vec<(ProjectId, Environment, EndpointId, i64)>, StoreError> {
    tx.sql(
        "SELECT d.project_id, d.environment, l.endpoint_id, COUNT(*) FROM deliveries d
            JOIN webhook_lanes l ON l.project_id = d.project_id AND l.environment = d.environment AND l.id = d.lane_id
        WHERE d.ended_at = ?2 AND d.state = 'given_up' AND d.created_at < ?1 AND l.endpoint_id IS NOT NULL
        GROUP BY d.project_id, d.environment, l.endpoint_id",
    )
    .bind(before_ms)
    .bind(at_ms)
    .all()
}
