//! Customers: one person for many requests at once, and an answer that has been let go.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use domain::ids::CustomerId;
use domain::scope::Scope;
use engine::commands::{CustomerFilter, Person, UpdateCustomer};
use engine::render::{Origin, Rendered};
use engine::views::Customer;
use engine::{Engine, Refusal, ShowCustomer};
use store::idempotency;
use store::page::Beyond;
use support::{House, claim, id_of, intent};
use tokio::task::JoinSet;

const PHONE: &str = "+2250700000130";

fn show(customer: &Customer) -> Rendered {
    let city = customer.person.city.clone().unwrap_or_default();
    Rendered {
        status: 200,
        body: city.into_bytes(),
    }
}

fn person(email: Option<&str>, phone: Option<&str>) -> Person {
    Person {
        email: email.map(str::to_owned),
        phone: phone.map(str::to_owned),
        ..Person::default()
    }
}

fn to(city: &str) -> UpdateCustomer {
    UpdateCustomer {
        city: Some(Some(city.to_owned())),
        ..UpdateCustomer::default()
    }
}

/// Makes a payment of a person.
async fn pay(engine: &Engine, scope: Scope, person: Person) -> Result<CustomerId, Refusal> {
    let mut command = intent();
    command.customer = Some(person);
    let answer = engine.create_intent(scope, command, None).await?;
    let view = engine.payment(scope, id_of(&answer)).await?;
    Ok(view.intent.customer_id.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_recognised_once_however_many_ask_at_once() {
    let house = House::open().await;
    let known = pay(&house.engine, house.scope, person(None, Some(PHONE)))
        .await
        .unwrap();
    let asked = (0..24).map(|number| match number % 3 {
        0 => person(Some("awa@example.com"), Some(PHONE)),
        1 => person(Some("AWA@example.com"), Some(PHONE)),
        _ => person(None, Some(PHONE)),
    });
    let mut at_once = JoinSet::new();
    for person in asked {
        let (engine, scope) = (house.engine.clone(), house.scope);
        at_once.spawn(async move {
            // Of two that move the identity at the same moment, one is told to come again.
            loop {
                match pay(&engine, scope, person.clone()).await {
                    Err(Refusal::Busy) => {}
                    other => return other.unwrap(),
                }
            }
        });
    }
    let found = at_once.join_all().await;
    assert!(found.iter().all(|id| *id == known), "{found:?}");
    let all = house
        .engine
        .customers(house.scope, CustomerFilter::default(), Beyond::First, 9)
        .await
        .unwrap();
    assert_eq!(all.len(), 1);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_whose_answer_was_let_go_is_answered_from_the_present() {
    let house = House::open().await;
    let id = pay(&house.engine, house.scope, person(Some("awa@example.com"), None))
        .await
        .unwrap();
    let change = async |city: &str| {
        let spoken = (Some(claim("change")), show as ShowCustomer);
        house.engine.update_customer(house.scope, id, to(city), spoken).await
    };
    assert_eq!(change("Abidjan").await.unwrap().origin, Origin::Fresh);
    let stored = change("Abidjan").await.unwrap();
    assert_eq!(
        (stored.origin, stored.rendered.body.as_slice()),
        (Origin::Replayed, &b"Abidjan"[..])
    );
    let later = (None, show as ShowCustomer);
    house
        .engine
        .update_customer(house.scope, id, to("Dakar"), later)
        .await
        .unwrap();
    let forgotten = house
        .store
        .write(|tx| idempotency::forget_answers(tx, 0..i64::MAX))
        .await
        .unwrap();
    assert!(forgotten > 0);
    assert_eq!(house.engine.replay(house.scope, &claim("change")).await, Ok(None));
    let now = change("Abidjan").await.unwrap();
    assert_eq!(
        (now.origin, now.rendered.body.as_slice()),
        (Origin::Replayed, &b"Dakar"[..])
    );
    let mut other = claim("change");
    other.fingerprint = "other".to_owned();
    let reused = house.engine.replay(house.scope, &other).await;
    assert_eq!(reused, Err(Refusal::KeyReused));
    house.close().await;
}
