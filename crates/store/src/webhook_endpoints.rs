//! Endpoints: where a project wants its events. One that was deleted stays for the log of its deliveries.

use domain::ids::EndpointId;
use domain::scope::{ApiFamily, Scope};
use domain::webhook::{DeliveryOrder, EndpointState, EventSelection};

use crate::codec::coded;
use crate::webhook_secrets::SealedSecrets;
use crate::{FromRow, FromValue, Row, StoreError, Tx, Value, ValueRef, webhook_lanes};

coded! {
    DeliveryOrder, Self::parse;
    EndpointState, Self::parse;
}

/// An endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Which.
    pub id: EndpointId,
    /// In whose shape and by whose rules it gets events.
    pub family: ApiFamily,
    /// Where to.
    pub url: String,
    /// For people.
    pub description: String,
    /// Which events.
    pub events: EventSelection,
    /// In which order.
    pub order: DeliveryOrder,
    /// What signs, sealed.
    pub secrets: SealedSecrets,
    /// Whether it gets events.
    pub state: EndpointState,
    /// Milliseconds UTC.
    pub created_at_ms: i64,
    /// Milliseconds UTC since which it is no more.
    pub deleted_at_ms: Option<i64>,
}

impl FromRow for Endpoint {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            family: row.get(1)?,
            url: row.get(2)?,
            description: row.get(3)?,
            events: row.parse(4, |text: String| {
                EventSelection::parse(&text).ok_or("holds an unknown event")
            })?,
            order: row.get(5)?,
            secrets: SealedSecrets::read(row, 6)?,
            state: row.get(9)?,
            created_at_ms: row.get(10)?,
            deleted_at_ms: row.get(11)?,
        })
    }
}

/// Writes an endpoint.
pub fn insert(tx: &mut Tx<'_>, scope: &Scope, endpoint: &Endpoint) -> Result<(), StoreError> {
    tx.sql(
        "INSERT INTO webhook_endpoints (project_id, environment, id, family, url, description, events, delivery_order,
            secret, previous_secret, previous_until, state, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(endpoint.id)
    .bind(endpoint.family)
    .bind(&endpoint.url)
    .bind(&endpoint.description)
    .bind(endpoint.events.to_string())
    .bind(endpoint.order)
    .bind(&endpoint.secrets.secret)
    .bind(endpoint.secrets.previous_secret())
    .bind(endpoint.secrets.previous_until_ms())
    .bind(endpoint.state)
    .bind(endpoint.created_at_ms)
    .execute()?;
    Ok(())
}

/// One endpoint, also a deleted one.
pub fn get(tx: &mut Tx<'_>, scope: &Scope, id: EndpointId) -> Result<Option<Endpoint>, StoreError> {
    tx.sql(
        "SELECT id, family, url, description, events, delivery_order, secret, previous_secret, previous_until, state,
            created_at, deleted_at
        FROM webhook_endpoints WHERE project_id = ?1 AND environment = ?2 AND id = ?3",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .optional()
}

/// Every endpoint that is not deleted, oldest first.
pub fn all(tx: &mut Tx<'_>, scope: &Scope) -> Result<Vec<Endpoint>, StoreError> {
    tx.sql(
        "SELECT id, family, url, description, events, delivery_order, secret, previous_secret, previous_until, state,
            created_at, deleted_at
        FROM webhook_endpoints WHERE project_id = ?1 AND environment = ?2 AND deleted_at IS NULL
        ORDER BY created_at, id",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .all()
}

/// Whether there is any endpoint of that API. A disabled one counts: what happens meanwhile waits for it.
pub fn listens(tx: &mut Tx<'_>, scope: &Scope, family: ApiFamily) -> Result<bool, StoreError> {
    let found: Option<i64> = tx
        .sql(
            "SELECT created_at FROM webhook_endpoints WHERE project_id = ?1 AND environment = ?2 AND family = ?3
                AND deleted_at IS NULL LIMIT 1",
        )
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(family)
        .optional()?;
    Ok(found.is_some())
}

/// Writes everything that may change of an endpoint that is not deleted; a disabled one's lane is due no more. Returns the
/// rows changed.
pub fn update(tx: &mut Tx<'_>, scope: &Scope, endpoint: &Endpoint) -> Result<u64, StoreError> {
    let rows = tx
        .sql(
            "UPDATE webhook_endpoints SET url = ?4, description = ?5, events = ?6, delivery_order = ?7, secret = ?8,
            previous_secret = ?9, previous_until = ?10, state = ?11, deleted_at = ?12
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3 AND deleted_at IS NULL",
        )
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(endpoint.id)
        .bind(&endpoint.url)
        .bind(&endpoint.description)
        .bind(endpoint.events.to_string())
        .bind(endpoint.order)
        .bind(&endpoint.secrets.secret)
        .bind(endpoint.secrets.previous_secret())
        .bind(endpoint.secrets.previous_until_ms())
        .bind(endpoint.state)
        .bind(endpoint.deleted_at_ms)
        .execute()?;
    webhook_lanes::rest(tx, scope, endpoint.id)?;
    Ok(rows)
}

/// Disables an endpoint that is enabled, for that reason; its lane is due no more. Returns the rows changed.
pub fn disable(tx: &mut Tx<'_>, scope: &Scope, id: EndpointId, state: EndpointState) -> Result<u64, StoreError> {
    let rows = tx
        .sql(
            "UPDATE webhook_endpoints SET state = ?4
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3 AND state = 'enabled' AND deleted_at IS NULL",
        )
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(id)
        .bind(state)
        .execute()?;
    webhook_lanes::rest(tx, scope, id)?;
    Ok(rows)
}

/// Makes every other change of an endpoint wait until this transaction ends. Returns the rows locked.
pub fn lock(tx: &mut Tx<'_>, scope: &Scope, id: EndpointId) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE webhook_endpoints SET state = state
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3 AND deleted_at IS NULL",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .execute()
}

/// How many endpoints are disabled, and not by a person; of any project.
pub fn count_failed(tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    tx.sql(
        "SELECT COUNT(*) FROM webhook_endpoints
        WHERE state IN ('disabled_as_gone', 'disabled_as_failing') AND deleted_at IS NULL",
    )
    .one()
}
