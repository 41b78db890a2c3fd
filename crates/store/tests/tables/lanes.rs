//! A lane is one process's at a time, and awake as long as something waits in it and its endpoint is enabled.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::scope::Scope;
use domain::webhook::{DeliveryOrder, EndpointState};
use store::deliveries::{self, Outcome};
use store::webhook_lanes::{self, Lane};
use store::{Store, StoreError, Tx, instances, outbox, webhook_endpoints};
use tokio::task::JoinSet;

use crate::house::{House, NOON_MS, Tenant, id};
use crate::races::race;
use crate::webhooks::{delivery, endpoint, event};

/// Until when a claim at noon holds.
const UNTIL_MS: i64 = NOON_MS + 30_000;

/// An origin that payments name.
const ORIGIN: &str = "https://shop.example:443";

impl House {
    async fn start_process(&self, at_ms: i64) -> i64 {
        self.write(move |tx| instances::start(tx, "0.1.0", at_ms)).await
    }

    async fn add_lane(&self, tenant: Tenant, lane_id: &'static str) {
        self.write(move |tx| webhook_lanes::ensure(tx, &tenant.scope, lane_id, None))
            .await;
    }

    async fn claim_lanes(&self, epoch: i64, now_ms: i64) -> Vec<String> {
        let lanes = self.write(move |tx| webhook_lanes::claim(tx, epoch, now_ms, now_ms + 30_000, (99, 99)));
        lanes.await.into_iter().map(|lane| lane.id).collect()
    }

    async fn wake(&self, tenant: Tenant, lane_id: &str, due_at_ms: i64) -> Option<i64> {
        let id = lane_id.to_owned();
        self.write(move |tx| webhook_lanes::wake(tx, &tenant.scope, &id, due_at_ms))
            .await;
        self.lane(tenant, lane_id).await.due_at_ms
    }

    async fn release(&self, tenant: Tenant, lane_id: &str, epoch: i64) -> u64 {
        let id = lane_id.to_owned();
        self.write(move |tx| webhook_lanes::release(tx, &tenant.scope, &id, epoch))
            .await
    }

    async fn renew(&self, tenant: Tenant, lane_id: &'static str, epoch: i64, until_ms: i64) -> u64 {
        self.write(move |tx| webhook_lanes::renew(tx, &tenant.scope, lane_id, epoch, until_ms))
            .await
    }

    async fn next_lane(&self, now_ms: i64) -> Option<i64> {
        self.write(move |tx| webhook_lanes::next_due(tx, now_ms)).await
    }
}

#[tokio::test]
async fn a_lane_is_held_until_it_is_let_go_or_its_process_is_gone() {
    let (house, tenant) = House::with_tenant().await;
    let (one, other) = (house.start_process(NOON_MS).await, house.start_process(NOON_MS).await);
    house.add_lane(tenant, ORIGIN).await;
    assert_eq!(house.next_lane(NOON_MS).await, None, "nothing waits");
    let told = event(house.pay(tenant, 1).await.intent.id, 1, 1);
    house.post(tenant, ORIGIN, &told, NOON_MS).await;
    assert_eq!(house.claim_lanes(one, NOON_MS - 1).await, [""; 0], "it is not due");
    assert_eq!(house.next_lane(NOON_MS).await, Some(NOON_MS));
    assert_eq!(house.claim_lanes(one, NOON_MS).await, [ORIGIN]);
    assert_eq!(
        (
            house.next_lane(UNTIL_MS).await,
            house.claim_lanes(other, UNTIL_MS).await.len()
        ),
        (None, 0)
    );
    assert_eq!(
        (
            house.renew(tenant, ORIGIN, other, 0).await,
            house.release(tenant, ORIGIN, other).await
        ),
        (0, 0)
    );

    let later_ms = UNTIL_MS + 1;
    assert_eq!(house.renew(tenant, ORIGIN, one, later_ms).await, 1);
    assert_eq!(house.claim_lanes(other, later_ms).await.len(), 0, "it was renewed");
    assert_eq!(
        house.claim_lanes(other, later_ms + 1).await,
        [ORIGIN],
        "it was not renewed again"
    );
    assert_eq!(
        house.renew(tenant, ORIGIN, one, i64::MAX).await,
        0,
        "it is another's now"
    );

    let fence = house.write(move |tx| {
        instances::beat(tx, one, UNTIL_MS)?;
        instances::fence_silent(tx, one, UNTIL_MS, UNTIL_MS)
    });
    assert_eq!(fence.await, 1);
    assert_eq!(house.next_lane(NOON_MS).await, Some(NOON_MS), "its process is dead");
    assert_eq!(house.claim_lanes(one, NOON_MS).await, [ORIGIN]);
    assert_eq!(
        house.release(tenant, ORIGIN, other).await,
        0,
        "it is too late for the dead one"
    );
    assert_eq!(house.release(tenant, ORIGIN, one).await, 1);
    let lane = house.lane(tenant, ORIGIN).await;
    assert_eq!(lane.due_at_ms, Some(NOON_MS), "its delivery waits still");
    house
        .write(move |tx| {
            deliveries::record(
                tx,
                &tenant.scope,
                (id(1), 0, DeliveryOrder::Any),
                Outcome::Delivered,
                NOON_MS,
            )
        })
        .await;
    assert_eq!(house.claim_lanes(one, NOON_MS).await, [ORIGIN]);
    assert_eq!(house.release(tenant, ORIGIN, one).await, 1);
    assert_eq!(house.next_lane(i64::MAX).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_lane_goes_to_one_process() {
    let (house, tenant) = House::with_tenant().await;
    house
        .write(move |tx| {
            for number in 1..=40 {
                instances::start(tx, "0.1.0", NOON_MS)?;
                let name = format!("https://{number}.example:443");
                webhook_lanes::ensure(tx, &tenant.scope, &name, None)?;
                webhook_lanes::wake(tx, &tenant.scope, &name, NOON_MS + number % 7)?;
            }
            Ok(())
        })
        .await;
    let answers = race(&house.store, |number| {
        move |tx: &mut Tx<'_>| webhook_lanes::claim(tx, number.into(), NOON_MS + 9, UNTIL_MS, (10, 10))
    });
    let lanes: Vec<Lane> = answers.await.into_iter().flat_map(Result::unwrap).collect();
    let once: BTreeSet<_> = lanes.iter().map(|lane| lane.id.as_str()).collect();
    assert_eq!(once.len(), lanes.len(), "claimed twice");
    let rest = house.claim_lanes(1, NOON_MS + 9).await;
    assert_eq!(lanes.len() + rest.len(), 40, "none is lost");
}

#[tokio::test]
async fn a_lane_is_woken_for_the_earliest_and_never_while_its_endpoint_is_disabled() {
    let (house, tenant) = House::with_tenant().await;
    let epoch = house.start_process(NOON_MS).await;
    let lane_id = house.open_endpoint(tenant, 1, DeliveryOrder::Any).await;
    let told = event(house.pay(tenant, 1).await.intent.id, 1, 1);
    for (due_at_ms, then_ms) in [(20, 20), (30, 20), (20, 20), (10, 10)] {
        assert_eq!(house.wake(tenant, &lane_id, due_at_ms).await, Some(then_ms));
    }
    let change = |state, deleted_at_ms| {
        house.write(move |tx| {
            let mut changed = endpoint(1, DeliveryOrder::Any);
            (changed.state, changed.deleted_at_ms) = (state, deleted_at_ms);
            webhook_endpoints::update(tx, &tenant.scope, &changed)
        })
    };
    let disable = |state| house.write(move |tx| webhook_endpoints::disable(tx, &tenant.scope, id(1), state));
    let due = || async { house.lane(tenant, &lane_id).await.due_at_ms };
    assert_eq!((disable(EndpointState::DisabledAsGone).await, due().await), (1, None));
    assert_eq!(house.wake(tenant, &lane_id, 10).await, None);
    house.post(tenant, &lane_id, &told, NOON_MS).await;
    assert_eq!(
        (house.next_lane(i64::MAX).await, house.write(deliveries::backlog).await),
        (None, (0, None))
    );

    assert_eq!((change(EndpointState::Enabled, None).await, due().await), (1, None));
    assert_eq!(house.wake(tenant, &lane_id, NOON_MS).await, Some(NOON_MS));
    assert_eq!(house.write(deliveries::backlog).await, (1, Some(NOON_MS)));
    assert_eq!(change(EndpointState::Enabled, None).await, 1);
    assert_eq!(due().await, Some(NOON_MS), "another change leaves it awake");
    assert_eq!(house.claim_lanes(epoch, NOON_MS).await, std::slice::from_ref(&lane_id));
    assert_eq!(change(EndpointState::DisabledByPerson, None).await, 1);
    assert_eq!((house.release(tenant, &lane_id, epoch).await, due().await), (1, None));
    assert_eq!(change(EndpointState::Enabled, None).await, 1);
    assert_eq!(house.wake(tenant, &lane_id, NOON_MS).await, Some(NOON_MS));
    assert_eq!(change(EndpointState::Enabled, Some(NOON_MS)).await, 1);
    assert_eq!(
        (due().await, house.wake(tenant, &lane_id, NOON_MS).await),
        (None, None),
        "it is deleted"
    );
}

#[tokio::test]
async fn failures_count_from_the_first_until_something_is_taken() {
    let (house, tenant) = House::with_tenant().await;
    house.add_lane(tenant, ORIGIN).await;
    let fail = |at_ms| house.write(move |tx| webhook_lanes::failed(tx, &tenant.scope, ORIGIN, "status 500", at_ms));
    let recover = || house.write(move |tx| webhook_lanes::recovered(tx, &tenant.scope, ORIGIN));
    let fresh = house.lane(tenant, ORIGIN).await;
    assert_eq!(recover().await, 0, "it did not fail");
    fail(12).await;
    fail(20).await;
    let failing = fail(10).await.unwrap();
    assert_eq!((failing.failures, failing.failing_since_ms), (3, Some(10)));
    assert_eq!(failing.last_failure.as_deref(), Some("status 500"));
    house
        .write(move |tx| webhook_lanes::told(tx, &tenant.scope, ORIGIN, 24))
        .await;
    assert_eq!(house.lane(tenant, ORIGIN).await.told_hours, 24);
    assert_eq!(
        house.write(webhook_lanes::count_failing).await,
        0,
        "nothing waits there"
    );
    house.wake(tenant, ORIGIN, 30).await;
    assert_eq!(house.write(webhook_lanes::count_failing).await, 1);
    assert_eq!((recover().await, recover().await), (1, 0));
    let recovered = house.lane(tenant, ORIGIN).await;
    assert_eq!(
        recovered,
        Lane {
            due_at_ms: Some(30),
            ..fresh
        },
        "nothing is left of it"
    );
}

/// What an engine does at a lane: everything that is due is delivered.
fn work(tx: &mut Tx<'_>, scope: &Scope, epoch: i64, lane_id: &str) -> Result<(), StoreError> {
    for due in deliveries::due(tx, scope, (lane_id, DeliveryOrder::Any), UNTIL_MS, 9)? {
        let (id, tries) = (due.delivery.id, due.delivery.tries);
        deliveries::record(tx, scope, (id, tries, DeliveryOrder::Any), Outcome::Delivered, NOON_MS)?;
    }
    webhook_lanes::renew(tx, scope, lane_id, epoch, UNTIL_MS)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_delivery_that_is_added_while_its_lane_is_released_wakes_it() {
    const ROUNDS: u32 = 150;
    const ADDED: u32 = 3;
    let (house, tenant) = House::with_tenant().await;
    let epoch = house.start_process(NOON_MS).await;
    house.add_lane(tenant, ORIGIN).await;
    let intent_id = house.pay(tenant, 1).await.intent.id;
    house.wake(tenant, ORIGIN, NOON_MS).await;
    for round in 1..=ROUNDS {
        assert_eq!(house.claim_lanes(epoch, NOON_MS).await, [ORIGIN], "round {round}");
        house.write(move |tx| work(tx, &tenant.scope, epoch, ORIGIN)).await;
        let answers = race_of(&house.store, ADDED + 1, move |tx, which| {
            if which == 0 {
                return webhook_lanes::release(tx, &tenant.scope, ORIGIN, epoch).map(drop);
            }
            let told = event(intent_id, round * 10 + which, (round * 10 + which).into());
            outbox::insert(tx, &tenant.scope, &told)?;
            deliveries::insert(tx, &tenant.scope, &delivery(&told, round * 10 + which, ORIGIN, NOON_MS))?;
            webhook_lanes::wake(tx, &tenant.scope, ORIGIN, NOON_MS).map(drop)
        });
        answers.await;
    }
}

async fn race_of<F>(store: &Store, racers: u32, work: F)
where
    F: Fn(&mut Tx<'_>, u32) -> Result<(), StoreError> + Clone + Send + 'static,
{
    let mut tasks = JoinSet::new();
    for number in 0..racers {
        let (store, work) = (store.clone(), work.clone());
        tasks.spawn(async move { store.write(move |tx| work(tx, number)).await.unwrap() });
    }
    tasks.join_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_stays_behind_while_an_endpoint_comes_and_goes() {
    const ADDERS: u32 = 2;
    const EACH: u32 = 100;
    let (house, tenant) = House::with_tenant().await;
    let lane_id: &'static str = house.open_endpoint(tenant, 1, DeliveryOrder::Any).await.leak();
    let intent_id = house.pay(tenant, 1).await.intent.id;
    let is_over = Arc::new(AtomicBool::new(false));
    let mut workers = JoinSet::new();
    for _ in 0..2 {
        let (store, epoch, is_over) = (
            house.store.clone(),
            house.start_process(NOON_MS).await,
            Arc::clone(&is_over),
        );
        workers.spawn(async move {
            loop {
                let last = is_over.load(Ordering::SeqCst);
                let claim = store.write(move |tx| webhook_lanes::claim(tx, epoch, NOON_MS, UNTIL_MS, (9, 9)));
                let claimed: Result<Vec<Lane>, StoreError> = claim.await;
                if claimed.unwrap().is_empty() {
                    if last {
                        return;
                    }
                    continue;
                }
                let done: Result<(), StoreError> = store.write(move |tx| work(tx, &tenant.scope, epoch, lane_id)).await;
                done.unwrap();
                let released = store.write(move |tx| webhook_lanes::release(tx, &tenant.scope, lane_id, epoch));
                let released: Result<u64, StoreError> = released.await;
                assert_eq!(released.unwrap(), 1);
            }
        });
    }
    let mut adders = JoinSet::new();
    for adder in 1..=ADDERS {
        let store = house.store.clone();
        adders.spawn(async move {
            for number in adder * 1_000..adder * 1_000 + EACH {
                let told = event(intent_id, number, number.into());
                let added: Result<u64, StoreError> = store
                    .write(move |tx| {
                        outbox::insert(tx, &tenant.scope, &told)?;
                        deliveries::insert(tx, &tenant.scope, &delivery(&told, number, lane_id, NOON_MS))?;
                        webhook_lanes::wake(tx, &tenant.scope, lane_id, NOON_MS)
                    })
                    .await;
                added.unwrap();
            }
        });
    }
    let switch = |state| {
        house.write(move |tx| {
            let mut changed = endpoint(1, DeliveryOrder::Any);
            changed.state = state;
            webhook_endpoints::update(tx, &tenant.scope, &changed)?;
            webhook_lanes::wake(tx, &tenant.scope, lane_id, NOON_MS)
        })
    };
    while !adders.is_empty() {
        switch(EndpointState::DisabledByPerson).await;
        switch(EndpointState::Enabled).await;
        while adders.try_join_next().is_some_and(|added| added.is_ok()) {}
    }
    is_over.store(true, Ordering::SeqCst);
    workers.join_all().await;
    let rest = house.write(move |tx| deliveries::next_due(tx, &tenant.scope, lane_id));
    assert_eq!(rest.await, None, "delivered, all of it");
}
