//! Calls end once and are taken up after their process; facts are kept, captures once.

use domain::outcome::OutcomeClass;
use store::calls::{self, Call, CallEnd, CallKind};
use store::facts::{self, Fact, FactKind, Source};
use store::instances;

use crate::house::{House, NOON_MS, Payment, id, xof};

/// A charge call under the permit of a payment.
pub(crate) fn charge(payment: &Payment, number: u32, epoch: i64) -> Call {
    Call {
        id: id(number),
        permit_id: payment.permit.id,
        kind: CallKind::Charge,
        account_version: 1,
        epoch,
        monotonic_ms: 77,
        started_at_ms: NOON_MS,
    }
}

/// A fact about the permit of a payment.
pub(crate) fn fact(payment: &Payment, number: u32, kind: FactKind) -> Fact {
    Fact {
        id: id(number),
        permit_id: payment.permit.id,
        kind,
        external_id: Some("x1".to_owned()),
        amount: Some(xof(5_000)),
        source: Source::Poll,
        reason: None,
        epoch: 1,
        monotonic_ms: i64::from(number) * 10,
        at_ms: NOON_MS,
    }
}

#[tokio::test]
async fn a_silent_process_is_fenced_and_its_open_calls_are_taken_up() {
    let (house, tenant) = House::with_tenant().await;
    let payment = house.pay(tenant, 1).await;
    let start = |at_ms| house.write(move |tx| instances::start(tx, "0.1.0", at_ms));
    let (old, new) = (start(100).await, start(100).await);
    assert!(new > old, "every start has a higher number");
    let call = charge(&payment, 1, old);
    house.write(move |tx| calls::insert(tx, &tenant.scope, &call)).await;

    let orphans = || house.write(|tx| calls::orphaned(tx, 10));
    let beat = |epoch, at_ms| house.write(move |tx| instances::beat(tx, epoch, at_ms));
    let fence = |silent_since_ms| house.write(move |tx| instances::fence_silent(tx, new, silent_since_ms, 900));
    let alive = |epoch| house.write(move |tx| instances::is_alive(tx, epoch));
    assert_eq!(
        (beat(old, 500).await, fence(500).await),
        (1, 0),
        "it gave a sign in time"
    );
    assert!(alive(old).await && orphans().await.is_empty());
    assert_eq!((fence(501).await, fence(501).await), (1, 0), "once, and never itself");
    assert!(!alive(old).await && alive(new).await && !alive(99).await);
    assert_eq!(beat(old, 999).await, 0, "it must stop sending");

    let found = orphans().await;
    assert_eq!((found.len(), found[0].0, found[0].1.id), (1, tenant.scope, id(1)));
    let intent_id = payment.intent.id;
    let runs = |epoch| house.write(move |tx| calls::runs(tx, &tenant.scope, intent_id, epoch));
    assert_eq!(
        (runs(old).await, runs(new).await, house.write(calls::count_open).await),
        (true, false, 1)
    );

    let end = |class| {
        let end = CallEnd {
            class,
            evidence: None,
            at_ms: NOON_MS,
        };
        house.write(move |tx| calls::end(tx, &tenant.scope, id(1), &end))
    };
    assert_eq!(
        (end(OutcomeClass::Unknown).await, end(OutcomeClass::NotSent).await),
        (1, 0)
    );
    assert!(orphans().await.is_empty() && !runs(old).await);
    let (permit_id, started) = (payment.permit.id, charge(&payment, 1, old));
    let found = house
        .write(move |tx| calls::charge_of(tx, &tenant.scope, permit_id))
        .await
        .unwrap();
    assert_eq!(
        (found.id, found.kind, found.monotonic_ms),
        (started.id, CallKind::Charge, 77)
    );
}

#[tokio::test]
async fn a_capture_is_kept_once_and_everything_else_as_often_as_it_is_said() {
    let (house, tenant) = House::with_tenant().await;
    let payment = house.pay(tenant, 1).await;
    let keep = |fact: Fact| house.write(move |tx| facts::insert(tx, &tenant.scope, &fact));
    assert_eq!(keep(fact(&payment, 1, FactKind::Captured)).await, 1);
    assert_eq!(keep(fact(&payment, 2, FactKind::Captured)).await, 0, "heard before");
    let second = Fact {
        external_id: Some("x2".to_owned()),
        amount: Some(xof(0)),
        ..fact(&payment, 3, FactKind::Captured)
    };
    assert_eq!(keep(second).await, 1, "another transaction, whatever its amount");
    for number in [4, 5] {
        assert_eq!(keep(fact(&payment, number, FactKind::NotFound)).await, 1);
    }
    let permit_id = payment.permit.id;
    let captures = house
        .write(move |tx| facts::captures(tx, &tenant.scope, permit_id))
        .await;
    let taken: Vec<_> = captures
        .iter()
        .map(|one| (one.external_id.as_str(), one.amount_minor))
        .collect();
    assert_eq!(taken, [("x1", 5_000), ("x2", 0)]);
    let told = |limit| house.write(move |tx| facts::of_permit(tx, &tenant.scope, permit_id, limit));
    let kinds: Vec<_> = told(3).await.iter().map(|fact| (fact.id, fact.kind)).collect();
    let latest = [
        (3, FactKind::Captured),
        (4, FactKind::NotFound),
        (5, FactKind::NotFound),
    ];
    assert_eq!(
        kinds,
        latest.map(|(number, kind)| (id(number), kind)),
        "the latest, oldest first"
    );
    let first = told(9).await.remove(0);
    let said = (
        first.external_id.as_deref(),
        first.amount_minor,
        first.currency.as_deref(),
        first.source,
    );
    assert_eq!(said, (Some("x1"), Some(5_000), Some("XOF"), Source::Poll));
    let missing = house
        .write(move |tx| facts::not_found(tx, &tenant.scope, permit_id))
        .await;
    assert_eq!(missing, [(1, 40), (1, 50)]);
}
