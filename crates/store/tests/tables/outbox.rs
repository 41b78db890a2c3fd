//! Events get numbers after the commit: whoever has seen a number has seen every lower one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::announcement::Announcement;
use domain::scope::{ApiFamily, Environment, Scope};
use store::outbox::{self, Event, EventFilter};
use store::page::Beyond;
use store::{Store, StoreError, Tx};
use tokio::task::JoinSet;

use crate::house::{House, NOON_MS, Tenant, id};
use crate::webhooks::event;

const PUBLISHERS: usize = 4;
const WRITERS: u32 = 4;
const EVENTS_EACH: u32 = 60;

/// Numbers up to `limit` events.
fn publish(tx: &mut Tx<'_>, scope: &Scope, limit: i64) -> Result<usize, StoreError> {
    let mut newest = outbox::lock_stream(tx, scope)?;
    let events = outbox::unpublished(tx, scope, limit)?;
    for event in &events {
        newest += 1;
        assert_eq!(outbox::number(tx, scope, event.id, newest)?, 1);
    }
    assert_eq!(outbox::move_stream(tx, scope, newest)?, 1);
    Ok(events.len())
}

fn numbers(events: &[Event]) -> Vec<i64> {
    events.iter().map(|event| event.stream_no.unwrap()).collect()
}

/// What a reader does again and again until everything is published; fails when it sees a gap.
async fn read_along(store: Store, scope: Scope, is_over: Arc<AtomicBool>) -> usize {
    let mut seen: Vec<i64> = Vec::new();
    loop {
        let last = is_over.load(Ordering::SeqCst);
        let after = seen.last().copied().unwrap_or(0);
        let found: Result<Vec<Event>, StoreError> = store
            .read(move |tx| {
                let newest = outbox::last_no(tx, &scope)?;
                let events = outbox::list(tx, &scope, &EventFilter::default(), Beyond::Newer(after, id(0)), 1_000)?;
                assert!(
                    after + i64::try_from(events.len()).unwrap() >= newest,
                    "{newest} was there"
                );
                Ok(events)
            })
            .await;
        seen.extend(numbers(&found.unwrap()));
        assert!((1..).zip(&seen).all(|(expected, seen)| expected == *seen), "{seen:?}");
        if last {
            return seen.len();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn publishers_at_once_leave_neither_gaps_nor_doubles() {
    let (house, tenant) = House::with_tenant().await;
    for number in 1..=WRITERS {
        house.pay(tenant, number).await;
    }
    let (is_written, is_over) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let reader = tokio::spawn(read_along(house.store.clone(), tenant.scope, Arc::clone(&is_over)));
    let mut publishers = JoinSet::new();
    for _ in 0..PUBLISHERS {
        let (store, is_written) = (house.store.clone(), Arc::clone(&is_written));
        publishers.spawn(async move {
            let mut published = 0;
            loop {
                let last = is_written.load(Ordering::SeqCst);
                let some: Result<usize, StoreError> = store.write(move |tx| publish(tx, &tenant.scope, 7)).await;
                match some.unwrap() {
                    0 if last => return published,
                    some => published += some,
                }
            }
        });
    }
    let mut writers = JoinSet::new();
    for writer in 1..=WRITERS {
        let store = house.store.clone();
        writers.spawn(async move {
            for sequence in 1..=EVENTS_EACH {
                let told = event(id(writer), writer * 1_000 + sequence, sequence.into());
                let written: Result<(), StoreError> =
                    store.write(move |tx| outbox::insert(tx, &tenant.scope, &told)).await;
                written.unwrap();
            }
        });
    }
    writers.join_all().await;
    is_written.store(true, Ordering::SeqCst);
    let published: usize = publishers.join_all().await.into_iter().sum();
    is_over.store(true, Ordering::SeqCst);
    let expected = usize::try_from(WRITERS * EVENTS_EACH).unwrap();
    assert_eq!((published, reader.await.unwrap()), (expected, expected));
    for writer in 1..=WRITERS {
        let of = house
            .write(move |tx| outbox::of_intent(tx, &tenant.scope, id(writer)))
            .await;
        assert!(numbers(&of).is_sorted(), "the order within a payment is kept");
    }
}

#[tokio::test]
async fn lists_show_published_events_page_by_page() {
    let (house, tenant) = House::with_tenant().await;
    for number in [1, 2] {
        house.pay(tenant, number).await;
    }
    let add = |number: u32| {
        let mut told = event(id(number % 2 + 1), number, number.into());
        if number.is_multiple_of(3) {
            told.announcement = Announcement::PaymentFailed;
        }
        if number == 5 {
            told.family = ApiFamily::PaymentIntents;
        }
        house.write(move |tx| outbox::insert(tx, &tenant.scope, &told))
    };
    for number in 1..=6 {
        add(number).await;
    }
    let list = |filter: EventFilter, page: Beyond<_>, limit| {
        house.write(move |tx| outbox::list(tx, &tenant.scope, &filter, page.clone(), limit))
    };
    let all = EventFilter::default;
    assert!(list(all(), Beyond::First, 9).await.is_empty(), "none is published");
    let first = house.write(move |tx| outbox::unpublished(tx, &tenant.scope, 2)).await;
    assert_eq!(first.iter().map(|one| one.id).collect::<Vec<_>>(), [id(1), id(2)]);
    assert_eq!(house.write(move |tx| publish(tx, &tenant.scope, 5)).await, 5);
    assert_eq!(numbers(&list(all(), Beyond::First, 9).await), [5, 4, 3, 2, 1]);
    assert_eq!(numbers(&list(all(), Beyond::First, 2).await), [5, 4]);
    assert_eq!(numbers(&list(all(), Beyond::Older(4, id(0)), 2).await), [3, 2]);
    assert_eq!(numbers(&list(all(), Beyond::Newer(2, id(0)), 2).await), [3, 4]);
    let only = |change: fn(&mut EventFilter)| {
        let mut filter = all();
        change(&mut filter);
        list(filter, Beyond::First, 9)
    };
    assert_eq!(numbers(&only(|f| f.intent_id = Some(id(2))).await), [5, 3, 1]);
    assert_eq!(
        numbers(&only(|f| f.family = Some(ApiFamily::PaymentIntents)).await),
        [5]
    );
    assert_eq!(
        numbers(&only(|f| f.announcement = Some(Announcement::PaymentFailed)).await),
        [3]
    );
    assert_eq!(numbers(&only(|f| f.from_ms = Some(NOON_MS + 4)).await), [5, 4]);
    assert_eq!(numbers(&only(|f| f.to_ms = Some(NOON_MS + 2)).await), [2, 1]);
    let own = EventFilter {
        intent_id: Some(id(2)),
        ..all()
    };
    assert_eq!(numbers(&list(own, Beyond::Newer(1, id(0)), 9).await), [3, 5]);
    let again = house.write(move |tx| outbox::number(tx, &tenant.scope, id(1), 9));
    assert_eq!(again.await, 0, "a number is given once");
    let back = house.write(move |tx| outbox::move_stream(tx, &tenant.scope, 4));
    assert_eq!(back.await, 0, "the stream does not go back");
}

#[tokio::test]
async fn environments_that_wait_longest_are_published_first() {
    let house = House::empty();
    let tenants = [
        Tenant::new(1, Environment::Live),
        Tenant::new(2, Environment::Sandbox),
        Tenant::new(11, Environment::Live),
    ];
    for (tenant, number) in tenants.into_iter().zip([30, 10, 20]) {
        house.settle(tenant).await;
        house.pay(tenant, tenant.number).await;
        for later in [number, number + 1_000] {
            let told = event(id(tenant.number), later, later.into());
            house.write(move |tx| outbox::insert(tx, &tenant.scope, &told)).await;
        }
    }
    let scopes = |limit| house.write(move |tx| outbox::unpublished_scopes(tx, limit));
    let [third, first, second] = tenants.map(|tenant| tenant.scope);
    assert_eq!(scopes(9).await, [first, second, third]);
    assert_eq!(scopes(1).await, [first]);
    assert_eq!(house.write(move |tx| publish(tx, &first, 9)).await, 2);
    assert_eq!(scopes(9).await, [second, third]);
}
