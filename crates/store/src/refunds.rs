//! Refunds. So far only those that a surplus capture opens; they wait on the attention list until sending exists.

use domain::ids::{IntentId, PermitId, RefundId};
use domain::money::Money;
use domain::scope::Scope;

use crate::{StoreError, Tx};

/// A refund that a surplus capture opens.
#[derive(Clone, Debug)]
pub struct SurplusRefund {
    /// Which.
    pub id: RefundId,
    /// Of which intent.
    pub intent_id: IntentId,
    /// Of which permit.
    pub permit_id: PermitId,
    /// The capture that goes back.
    pub capture_external_id: String,
    /// How much.
    pub amount: Money,
    /// Milliseconds UTC.
    pub created_at_ms: i64,
}

/// Opens the refund of a surplus capture, once. Returns 0 rows when it is open already.
pub fn open_for_surplus(tx: &mut Tx<'_>, scope: &Scope, refund: &SurplusRefund) -> Result<u64, StoreError> {
    tx.sql(
        "INSERT INTO refunds (project_id, environment, id, intent_id, permit_id, origin, capture_external_id,
            amount_minor, currency, status, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, 'surplus', ?6, ?7, ?8, 'pending', ?9) ON CONFLICT DO NOTHING",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(refund.id)
    .bind(refund.intent_id)
    .bind(refund.permit_id)
    .bind(&refund.capture_external_id)
    .bind(refund.amount.minor())
    .bind(refund.amount.currency())
    .bind(refund.created_at_ms)
    .execute()
}

/// What is promised back on an intent: refunds that have not failed, in minor units of their own currency.
pub fn open_minor(tx: &mut Tx<'_>, scope: &Scope, intent_id: IntentId) -> Result<i64, StoreError> {
    tx.sql(
        "SELECT CAST(COALESCE(SUM(amount_minor), 0) AS BIGINT) FROM refunds
        WHERE project_id = ?1 AND environment = ?2 AND intent_id = ?3 AND status <> 'failed'",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(intent_id)
    .one()
}

/// Whether a refund of that capture is open or done.
pub fn exists(
    tx: &mut Tx<'_>,
    scope: &Scope,
    permit_id: PermitId,
    capture_external_id: &str,
) -> Result<bool, StoreError> {
    let found: Option<i64> = tx
        .sql(
            "SELECT amount_minor FROM refunds
            WHERE project_id = ?1 AND environment = ?2 AND permit_id = ?3 AND capture_external_id = ?4",
        )
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(permit_id)
        .bind(capture_external_id)
        .optional()?;
    Ok(found.is_some())
}
