//! The people who pay: one for both APIs. Owns who counts as the same person, and how that changes; never how a person is
//! shown.
//!
//! A person is known by their e-mail address, whatever its case, or else by their phone: that is their identity, and no two
//! customers of a scope share one. So that one person does not become two when one request names them by phone and another
//! by e-mail:
//!
//! * An e-mail address that nobody has, with a phone that only one customer has, who is known by it alone: it is them, and from
//!   now on their identity is the address.
//! * An e-mail address that somebody has: it is them, whoever else has the phone.
//! * A phone without an e-mail address: whoever is the only one with that phone. Where several have it (a family, a shop),
//!   nobody is guessed at: it is the customer who is known by that phone alone, made when there is none.

use domain::ids::CustomerId;
use domain::scope::Scope;
use store::customers::{self, Customer, Person};
use store::idempotency::EffectKind;
use store::page::Beyond;
use store::{StoreError, Tx};

use crate::Engine;
use crate::case::{Bench, must_be_one};
use crate::commands::{Claim, CustomerFilter, UpdateCustomer};
use crate::draws::Draws;
use crate::once::Once;
use crate::refusal::Refusal;
use crate::render::{Answer, Origin, Rendered};

/// How a change of a customer is answered. Must be a pure function: it runs inside the transaction.
pub type ShowCustomer = fn(&Customer) -> Rendered;

impl Engine {
    /// One customer.
    ///
    /// # Errors
    /// [`Refusal::UnknownCustomer`], also for another project's or environment's.
    pub async fn customer(&self, scope: Scope, id: CustomerId) -> Result<Customer, Refusal> {
        let found = self.house.store.read(move |tx| customers::get(tx, &scope, id)).await?;
        found.ok_or_else(|| Refusal::UnknownCustomer(id.to_string()))
    }

    /// Up to `limit` customers beyond `page`: newest first, but oldest first for [`Beyond::Newer`].
    ///
    /// # Errors
    /// A [`Refusal`] of the database.
    pub async fn customers(
        &self,
        scope: Scope,
        filter: CustomerFilter,
        page: Beyond<CustomerId>,
        limit: i64,
    ) -> Result<Vec<Customer>, Refusal> {
        let filter = customers::CustomerFilter {
            identity: filter.email.as_deref().map(known_by_email),
            phone: filter.phone,
            from_ms: filter.created_from_ms,
            to_ms: filter.created_to_ms,
        };
        let read = move |tx: &mut Tx<'_>| customers::list(tx, &scope, &filter, page.clone(), limit);
        Ok(self.house.store.read(read).await?)
    }

    /// Changes what is known of a customer. The answer of a claimed key that has been let go is given from the present state.
    ///
    /// # Errors
    /// [`Refusal::UnknownCustomer`]; [`Refusal::CustomerExists`] when somebody else has the identity that this would give
    /// them; [`Refusal::CustomerUnreachable`] when it would leave them neither e-mail nor phone.
    pub async fn update_customer(
        &self,
        scope: Scope,
        id: CustomerId,
        command: UpdateCustomer,
        spoken: (Option<Claim>, ShowCustomer),
    ) -> Result<Answer, Refusal> {
        let (claim, show) = spoken;
        let work = move |tx: &mut Tx<'_>, bench: &Bench| {
            update(tx, &bench.tenant.scope, id, &command).map(|customer| show(&customer))
        };
        match self.once(scope, (EffectKind::Update, claim), work).await? {
            Once::Answered(answer) => Ok(answer),
            Once::LetGo => Ok(Answer {
                rendered: show(&self.customer(scope, id).await?),
                origin: Origin::Replayed,
            }),
        }
    }
}

/// Finds the customer who is that person, or makes them; later values update what is known of them. E-mail or phone must be
/// there.
pub(crate) fn find_or_create_customer(
    tx: &mut Tx<'_>,
    scope: &Scope,
    draws: &mut Draws,
    person: &Person,
    at_ms: i64,
) -> Result<CustomerId, Refusal> {
    let identity = match (&person.email, &person.phone) {
        (Some(email), None) => known_by_email(email),
        (Some(email), Some(phone)) => {
            let (identity, by_phone) = (known_by_email(email), known_by_phone(phone));
            let only = customers::only_of_phone(tx, scope, phone)?;
            if only.is_some_and(|(_, known_by)| known_by == by_phone) {
                customers::move_identity(tx, scope, (&by_phone, &identity)).map_err(raced)?;
            }
            identity
        }
        (None, Some(phone)) => identity_behind(tx, scope, phone)?,
        (None, None) => return Err(Refusal::CustomerUnreachable),
    };
    let customer = Customer {
        id: draws.id(at_ms),
        person: person.clone(),
        created_at_ms: at_ms,
    };
    Ok(customers::upsert(tx, scope, &identity, &customer)?)
}

fn update(tx: &mut Tx<'_>, scope: &Scope, id: CustomerId, command: &UpdateCustomer) -> Result<Customer, Refusal> {
    let before = customers::lock(tx, scope, id)?.ok_or_else(|| Refusal::UnknownCustomer(id.to_string()))?;
    let mut customer = before.clone();
    command.apply(&mut customer.person);
    let identity = identity(&customer.person).ok_or(Refusal::CustomerUnreachable)?;
    if let Some(other) = customers::of_identity(tx, scope, &identity)?
        && other.id != id
    {
        return Err(Refusal::CustomerExists(other.id));
    }
    if customer != before {
        let at_ms = store::clock(tx)?;
        must_be_one(customers::update(tx, scope, &identity, &customer, at_ms).map_err(raced)?)?;
    }
    Ok(customer)
}

/// What a person is known by; `None` without e-mail and phone.
fn identity(person: &Person) -> Option<String> {
    let by_phone = person.phone.as_deref().map(known_by_phone);
    person.email.as_deref().map(known_by_email).or(by_phone)
}

fn known_by_email(email: &str) -> String {
    format!("email:{}", email.to_lowercase())
}

fn known_by_phone(phone: &str) -> String {
    format!("phone:{phone}")
}

/// The identity of the only customer with that phone, or else of the one who is known by it alone. Who was found is held:
/// their identity must not move while they are written to.
fn identity_behind(tx: &mut Tx<'_>, scope: &Scope, phone: &str) -> Result<String, StoreError> {
    let held = match customers::only_of_phone(tx, scope, phone)? {
        Some((id, _)) => customers::lock(tx, scope, id)?,
        None => None,
    };
    let still = held.filter(|customer| customer.person.phone.as_deref() == Some(phone));
    let found = still.and_then(|customer| identity(&customer.person));
    Ok(found.unwrap_or_else(|| known_by_phone(phone)))
}

/// Two requests gave the same identity at the same moment: the one that comes again sees what the other one did.
fn raced(error: StoreError) -> StoreError {
    match error {
        StoreError::Unique { .. } => StoreError::Conflict,
        other => other,
    }
}
