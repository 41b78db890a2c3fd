//! Customers and what they pay with: who they are stands here in clear and apart from what is never deleted, so that it can be
//! emptied. Elsewhere stand only where a receipt goes (intents) and the number that a page is made for (checkouts, links).

use domain::ids::{CustomerId, InstrumentId};
use domain::scope::Scope;

use crate::page::Beyond;
use crate::{FromRow, Row, Statement, StoreError, Tx};

/// A payer as the merchant knows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// E-mail as given.
    pub email: Option<String>,
    /// E.164.
    pub phone: Option<String>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Street and number.
    pub address: Option<String>,
    /// City.
    pub city: Option<String>,
    /// State or region.
    pub state: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Postal code.
    pub zip: Option<String>,
}

/// A stored customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// Which.
    pub id: CustomerId,
    /// Who.
    pub person: Person,
    /// Milliseconds UTC.
    pub created_at_ms: i64,
}

/// What a list of customers shows. `None` leaves a filter out.
#[derive(Clone, Debug, Default)]
pub struct CustomerFilter {
    /// Of this identity: one customer at most.
    pub identity: Option<String>,
    /// With this phone, in E.164.
    pub phone: Option<String>,
    /// Made at or after, milliseconds UTC.
    pub from_ms: Option<i64>,
    /// Made at or before, milliseconds UTC.
    pub to_ms: Option<i64>,
}

impl FromRow for Customer {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            person: Person {
                email: row.get(1)?,
                phone: row.get(2)?,
                first_name: row.get(3)?,
                last_name: row.get(4)?,
                address: row.get(5)?,
                city: row.get(6)?,
                state: row.get(7)?,
                country: row.get(8)?,
                zip: row.get(9)?,
            },
            created_at_ms: row.get(10)?,
        })
    }
}

/// Writes a customer, or updates the one of the same identity with the values that are given. Returns whose id holds. The
/// identity is the column that is unique: who counts as the same person is decided elsewhere.
pub fn upsert(tx: &mut Tx<'_>, scope: &Scope, identity: &str, new: &Customer) -> Result<CustomerId, StoreError> {
    tx.sql(
        "INSERT INTO customers (project_id, environment, id, identity, email, phone, first_name, last_name, address, city,
            state, country, zip, created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14)
        ON CONFLICT (project_id, environment, identity) DO UPDATE SET
            email = COALESCE(excluded.email, customers.email), phone = COALESCE(excluded.phone, customers.phone),
            first_name = COALESCE(excluded.first_name, customers.first_name),
            last_name = COALESCE(excluded.last_name, customers.last_name),
            address = COALESCE(excluded.address, customers.address), city = COALESCE(excluded.city, customers.city),
            state = COALESCE(excluded.state, customers.state), country = COALESCE(excluded.country, customers.country),
            zip = COALESCE(excluded.zip, customers.zip), updated_at = excluded.updated_at
        RETURNING id",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(new.id)
    .bind(identity)
    .bind(new.person.email.as_ref())
    .bind(new.person.phone.as_ref())
    .bind(new.person.first_name.as_ref())
    .bind(new.person.last_name.as_ref())
    .bind(new.person.address.as_ref())
    .bind(new.person.city.as_ref())
    .bind(new.person.state.as_ref())
    .bind(new.person.country.as_ref())
    .bind(new.person.zip.as_ref())
    .bind(new.created_at_ms)
    .one()
}

/// One customer.
pub fn get(tx: &mut Tx<'_>, scope: &Scope, id: CustomerId) -> Result<Option<Customer>, StoreError> {
    tx.sql(
        "SELECT id, email, phone, first_name, last_name, address, city, state, country, zip, created_at FROM customers
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .optional()
}

/// The customer of an identity.
pub fn of_identity(tx: &mut Tx<'_>, scope: &Scope, identity: &str) -> Result<Option<Customer>, StoreError> {
    tx.sql(
        "SELECT id, email, phone, first_name, last_name, address, city, state, country, zip, created_at FROM customers
        WHERE project_id = ?1 AND environment = ?2 AND identity = ?3",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(identity)
    .optional()
}

/// The only customer with that phone, and their identity; `None` when there is none, or more than one.
pub fn only_of_phone(tx: &mut Tx<'_>, scope: &Scope, phone: &str) -> Result<Option<(CustomerId, String)>, StoreError> {
    let mut found: Vec<(CustomerId, String)> = tx
        .sql("SELECT id, identity FROM customers WHERE project_id = ?1 AND environment = ?2 AND phone = ?3 LIMIT 2")
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(phone)
        .all()?;
    Ok(found.pop().filter(|_| found.is_empty()))
}

/// Gives the customer of one identity another one, unless somebody has that. Returns the rows changed: 0 or 1.
pub fn move_identity(tx: &mut Tx<'_>, scope: &Scope, (from, to): (&str, &str)) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE customers SET identity = ?4 WHERE project_id = ?1 AND environment = ?2 AND identity = ?3
            AND NOT EXISTS (SELECT 1 FROM customers taken
                WHERE taken.project_id = ?1 AND taken.environment = ?2 AND taken.identity = ?4)",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(from)
    .bind(to)
    .execute()
}

/// One customer; every other change of them waits until this transaction ends.
pub fn lock(tx: &mut Tx<'_>, scope: &Scope, id: CustomerId) -> Result<Option<Customer>, StoreError> {
    tx.sql(
        "UPDATE customers SET identity = identity WHERE project_id = ?1 AND environment = ?2 AND id = ?3
        RETURNING id, email, phone, first_name, last_name, address, city, state, country, zip, created_at",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(id)
    .optional()
}

/// Writes everything that is known of a customer, and their identity. Returns the rows changed: 0 or 1.
pub fn update(
    tx: &mut Tx<'_>,
    scope: &Scope,
    identity: &str,
    customer: &Customer,
    at_ms: i64,
) -> Result<u64, StoreError> {
    tx.sql(
        "UPDATE customers SET identity = ?4, email = ?5, phone = ?6, first_name = ?7, last_name = ?8, address = ?9,
            city = ?10, state = ?11, country = ?12, zip = ?13, updated_at = ?14
        WHERE project_id = ?1 AND environment = ?2 AND id = ?3",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(customer.id)
    .bind(identity)
    .bind(customer.person.email.as_ref())
    .bind(customer.person.phone.as_ref())
    .bind(customer.person.first_name.as_ref())
    .bind(customer.person.last_name.as_ref())
    .bind(customer.person.address.as_ref())
    .bind(customer.person.city.as_ref())
    .bind(customer.person.state.as_ref())
    .bind(customer.person.country.as_ref())
    .bind(customer.person.zip.as_ref())
    .bind(at_ms)
    .execute()
}

/// Up to `limit` customers beyond `page`. Newest first, but oldest first for [`Beyond::Newer`].
pub fn list(
    tx: &mut Tx<'_>,
    scope: &Scope,
    filter: &CustomerFilter,
    page: Beyond<CustomerId>,
    limit: i64,
) -> Result<Vec<Customer>, StoreError> {
    if let Some(identity) = &filter.identity {
        let only = of_identity(tx, scope, identity)?;
        return Ok(only.into_iter().filter(|found| shows(filter, &page, found)).collect());
    }
    let statement = match &filter.phone {
        Some(_) => of_phone(tx, scope, &page),
        None => of_scope(tx, scope, &page),
    };
    let (at_ms, id) = page.bounds();
    statement
        .bind(at_ms)
        .bind(id)
        .bind(filter.phone.as_ref())
        .bind(filter.from_ms.unwrap_or(i64::MIN))
        .bind(filter.to_ms.unwrap_or(i64::MAX))
        .bind(limit)
        .all()
}

/// Whether a customer who was found by identity is what the rest of the question is about.
fn shows(filter: &CustomerFilter, page: &Beyond<CustomerId>, found: &Customer) -> bool {
    let place = (found.created_at_ms, found.id);
    let is_beyond = match page {
        Beyond::First => true,
        Beyond::Older(at_ms, id) => place < (*at_ms, *id),
        Beyond::Newer(at_ms, id) => place > (*at_ms, *id),
    };
    is_beyond
        && (filter.phone.is_none() || filter.phone == found.person.phone)
        && filter.from_ms.is_none_or(|from_ms| found.created_at_ms >= from_ms)
        && filter.to_ms.is_none_or(|to_ms| found.created_at_ms <= to_ms)
}

/// Of any phone. A text of its own, as SQLite plans a text once for all its filters.
fn of_scope<'t, 'a>(tx: &'t mut Tx<'a>, scope: &Scope, page: &Beyond<CustomerId>) -> Statement<'t, 'a> {
    let statement = match page {
        Beyond::First | Beyond::Older(..) => tx.sql(
            "SELECT id, email, phone, first_name, last_name, address, city, state, country, zip, created_at
            FROM customers WHERE project_id = ?1 AND environment = ?2
                AND (created_at < ?3 OR (created_at = ?3 AND id < CAST(?4 AS TEXT)))
                AND (CAST(?5 AS TEXT) IS NULL OR phone = ?5) AND created_at >= ?6 AND created_at <= ?7
            ORDER BY created_at DESC, id DESC LIMIT ?8",
        ),
        Beyond::Newer(..) => tx.sql(
            "SELECT id, email, phone, first_name, last_name, address, city, state, country, zip, created_at
            FROM customers WHERE project_id = ?1 AND environment = ?2
                AND (created_at > ?3 OR (created_at = ?3 AND id > CAST(?4 AS TEXT)))
                AND (CAST(?5 AS TEXT) IS NULL OR phone = ?5) AND created_at >= ?6 AND created_at <= ?7
            ORDER BY created_at, id LIMIT ?8",
        ),
    };
    statement.bind(scope.project_id).bind(scope.environment)
}

/// Of one phone.
fn of_phone<'t, 'a>(tx: &'t mut Tx<'a>, scope: &Scope, page: &Beyond<CustomerId>) -> Statement<'t, 'a> {
    let statement = match page {
        Beyond::First | Beyond::Older(..) => tx.sql(
            "SELECT id, email, phone, first_name, last_name, address, city, state, country, zip, created_at
            FROM customers WHERE project_id = ?1 AND environment = ?2 AND phone = ?5
                AND (created_at < ?3 OR (created_at = ?3 AND id < CAST(?4 AS TEXT)))
                AND created_at >= ?6 AND created_at <= ?7
            ORDER BY created_at DESC, id DESC LIMIT ?8",
        ),
        Beyond::Newer(..) => tx.sql(
            "SELECT id, email, phone, first_name, last_name, address, city, state, country, zip, created_at
            FROM customers WHERE project_id = ?1 AND environment = ?2 AND phone = ?5
                AND (created_at > ?3 OR (created_at = ?3 AND id > CAST(?4 AS TEXT)))
                AND created_at >= ?6 AND created_at <= ?7
            ORDER BY created_at, id LIMIT ?8",
        ),
    };
    statement.bind(scope.project_id).bind(scope.environment)
}

/// The instrument of a phone number or a card token, made when it is new.
pub fn instrument(tx: &mut Tx<'_>, scope: &Scope, new: &Instrument) -> Result<InstrumentId, StoreError> {
    let (phone, card_token) = match &new.means {
        Means::Phone(phone) => (Some(phone), None),
        Means::CardToken(token) => (None, Some(token)),
    };
    tx.sql(
        "INSERT INTO payer_instruments (project_id, environment, id, phone, phone_hash, created_at, card_token)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        ON CONFLICT (project_id, environment, phone_hash) DO UPDATE SET phone = excluded.phone,
            card_token = excluded.card_token
        RETURNING id",
    )
    .bind(scope.project_id)
    .bind(scope.environment)
    .bind(new.id)
    .bind(phone)
    .bind(&new.hash)
    .bind(new.created_at_ms)
    .bind(card_token)
    .one()
}

/// What an instrument pays with; `None` when it does not exist or was emptied.
pub fn means(tx: &mut Tx<'_>, scope: &Scope, id: InstrumentId) -> Result<Option<Means>, StoreError> {
    struct Found(Option<Means>);
    impl FromRow for Found {
        fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
            let (phone, token): (Option<String>, Option<String>) = (row.get(0)?, row.get(1)?);
            Ok(Self(phone.map(Means::Phone).or(token.map(Means::CardToken))))
        }
    }
    let found: Option<Found> = tx
        .sql("SELECT phone, card_token FROM payer_instruments WHERE project_id = ?1 AND environment = ?2 AND id = ?3")
        .bind(scope.project_id)
        .bind(scope.environment)
        .bind(id)
        .optional()?;
    Ok(found.and_then(|Found(means)| means))
}

/// The phone number of an instrument, in E.164; `None` when it has none, does not exist or was emptied.
pub fn instrument_phone(tx: &mut Tx<'_>, scope: &Scope, id: InstrumentId) -> Result<Option<String>, StoreError> {
    Ok(means(tx, scope, id)?.and_then(|means| match means {
        Means::Phone(phone) => Some(phone),
        Means::CardToken(_) => None,
    }))
}

/// What a payer pays with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Means {
    /// A phone number, in E.164.
    Phone(String),
    /// A card, by the token that stands for it at the card processor.
    CardToken(String),
}

/// What pays.
#[derive(Clone)]
pub struct Instrument {
    /// Which, when it is new.
    pub id: InstrumentId,
    /// The number or the token.
    pub means: Means,
    /// Keyed hash of it.
    pub hash: String,
    /// Milliseconds UTC.
    pub created_at_ms: i64,
}
