//! What a tenant knows of customers.

use domain::scope::Scope;
use store::customers::{self, Customer, CustomerFilter, Person};
use store::page::Beyond;
use store::{StoreError, Tx};

use super::{Belongings, Changed, Seen};
use crate::house::{NOON_MS, id};

const PHONE: &str = "+2250700009999";
const IDENTITY: &str = "known to one";

fn customer() -> Customer {
    let person = Person {
        phone: Some(PHONE.to_owned()),
        ..Person::default()
    };
    Customer {
        id: id(777),
        person,
        created_at_ms: NOON_MS,
    }
}

impl Belongings {
    /// A customer whom nobody else knows.
    pub(super) fn furnish_customers(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        customers::upsert(tx, &self.owner.scope, IDENTITY, &customer())?;
        Ok(())
    }

    pub(super) fn customers_seen(&self, tx: &mut Tx<'_>, scope: &Scope) -> Result<Seen, StoreError> {
        let all = CustomerFilter::default();
        let (mut of_phone, mut of_identity) = (all.clone(), all.clone());
        of_phone.phone = Some(PHONE.to_owned());
        of_identity.identity = Some(IDENTITY.to_owned());
        let mut seen = vec![
            ("customer by id", customers::get(tx, scope, id(777))?.is_some()),
            ("customer to change", customers::lock(tx, scope, id(777))?.is_some()),
            (
                "customer of an identity",
                customers::of_identity(tx, scope, IDENTITY)?.is_some(),
            ),
            (
                "customer of a phone",
                customers::only_of_phone(tx, scope, PHONE)?.is_some(),
            ),
        ];
        for filter in [&all, &of_phone, &of_identity] {
            for page in [Beyond::First, Beyond::Newer(0, id(0))] {
                let found = customers::list(tx, scope, filter, page, 9)?;
                seen.push(("customers", found.iter().any(|found| found.id == id(777))));
            }
        }
        Ok(seen)
    }

    pub(super) fn customers_changed(&self, tx: &mut Tx<'_>, scope: &Scope) -> Result<Changed, StoreError> {
        Ok(vec![
            (
                "change customer",
                customers::update(tx, scope, IDENTITY, &customer(), NOON_MS)?,
            ),
            (
                "move identity",
                customers::move_identity(tx, scope, (IDENTITY, "known to nobody"))?,
            ),
        ])
    }
}
