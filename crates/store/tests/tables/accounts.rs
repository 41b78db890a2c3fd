//! Accounts, customers, instruments and secrets.

use store::accounts::{self, AccountState};
use store::customers::{self, Customer, Person};
use store::projects;

use crate::house::{House, NOON_MS, id};

#[tokio::test]
async fn new_credentials_raise_the_version_of_an_account() {
    let (house, tenant) = House::with_tenant().await;
    let account_id = tenant.account(1).id;
    let reseal = house.write(move |tx| accounts::reseal(tx, &tenant.scope, account_id, "sealed anew"));
    assert_eq!(reseal.await, 1);
    let all = house.write(move |tx| accounts::all(tx, &tenant.scope)).await;
    let seen: Vec<_> = all
        .iter()
        .map(|one| (one.id, one.version, one.settings.as_str()))
        .collect();
    assert_eq!(
        seen,
        [(account_id, 2, "sealed anew"), (tenant.account(2).id, 1, "sealed")]
    );
}

#[tokio::test]
async fn an_account_is_renamed_closed_and_opened_and_keeps_its_version() {
    let (house, tenant) = House::with_tenant().await;
    let id = tenant.account(1).id;
    let get = || house.write(move |tx| accounts::lock(tx, &tenant.scope, id));
    let rename = |name| house.write(move |tx| accounts::rename(tx, &tenant.scope, id, name));
    assert_eq!(rename("Second till").await, 1);
    for state in [AccountState::Closed, AccountState::Active] {
        let set = house.write(move |tx| accounts::set_state(tx, &tenant.scope, id, state));
        assert_eq!(set.await, 1);
        let account = get().await.unwrap();
        assert_eq!(
            (account.name.as_str(), account.version, account.state),
            ("Second till", 1, state)
        );
    }
    let other = house.write(move |tx| accounts::get(tx, &tenant.scope, tenant.account(2).id));
    assert_eq!(other.await.unwrap().name, "Account 2");
}

#[tokio::test]
async fn a_known_customer_gets_the_values_that_are_given_and_keeps_the_others() {
    let (house, tenant) = House::with_tenant().await;
    let text = |text: &str| Some(text.to_owned());
    let upsert = |number, person: Person| {
        let customer = Customer {
            id: id(number),
            person,
            created_at_ms: NOON_MS + i64::from(number),
        };
        house.write(move |tx| customers::upsert(tx, &tenant.scope, "ama@example.com", &customer))
    };
    let first = Person {
        email: text("ama@example.com"),
        first_name: text("Ama"),
        city: text("Abidjan"),
        ..Person::default()
    };
    let later = Person {
        first_name: text("Amadou"),
        zip: text("00225"),
        ..Person::default()
    };
    assert_eq!(
        (upsert(50, first.clone()).await, upsert(51, later.clone()).await),
        (id(50), id(50))
    );
    let expected = Customer {
        id: id(50),
        person: Person {
            first_name: later.first_name,
            zip: later.zip,
            ..first
        },
        created_at_ms: NOON_MS + 50,
    };
    let get = |number| house.write(move |tx| customers::get(tx, &tenant.scope, id(number)));
    assert_eq!((get(50).await, get(51).await), (Some(expected), None));
}

#[tokio::test]
async fn a_phone_is_one_instrument() {
    let (house, tenant) = House::with_tenant().await;
    let mut again = tenant.instrument();
    again.id = id(70);
    let known = house
        .write(move |tx| customers::instrument(tx, &tenant.scope, &again))
        .await;
    assert_eq!(known, tenant.instrument().id);
    let phone = |number| house.write(move |tx| customers::instrument_phone(tx, &tenant.scope, id(number)));
    assert_eq!(
        (phone(tenant.number).await, phone(70).await),
        (Some("+2250700000100".to_owned()), None)
    );
}

#[tokio::test]
async fn a_secret_of_the_database_is_written_once() {
    let house = House::empty();
    let write = |sealed: &'static str| house.write(move |tx| projects::insert_secret(tx, "reference_key", sealed, 1));
    assert_eq!((write("first").await, write("second").await), (1, 0));
    assert_eq!(
        house.write(|tx| projects::secret(tx, "reference_key")).await.as_deref(),
        Some("first")
    );
}
