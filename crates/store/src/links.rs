//! Payment links, and what their visitors made of them. Never decides how a link stands.

use domain::ids::{CheckoutId, IntentId, LinkId};
use domain::language::Language;
use domain::link::{LinkAmount, LinkSwitch, LinkUse, ReceiptWish};
use domain::money::Money;
use domain::scope::Scope;

use crate::checkouts::{Customization, Restriction};
use crate::codec::coded;
use crate::page::Beyond;
use crate::{FromRow, FromValue, Row, StoreError, Tx, Value, ValueRef};

coded! {
    LinkUse, Self::parse;
    LinkSwitch, Self::parse;
    ReceiptWish, Self::parse;
}

/// A link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Which.
    pub id: LinkId,
    /// Lower-case hex SHA-256 of its token.
    pub token_hash: String,
    /// How often it may be paid.
    pub usage: LinkUse,
    /// What is paid.
    pub amount: LinkAmount,
    /// What for.
    pub description: String,
    /// Whether a visitor is asked where the receipt goes.
    pub receipt: ReceiptWish,
    /// Where payers go afterwards.
    pub return_url: Option<String>,
    /// A JSON object as text: of every payment made through it.
    pub metadata: String,
    /// What its payers cannot choose.
    pub restriction: Restriction,
    /// How its pages look.
    pub customization: Customization,
    /// The language of its pages; the payer's browser decides when there is none.
    pub language: Option<Language>,
    /// Whether its merchant lets it be paid.
    pub switch: LinkSwitch,
    /// Milliseconds UTC from which nobody begins to pay.
    pub expires_at_ms: Option<i64>,
    /// Milliseconds UTC.
    pub created_at_ms: i64,
}

/// What a list of links shows. `None` leaves a filter out.
#[derive(Clone, Debug, Default)]
pub struct LinkFilter {
    /// Switched so.
    pub switch: Option<LinkSwitch>,
    /// Of this use.
    pub usage: Option<LinkUse>,
    /// Made at or after, milliseconds UTC.
    pub from_ms: Option<i64>,
    /// Made at or before, milliseconds UTC.
    pub to_ms: Option<i64>,
}

impl FromRow for Link {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            token_hash: row.get(1)?,
            usage: row.get(2)?,
            amount: amount(row)?,
            description: row.get(7)?,
            receipt: row.get(8)?,
            return_url: row.get(9)?,
            metadata: row.get(10)?,
            restriction: Restriction {
                country: row.get(11)?,
                phone: row.get(12)?,
            },
            customization: Customization {
                color: row.get(13)?,
                brand: row.get(14)?,
            },
            language: row.get(15)?,
            switch: row.get(16)?,
            expires_at_ms: row.get(17)?,
            created_at_ms: row.get(18)?,
        })
    }
}

fn amount(row: &Row<'_>) -> Result<LinkAmount, StoreError> {
    let currency = row.get(3)?;
    let money = |index: usize| {
        row.parse(index, |minor: Option<i64>| {
            minor.map(|minor| Money::from_minor(minor, currency)).transpose()
        })
    };
    match (money(4)?, money(5)?) {
        (Some(amount), None) => Ok(LinkAmount::Fixed(amount)),
        (None, Some(min)) => Ok(LinkAmount::Entered { min, max: money(6)? }),
        _ => Err(StoreError::Other(
            "a link has an amount, or else a least one".to_owned(),
        )),
    }
}

/// What a row says besides whose it is.
struct Found(Scope, Link);

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let scope = Scope {
            project_id: row.get(19)?,
            environment: row.get(20)?,
        };
        Ok(Self(scope, Link::from_row(row)?))
    }
}

/// Writes a new one; `made_with` is the idempotency key of the request.
pub fn insert(tx: &mut Tx<'_>, scope: &Scope, link: &Link, made_with: Option<&str>) -> Result<(), StoreError> {
    let (fixed, min, max) = match link.amount {
        LinkAmount::Fixed(amount) => (Some(amount), None, None),
        LinkAmount::Entered { min, max } => (None, Some(min), max),
    };
    tx.sql(
        "INSERT INTO links (project_id, environment, id, token_hash, usage, currency, amount_minor, min_minor, max_minor,
            description, receipt, return_url, metadata, country, phone, color, brand, language, switch, expires_at,
            made_with, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(link.id)
    .bind(&link.token_hash)
    .bind(link.usage)
    .bind(link.amount.currency())
    .bind(fixed.map(Money::minor))
    .bind(min.map(Money::minor))
    .bind(max.map(Money::minor))
    .bind(&link.description)
    .bind(link.receipt)
    .bind(link.return_url.as_ref())
    .bind(&link.metadata)
    .bind(link.restriction.country)
    .bind(link.restriction.phone.as_ref())
    .bind(link.customization.color.as_ref())
    .bind(link.customization.brand.as_ref())
    .bind(link.language)
    .bind(link.switch)
    .bind(link.expires_at_ms)
    .bind(made_with)
    .bind(link.created_at_ms)
    .execute()?;
    Ok(())
}

/// One.
pub fn get(tx: &mut Tx<'_>, scope: &Scope, id: LinkId) -> Result<Option<Link>, StoreError> {
    tx.sql(
        "SELECT id, token_hash, usage, currency, amount_minor, min_minor, max_minor, description, receipt, return_url,
            metadata, country, phone, color, brand, language, switch, expires_at, created_at
        FROM links WHERE project_id = ?1 AND environment = ?2 AND id = ?3",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .optional()
}

/// One; every other visit and change of it waits until this transaction ends.
pub fn lock(tx: &mut Tx<'_>, scope: &Scope, id: LinkId) -> Result<Option<Link>, StoreError> {
    tx.sql(
        "UPDATE links SET switch = switch WHERE project_id = ?1 AND environment = ?2 AND id = ?3
        RETURNING id, token_hash, usage, currency, amount_minor, min_minor, max_minor, description, receipt, return_url,
            metadata, country, phone, color, brand, language, switch, expires_at, created_at",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .optional()
}

/// The one that was made with an idempotency key.
pub fn of_key(tx: &mut Tx<'_>, scope: &Scope, key: &str) -> Result<Option<Link>, StoreError> {
    tx.sql(
        "SELECT id, token_hash, usage, currency, amount_minor, min_minor, max_minor, description, receipt, return_url,
            metadata, country, phone, color, brand, language, switch, expires_at, created_at
        FROM links WHERE project_id = ?1 AND environment = ?2 AND made_with = ?3",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(key)
    .optional()
}

/// The one that a token opens, and whose it is; `hash` is the lower-case hex SHA-256 of the token.
pub fn by_token(tx: &mut Tx<'_>, hash: &str) -> Result<Option<(Scope, Link)>, StoreError> {
    let found: Option<Found> = tx
        .sql(
            "SELECT id, token_hash, usage, currency, amount_minor, min_minor, max_minor, description, receipt, return_url,
                metadata, country, phone, color, brand, language, switch, expires_at, created_at, project_id, environment
            FROM links WHERE token_hash = ?1",
        )
        .bind(hash)
        .optional()?;
    Ok(found.map(|Found(scope, link)| (scope, link)))
}

/// Writes what may change of a link: description, switch and expiry. Returns the rows changed: 0 or 1.
pub fn update(tx: &mut Tx<'_>, scope: &Scope, link: &Link) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE links SET description = ?4, switch = ?5, expires_at = ?6
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(link.id)
    .bind(&link.description)
    .bind(link.switch)
    .bind(link.expires_at_ms)
    .execute()
}

/// Up to `limit` links beyond `page`. Newest first, but oldest first for [`Beyond::Newer`].
pub fn list(
    tx: &mut Tx<'_>,
    scope: &Scope,
    filter: &LinkFilter,
    page: Beyond<LinkId>,
    limit: i64,
) -> Result<Vec<Link>, StoreError> {
    let statement = match page {
        Beyond::First | Beyond::Older(..) => tx.sql(
            "SELECT id, token_hash, usage, currency, amount_minor, min_minor, max_minor, description, receipt, return_url,
                metadata, country, phone, color, brand, language, switch, expires_at, created_at
            FROM links WHERE project_id = ?1 AND environment = ?2
                AND (created_at < ?3 OR (created_at = ?3 AND id < CAST(?4 AS TEXT)))
                AND (CAST(?5 AS TEXT) IS NULL OR switch = ?5) AND (CAST(?6 AS TEXT) IS NULL OR usage = ?6)
                AND created_at >= ?7 AND created_at <= ?8
            ORDER BY created_at DESC, id DESC LIMIT ?9",
        ),
        Beyond::Newer(..) => tx.sql(
            "SELECT id, token_hash, usage, currency, amount_minor, min_minor, max_minor, description, receipt, return_url,
                metadata, country, phone, color, brand, language, switch, expires_at, created_at
            FROM links WHERE project_id = ?1 AND environment = ?2
                AND (created_at > ?3 OR (created_at = ?3 AND id > CAST(?4 AS TEXT)))
                AND (CAST(?5 AS TEXT) IS NULL OR switch = ?5) AND (CAST(?6 AS TEXT) IS NULL OR usage = ?6)
                AND created_at >= ?7 AND created_at <= ?8
            ORDER BY created_at, id LIMIT ?9",
        ),
    };
    let (at_ms, id) = page.bounds();
    statement
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(at_ms)
        .bind(id)
        .bind(filter.switch)
        .bind(filter.usage)
        .bind(filter.from_ms.unwrap_or(i64::MIN))
        .bind(filter.to_ms.unwrap_or(i64::MAX))
        .bind(limit)
        .all()
}

/// How many payments through a link were completed.
pub fn times_paid(tx: &mut Tx<'_>, scope: &Scope, id: LinkId) -> Result<i64, StoreError> {
    tx.sql(
        "SELECT COUNT(*) FROM checkouts c JOIN intents i ON i.project_id = c.project_id
            AND i.environment = c.environment AND i.id = c.intent_id
        WHERE c.project_id = ?1 AND c.environment = ?2 AND c.link_id = ?3 AND i.state = 'completed'",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .one()
}

/// A payment through a link that was completed, or whose money was taken and not all promised back, also in another currency,
/// of which its permit counts nothing. One other than `besides`, where that is given.
pub fn paid_payment(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: LinkId,
    besides: Option<IntentId>,
) -> Result<Option<IntentId>, StoreError> {
    tx.sql(
        "SELECT c.intent_id FROM checkouts c JOIN intents i ON i.project_id = c.project_id
            AND i.environment = c.environment AND i.id = c.intent_id
        WHERE c.project_id = ?1 AND c.environment = ?2 AND c.link_id = ?3
            AND (CAST(?4 AS TEXT) IS NULL OR c.intent_id <> ?4)
            AND (i.state = 'completed' OR EXISTS (SELECT 1 FROM permits p WHERE p.project_id = c.project_id
                AND p.environment = c.environment AND p.intent_id = c.intent_id
                AND (p.captured_minor > p.refund_reserved_minor + p.refunded_minor + p.external_refunded_minor
                    OR (p.status = 'paid' AND p.captured_minor = 0))))
        LIMIT 1",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .bind(besides)
    .optional()
}

/// Up to `limit` payments that visitors of a link made, beyond `page` of their checkouts. Newest first, but oldest first for
/// [`Beyond::Newer`].
pub fn payments(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: LinkId,
    page: Beyond<CheckoutId>,
    limit: i64,
) -> Result<Vec<IntentId>, StoreError> {
    let statement = match page {
        Beyond::First | Beyond::Older(..) => tx.sql(
            "SELECT intent_id FROM checkouts WHERE project_id = ?1 AND environment = ?2 AND link_id = ?3
                AND (created_at < ?4 OR (created_at = ?4 AND id < CAST(?5 AS TEXT)))
            ORDER BY created_at DESC, id DESC LIMIT ?6",
        ),
        Beyond::Newer(..) => tx.sql(
            "SELECT intent_id FROM checkouts WHERE project_id = ?1 AND environment = ?2 AND link_id = ?3
                AND (created_at > ?4 OR (created_at = ?4 AND id > CAST(?5 AS TEXT)))
            ORDER BY created_at, id LIMIT ?6",
        ),
    };
    let (at_ms, from) = page.bounds();
    statement
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(id)
        .bind(at_ms)
        .bind(from)
        .bind(limit)
        .all()
}
