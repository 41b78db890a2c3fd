//! Events on their way: one row per event and place, waiting until it is delivered or given up. Never decides when the next
//! try is.

use domain::announcement::Announcement;
use domain::ids::{DeliveryId, EventId, IntentId};
use domain::scope::{ApiFamily, Scope};
use domain::webhook::{DeliveryOrder, DeliveryState};

use crate::codec::coded;
use crate::page::Beyond;
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

/// A delivery to be made now, with what is to be sent.
#[derive(Clone, Debug)]
pub struct Due {
    /// The delivery.
    pub delivery: Delivery,
    /// In whose shape the body is.
    pub family: ApiFamily,
    /// Sealed body of the event.
    pub body: String,
    /// Where the payment itself wants its events.
    pub webhook_url: Option<String>,
}

/// What a list of deliveries shows. `None` leaves a filter out.
#[derive(Clone, Debug, Default)]
pub struct DeliveryFilter {
    /// To this place.
    pub lane_id: Option<String>,
    /// Of this event.
    pub event_id: Option<EventId>,
    /// Of this payment.
    pub intent_id: Option<IntentId>,
    /// In this state.
    pub state: Option<DeliveryState>,
    /// Made at or after, milliseconds UTC.
    pub from_ms: Option<i64>,
    /// Made at or before, milliseconds UTC.
    pub to_ms: Option<i64>,
}

/// What one try made of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It arrived.
    Delivered,
    /// It is tried again at this time, milliseconds UTC.
    TryAt(i64),
    /// It is tried no more.
    GivenUp,
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

impl FromRow for Due {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            delivery: Delivery::from_row(row)?,
            family: row.get(13)?,
            body: row.get(14)?,
            webhook_url: row.get(15)?,
        })
    }
}

/// Writes a delivery that waits, unless this event goes to this place already. Returns the rows written.
pub fn insert(tx: &mut Tx<'_>, scope: &Scope, delivery: &Delivery) -> Result<u64, StoreError> {
    tx.sql(
        "INSERT INTO deliveries (project_id, environment, id, lane_id, event_id, intent_id, sequence, state, tries,
            plan_tries, due_at, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'waiting', 0, 0, ?8, ?9)
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

/// Up to `limit` deliveries beyond `page`. Newest first, but oldest first for [`Beyond::Newer`].
pub fn list(
    tx: &mut Tx<'_>,
    scope: &Scope,
    filter: &DeliveryFilter,
    page: Beyond<DeliveryId>,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    let statement = match page {
        Beyond::First | Beyond::Older(..) => tx.sql(
            "SELECT d.id, d.lane_id, d.event_id, o.event, d.intent_id, d.sequence, d.state, d.tries, d.plan_tries,
                d.plan_from, d.due_at, d.created_at, d.ended_at
            FROM deliveries d JOIN outbox o ON o.project_id = d.project_id AND o.environment = d.environment
                AND o.id = d.event_id
            WHERE d.project_id = ?1 AND d.environment = ?2
                AND (d.created_at < ?3 OR (d.created_at = ?3 AND d.id < CAST(?4 AS TEXT)))
                AND (CAST(?5 AS TEXT) IS NULL OR d.lane_id = ?5) AND (CAST(?6 AS TEXT) IS NULL OR d.event_id = ?6)
                AND (CAST(?7 AS TEXT) IS NULL OR d.intent_id = ?7) AND (CAST(?8 AS TEXT) IS NULL OR d.state = ?8)
                AND d.created_at >= ?9 AND d.created_at <= ?10
            ORDER BY d.created_at DESC, d.id DESC LIMIT ?11",
        ),
        Beyond::Newer(..) => tx.sql(
            "SELECT d.id, d.lane_id, d.event_id, o.event, d.intent_id, d.sequence, d.state, d.tries, d.plan_tries,
                d.plan_from, d.due_at, d.created_at, d.ended_at
            FROM deliveries d JOIN outbox o ON o.project_id = d.project_id AND o.environment = d.environment
                AND o.id = d.event_id
            WHERE d.project_id = ?1 AND d.environment = ?2
                AND (d.created_at > ?3 OR (d.created_at = ?3 AND d.id > CAST(?4 AS TEXT)))
                AND (CAST(?5 AS TEXT) IS NULL OR d.lane_id = ?5) AND (CAST(?6 AS TEXT) IS NULL OR d.event_id = ?6)
                AND (CAST(?7 AS TEXT) IS NULL OR d.intent_id = ?7) AND (CAST(?8 AS TEXT) IS NULL OR d.state = ?8)
                AND d.created_at >= ?9 AND d.created_at <= ?10
            ORDER BY d.created_at, d.id LIMIT ?11",
        ),
    };
    let (at_ms, id) = page.bounds();
    statement
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(at_ms)
        .bind(id)
        .bind(filter.lane_id.as_ref())
        .bind(filter.event_id)
        .bind(filter.intent_id)
        .bind(filter.state)
        .bind(filter.from_ms.unwrap_or(i64::MIN))
        .bind(filter.to_ms.unwrap_or(i64::MAX))
        .bind(limit)
        .all()
}

/// Up to `limit` deliveries of a lane that are due, the longest due first; with [`DeliveryOrder::PerPayment`] only those with
/// no earlier one of the same payment before them.
pub fn due(
    tx: &mut Tx<'_>,
    scope: &Scope,
    (lane_id, order): (&str, DeliveryOrder),
    now_ms: i64,
    limit: i64,
) -> Result<Vec<Due>, StoreError> {
    let statement = match order {
        DeliveryOrder::Any => tx.sql(
            "SELECT d.id, d.lane_id, d.event_id, o.event, d.intent_id, d.sequence, d.state, d.tries, d.plan_tries,
                d.plan_from, d.due_at, d.created_at, d.ended_at, o.family, o.body, i.webhook_url
            FROM deliveries d
            JOIN outbox o ON o.project_id = d.project_id AND o.environment = d.environment AND o.id = d.event_id
            JOIN intents i ON i.project_id = d.project_id AND i.environment = d.environment AND i.id = d.intent_id
            WHERE d.project_id = ?1 AND d.environment = ?2 AND d.lane_id = ?3 AND d.state = 'waiting' AND d.due_at <= ?4
            ORDER BY d.due_at LIMIT ?5",
        ),
        DeliveryOrder::PerPayment => tx.sql(
            "SELECT d.id, d.lane_id, d.event_id, o.event, d.intent_id, d.sequence, d.state, d.tries, d.plan_tries,
                d.plan_from, d.due_at, d.created_at, d.ended_at, o.family, o.body, i.webhook_url
            FROM deliveries d
            JOIN outbox o ON o.project_id = d.project_id AND o.environment = d.environment AND o.id = d.event_id
            JOIN intents i ON i.project_id = d.project_id AND i.environment = d.environment AND i.id = d.intent_id
            WHERE d.project_id = ?1 AND d.environment = ?2 AND d.lane_id = ?3 AND d.state = 'waiting' AND d.due_at <= ?4
                AND NOT EXISTS (SELECT 1 FROM deliveries b WHERE b.project_id = d.project_id
                    AND b.environment = d.environment AND b.lane_id = d.lane_id AND b.intent_id = d.intent_id
                    AND b.sequence < d.sequence AND b.state = 'waiting')
            ORDER BY d.due_at LIMIT ?5",
        ),
    };
    statement
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(lane_id)
        .bind(now_ms)
        .bind(limit)
        .all()
}

/// When the first waiting delivery of a lane is due, in milliseconds UTC.
pub fn next_due(tx: &mut Tx<'_>, scope: &Scope, lane_id: &str) -> Result<Option<i64>, StoreError> {
    let due: Option<Option<i64>> = tx
        .sql(
            "SELECT MIN(due_at) FROM deliveries
            WHERE project_id = ?1 AND environment = ?2 AND lane_id = ?3 AND state = 'waiting'",
        )
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(lane_id)
        .optional()?;
    Ok(due.flatten())
}

/// Writes what a try at `at_ms` made of a waiting delivery that had `tries_before` tries. Returns 0 rows when somebody else
/// tried it meanwhile.
pub fn record(
    tx: &mut Tx<'_>,
    scope: &Scope,
    (id, tries_before): (DeliveryId, i64),
    outcome: Outcome,
    at_ms: i64,
) -> Result<u64, StoreError> {
    let (state, due_at_ms, ended_at_ms) = match outcome {
        Outcome::Delivered => (DeliveryState::Delivered, None, Some(at_ms)),
        Outcome::GivenUp => (DeliveryState::GivenUp, None, Some(at_ms)),
        Outcome::TryAt(due_at_ms) => (DeliveryState::Waiting, Some(due_at_ms), None),
    };
    tx.sql(
        "UPDATE deliveries SET state = ?5, due_at = ?6, ended_at = ?7, tries = tries + 1, plan_tries = plan_tries + 1,
            plan_from = COALESCE(plan_from, ?8)
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3 AND tries = ?4 AND state = 'waiting'",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .bind(tries_before)
    .bind(state)
    .bind(due_at_ms)
    .bind(ended_at_ms)
    .bind(at_ms)
    .execute()
}

/// Makes every waiting delivery of a lane due now. Returns the rows changed.
pub fn bring_forward(tx: &mut Tx<'_>, scope: &Scope, lane_id: &str, now_ms: i64) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE deliveries SET due_at = ?4
        WHERE project_id = ?1 AND environment = ?2 AND lane_id = ?3 AND state = 'waiting' AND due_at > ?4",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(lane_id)
    .bind(now_ms)
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

/// Sends again, by a new plan, every delivery of a lane made since `since_ms` that has failed at least once and did not arrive.
/// Returns the rows changed.
pub fn resend_failed(
    tx: &mut Tx<'_>,
    scope: &Scope,
    lane_id: &str,
    since_ms: i64,
    now_ms: i64,
) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE deliveries SET state = 'waiting', due_at = ?5, ended_at = NULL, plan_tries = 0, plan_from = NULL
        WHERE project_id = ?1 AND environment = ?2 AND lane_id = ?3 AND created_at >= ?4
            AND (state = 'given_up' OR (state = 'waiting' AND tries > 0))",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(lane_id)
    .bind(since_ms)
    .bind(now_ms)
    .execute()
}

/// Gives up every waiting delivery of a lane, or of one payment in it. Returns the rows changed.
pub fn give_up(
    tx: &mut Tx<'_>,
    scope: &Scope,
    lane_id: &str,
    intent_id: Option<IntentId>,
    at_ms: i64,
) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE deliveries SET state = 'given_up', due_at = NULL, ended_at = ?5
        WHERE project_id = ?1 AND environment = ?2 AND lane_id = ?3 AND state = 'waiting'
            AND (CAST(?4 AS TEXT) IS NULL OR intent_id = ?4)",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(lane_id)
    .bind(intent_id)
    .bind(at_ms)
    .execute()
}

/// Waiting deliveries of any project that are due or have failed: how many, and when the oldest was made, milliseconds UTC.
/// Those of disabled endpoints do not count.
pub fn backlog(tx: &mut Tx<'_>) -> Result<(i64, Option<i64>), StoreError> {
    tx.sql(
        "SELECT COUNT(*), MIN(d.created_at) FROM deliveries d
        JOIN webhook_lanes l ON l.project_id = d.project_id AND l.environment = d.environment AND l.id = d.lane_id
        WHERE d.state = 'waiting' AND (l.due_at IS NOT NULL OR l.lease_epoch IS NOT NULL)",
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
    tx.sql(
        "DELETE FROM deliveries WHERE (project_id, environment, id) IN (
            SELECT project_id, environment, id FROM deliveries WHERE ended_at < ?1 ORDER BY ended_at, id LIMIT ?2)",
    )
    .bind(before_ms)
    .bind(limit)
    .execute()
}

/// Gives up deliveries that have waited since before `before_ms`, such as those of endpoints that stay disabled. Returns how
/// many.
pub fn give_up_old(tx: &mut Tx<'_>, before_ms: i64, at_ms: i64) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE deliveries SET state = 'given_up', due_at = NULL, ended_at = ?2
        WHERE state = 'waiting' AND created_at < ?1 AND (plan_from IS NULL OR plan_from < ?1)",
    )
    .bind(before_ms)
    .bind(at_ms)
    .execute()
}
