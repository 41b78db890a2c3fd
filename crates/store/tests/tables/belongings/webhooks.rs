//! What a tenant has of events and webhooks.

use domain::ids::DeliveryId;
use domain::scope::Scope;
use domain::webhook::{DeliveryOrder, EndpointState};
use store::deliveries::{self, DeliveryFilter, Outcome};
use store::outbox::{self, EventFilter};
use store::page::Beyond;
use store::webhook_secrets::{self, SealedSecrets};
use store::{StoreError, Tx, delivery_tries, webhook_endpoints, webhook_lanes};

use super::{Belongings, Changed, Seen};
use crate::house::{NOON_MS, id};
use crate::webhooks::{delivery, endpoint, event, tried};

/// The process that works on the lane.
const EPOCH: i64 = 1;

impl Belongings {
    /// Two events, the first of them published, tried and still on its way.
    pub(super) fn furnish_webhooks(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let (scope, intent_id) = (&self.owner.scope, self.payment.intent.id);
        let (first, endpoint) = (event(intent_id, 1, 1), endpoint(1, DeliveryOrder::PerPayment));
        outbox::insert(tx, scope, &first)?;
        outbox::insert(tx, scope, &event(intent_id, 2, 2))?;
        outbox::lock_stream(tx, scope)?;
        outbox::number(tx, scope, first.id, 1)?;
        outbox::move_stream(tx, scope, 1)?;
        webhook_secrets::insert(tx, scope, "sealed", NOON_MS)?;
        webhook_endpoints::insert(tx, scope, &endpoint)?;
        let lane_id = endpoint.id.stored();
        webhook_lanes::ensure(tx, scope, &lane_id, Some(endpoint.id))?;
        let way = delivery(&first, 1, &lane_id, NOON_MS);
        deliveries::insert(tx, scope, &way)?;
        delivery_tries::insert(tx, scope, &tried(way.id, 1))?;
        webhook_lanes::wake(tx, scope, &lane_id, NOON_MS)?;
        webhook_lanes::claim(tx, EPOCH, NOON_MS, NOON_MS + 1, (9, 9))?;
        Ok(())
    }

    pub(super) fn webhooks_seen(&self, tx: &mut Tx<'_>, scope: &Scope) -> Result<Seen, StoreError> {
        let intent_id = self.payment.intent.id;
        let (of, lane_id) = (
            endpoint(1, DeliveryOrder::Any).id,
            endpoint(1, DeliveryOrder::Any).id.stored(),
        );
        let (events, ways) = (EventFilter::default(), DeliveryFilter::default());
        let mut own = (events.clone(), ways.clone(), ways.clone());
        (own.0.intent_id, own.1.intent_id, own.2.lane_id) = (Some(intent_id), Some(intent_id), Some(lane_id.clone()));
        let (newer_events, newer_ways) = (Beyond::Newer(0, id(0)), Beyond::Newer(0, id(0)));
        let mut seen = vec![
            ("event", outbox::get(tx, scope, id(1))?.is_some()),
            ("events", !outbox::of_intent(tx, scope, intent_id)?.is_empty()),
            ("unpublished events", !outbox::unpublished(tx, scope, 9)?.is_empty()),
            ("newest number", outbox::last_no(tx, scope)? > 0),
            ("secrets", webhook_secrets::get(tx, scope)?.is_some()),
            ("endpoint", webhook_endpoints::get(tx, scope, of)?.is_some()),
            ("endpoint to change", webhook_endpoints::lock(tx, scope, of)? > 0),
            ("endpoints", !webhook_endpoints::all(tx, scope)?.is_empty()),
            (
                "listener",
                webhook_endpoints::listens(tx, scope, event(intent_id, 1, 1).family)?,
            ),
            ("lane", webhook_lanes::get(tx, scope, &lane_id)?.is_some()),
            ("delivery", deliveries::get(tx, scope, id(1))?.is_some()),
            (
                "places of event",
                !deliveries::lanes_of_event(tx, scope, id(1))?.is_empty(),
            ),
            ("what waits", deliveries::waiting(tx, scope, &lane_id)? != (0, None)),
            ("next delivery", deliveries::next_due(tx, scope, &lane_id)?.is_some()),
            ("tries", !delivery_tries::of(tx, scope, id(1))?.is_empty()),
            ("last try", delivery_tries::last(tx, scope, id(1))?.is_some()),
        ];
        for order in [DeliveryOrder::Any, DeliveryOrder::PerPayment] {
            let due = deliveries::due(tx, scope, (&lane_id, order), NOON_MS, 9)?;
            seen.push(("deliveries due", !due.is_empty()));
        }
        for filter in [&events, &own.0] {
            let (first, newer) = (Beyond::First, newer_events.clone());
            seen.push((
                "published events",
                !outbox::list(tx, scope, filter, first, 9)?.is_empty(),
            ));
            seen.push((
                "published events, back",
                !outbox::list(tx, scope, filter, newer, 9)?.is_empty(),
            ));
        }
        for filter in [&ways, &own.1, &own.2] {
            let (first, newer) = (Beyond::First, newer_ways.clone());
            seen.push(("deliveries", !deliveries::list(tx, scope, filter, first, 9)?.is_empty()));
            seen.push((
                "deliveries, back",
                !deliveries::list(tx, scope, filter, newer, 9)?.is_empty(),
            ));
        }
        Ok(seen)
    }

    pub(super) fn webhooks_changed(&self, tx: &mut Tx<'_>, scope: &Scope) -> Result<Changed, StoreError> {
        let changed = endpoint(1, DeliveryOrder::Any);
        let (of, lane_id) = (changed.id, &changed.id.stored());
        let secrets = SealedSecrets {
            secret: "stolen".to_owned(),
            previous: None,
        };
        let (later, gone) = (Outcome::TryAt(NOON_MS + 9), EndpointState::DisabledAsGone);
        let failed = webhook_lanes::failed(tx, scope, lane_id, "status 500", NOON_MS)?;
        Ok(vec![
            ("number event", outbox::number(tx, scope, id(2), 2)?),
            ("move stream", outbox::move_stream(tx, scope, 2)?),
            ("lock secrets", webhook_secrets::lock(tx, scope)?),
            ("replace secrets", webhook_secrets::replace(tx, scope, &secrets)?),
            (
                "renew lane",
                webhook_lanes::renew(tx, scope, lane_id, EPOCH, NOON_MS + 2)?,
            ),
            ("fail lane", failed.map_or(0, |lane| u64::from(lane.failures > 0))),
            ("tell of lane", webhook_lanes::told(tx, scope, lane_id, 1)?),
            ("recover lane", webhook_lanes::recovered(tx, scope, lane_id)?),
            ("wake lane", webhook_lanes::wake(tx, scope, lane_id, NOON_MS - 1)?),
            ("release lane", webhook_lanes::release(tx, scope, lane_id, EPOCH)?),
            (
                "record try",
                deliveries::record(tx, scope, (id(1), 0, DeliveryOrder::PerPayment), later, NOON_MS)?,
            ),
            (
                "bring deliveries forward",
                deliveries::bring_forward(tx, scope, lane_id, (NOON_MS, NOON_MS))?,
            ),
            (
                "begin deliveries anew",
                deliveries::begin_anew(tx, scope, lane_id, NOON_MS)?,
            ),
            (
                "resend what failed",
                deliveries::resend_failed(tx, scope, (lane_id, 9), (0, DeliveryId::new(0, 0)), NOON_MS)?.0,
            ),
            (
                "give deliveries up",
                deliveries::give_up(tx, scope, lane_id, None, NOON_MS)?,
            ),
            ("resend", deliveries::resend(tx, scope, id(1), NOON_MS)?),
            (
                "resend event",
                deliveries::resend_to(tx, scope, (lane_id, id(1)), NOON_MS)?,
            ),
            ("change endpoint", webhook_endpoints::update(tx, scope, &changed)?),
            ("disable endpoint", webhook_endpoints::disable(tx, scope, of, gone)?),
        ])
    }
}
