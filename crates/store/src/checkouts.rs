//! Checkouts: the pages on which payers pay. One is written once and never changes.

use domain::country::Country;
use domain::ids::{CheckoutId, IntentId, LinkId};
use domain::scope::Scope;

use crate::{FromRow, Row, StoreError, Tx};

/// A payment's own page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkout {
    /// Which.
    pub id: CheckoutId,
    /// The payment.
    pub intent_id: IntentId,
    /// Lower-case hex SHA-256 of its token.
    pub token_hash: String,
    /// The link whose visitor it was made for.
    pub link_id: Option<LinkId>,
    /// Where it must be paid, and with which number.
    pub restriction: Restriction,
    /// How it looks.
    pub customization: Customization,
    /// Milliseconds UTC.
    pub created_at_ms: i64,
}

/// What a payer cannot choose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restriction {
    /// Where it is paid.
    pub country: Option<Country>,
    /// The number that pays, E.164.
    pub phone: Option<String>,
}

/// How a page looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Customization {
    /// The merchant's colour, `#rrggbb` in lower case.
    pub color: Option<String>,
    /// The merchant's name on the page.
    pub brand: Option<String>,
}

/// What a row says besides whose it is.
struct Found(Scope, Checkout);

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let scope = Scope {
            project_id: row.get(9)?,
            environment: row.get(10)?,
        };
        Ok(Self(scope, Checkout::from_row(row)?))
    }
}

impl FromRow for Checkout {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            intent_id: row.get(1)?,
            token_hash: row.get(2)?,
            link_id: row.get(3)?,
            restriction: Restriction {
                country: row.get(4)?,
                phone: row.get(5)?,
            },
            customization: Customization {
                color: row.get(6)?,
                brand: row.get(7)?,
            },
            created_at_ms: row.get(8)?,
        })
    }
}

/// Writes a new one.
pub fn insert(tx: &mut Tx<'_>, scope: &Scope, checkout: &Checkout) -> Result<(), StoreError> {
    tx.sql(
        "INSERT INTO checkouts (project_id, environment, id, intent_id, token_hash, link_id, country, phone, color, brand,
            created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(checkout.id)
    .bind(checkout.intent_id)
    .bind(&checkout.token_hash)
    .bind(checkout.link_id)
    .bind(checkout.restriction.country)
    .bind(checkout.restriction.phone.as_ref())
    .bind(checkout.customization.color.as_ref())
    .bind(checkout.customization.brand.as_ref())
    .bind(checkout.created_at_ms)
    .execute()?;
    Ok(())
}

/// One.
pub fn get(tx: &mut Tx<'_>, scope: &Scope, id: CheckoutId) -> Result<Option<Checkout>, StoreError> {
    tx.sql(
        "SELECT id, intent_id, token_hash, link_id, country, phone, color, brand, created_at
        FROM checkouts WHERE project_id = ?1 AND environment = ?2 AND id = ?3",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .optional()
}

/// The link through which a payment was made.
pub fn link_of_intent(tx: &mut Tx<'_>, scope: &Scope, id: IntentId) -> Result<Option<LinkId>, StoreError> {
    let found: Option<Option<LinkId>> = tx
        .sql("SELECT link_id FROM checkouts WHERE project_id = ?1 AND environment = ?2 AND intent_id = ?3")
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(id)
        .optional()?;
    Ok(found.flatten())
}

/// The one that a token opens, and whose it is; `hash` is the lower-case hex SHA-256 of the token.
pub fn by_token(tx: &mut Tx<'_>, hash: &str) -> Result<Option<(Scope, Checkout)>, StoreError> {
    let found: Option<Found> = tx
        .sql(
            "SELECT id, intent_id, token_hash, link_id, country, phone, color, brand, created_at, project_id, environment
            FROM checkouts WHERE token_hash = ?1",
        )
        .bind(hash)
        .optional()?;
    Ok(found.map(|Found(scope, checkout)| (scope, checkout)))
}
