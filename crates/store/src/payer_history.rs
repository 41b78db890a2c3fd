//! What a payer paid with before: by the customer that the merchant knows, and by the number that paid.

use domain::country::Country;
use domain::ids::CustomerId;
use domain::method::MethodCode;
use domain::scope::Scope;

use crate::{FromRow, Row, StoreError, Tx};

/// A method in a country with which payments were completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaidWith {
    /// Method.
    pub method: MethodCode,
    /// Country.
    pub country: Country,
    /// How often.
    pub times: i64,
}

impl FromRow for PaidWith {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            method: row.get(0)?,
            country: row.get(1)?,
            times: row.get(2)?,
        })
    }
}

/// What a customer's completed attempts were paid with, most often first.
pub fn of_customer(tx: &mut Tx<'_>, scope: &Scope, id: CustomerId) -> Result<Vec<PaidWith>, StoreError> {
    tx.sql(
        "SELECT a.method_code, a.country, COUNT(*) FROM attempts a JOIN intents i ON i.project_id = a.project_id
            AND i.environment = a.environment AND i.id = a.intent_id
        WHERE i.project_id = ?1 AND i.environment = ?2 AND i.customer_id = ?3 AND a.state = 'completed'
        GROUP BY a.method_code, a.country ORDER BY COUNT(*) DESC, a.method_code, a.country LIMIT 50",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .all()
}

/// What the completed attempts of a number, by its keyed hash, were paid with, most often first.
pub fn of_phone(tx: &mut Tx<'_>, scope: &Scope, phone_hash: &str) -> Result<Vec<PaidWith>, StoreError> {
    tx.sql(
        "SELECT a.method_code, a.country, COUNT(*) FROM attempts a JOIN payer_instruments p ON p.project_id = a.project_id
            AND p.environment = a.environment AND p.id = a.instrument_id
        WHERE p.project_id = ?1 AND p.environment = ?2 AND p.phone_hash = ?3 AND a.state = 'completed'
        GROUP BY a.method_code, a.country ORDER BY COUNT(*) DESC, a.method_code, a.country LIMIT 50",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(phone_hash)
    .all()
}
