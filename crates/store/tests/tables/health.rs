//! Health comes back as it was written, observations are taken once, and a probe has one seat.

use std::collections::BTreeSet;

use domain::routing::breaker::{Breaker, Circuit, FIRST_PROBE_MS, Outcome, PROBE_LOST_MS, WINDOW};
use domain::routing::score::Score;
use store::StoreError;
use store::health::{self, Health, Observation, Seen, Subject};

use crate::house::{House, NOON_MS, Tenant, country, id, method};
use crate::races::race;

/// Of the first account of a tenant.
pub(crate) fn subject(tenant: Tenant) -> Subject {
    Subject {
        account_id: tenant.account(1).id,
        method: method("card"),
        country: country("CI"),
    }
}

/// Health with the probe due from [`NOON_MS`].
pub(crate) fn down(subject: Subject) -> Health {
    let outage = |breaker: Breaker, _| breaker.learn(Outcome::Outage, 0, NOON_MS - FIRST_PROBE_MS);
    let breaker = (0..5).fold(Breaker::new(0), outage);
    assert_eq!((breaker.circuit, breaker.probe_at_ms), (Circuit::Open, NOON_MS));
    Health {
        subject,
        breaker,
        score: Score::default().paid(5).lost(NOON_MS),
        latency_ms: 321,
    }
}

/// An observation of that number, made at that time.
pub(crate) fn observation(tenant: Tenant, number: u32, at_ms: i64) -> Observation {
    Observation {
        id: id(number),
        subject: subject(tenant),
        seen: [Seen::Worked, Seen::Outage, Seen::Paid, Seen::Lost][number as usize % 4],
        started_at_ms: at_ms - 7,
        at_ms,
    }
}

impl House {
    async fn observe(&self, tenant: Tenant, observation: &Observation) {
        let made = observation.clone();
        self.write(move |tx| health::observe(tx, &tenant.scope, &made)).await;
    }

    async fn save_health(&self, tenant: Tenant, health: &Health) {
        let known = health.clone();
        self.write(move |tx| health::save(tx, &tenant.scope, &known)).await;
    }

    async fn health(&self, tenant: Tenant, subject: Subject) -> Option<Health> {
        self.write(move |tx| health::lock(tx, &tenant.scope, subject)).await
    }

    async fn begin_probe(&self, tenant: Tenant, read: &Health, at_ms: i64) -> u64 {
        let read = read.clone();
        self.write(move |tx| health::begin_probe(tx, &tenant.scope, &read, at_ms))
            .await
    }
}

#[tokio::test]
async fn health_comes_back_as_it_was_written_last() {
    let (house, tenant) = House::with_tenant().await;
    let subject = subject(tenant);
    assert_eq!(house.health(tenant, subject).await, None);
    let mixed = (0..WINDOW).map(|number| match number % 3 {
        0 => Outcome::Outage,
        _ => Outcome::Worked,
    });
    for circuit in [Circuit::Closed, Circuit::Open, Circuit::HalfOpen] {
        let written = Health {
            subject,
            breaker: Breaker {
                circuit,
                outages_in_row: 3,
                recent: mixed.clone().collect(),
                changed_at_ms: NOON_MS + 1,
                probe_at_ms: NOON_MS + 2,
                probe_wait_ms: 60_000,
            },
            score: Score {
                paid_milli: 1_234,
                ended_milli: 5_678,
                at_ms: NOON_MS + 3,
            },
            latency_ms: 876,
        };
        house.save_health(tenant, &written).await;
        assert_eq!(house.health(tenant, subject).await, Some(written));
    }
    let fresh = Health {
        breaker: Breaker::new(NOON_MS),
        ..down(subject)
    };
    house.save_health(tenant, &fresh).await;
    assert_eq!(
        house.health(tenant, subject).await,
        Some(fresh),
        "also with nothing recent"
    );
    house
        .write(|tx| tx.sql("UPDATE health SET recent = '1x0'").execute())
        .await;
    let answer = house.store.read(move |tx| health::all(tx, &tenant.scope)).await;
    assert!(matches!(answer, Err(StoreError::InvalidRow { .. })), "{answer:?}");
}

#[tokio::test]
async fn the_health_of_a_method_is_that_of_every_account_there() {
    let (house, tenant) = House::with_tenant().await;
    let first = subject(tenant);
    let (second, abroad, other) = (
        Subject {
            account_id: tenant.account(2).id,
            ..first
        },
        Subject {
            country: country("SN"),
            ..first
        },
        Subject {
            method: method("momo_mtn"),
            ..first
        },
    );
    for subject in [second, abroad, other, first] {
        house.save_health(tenant, &down(subject)).await;
    }
    let here = house.write(move |tx| health::of_method(tx, &tenant.scope, method("card"), country("CI")));
    let here: BTreeSet<_> = here.await.into_iter().map(|health| health.subject).collect();
    assert_eq!(here, BTreeSet::from([first, second]));
    let all = house.write(move |tx| health::all(tx, &tenant.scope)).await;
    let all: Vec<_> = all.into_iter().map(|health| health.subject).collect();
    assert_eq!(all, [first, abroad, other, second], "by account, method and country");
}

#[tokio::test]
async fn observations_are_taken_once_in_the_order_in_which_they_were_made() {
    let (house, tenant) = House::with_tenant().await;
    let other = Tenant::new(11, tenant.scope.environment);
    house.settle(other).await;
    let is_waiting = || house.write(health::is_waiting);
    assert!(!is_waiting().await);
    let order = [(3, 10), (2, 20), (4, 20), (1, 30)];
    for (number, at_ms) in [(1, 30), (4, 20), (2, 20), (3, 10)] {
        let owner = if number == 2 { other } else { tenant };
        house.observe(owner, &observation(owner, number, at_ms)).await;
    }
    assert!(is_waiting().await);
    let mut taken = Vec::new();
    for expected in [3, 1, 0] {
        let batch = house.write(|tx| health::take(tx, 3)).await;
        assert_eq!(batch.len(), expected);
        taken.extend(batch);
    }
    let expected = order.map(|(number, at_ms)| {
        let owner = if number == 2 { other } else { tenant };
        (owner.scope, observation(owner, number, at_ms))
    });
    assert_eq!(taken, expected);
    assert!(!is_waiting().await);
}

#[tokio::test]
async fn observations_of_a_fold_that_fails_are_taken_again() {
    let (house, tenant) = House::with_tenant().await;
    house.observe(tenant, &observation(tenant, 1, 10)).await;
    let failed: Result<(), StoreError> = house
        .store
        .write(|tx| {
            assert_eq!(health::take(tx, 9)?.len(), 1);
            Err(StoreError::Missing)
        })
        .await;
    assert!(failed.is_err());
    assert_eq!(house.write(|tx| health::take(tx, 9)).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_observation_goes_to_one_worker() {
    let (house, tenant) = House::with_tenant().await;
    house
        .write(move |tx| {
            for number in 0..200 {
                let at_ms = i64::from(number * 37 % 200);
                health::observe(tx, &tenant.scope, &observation(tenant, number, at_ms))?;
            }
            Ok(())
        })
        .await;
    let mut all = Vec::new();
    let mut batches = race(&house.store, |_| |tx: &mut store::Tx<'_>| health::take(tx, 5)).await;
    batches.push(house.store.write(|tx| health::take(tx, 500)).await);
    for batch in batches {
        let batch: Vec<_> = batch.unwrap().into_iter().map(|(_, one)| (one.at_ms, one.id)).collect();
        assert!(batch.is_sorted(), "{batch:?}");
        all.extend(batch);
    }
    let once: BTreeSet<_> = all.iter().collect();
    assert_eq!((once.len(), all.len()), (200, 200), "none is lost, none is taken twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_gets_the_seat_of_a_probe() {
    let (house, tenant) = House::with_tenant().await;
    let read = down(subject(tenant));
    house.save_health(tenant, &read).await;
    for round in 0..10 {
        let at_ms = NOON_MS + round * PROBE_LOST_MS;
        let answers = race(&house.store, |_| {
            let read = read.clone();
            move |tx: &mut store::Tx<'_>| health::begin_probe(tx, &tenant.scope, &read, at_ms)
        });
        let seats: u64 = answers.await.into_iter().map(Result::unwrap).sum();
        assert_eq!(seats, 1, "round {round}");
    }
}

#[tokio::test]
async fn a_probe_starts_at_its_time_and_is_taken_anew_when_it_is_lost() {
    let (house, tenant) = House::with_tenant().await;
    let read = down(subject(tenant));
    assert_eq!(house.begin_probe(tenant, &read, NOON_MS).await, 0, "nothing is known");
    house.save_health(tenant, &read).await;
    assert_eq!(house.begin_probe(tenant, &read, NOON_MS - 1).await, 0, "not yet");
    assert_eq!(house.health(tenant, read.subject).await.as_ref(), Some(&read));
    assert_eq!(house.begin_probe(tenant, &read, NOON_MS).await, 1);
    let probing = Health {
        breaker: read.breaker.clone().probing(NOON_MS),
        ..read.clone()
    };
    assert_eq!(house.health(tenant, read.subject).await.as_ref(), Some(&probing));
    let lost_ms = NOON_MS + PROBE_LOST_MS;
    for health in [&read, &probing] {
        assert_eq!(house.begin_probe(tenant, health, lost_ms - 1).await, 0, "under way");
    }
    assert_eq!(house.begin_probe(tenant, &probing, lost_ms).await, 1, "given up");
    assert_eq!(house.begin_probe(tenant, &read, lost_ms).await, 0, "under way again");
    let well = Health {
        breaker: probing.breaker.learn(Outcome::Worked, lost_ms, lost_ms),
        ..read.clone()
    };
    house.save_health(tenant, &well).await;
    assert_eq!(
        house.begin_probe(tenant, &read, i64::MAX / 2).await,
        0,
        "it works again"
    );
}
