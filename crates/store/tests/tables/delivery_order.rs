//! What is due, in which order, and what waits for what.

use domain::webhook::DeliveryOrder::{self, Any, PerPayment};
use store::deliveries::{self, Outcome};

use crate::house::{House, NOON_MS, Tenant, id};
use crate::webhooks::event;

/// A lane with the events 1 and 2 of one payment and 3 and 4 of another, due in that order, a millisecond apart.
async fn two_payments(order: DeliveryOrder) -> (House, Tenant, String) {
    let (house, tenant) = House::with_tenant().await;
    let lane_id = house.open_endpoint(tenant, 1, order).await;
    for payment in [1, 2] {
        house.pay(tenant, payment).await;
    }
    for (number, payment, sequence) in [(1, 1, 1), (2, 1, 2), (3, 2, 1), (4, 2, 2)] {
        let due_at_ms = NOON_MS + i64::from(number);
        let told = event(id(payment), number, sequence);
        house.post(tenant, &lane_id, &told, due_at_ms).await;
    }
    (house, tenant, lane_id)
}

/// Which events are due.
async fn due(house: &House, tenant: Tenant, lane_id: &str, order: DeliveryOrder, now_ms: i64) -> Vec<u32> {
    let lane = lane_id.to_owned();
    let due = house.write(move |tx| deliveries::due(tx, &tenant.scope, (&lane, order), now_ms, 9));
    let number = |of| (1..=9).find(|number| id(*number) == of).unwrap();
    due.await.iter().map(|due| number(due.delivery.event_id)).collect()
}

impl House {
    async fn try_once(&self, tenant: Tenant, (number, order): (u32, DeliveryOrder), outcome: Outcome, at_ms: i64) {
        let tries = self.delivery(tenant, number).await.tries;
        let tried = (id(number), tries, order);
        let recorded = self.write(move |tx| deliveries::record(tx, &tenant.scope, tried, outcome, at_ms));
        assert_eq!(recorded.await, 1);
    }

    async fn next_delivery(&self, tenant: Tenant, lane_id: &str) -> Option<i64> {
        let lane_id = lane_id.to_owned();
        self.write(move |tx| deliveries::next_due(tx, &tenant.scope, &lane_id))
            .await
    }
}

const NOW_MS: i64 = NOON_MS + 100;

#[tokio::test]
async fn without_order_a_failing_event_holds_back_no_other() {
    let (house, tenant, lane_id) = two_payments(Any).await;
    assert_eq!(due(&house, tenant, &lane_id, Any, NOON_MS + 3).await, [1, 2, 3]);
    house
        .try_once(tenant, (1, Any), Outcome::TryAt(NOW_MS + 50), NOW_MS)
        .await;
    assert_eq!(due(&house, tenant, &lane_id, Any, NOW_MS).await, [2, 3, 4]);
    assert_eq!(house.next_delivery(tenant, &lane_id).await, Some(NOON_MS + 2));
    for number in [2, 3, 4] {
        house.try_once(tenant, (number, Any), Outcome::Delivered, NOW_MS).await;
    }
    assert_eq!(house.next_delivery(tenant, &lane_id).await, Some(NOW_MS + 50));
    assert_eq!(due(&house, tenant, &lane_id, Any, NOW_MS + 50).await, [1]);
    house.post(tenant, &lane_id, &event(id(1), 5, 3), NOW_MS).await;
    assert_eq!(
        house.delivery(tenant, 5).await.due_at_ms,
        Some(NOW_MS),
        "nor one that comes later"
    );
}

#[tokio::test]
async fn in_order_an_event_waits_for_those_before_it_and_for_no_other_payments() {
    let (house, tenant, lane_id) = two_payments(PerPayment).await;
    assert_eq!(due(&house, tenant, &lane_id, PerPayment, NOW_MS).await, [1, 3]);
    house
        .try_once(tenant, (3, PerPayment), Outcome::Delivered, NOW_MS)
        .await;
    assert_eq!(due(&house, tenant, &lane_id, PerPayment, NOW_MS).await, [1, 4]);
    house.try_once(tenant, (4, PerPayment), Outcome::GivenUp, NOW_MS).await;

    house
        .try_once(tenant, (1, PerPayment), Outcome::TryAt(NOW_MS + 50), NOW_MS)
        .await;
    assert_eq!(due(&house, tenant, &lane_id, PerPayment, NOW_MS + 49).await, [0; 0]);
    assert_eq!(
        house.next_delivery(tenant, &lane_id).await,
        Some(NOW_MS + 50),
        "nobody looks before it is time"
    );
    house.post(tenant, &lane_id, &event(id(1), 5, 3), NOW_MS).await;
    assert_eq!(house.next_delivery(tenant, &lane_id).await, Some(NOW_MS + 50));
    for number in [2, 5] {
        assert_eq!(
            house.delivery(tenant, number).await.due_at_ms,
            Some(NOW_MS + 50),
            "{number} is put off"
        );
    }
    house
        .try_once(tenant, (1, PerPayment), Outcome::Delivered, NOW_MS + 7)
        .await;
    assert_eq!(
        due(&house, tenant, &lane_id, PerPayment, NOW_MS + 7).await,
        [2],
        "what waited for it is due at once"
    );
    house
        .try_once(tenant, (2, PerPayment), Outcome::GivenUp, NOW_MS + 7)
        .await;
    assert_eq!(due(&house, tenant, &lane_id, PerPayment, NOW_MS + 7).await, [5]);
}

#[tokio::test]
async fn an_event_that_is_sent_again_goes_before_those_after_it() {
    let (house, tenant, lane_id) = two_payments(PerPayment).await;
    house.try_once(tenant, (1, PerPayment), Outcome::GivenUp, NOW_MS).await;
    house
        .try_once(tenant, (2, PerPayment), Outcome::TryAt(NOW_MS + 50), NOW_MS)
        .await;
    house
        .write(move |tx| deliveries::resend(tx, &tenant.scope, id(1), NOW_MS + 60))
        .await;
    assert_eq!(due(&house, tenant, &lane_id, PerPayment, NOW_MS + 60).await, [3, 1]);
    house
        .try_once(tenant, (1, PerPayment), Outcome::Delivered, NOW_MS + 61)
        .await;
    assert_eq!(due(&house, tenant, &lane_id, PerPayment, NOW_MS + 60).await, [3, 2]);
}

#[tokio::test]
async fn a_delivery_due_carries_what_is_to_be_sent() {
    let (house, tenant, lane_id) = two_payments(Any).await;
    let lane = lane_id.clone();
    let found = house.write(move |tx| deliveries::due(tx, &tenant.scope, (&lane, Any), NOW_MS, 1));
    let found = found.await.remove(0);
    assert_eq!(found.delivery, house.delivery(tenant, 1).await);
    assert_eq!((found.body.as_str(), found.webhook_url), ("body 1", None));
}
