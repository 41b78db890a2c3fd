//! What a try made of a delivery, and of those that go after it where events of one payment go in order.

use domain::ids::{DeliveryId, IntentId};
use domain::scope::Scope;
use domain::webhook::{DeliveryOrder, DeliveryState};

use crate::{FromRow, Row, StoreError, Tx};

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

/// Where a delivery stands among those of its payment.
struct InOrder {
    lane_id: String,
    intent_id: IntentId,
    sequence: i64,
}

impl FromRow for InOrder {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            lane_id: row.get(0)?,
            intent_id: row.get(1)?,
            sequence: row.get(2)?,
        })
    }
}

/// Writes what a try at `at_ms` made of a waiting delivery that had `tries_before` tries, at a place that takes events in this
/// order. Returns 0 rows when somebody else tried it meanwhile.
pub fn record(
    tx: &mut Tx<'_>,
    scope: &Scope,
    (id, tries_before, order): (DeliveryId, i64, DeliveryOrder),
    outcome: Outcome,
    at_ms: i64,
) -> Result<u64, StoreError> {
    let (state, due_at_ms, ended_at_ms) = match outcome {
        Outcome::Delivered => (DeliveryState::Delivered, None, Some(at_ms)),
        Outcome::GivenUp => (DeliveryState::GivenUp, None, Some(at_ms)),
        Outcome::TryAt(due_at_ms) => (DeliveryState::Waiting, Some(due_at_ms), None),
    };
    let rows = tx
        .sql(
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
        .execute()?;
    // Nothing waits for what was taken at its first try: it was never put off.
    let may_hold_others = order == DeliveryOrder::PerPayment && (due_at_ms.is_some() || tries_before > 0);
    if rows == 1
        && may_hold_others
        && let Some(first) = in_order(tx, scope, id)?
    {
        match due_at_ms {
            Some(due_at_ms) => put_off_followers(tx, scope, &first, due_at_ms)?,
            None => call_followers(tx, scope, &first, at_ms)?,
        };
    }
    Ok(rows)
}

/// Where a delivery stands in its order. Apart from what follows: in one statement PostgreSQL, as long as it
/// knows little of the tables, may compare everything that waits with everything.
fn in_order(tx: &mut Tx<'_>, scope: &Scope, id: DeliveryId) -> Result<Option<InOrder>, StoreError> {
    tx.sql("SELECT lane_id, intent_id, sequence FROM deliveries WHERE project_id = ?1 AND environment = ?2 AND id = ?3")
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(id)
        .optional()
}

/// Those that wait for this delivery are due no sooner than it, so that nobody reads them again and again meanwhile.
fn put_off_followers(tx: &mut Tx<'_>, scope: &Scope, first: &InOrder, due_at_ms: i64) -> Result<u64, StoreError> {
    // `+ 0`, here and below: a payment has few deliveries, a lane may have a hundred thousand that are due later.
    tx.sql(
        "UPDATE deliveries SET due_at = ?6
        WHERE project_id = ?1 AND environment = ?2 AND lane_id = ?3 AND intent_id = ?4 AND sequence > ?5
            AND state = 'waiting' AND due_at + 0 < ?6",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(&first.lane_id)
    .bind(first.intent_id)
    .bind(first.sequence)
    .bind(due_at_ms)
    .execute()
}

/// Those that were put off because of this delivery, and not tried yet, are due.
fn call_followers(tx: &mut Tx<'_>, scope: &Scope, first: &InOrder, at_ms: i64) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE deliveries SET due_at = ?6
        WHERE project_id = ?1 AND environment = ?2 AND lane_id = ?3 AND intent_id = ?4 AND sequence > ?5
            AND state = 'waiting' AND due_at + 0 > ?6 AND plan_tries = 0",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(&first.lane_id)
    .bind(first.intent_id)
    .bind(first.sequence)
    .bind(at_ms)
    .execute()
}
