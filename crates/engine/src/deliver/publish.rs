//! Number committed events and put a delivery on its way for every place that wants them. Owns who gets what; never sends.

use std::sync::Arc;

use domain::scope::{ApiFamily, Environment, Scope};
use domain::webhook::DeliveryState;
use store::deliveries::{self, Delivery};
use store::outbox::{self, Unpublished};
use store::webhook_endpoints::{self, Endpoint};
use store::{StoreError, Tx, webhook_lanes};
use webhooks::{Destinations, WebhookUrl};

use crate::case::Bench;
use crate::house::House;
use crate::refusal::Refusal;
use crate::request::bench_for;

/// Events published in one transaction.
const BATCH: i64 = 256;

/// Environments looked at in one turn.
const SCOPES: i64 = 64;

/// Publishes what is committed. Returns the number of events.
pub(super) async fn publish(house: &Arc<House>) -> Result<usize, Refusal> {
    let scopes = house
        .store
        .read(|tx| Ok::<_, Refusal>(outbox::unpublished_scopes(tx, SCOPES)?))
        .await?;
    let mut published = 0;
    for scope in scopes {
        let bench = bench_for(house, scope).await?;
        published += house.store.write(move |tx| publish_some(tx, &bench)).await?;
    }
    if published > 0 {
        house.published.notify_waiters();
    }
    Ok(published)
}

fn publish_some(tx: &mut Tx<'_>, bench: &Bench) -> Result<usize, Refusal> {
    let (scope, mut draws) = (bench.tenant.scope, bench.draws.clone());
    let last_no = outbox::lock_stream(tx, &scope)?;
    let events = outbox::unpublished(tx, &scope, BATCH)?;
    let endpoints = webhook_endpoints::all(tx, &scope)?;
    let now_ms = store::clock(tx)?;
    let mut lanes: Vec<String> = Vec::new();
    let mut newest = last_no;
    for event in &events {
        newest += 1;
        outbox::number(tx, &scope, event.id, newest)?;
        for lane_id in places(tx, &scope, event, &endpoints)? {
            let delivery = Delivery {
                id: draws.id(now_ms),
                lane_id: lane_id.clone(),
                event_id: event.id,
                announcement: event.announcement,
                intent_id: event.intent_id,
                sequence: event.sequence,
                state: DeliveryState::Waiting,
                tries: 0,
                plan_tries: 0,
                plan_from_ms: None,
                due_at_ms: Some(now_ms),
                created_at_ms: now_ms,
                ended_at_ms: None,
            };
            deliveries::insert(tx, &scope, &delivery)?;
            if !lanes.contains(&lane_id) {
                lanes.push(lane_id);
            }
        }
    }
    outbox::move_stream(tx, &scope, newest)?;
    // In one order everywhere: two nodes never wait for each other's lanes.
    lanes.sort_unstable();
    for lane_id in &lanes {
        webhook_lanes::wake(tx, &scope, lane_id, now_ms)?;
    }
    Ok(events.len())
}

/// The lanes that an event goes to: every endpoint that wants it, and the place that the payment names itself.
fn places(
    tx: &mut Tx<'_>,
    scope: &Scope,
    event: &Unpublished,
    endpoints: &[Endpoint],
) -> Result<Vec<String>, StoreError> {
    let wanting = |endpoint: &&Endpoint| {
        endpoint.family == event.family && endpoint.events.includes(event.announcement) && may_get(endpoint, scope)
    };
    let mut places: Vec<String> = endpoints.iter().filter(wanting).map(|e| e.id.stored()).collect();
    // Whether a private address may be called is decided when it is called.
    let own = event
        .webhook_url
        .as_deref()
        .map(|url| WebhookUrl::parse(url, Destinations::PrivateToo));
    match own {
        Some(Ok(url)) => {
            webhook_lanes::ensure(tx, scope, &url.origin(), None)?;
            places.push(url.origin());
        }
        Some(Err(refusal)) => {
            tracing::warn!(event = "webhook_url_unusable", intent = %event.intent_id, %refusal);
        }
        None => {}
    }
    Ok(places)
}

/// Whether events go there at all: in the payment-intents API nothing of the live environment goes out in clear.
pub(crate) fn may_get(endpoint: &Endpoint, scope: &Scope) -> bool {
    let in_clear = endpoint.url.starts_with("http://");
    !(endpoint.family == ApiFamily::PaymentIntents && scope.environment == Environment::Live && in_clear)
}
