//! What becomes of deliveries: tried once each time, sent again, given up, listed, forgotten.

use domain::ids::{DeliveryId, EndpointId};
use domain::webhook::DeliveryOrder::Any;
use domain::webhook::DeliveryState::{Delivered, GivenUp, Waiting};
use store::deliveries::{self, Delivery, DeliveryFilter, Outcome};
use store::delivery_tries;
use store::page::Beyond;

use crate::house::{House, NOON_MS, Tenant, id};
use crate::webhooks::{event, tried};

const DAY_MS: i64 = 86_400_000;

/// A lane with so many deliveries of one payment, made a millisecond apart.
async fn lane_with(deliveries: u32) -> (House, Tenant, &'static str) {
    let (house, tenant) = House::with_tenant().await;
    let lane_id: &str = house.open_endpoint(tenant, 1, Any).await.leak();
    house.pay(tenant, 1).await;
    for number in 1..=deliveries {
        let told = event(id(1), number, number.into());
        house.post(tenant, lane_id, &told, NOON_MS + i64::from(number)).await;
    }
    (house, tenant, lane_id)
}

impl House {
    async fn record(&self, tenant: Tenant, (number, tries): (u32, i64), outcome: Outcome, at_ms: i64) -> u64 {
        self.write(move |tx| deliveries::record(tx, &tenant.scope, (id(number), tries, Any), outcome, at_ms))
            .await
    }

    async fn forget_before(&self, before_ms: i64, limit: i64) -> u64 {
        self.write(move |tx| deliveries::forget(tx, before_ms, limit)).await
    }

    async fn list(&self, tenant: Tenant, filter: &DeliveryFilter, page: Beyond<DeliveryId>, limit: i64) -> Vec<u32> {
        let filter = filter.clone();
        let found = self.write(move |tx| deliveries::list(tx, &tenant.scope, &filter, page.clone(), limit));
        let number = |of: &Delivery| (1..=99).find(|number| id(*number) == of.id).unwrap();
        found.await.iter().map(number).collect()
    }
}

/// What a delivery is besides its names.
fn standing(of: &Delivery) -> (domain::webhook::DeliveryState, [i64; 2], [Option<i64>; 3]) {
    (
        of.state,
        [of.tries, of.plan_tries],
        [of.plan_from_ms, of.due_at_ms, of.ended_at_ms],
    )
}

#[tokio::test]
async fn an_event_goes_to_one_place_once() {
    let (house, tenant, lane_id) = lane_with(1).await;
    let mut told = event(id(1), 1, 1);
    told.created_at_ms = NOON_MS + 7; // so that its delivery has another id
    assert_eq!(house.post(tenant, lane_id, &told, NOON_MS + 9).await, 0);
    let other = house.open_endpoint(tenant, 2, Any).await;
    assert_eq!(house.post(tenant, &other, &told, NOON_MS + 9).await, 1);
    let kept = house.delivery(tenant, 1).await;
    assert_eq!(standing(&kept), (Waiting, [0, 0], [None, Some(NOON_MS + 1), None]));
}

#[tokio::test]
async fn a_try_is_written_once_and_a_stale_one_changes_nothing() {
    let (house, tenant, _) = lane_with(1).await;
    assert_eq!(
        house.record(tenant, (1, 1), Outcome::Delivered, NOON_MS).await,
        0,
        "it has not been tried"
    );
    assert_eq!(house.record(tenant, (1, 0), Outcome::TryAt(60), 50).await, 1);
    let failed = house.delivery(tenant, 1).await;
    assert_eq!(standing(&failed), (Waiting, [1, 1], [Some(50), Some(60), None]));
    for outcome in [Outcome::Delivered, Outcome::GivenUp, Outcome::TryAt(99)] {
        assert_eq!(house.record(tenant, (1, 0), outcome, 55).await, 0);
    }
    assert_eq!(house.delivery(tenant, 1).await, failed);
    assert_eq!(house.record(tenant, (1, 1), Outcome::Delivered, 60).await, 1);
    let delivered = house.delivery(tenant, 1).await;
    assert_eq!(standing(&delivered), (Delivered, [2, 2], [Some(50), None, Some(60)]));
    assert_eq!(
        house.record(tenant, (1, 2), Outcome::TryAt(99), 60).await,
        0,
        "it has ended"
    );
    assert_eq!(house.delivery(tenant, 1).await, delivered);
}

#[tokio::test]
async fn whatever_became_of_it_a_delivery_is_sent_again_by_a_new_plan() {
    let (house, tenant, _) = lane_with(3).await;
    let outcomes = [Outcome::Delivered, Outcome::GivenUp, Outcome::TryAt(99)];
    for (number, outcome) in (1..).zip(outcomes) {
        house.record(tenant, (number, 0), outcome, 50).await;
        let sent = house.write(move |tx| deliveries::resend(tx, &tenant.scope, id(number), 70));
        assert_eq!(sent.await, 1);
        let again = house.delivery(tenant, number).await;
        assert_eq!(standing(&again), (Waiting, [1, 0], [None, Some(70), None]));
        assert_eq!(
            house.record(tenant, (number, 0), outcome, 71).await,
            0,
            "its old try is stale"
        );
        assert_eq!(house.record(tenant, (number, 1), Outcome::TryAt(90), 80).await, 1);
        let tried = house.delivery(tenant, number).await;
        assert_eq!(standing(&tried), (Waiting, [2, 1], [Some(80), Some(90), None]));
    }
}

#[tokio::test]
async fn what_failed_since_is_sent_again_and_nothing_else() {
    let (house, tenant, lane_id) = lane_with(5).await;
    let other = house.open_endpoint(tenant, 2, Any).await;
    house.post(tenant, &other, &event(id(1), 6, 6), NOON_MS + 6).await;
    let outcomes = [
        (1, Outcome::GivenUp),
        (2, Outcome::GivenUp),
        (3, Outcome::TryAt(NOON_MS + 99)),
        (4, Outcome::Delivered),
        (6, Outcome::GivenUp),
    ];
    for (number, outcome) in outcomes {
        house.record(tenant, (number, 0), outcome, NOON_MS).await;
    }
    let before = house.delivery(tenant, 5).await;
    let mut after = (NOON_MS + 2, DeliveryId::new(0, 0));
    for number in [2, 3] {
        let (from, lane) = (after, (lane_id, 1));
        let again = house.write(move |tx| deliveries::resend_failed(tx, &tenant.scope, lane, from, NOON_MS + 70));
        let (sent, last) = again.await;
        after = last.unwrap();
        assert_eq!((sent, after.1), (1, id(number)), "page by page, oldest first");
    }
    let end = house.write(move |tx| deliveries::resend_failed(tx, &tenant.scope, (lane_id, 9), after, NOON_MS + 80));
    assert_eq!(end.await, (0, None));
    for number in [2, 3] {
        let sent = house.delivery(tenant, number).await;
        assert_eq!(standing(&sent), (Waiting, [1, 0], [None, Some(NOON_MS + 70), None]));
    }
    let mut states = Vec::new();
    for number in [1, 4, 6] {
        states.push(house.delivery(tenant, number).await.state);
    }
    assert_eq!(states, [GivenUp, Delivered, GivenUp]);
    assert_eq!(house.delivery(tenant, 5).await, before, "it waits for its first try");
}

#[tokio::test]
async fn a_lane_is_brought_forward_begun_anew_and_given_up() {
    let (house, tenant, lane_id) = lane_with(4).await;
    house.pay(tenant, 2).await;
    house.post(tenant, lane_id, &event(id(2), 5, 1), NOON_MS + 5).await;
    house.record(tenant, (1, 0), Outcome::Delivered, 50).await;
    house.record(tenant, (2, 0), Outcome::TryAt(NOON_MS + 99), 50).await;
    let forward = |since_ms| {
        house.write(move |tx| deliveries::bring_forward(tx, &tenant.scope, lane_id, (since_ms, NOON_MS + 4)))
    };
    assert_eq!(forward(51).await, 0, "it was refused before");
    assert_eq!(forward(50).await, 1, "not those that were never tried");
    let sooner = house.delivery(tenant, 2).await;
    assert_eq!(
        standing(&sooner),
        (Waiting, [1, 1], [Some(50), Some(NOON_MS + 4), None])
    );
    let anew = house.write(move |tx| deliveries::begin_anew(tx, &tenant.scope, lane_id, NOON_MS + 7));
    assert_eq!(anew.await, 4, "all that wait");
    let begun = house.delivery(tenant, 2).await;
    assert_eq!(standing(&begun), (Waiting, [1, 0], [None, Some(NOON_MS + 7), None]));
    let give_up = |of| house.write(move |tx| deliveries::give_up(tx, &tenant.scope, lane_id, of, NOON_MS + 8));
    assert_eq!((give_up(Some(id(2))).await, give_up(Some(id(2))).await), (1, 0));
    assert_eq!(house.write(deliveries::backlog).await, (3, Some(NOON_MS + 2)));
    assert_eq!((give_up(None).await, give_up(None).await), (3, 0));
    assert_eq!(house.write(deliveries::backlog).await, (0, None));
    let over = house.delivery(tenant, 3).await;
    assert_eq!(standing(&over), (GivenUp, [0, 0], [None, None, Some(NOON_MS + 8)]));
}

#[tokio::test]
async fn what_ended_long_ago_is_forgotten_with_its_tries() {
    let (house, tenant, _) = lane_with(5).await;
    for number in 1..=4_u32 {
        let at_ms = 10 * i64::from(number);
        house.record(tenant, (number, 0), Outcome::Delivered, at_ms).await;
        house
            .write(move |tx| delivery_tries::insert(tx, &tenant.scope, &tried(id(number), 1)))
            .await;
    }
    assert_eq!(house.forget_before(40, 2).await, 2);
    let all = DeliveryFilter::default();
    let left = || house.list(tenant, &all, Beyond::Newer(0, id(0)), 9);
    assert_eq!(left().await, [3, 4, 5], "the oldest went first");
    assert_eq!(
        (house.forget_before(40, 2).await, house.forget_before(40, 2).await),
        (1, 0)
    );
    assert_eq!(left().await, [4, 5], "what ended then or waits stays");
    let tries = |number| house.write(move |tx| delivery_tries::of(tx, &tenant.scope, id(number)));
    assert_eq!((tries(3).await.len(), tries(4).await.len()), (0, 1));
}

#[tokio::test]
async fn what_has_waited_for_a_month_is_given_up_unless_it_was_asked_for_again() {
    let (house, tenant, lane_id) = lane_with(6).await;
    let (before_ms, now_ms) = (NOON_MS + 5, NOON_MS + 30 * DAY_MS);
    house.record(tenant, (1, 0), Outcome::Delivered, NOON_MS).await;
    house.record(tenant, (2, 0), Outcome::TryAt(NOON_MS + 4), NOON_MS).await;
    house
        .write(move |tx| deliveries::resend(tx, &tenant.scope, id(3), now_ms))
        .await;
    house
        .write(move |tx| deliveries::resend(tx, &tenant.scope, id(4), now_ms))
        .await;
    house.record(tenant, (4, 0), Outcome::TryAt(now_ms + 1), now_ms).await;
    let give_up = || house.write(move |tx| deliveries::give_up_old(tx, before_ms, now_ms));
    assert_eq!((give_up().await, give_up().await), (1, 0));
    let lost = house
        .write(move |tx| deliveries::given_up_at(tx, before_ms, now_ms))
        .await;
    let (scope, endpoint_id) = (tenant.scope, EndpointId::from_stored(lane_id).unwrap());
    assert_eq!(lost, [(scope.project_id, scope.environment, endpoint_id, 1)]);
    let mut of_state = DeliveryFilter {
        state: Some(GivenUp),
        ..DeliveryFilter::default()
    };
    assert_eq!(house.list(tenant, &of_state, Beyond::First, 9).await, [2]);
    (of_state.state, of_state.lane_id) = (Some(Waiting), Some(lane_id.to_owned()));
    assert_eq!(house.list(tenant, &of_state, Beyond::First, 9).await, [6, 5, 4, 3]);
}

#[tokio::test]
async fn lists_go_page_by_page_through_what_is_asked_for() {
    let (house, tenant, lane_id) = lane_with(6).await;
    house.pay(tenant, 2).await;
    let other = house.open_endpoint(tenant, 2, Any).await;
    for (number, sequence) in [(7, 1), (8, 2)] {
        house
            .post(tenant, &other, &event(id(2), number, sequence), NOON_MS + 6)
            .await;
    }
    house.record(tenant, (7, 0), Outcome::Delivered, NOON_MS).await;
    let all = DeliveryFilter::default();
    let with = |change: fn(&mut DeliveryFilter)| {
        let mut filter = all.clone();
        change(&mut filter);
        filter
    };
    let to = |lane_id: &str| DeliveryFilter {
        lane_id: Some(lane_id.to_owned()),
        ..all.clone()
    };
    let cases: [(DeliveryFilter, &[u32]); 9] = [
        (all.clone(), &[8, 7, 6, 5, 4, 3, 2, 1]),
        (to(lane_id), &[6, 5, 4, 3, 2, 1]),
        (to(&other), &[8, 7]),
        (with(|f| f.event_id = Some(id(3))), &[3]),
        (with(|f| f.intent_id = Some(id(2))), &[8, 7]),
        (with(|f| (f.intent_id, f.event_id) = (Some(id(2)), Some(id(3)))), &[]),
        (with(|f| f.state = Some(Delivered)), &[7]),
        (with(|f| f.from_ms = Some(NOON_MS + 6)), &[8, 7, 6]),
        (
            with(|f| (f.from_ms, f.to_ms) = (Some(NOON_MS + 2), Some(NOON_MS + 4))),
            &[4, 3, 2],
        ),
    ];
    for (filter, expected) in cases {
        let oldest_first: Vec<u32> = expected.iter().rev().copied().collect();
        assert_eq!(
            house.list(tenant, &filter, Beyond::First, 9).await,
            expected,
            "{filter:?}"
        );
        let newer = house.list(tenant, &filter, Beyond::Newer(0, id(0)), 9).await;
        assert_eq!(newer, oldest_first, "{filter:?}");
        let mut pages = Vec::new();
        let mut page = Beyond::First;
        while let [first, ..] = house.list(tenant, &filter, page.clone(), 1).await[..] {
            pages.push(first);
            page = Beyond::Older(house.delivery(tenant, first).await.created_at_ms, id(first));
        }
        assert_eq!(pages, expected, "{filter:?}");
    }
    let of_other = DeliveryFilter {
        intent_id: Some(id(2)),
        ..to(lane_id)
    };
    assert_eq!(house.list(tenant, &of_other, Beyond::First, 9).await, [0; 0]);
    assert_eq!(
        house.list(tenant, &all, Beyond::Newer(NOON_MS + 6, id(7)), 9).await,
        [8]
    );
}
