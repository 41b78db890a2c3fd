//! Customers: lists by page and filter, and identities that nobody shares.

use domain::ids::CustomerId;
use store::StoreError;
use store::customers::{self, Customer, CustomerFilter, Person};
use store::page::Beyond;

use crate::house::{House, NOON_MS, Tenant, id};

const SHARED: &str = "+2250700000001";

/// Three customers in each millisecond; every second one has the same phone. The house has one at noon.
fn customer(number: u32) -> Customer {
    let person = Person {
        email: Some(format!("{number}@example.com")),
        phone: number.is_multiple_of(2).then(|| SHARED.to_owned()),
        ..Person::default()
    };
    Customer {
        id: id(number),
        person,
        created_at_ms: NOON_MS + 1 + i64::from(number / 3),
    }
}

fn identity(number: u32) -> String {
    format!("email:{number}@example.com")
}

async fn add(house: &House, tenant: Tenant, numbers: std::ops::Range<u32>) {
    house
        .write(move |tx| {
            for number in numbers.clone() {
                customers::upsert(tx, &tenant.scope, &identity(number), &customer(number))?;
            }
            Ok(())
        })
        .await;
}

async fn list(house: &House, tenant: Tenant, filter: &CustomerFilter, page: Beyond<CustomerId>) -> Vec<Customer> {
    let filter = filter.clone();
    house
        .write(move |tx| customers::list(tx, &tenant.scope, &filter, page.clone(), 4))
        .await
}

fn ids(found: &[Customer]) -> Vec<CustomerId> {
    found.iter().map(|customer| customer.id).collect()
}

fn numbers(range: impl Iterator<Item = u32>) -> Vec<CustomerId> {
    range.map(id).collect()
}

#[tokio::test]
async fn pages_neither_skip_nor_repeat_while_customers_are_added() {
    let (house, tenant) = House::with_tenant().await;
    add(&house, tenant, 10..30).await;
    let made = CustomerFilter {
        from_ms: Some(NOON_MS + 1),
        ..CustomerFilter::default()
    };
    let of_phone = CustomerFilter {
        phone: Some(SHARED.to_owned()),
        ..made.clone()
    };
    let mut next = 30;
    for (filter, step) in [(made, 1), (of_phone, 2)] {
        let (mut seen, mut page) = (Vec::new(), Beyond::First);
        let newest = next - 1;
        loop {
            let found = list(&house, tenant, &filter, page).await;
            let Some(last) = found.last() else { break };
            page = Beyond::Older(last.created_at_ms, last.id);
            seen.extend(ids(&found));
            add(&house, tenant, next..next + 2).await;
            next += 2;
        }
        let wanted = (10..=newest).rev().filter(|number| number.is_multiple_of(step));
        assert_eq!(seen, numbers(wanted));
        let place = customer(20).created_at_ms;
        let newer = list(&house, tenant, &filter, Beyond::Newer(place, id(20))).await;
        let wanted = (21_u32..40).filter(|number| number.is_multiple_of(step)).take(4);
        assert_eq!(ids(&newer), numbers(wanted));
    }
}

#[tokio::test]
async fn an_identity_leads_to_one_customer_whatever_else_is_asked() {
    let (house, tenant) = House::with_tenant().await;
    add(&house, tenant, 10..16).await;
    let only = CustomerFilter {
        identity: Some(identity(12)),
        ..CustomerFilter::default()
    };
    let (at_ms, with) = (customer(12).created_at_ms, |change: fn(&mut CustomerFilter)| {
        let mut filter = only.clone();
        change(&mut filter);
        filter
    });
    let found = async |filter: &CustomerFilter, page| list(&house, tenant, filter, page).await.len();
    assert_eq!(ids(&list(&house, tenant, &only, Beyond::First).await), [id(12)]);
    assert_eq!(found(&only, Beyond::Older(at_ms + 1, id(0))).await, 1);
    assert_eq!(found(&only, Beyond::Older(at_ms, id(12))).await, 0);
    assert_eq!(found(&only, Beyond::Newer(at_ms, id(11))).await, 1);
    assert_eq!(found(&only, Beyond::Newer(at_ms, id(12))).await, 0);
    let with_phone = with(|filter| filter.phone = Some(SHARED.to_owned()));
    assert_eq!(found(&with_phone, Beyond::First).await, 1);
    let with_other_phone = with(|filter| filter.phone = Some("+2250700000002".to_owned()));
    assert_eq!(found(&with_other_phone, Beyond::First).await, 0);
    let later = with(|filter| filter.from_ms = Some(NOON_MS + 99));
    assert_eq!(found(&later, Beyond::First).await, 0);
    let earlier = with(|filter| filter.to_ms = Some(NOON_MS));
    assert_eq!(found(&earlier, Beyond::First).await, 0);
}

#[tokio::test]
async fn no_two_customers_share_an_identity() {
    let (house, tenant) = House::with_tenant().await;
    add(&house, tenant, 10..12).await;
    let taken = house
        .write(move |tx| customers::move_identity(tx, &tenant.scope, (&identity(10), &identity(11))))
        .await;
    assert_eq!(taken, 0, "somebody has it");
    let update =
        move |tx: &mut store::Tx<'_>| customers::update(tx, &tenant.scope, &identity(11), &customer(10), NOON_MS);
    let refused: Result<u64, StoreError> = house.store.write(update).await;
    assert!(matches!(refused, Err(StoreError::Unique { .. })), "{refused:?}");
    let moved = house
        .write(move |tx| customers::move_identity(tx, &tenant.scope, (&identity(10), "phone:+2250700000009")))
        .await;
    assert_eq!(moved, 1);
    let phones = house.write(move |tx| {
        let scope = &tenant.scope;
        let only = customers::only_of_phone(tx, scope, SHARED)?;
        customers::upsert(tx, scope, &identity(12), &customer(12))?;
        Ok((only, customers::only_of_phone(tx, scope, SHARED)?))
    });
    let only = Some((id(10), "phone:+2250700000009".to_owned()));
    assert_eq!(phones.await, (only, None), "one, then several");
}
