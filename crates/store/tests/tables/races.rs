//! Many at once: the database lets one through.

use std::collections::BTreeSet;

use domain::permit::DeathProof;
use store::permits::{self, Death, Permit};
use store::timers::{self, TimerKind};
use store::{Store, StoreError, Tx, calls, idempotency, instances, rules};
use tokio::task::JoinSet;

use crate::calls::charge;
use crate::house::{House, NOON_MS, id};
use crate::idempotency::{claim, new};
use crate::rules::rule;

const RACERS: u32 = 32;

/// Starts one task for each number from 1 and waits for all their answers.
pub(crate) async fn race<T, F>(store: &Store, work: impl Fn(u32) -> F) -> Vec<Result<T, StoreError>>
where
    F: FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    T: Send + 'static,
{
    let mut tasks = JoinSet::new();
    for number in 1..=RACERS {
        let (store, work) = (store.clone(), work(number));
        tasks.spawn(async move { store.write(work).await });
    }
    tasks.join_all().await
}

fn sum(answers: Vec<Result<u64, StoreError>>) -> u64 {
    answers.into_iter().map(Result::unwrap).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_permit_of_an_intent_is_written() {
    let (house, tenant) = House::with_tenant().await;
    let payment = house.pay(tenant, 1).await;
    let first = payment.permit.clone();
    house
        .write(move |tx| {
            let death = Death {
                proof: DeathProof::NeverSent,
                fact_id: None,
                at_ms: NOON_MS,
            };
            permits::kill(tx, &tenant.scope, &first, death)
        })
        .await;
    let answers = race(&house.store, |number| {
        let permit = Permit {
            id: id(100 + number),
            number: i64::from(number) + 1,
            merchant_ref: format!("RACE{number}"),
            ..payment.permit.clone()
        };
        move |tx: &mut Tx<'_>| permits::insert(tx, &tenant.scope, &permit)
    })
    .await;
    let refused = answers
        .iter()
        .filter(|answer| matches!(answer, Err(StoreError::Unique { .. })));
    assert_eq!(refused.count() + 1, answers.len(), "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    let intent_id = payment.intent.id;
    let all = house
        .write(move |tx| permits::of_intent(tx, &tenant.scope, intent_id))
        .await;
    assert_eq!(all.iter().filter(|permit| permit.state.is_live()).count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_gets_the_right_to_send() {
    let (house, tenant) = House::with_tenant().await;
    let id = house.pay(tenant, 1).await.permit.id;
    let answers = race(&house.store, |number| {
        move |tx: &mut Tx<'_>| permits::send(tx, &tenant.scope, id, number.into())
    });
    assert_eq!(sum(answers.await), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_permit_is_sent_or_superseded_but_not_both() {
    let (house, tenant) = House::with_tenant().await;
    for round in 1..=20 {
        let payment = house.pay(tenant, round).await;
        let answers = race(&house.store, |number| {
            let permit = payment.permit.clone();
            move |tx: &mut Tx<'_>| {
                if number.is_multiple_of(2) {
                    return permits::send(tx, &tenant.scope, permit.id, NOON_MS);
                }
                let death = Death {
                    proof: DeathProof::NeverSent,
                    fact_id: None,
                    at_ms: NOON_MS,
                };
                permits::kill(tx, &tenant.scope, &permit, death)
            }
        });
        assert_eq!(sum(answers.await), 1, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_charge_call_is_written() {
    let (house, tenant) = House::with_tenant().await;
    let payment = house.pay(tenant, 1).await;
    let answers = race(&house.store, |number| {
        let call = charge(&payment, number, 1);
        move |tx: &mut Tx<'_>| calls::insert(tx, &tenant.scope, &call)
    })
    .await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_claims_a_key() {
    let (house, tenant) = House::with_tenant().await;
    let answers = race(&house.store, |number| {
        move |tx: &mut Tx<'_>| idempotency::claim(tx, &tenant.scope, new(&claim("one"), number.into()))
    });
    assert_eq!(sum(answers.await), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_timer_goes_to_one_process() {
    let (house, tenant) = House::with_tenant().await;
    house
        .write(move |tx| {
            for number in 0..200 {
                timers::set(tx, &tenant.scope, TimerKind::LookUp, &number.to_string(), number)?;
            }
            Ok(())
        })
        .await;
    let answers = race(&house.store, |number| {
        move |tx: &mut Tx<'_>| timers::claim(tx, number.into(), NOON_MS, 10)
    })
    .await;
    let mut claimed = Vec::new();
    for answer in answers {
        claimed.extend(answer.unwrap().into_iter().map(|timer| timer.aggregate_id));
    }
    let once: BTreeSet<_> = claimed.iter().collect();
    assert_eq!(once.len(), claimed.len(), "claimed twice");
    let rest = house.write(|tx| timers::claim(tx, 99, NOON_MS, 500)).await;
    assert_eq!(claimed.len() + rest.len(), 200, "none is lost");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn changes_of_routing_come_one_after_the_other() {
    let (house, tenant) = House::with_tenant().await;
    let answers = race(&house.store, |number| {
        move |tx: &mut Tx<'_>| {
            let (before, mut policy) = rules::lock(tx, &tenant.scope)?;
            policy.exploration_percent = i64::from(number);
            let revision = rules::begin_revision(tx, &tenant.scope, &policy, NOON_MS)?;
            assert_eq!(revision, before + 1);
            let card = rule(tenant, 1, None, &[1]);
            rules::retire(tx, &tenant.scope, revision, card.id)?;
            rules::insert(tx, &tenant.scope, revision, &card)?;
            Ok(revision)
        }
    })
    .await;
    let revisions: BTreeSet<i64> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(revisions, (1..=i64::from(RACERS)).collect());
    let policies = house.write(move |tx| {
        let percents = (1..=i64::from(RACERS)).map(|revision| {
            assert_eq!(rules::in_force(tx, &tenant.scope, revision)?.len(), 1);
            let policy = rules::policy(tx, &tenant.scope, revision)?.ok_or(StoreError::Missing)?;
            Ok(policy.exploration_percent)
        });
        percents.collect::<Result<BTreeSet<i64>, StoreError>>()
    });
    assert_eq!(policies.await, revisions, "nobody's was written over");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn processes_that_start_together_have_numbers_of_their_own() {
    let house = House::empty();
    let answers = race(&house.store, |_| {
        |tx: &mut Tx<'_>| instances::start(tx, "0.1.0", NOON_MS)
    })
    .await;
    let epochs: BTreeSet<i64> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(epochs, (1..=i64::from(RACERS)).collect());
}
