//! Deliveries as people look through them. A text for each kind of question: SQLite plans a text once, for all its filters.

use domain::ids::{DeliveryId, EventId, IntentId};
use domain::scope::Scope;
use domain::webhook::DeliveryState;

use super::Delivery;
use crate::page::Beyond;
use crate::{Statement, StoreError, Tx};

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

/// Up to `limit` deliveries beyond `page`. Newest first, but oldest first for [`Beyond::Newer`].
pub fn list(
    tx: &mut Tx<'_>,
    scope: &Scope,
    filter: &DeliveryFilter,
    page: Beyond<DeliveryId>,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    let mut span_ms = (filter.from_ms.unwrap_or(i64::MIN), filter.to_ms.unwrap_or(i64::MAX));
    match page {
        Beyond::First => {}
        Beyond::Older(at_ms, _) => span_ms.1 = span_ms.1.min(at_ms),
        Beyond::Newer(at_ms, _) => span_ms.0 = span_ms.0.max(at_ms),
    }
    let statement = match (&filter.lane_id, filter.event_id, filter.intent_id) {
        (_, Some(_), _) | (_, _, Some(_)) => of_events(tx, scope, &page),
        (Some(_), None, None) => of_lane(tx, scope, &page),
        (None, None, None) => of_scope(tx, scope, &page),
    };
    let (at_ms, id) = page.bounds();
    statement
        .bind(at_ms)
        .bind(id)
        .bind(filter.lane_id.as_ref())
        .bind(filter.event_id)
        .bind(filter.intent_id)
        .bind(filter.state)
        .bind(span_ms.0)
        .bind(span_ms.1)
        .bind(limit)
        .all()
}

/// Of any place and event.
fn of_scope<'t, 'a>(tx: &'t mut Tx<'a>, scope: &Scope, page: &Beyond<DeliveryId>) -> Statement<'t, 'a> {
    let statement = match page {
        Beyond::First | Beyond::Older(..) => tx.sql(
            "SELECT d.id, d.lane_id, d.event_id, o.event, d.intent_id, d.sequence, d.state, d.tries, d.plan_tries,
                d.plan_from, d.due_at, d.created_at, d.ended_at
            FROM deliveries d JOIN outbox o ON o.project_id = d.project_id AND o.environment = d.environment
                AND o.id = d.event_id
            WHERE d.project_id = ?1 AND d.environment = ?2 AND (CAST(?5 AS TEXT) IS NULL OR d.lane_id = ?5) AND (CAST(?6 AS TEXT) IS NULL OR d.event_id = ?6)
                AND (CAST(?7 AS TEXT) IS NULL OR d.intent_id = ?7)
                AND (d.created_at < ?3 OR (d.created_at = ?3 AND d.id < CAST(?4 AS TEXT)))
                AND (CAST(?8 AS TEXT) IS NULL OR d.state = ?8) AND d.created_at >= ?9 AND d.created_at <= ?10
            ORDER BY d.created_at DESC, d.id DESC LIMIT ?11",
        ),
        Beyond::Newer(..) => tx.sql(
            "SELECT d.id, d.lane_id, d.event_id, o.event, d.intent_id, d.sequence, d.state, d.tries, d.plan_tries,
                d.plan_from, d.due_at, d.created_at, d.ended_at
            FROM deliveries d JOIN outbox o ON o.project_id = d.project_id AND o.environment = d.environment
                AND o.id = d.event_id
            WHERE d.project_id = ?1 AND d.environment = ?2 AND (CAST(?5 AS TEXT) IS NULL OR d.lane_id = ?5) AND (CAST(?6 AS TEXT) IS NULL OR d.event_id = ?6)
                AND (CAST(?7 AS TEXT) IS NULL OR d.intent_id = ?7)
                AND (d.created_at > ?3 OR (d.created_at = ?3 AND d.id > CAST(?4 AS TEXT)))
                AND (CAST(?8 AS TEXT) IS NULL OR d.state = ?8) AND d.created_at >= ?9 AND d.created_at <= ?10
            ORDER BY d.created_at, d.id LIMIT ?11",
        ),
    };
    statement.bind(scope.project_id).bind(scope.environment)
}

/// To one place.
fn of_lane<'t, 'a>(tx: &'t mut Tx<'a>, scope: &Scope, page: &Beyond<DeliveryId>) -> Statement<'t, 'a> {
    let statement = match page {
        Beyond::First | Beyond::Older(..) => tx.sql(
            "SELECT d.id, d.lane_id, d.event_id, o.event, d.intent_id, d.sequence, d.state, d.tries, d.plan_tries,
                d.plan_from, d.due_at, d.created_at, d.ended_at
            FROM deliveries d JOIN outbox o ON o.project_id = d.project_id AND o.environment = d.environment
                AND o.id = d.event_id
            WHERE d.project_id = ?1 AND d.environment = ?2 AND d.lane_id = ?5 AND (CAST(?6 AS TEXT) IS NULL OR d.event_id = ?6)
                AND (CAST(?7 AS TEXT) IS NULL OR d.intent_id = ?7)
                AND (d.created_at < ?3 OR (d.created_at = ?3 AND d.id < CAST(?4 AS TEXT)))
                AND (CAST(?8 AS TEXT) IS NULL OR d.state = ?8) AND d.created_at >= ?9 AND d.created_at <= ?10
            ORDER BY d.created_at DESC, d.id DESC LIMIT ?11",
        ),
        Beyond::Newer(..) => tx.sql(
            "SELECT d.id, d.lane_id, d.event_id, o.event, d.intent_id, d.sequence, d.state, d.tries, d.plan_tries,
                d.plan_from, d.due_at, d.created_at, d.ended_at
            FROM deliveries d JOIN outbox o ON o.project_id = d.project_id AND o.environment = d.environment
                AND o.id = d.event_id
            WHERE d.project_id = ?1 AND d.environment = ?2 AND d.lane_id = ?5 AND (CAST(?6 AS TEXT) IS NULL OR d.event_id = ?6)
                AND (CAST(?7 AS TEXT) IS NULL OR d.intent_id = ?7)
                AND (d.created_at > ?3 OR (d.created_at = ?3 AND d.id > CAST(?4 AS TEXT)))
                AND (CAST(?8 AS TEXT) IS NULL OR d.state = ?8) AND d.created_at >= ?9 AND d.created_at <= ?10
            ORDER BY d.created_at, d.id LIMIT ?11",
        ),
    };
    statement.bind(scope.project_id).bind(scope.environment)
}

/// Of one event, or of the events of one payment: a few. CROSS JOIN and `+ 0`: event by event, not through all of that time.
fn of_events<'t, 'a>(tx: &'t mut Tx<'a>, scope: &Scope, page: &Beyond<DeliveryId>) -> Statement<'t, 'a> {
    let statement = match page {
        Beyond::First | Beyond::Older(..) => tx.sql(
            "SELECT d.id, d.lane_id, d.event_id, o.event, d.intent_id, d.sequence, d.state, d.tries, d.plan_tries,
                d.plan_from, d.due_at, d.created_at, d.ended_at
            FROM outbox o CROSS JOIN deliveries d
            WHERE o.project_id = ?1 AND o.environment = ?2 AND o.intent_id = COALESCE(CAST(?7 AS TEXT), (
                    SELECT t.intent_id FROM outbox t WHERE t.project_id = ?1 AND t.environment = ?2 AND t.id = ?6))
                AND d.project_id = ?1 AND d.environment = ?2 AND d.event_id = o.id
                AND (CAST(?5 AS TEXT) IS NULL OR d.lane_id = ?5) AND (CAST(?6 AS TEXT) IS NULL OR d.event_id = ?6)
                AND (d.created_at + 0 < ?3 OR (d.created_at + 0 = ?3 AND d.id < CAST(?4 AS TEXT)))
                AND (CAST(?8 AS TEXT) IS NULL OR d.state = ?8) AND d.created_at + 0 >= ?9 AND d.created_at + 0 <= ?10
            ORDER BY d.created_at DESC, d.id DESC LIMIT ?11",
        ),
        Beyond::Newer(..) => tx.sql(
            "SELECT d.id, d.lane_id, d.event_id, o.event, d.intent_id, d.sequence, d.state, d.tries, d.plan_tries,
                d.plan_from, d.due_at, d.created_at, d.ended_at
            FROM outbox o CROSS JOIN deliveries d
            WHERE o.project_id = ?1 AND o.environment = ?2 AND o.intent_id = COALESCE(CAST(?7 AS TEXT), (
                    SELECT t.intent_id FROM outbox t WHERE t.project_id = ?1 AND t.environment = ?2 AND t.id = ?6))
                AND d.project_id = ?1 AND d.environment = ?2 AND d.event_id = o.id
                AND (CAST(?5 AS TEXT) IS NULL OR d.lane_id = ?5) AND (CAST(?6 AS TEXT) IS NULL OR d.event_id = ?6)
                AND (d.created_at + 0 > ?3 OR (d.created_at + 0 = ?3 AND d.id > CAST(?4 AS TEXT)))
                AND (CAST(?8 AS TEXT) IS NULL OR d.state = ?8) AND d.created_at + 0 >= ?9 AND d.created_at + 0 <= ?10
            ORDER BY d.created_at, d.id LIMIT ?11",
        ),
    };
    statement.bind(scope.project_id).bind(scope.environment)
}
