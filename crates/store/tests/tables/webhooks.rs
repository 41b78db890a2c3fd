//! Endpoints and secrets are what was written, and events, deliveries and places to try them with.

use domain::announcement::Announcement;
use domain::ids::{DeliveryId, IntentId};
use domain::scope::{ApiFamily, Environment};
use domain::webhook::{DeliveryOrder, DeliveryState, EndpointState, EventSelection, TryOutcome};
use store::deliveries::{self, Delivery};
use store::delivery_tries::{self, Try};
use store::outbox::{self, Event};
use store::webhook_endpoints::{self, Endpoint};
use store::webhook_lanes::{self, Lane};
use store::webhook_secrets::{self, SealedPrevious, SealedSecrets};

use crate::house::{House, NOON_MS, Tenant, id};

/// An enabled endpoint for every event.
pub(crate) fn endpoint(number: u32, order: DeliveryOrder) -> Endpoint {
    Endpoint {
        id: id(number),
        family: ApiFamily::Payment,
        url: format!("https://shop.example/{number}"),
        description: "Shop".to_owned(),
        events: EventSelection::All,
        order,
        secrets: SealedSecrets {
            secret: "sealed".to_owned(),
            previous: None,
        },
        state: EndpointState::Enabled,
        created_at_ms: NOON_MS + i64::from(number),
        deleted_at_ms: None,
    }
}

/// An event without number, made so many milliseconds after noon.
pub(crate) fn event(intent_id: IntentId, number: u32, sequence: i64) -> Event {
    Event {
        id: id(number),
        family: ApiFamily::Payment,
        intent_id,
        sequence,
        announcement: Announcement::PaymentCompleted,
        body: format!("body {number}"),
        created_at_ms: NOON_MS + i64::from(number),
        stream_no: None,
    }
}

/// That event on its way to that lane, made when it is due.
pub(crate) fn delivery(event: &Event, number: u32, lane_id: &str, due_at_ms: i64) -> Delivery {
    Delivery {
        id: id(number),
        lane_id: lane_id.to_owned(),
        event_id: event.id,
        announcement: event.announcement,
        intent_id: event.intent_id,
        sequence: event.sequence,
        state: DeliveryState::Waiting,
        tries: 0,
        plan_tries: 0,
        plan_from_ms: None,
        due_at_ms: Some(due_at_ms),
        created_at_ms: due_at_ms,
        ended_at_ms: None,
    }
}

/// A try that was refused.
pub(crate) fn tried(delivery_id: DeliveryId, number: i64) -> Try {
    Try {
        delivery_id,
        number,
        url: "https://shop.example/1".to_owned(),
        outcome: TryOutcome::Refused,
        status: Some(500),
        answer: Some("sealed".to_owned()),
        at_ms: NOON_MS,
        took_ms: 7,
    }
}

impl House {
    /// Writes an endpoint and its lane; returns the lane's id.
    pub(crate) async fn open_endpoint(&self, tenant: Tenant, number: u32, order: DeliveryOrder) -> String {
        let endpoint = endpoint(number, order);
        let lane_id = endpoint.id.stored();
        self.write(move |tx| {
            webhook_endpoints::insert(tx, &tenant.scope, &endpoint)?;
            webhook_lanes::ensure(tx, &tenant.scope, &endpoint.id.stored(), Some(endpoint.id))
        })
        .await;
        lane_id
    }

    /// Writes an event of a payment, and its delivery to a lane, both of that number, and wakes the lane.
    pub(crate) async fn post(&self, tenant: Tenant, lane_id: &str, told: &Event, due_at_ms: i64) -> u64 {
        let (lane_id, told) = (lane_id.to_owned(), told.clone());
        self.write(move |tx| {
            if outbox::get(tx, &tenant.scope, told.id)?.is_none() {
                outbox::insert(tx, &tenant.scope, &told)?;
            }
            let number = u32::try_from(told.created_at_ms - NOON_MS).unwrap();
            let rows = deliveries::insert(tx, &tenant.scope, &delivery(&told, number, &lane_id, due_at_ms))?;
            webhook_lanes::wake(tx, &tenant.scope, &lane_id, due_at_ms)?;
            Ok(rows)
        })
        .await
    }

    /// The delivery of that number.
    pub(crate) async fn delivery(&self, tenant: Tenant, number: u32) -> Delivery {
        let found = self
            .write(move |tx| deliveries::get(tx, &tenant.scope, id(number)))
            .await;
        found.unwrap()
    }

    /// That lane.
    pub(crate) async fn lane(&self, tenant: Tenant, lane_id: &str) -> Lane {
        let lane_id = lane_id.to_owned();
        let found = self
            .write(move |tx| webhook_lanes::get(tx, &tenant.scope, &lane_id))
            .await;
        found.unwrap()
    }
}

#[tokio::test]
async fn an_endpoint_is_what_was_written_until_it_is_deleted() {
    let (house, tenant) = House::with_tenant().await;
    for number in [2, 1] {
        house.open_endpoint(tenant, number, DeliveryOrder::Any).await;
    }
    let all = || house.write(move |tx| webhook_endpoints::all(tx, &tenant.scope));
    let one = || house.write(move |tx| webhook_endpoints::get(tx, &tenant.scope, id(1)));
    let update = |changed: Endpoint| house.write(move |tx| webhook_endpoints::update(tx, &tenant.scope, &changed));
    let disable = |state| house.write(move |tx| webhook_endpoints::disable(tx, &tenant.scope, id(1), state));
    let failed = || house.write(webhook_endpoints::count_failed);
    let (first, second) = (endpoint(1, DeliveryOrder::Any), endpoint(2, DeliveryOrder::Any));
    assert_eq!(all().await, [first.clone(), second.clone()], "the oldest first");
    let mut changed = Endpoint {
        url: "https://other.example".to_owned(),
        description: String::new(),
        events: EventSelection::parse("payment.completed payment.failed").unwrap(),
        order: DeliveryOrder::PerPayment,
        secrets: SealedSecrets {
            secret: "fresh".to_owned(),
            previous: Some(SealedPrevious {
                secret: "sealed".to_owned(),
                until_ms: NOON_MS + 1,
            }),
        },
        ..first
    };
    assert_eq!(update(changed.clone()).await, 1);
    assert_eq!(one().await, Some(changed.clone()));
    assert_eq!((disable(EndpointState::DisabledAsGone).await, failed().await), (1, 1));
    assert_eq!(disable(EndpointState::DisabledAsFailing).await, 0, "it is disabled");
    assert_eq!(one().await.unwrap().state, EndpointState::DisabledAsGone);
    changed.state = EndpointState::DisabledByPerson;
    assert_eq!((update(changed.clone()).await, failed().await), (1, 0));
    (changed.state, changed.deleted_at_ms) = (EndpointState::DisabledAsFailing, Some(NOON_MS));
    assert_eq!(
        (update(changed.clone()).await, failed().await),
        (1, 0),
        "nobody minds a deleted one"
    );
    assert_eq!((one().await, all().await), (Some(changed.clone()), vec![second]));
    changed.state = EndpointState::Enabled;
    assert_eq!(update(changed).await, 0, "it stays as it was");
    let lock = |number| house.write(move |tx| webhook_endpoints::lock(tx, &tenant.scope, id(number)));
    assert_eq!((lock(1).await, lock(2).await), (0, 1));
}

#[tokio::test]
async fn an_environment_has_one_secret_and_the_one_before() {
    let (house, tenant) = House::with_tenant().await;
    let beside = Tenant::new(2, Environment::Live);
    house.settle(beside).await;
    let insert = |text| house.write(move |tx| webhook_secrets::insert(tx, &tenant.scope, text, NOON_MS));
    let get = |of: Tenant| house.write(move |tx| webhook_secrets::get(tx, &of.scope));
    assert_eq!((insert("first").await, insert("second").await), (1, 0));
    let mut secrets = SealedSecrets {
        secret: "first".to_owned(),
        previous: None,
    };
    assert_eq!((get(tenant).await, get(beside).await), (Some(secrets.clone()), None));
    secrets.previous = Some(SealedPrevious {
        secret: std::mem::replace(&mut secrets.secret, "third".to_owned()),
        until_ms: NOON_MS,
    });
    let given = secrets.clone();
    let replace = |of: Tenant| {
        let given = given.clone();
        house.write(move |tx| webhook_secrets::replace(tx, &of.scope, &given))
    };
    assert_eq!((replace(tenant).await, replace(beside).await), (1, 0));
    assert_eq!(get(tenant).await, Some(secrets));
}

#[tokio::test]
async fn tries_are_kept_in_order() {
    let (house, tenant) = House::with_tenant().await;
    let lane_id = house.open_endpoint(tenant, 1, DeliveryOrder::Any).await;
    let told = event(house.pay(tenant, 1).await.intent.id, 1, 1);
    house.post(tenant, &lane_id, &told, NOON_MS).await;
    let silent = Try {
        outcome: TryOutcome::TimedOut,
        status: None,
        answer: None,
        ..tried(id(1), 2)
    };
    let expected = vec![tried(id(1), 1), silent];
    for done in expected.iter().rev() {
        let done = done.clone();
        house
            .write(move |tx| delivery_tries::insert(tx, &tenant.scope, &done))
            .await;
    }
    let found = house.write(move |tx| delivery_tries::of(tx, &tenant.scope, id(1)));
    assert_eq!(found.await, expected);
    let last = house.write(move |tx| delivery_tries::last(tx, &tenant.scope, id(1)));
    assert_eq!(last.await.as_ref(), expected.last());
}
