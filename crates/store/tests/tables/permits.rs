//! Permits move by guarded steps; refunds of surplus captures open once.

use domain::ids::Id;
use domain::permit::{ChargeKnowledge, DeathProof, PermitEvent, PermitState, Seat};
use store::facts::{self, FactKind};
use store::permits::{self, Death, Permit};
use store::refunds::{self, SurplusRefund};

use crate::calls::fact;
use crate::house::{House, NOON_MS, Payment, Tenant, id, method, xof};

/// A death by the fact that has the permit's number.
fn death(permit: &Permit, proof: DeathProof, at_ms: i64) -> Death {
    let fact_id = permit.sent_at_ms.map(|_| Id::from_stored(&permit.id.stored()).unwrap());
    Death { proof, fact_id, at_ms }
}

/// Writes that fact.
async fn keep_fact(house: &House, tenant: Tenant, payment: &Payment, number: u32) {
    let fact = fact(payment, number, FactKind::Declined);
    house.write(move |tx| facts::insert(tx, &tenant.scope, &fact)).await;
}

#[tokio::test]
async fn the_right_to_send_is_given_once() {
    let (house, tenant) = House::with_tenant().await;
    let payment = house.pay(tenant, 1).await;
    assert_eq!(house.permit(tenant, &payment).await, payment.permit);
    let id = payment.permit.id;
    let send = |at_ms| house.write(move |tx| permits::send(tx, &tenant.scope, id, at_ms));
    assert_eq!((send(5).await, send(6).await), (1, 0));
    let sent = house.permit(tenant, &payment).await;
    assert_eq!(sent.state, PermitState::Sent(ChargeKnowledge::InFlight));
    assert_eq!(sent.sent_at_ms, Some(5), "the second try changed nothing");
}

#[tokio::test]
async fn what_was_read_must_still_hold_for_a_permit_to_be_killed_or_paid() {
    let (house, tenant) = House::with_tenant().await;
    let payment = house.pay(tenant, 1).await;
    keep_fact(&house, tenant, &payment, 1).await;
    let open = payment.permit.clone();
    let kill = |permit: &Permit, proof| {
        let permit = permit.clone();
        house.write(move |tx| permits::kill(tx, &tenant.scope, &permit, death(&permit, proof, 9)))
    };
    let pay = |permit: &Permit, at_ms| {
        let permit = permit.clone();
        house.write(move |tx| permits::pay(tx, &tenant.scope, &permit, at_ms))
    };
    let id = open.id;
    house.write(move |tx| permits::send(tx, &tenant.scope, id, 5)).await;
    assert_eq!(kill(&open, DeathProof::NeverSent).await, 0, "it was sent meanwhile");
    assert_eq!(pay(&open, 7).await, 0, "it was sent meanwhile");
    let sent = house.permit(tenant, &payment).await;
    assert_eq!(kill(&sent, DeathProof::Declined).await, 1);
    assert_eq!(kill(&sent, DeathProof::ClosedByUs).await, 0, "it is dead already");
    assert_eq!(pay(&sent, 7).await, 0, "it is dead already");
    let dead = house.permit(tenant, &payment).await;
    assert_eq!(
        (dead.state, dead.ended_at_ms),
        (PermitState::Dead(DeathProof::Declined), Some(9))
    );
    assert_eq!(pay(&dead, 11).await, 1, "paid late");
    assert_eq!(pay(&dead, 12).await, 0);
    let paid = house.permit(tenant, &payment).await;
    let expected = Permit {
        state: PermitState::Paid,
        ended_at_ms: Some(11),
        sent_at_ms: Some(5),
        ..open
    };
    assert_eq!(paid, expected);
}

#[tokio::test]
async fn an_acknowledgement_is_kept_and_only_a_sent_permit_learns() {
    let (house, tenant) = House::with_tenant().await;
    let payment = house.pay(tenant, 1).await;
    keep_fact(&house, tenant, &payment, 1).await;
    let accept = PermitState::Sent(ChargeKnowledge::InFlight)
        .apply(PermitEvent::Accept)
        .unwrap();
    let learn = || {
        let (permit, change) = (payment.permit.clone(), accept.clone());
        house.write(move |tx| permits::learn(tx, &tenant.scope, &permit, &change))
    };
    assert_eq!(learn().await, 0, "nothing was sent");
    let id = payment.permit.id;
    house.write(move |tx| permits::send(tx, &tenant.scope, id, 5)).await;
    assert_eq!(learn().await, 1);
    let known = house.permit(tenant, &payment).await;
    assert!(known.acknowledged);
    assert_eq!(known.state, PermitState::Sent(ChargeKnowledge::Accepted));
    let read = known.clone();
    house
        .write(move |tx| permits::kill(tx, &tenant.scope, &read, death(&read, DeathProof::Declined, 9)))
        .await;
    assert_eq!(learn().await, 0, "it is dead");
    assert!(house.permit(tenant, &payment).await.acknowledged, "also after death");

    let paid = PermitState::Open.apply(PermitEvent::Capture(Seat::Free)).unwrap();
    let permit = payment.permit.clone();
    let learned = house
        .store
        .write(move |tx| permits::learn(tx, &tenant.scope, &permit, &paid));
    assert!(learned.await.is_err(), "paid is nothing to learn");
}

#[tokio::test]
async fn no_more_goes_back_than_came() {
    let (house, tenant) = House::with_tenant().await;
    let payment = house.pay(tenant, 1).await;
    let id = payment.permit.id;
    let reserve = |minor| house.write(move |tx| permits::reserve_refund(tx, &tenant.scope, id, minor));
    assert_eq!(reserve(1).await, 0, "nothing was captured");
    house
        .write(move |tx| permits::add_capture(tx, &tenant.scope, id, 3_000))
        .await;
    house
        .write(move |tx| permits::add_capture(tx, &tenant.scope, id, 2_000))
        .await;
    assert_eq!(
        (reserve(3_000).await, reserve(2_001).await, reserve(2_000).await),
        (1, 0, 1)
    );
    let permit = house.permit(tenant, &payment).await;
    assert_eq!((permit.captured_minor, permit.refund_reserved_minor), (5_000, 5_000));
}

#[tokio::test]
async fn the_first_name_and_the_first_page_stay() {
    let (house, tenant) = House::with_tenant().await;
    let payment = house.pay(tenant, 1).await;
    let id = payment.permit.id;
    let name = |external: &'static str| house.write(move |tx| permits::name_external(tx, &tenant.scope, id, external));
    assert_eq!((name("x1").await, name("x2").await), (1, 0));
    assert_eq!(house.permit(tenant, &payment).await.external_id.as_deref(), Some("x1"));
    let show = |at_ms| house.write(move |tx| permits::show_url(tx, &tenant.scope, id, at_ms));
    assert_eq!((show(7).await, show(8).await), (1, 0));
}

#[tokio::test]
async fn a_prompt_is_left_only_by_the_deaths_that_may_leave_one() {
    let (house, tenant) = House::with_tenant().await;
    let mut expected = None;
    for (number, proof) in (1..).zip(DeathProof::ALL) {
        let payment = house.pay(tenant, number).await;
        keep_fact(&house, tenant, &payment, number).await;
        let (id, at_ms) = (payment.permit.id, i64::from(number) * 100);
        house.write(move |tx| permits::send(tx, &tenant.scope, id, 5)).await;
        let sent = house.permit(tenant, &payment).await;
        house
            .write(move |tx| permits::kill(tx, &tenant.scope, &sent, death(&sent, proof, at_ms)))
            .await;
        expected = if proof.may_leave_a_prompt() {
            Some(at_ms)
        } else {
            expected
        };
        let last = |code: &'static str| {
            let instrument = tenant.instrument().id;
            house.write(move |tx| permits::last_prompt_left(tx, &tenant.scope, instrument, method(code)))
        };
        assert_eq!(last("momo_mtn").await, expected, "{proof:?}");
        assert_eq!(last("momo_moov").await, None, "another operator");
    }
    assert!(expected.is_some());
}

#[tokio::test]
async fn a_surplus_capture_goes_back_once() {
    let (house, tenant) = House::with_tenant().await;
    let payment = house.pay(tenant, 1).await;
    let (intent_id, permit_id) = (payment.intent.id, payment.permit.id);
    let open = |number, capture: &str| {
        let refund = SurplusRefund {
            id: id(number),
            intent_id,
            permit_id,
            capture_external_id: capture.to_owned(),
            amount: xof(5_000),
            created_at_ms: NOON_MS,
        };
        house.write(move |tx| refunds::open_for_surplus(tx, &tenant.scope, &refund))
    };
    assert_eq!(
        (open(1, "x1").await, open(2, "x1").await, open(3, "x2").await),
        (1, 0, 1)
    );
    let seen = house.write(move |tx| {
        Ok((
            refunds::open_minor(tx, &tenant.scope, intent_id)?,
            refunds::exists(tx, &tenant.scope, permit_id, "x1")?,
            refunds::exists(tx, &tenant.scope, permit_id, "x3")?,
        ))
    });
    assert_eq!(seen.await, (10_000, true, false));
}
