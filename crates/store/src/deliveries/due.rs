//! What is to be delivered now, and when the next is. Where events of one payment go in order, an event waits for those before
//! it.

use domain::scope::{ApiFamily, Scope};
use domain::webhook::DeliveryOrder;

use super::Delivery;
use crate::{FromRow, Row, StoreError, Tx};

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

/// When the first waiting delivery of a lane is due, in milliseconds UTC; where events of one payment go in order, the first
/// that waits for no other.
pub fn next_due(tx: &mut Tx<'_>, scope: &Scope, lane_id: &str) -> Result<Option<i64>, StoreError> {
    tx.sql(
        "SELECT d.due_at FROM deliveries d
        WHERE d.project_id = ?1 AND d.environment = ?2 AND d.lane_id = ?3 AND d.state = 'waiting'
            AND (NOT EXISTS (SELECT 1 FROM webhook_lanes l
                    JOIN webhook_endpoints e ON e.project_id = l.project_id AND e.environment = l.environment
                        AND e.id = l.endpoint_id
                    WHERE l.project_id = ?1 AND l.environment = ?2 AND l.id = ?3
                        AND e.delivery_order = 'per_payment')
                OR NOT EXISTS (SELECT 1 FROM deliveries b WHERE b.project_id = d.project_id
                    AND b.environment = d.environment AND b.lane_id = d.lane_id AND b.intent_id = d.intent_id
                    AND b.sequence < d.sequence AND b.state = 'waiting'))
        ORDER BY d.due_at LIMIT 1",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(lane_id)
    .optional()
}
