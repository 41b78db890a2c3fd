//! Send again: one delivery, an event, a range, all that failed. Owns what is sent again and where; never when.

use domain::ids::{DeliveryId, EndpointId, EventId};
use domain::scope::Scope;
use domain::webhook::DeliveryState;
use store::deliveries::{self, Delivery};
use store::outbox::{self, EventFilter};
use store::page::Beyond;
use store::webhook_endpoints::{self, Endpoint};
use store::{StoreError, Tx, webhook_lanes};

use super::deliveries::{DeliveryView, UNKNOWN, view};
use super::{Actor, AdminRefusal, Change, audit, members};
use crate::Engine;
use crate::case::Bench;
use crate::deliver::may_get;

const UNKNOWN_EVENT: AdminRefusal = AdminRefusal::Unknown("event");
const UNKNOWN_ENDPOINT: AdminRefusal = AdminRefusal::Unknown("webhook endpoint");

const DELETED: &str = "The endpoint of this delivery was deleted: nothing goes there any more.";

pub(super) const IN_CLEAR: &str = "The URL of this endpoint begins with http://, and events of the live environment never go \
    out in clear: give it an https:// URL first.";

/// Events looked at by one order, at most.
pub const RESENT_MAX: u64 = 10_000;

/// Events sent again in one transaction.
const BATCH: i64 = 500;

/// Which events an endpoint gets again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resend {
    /// Those that failed since, milliseconds UTC.
    Failed {
        /// Deliveries made at or after.
        since_ms: i64,
    },
    /// Every one that it wants, between these times inclusive, milliseconds UTC: also those that it never got.
    Range {
        /// At or after.
        from_ms: i64,
        /// At or before.
        to_ms: i64,
    },
}

/// What an order to send again came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resent {
    /// Deliveries that are due now.
    pub deliveries: u64,
    /// Where to go on, milliseconds UTC, when there were too many for one order.
    pub go_on_from_ms: Option<i64>,
}

impl Engine {
    /// Sends a delivery again, whatever became of it.
    ///
    /// # Errors
    /// [`AdminRefusal::Unknown`]; a conflict when its endpoint was deleted or may get nothing.
    pub async fn resend_delivery(
        &self,
        actor: &Actor,
        scope: Scope,
        id: DeliveryId,
    ) -> Result<DeliveryView, AdminRefusal> {
        let (bench, actor) = (self.bench(scope).await?, actor.clone());
        let sent = self.house.store.write(move |tx| {
            let delivery = deliveries::get(tx, &scope, id)?.ok_or(UNKNOWN)?;
            let now_ms = store::clock(tx)?;
            if let Some(text) = hindrance(tx, &scope, &delivery.lane_id)? {
                return Err(AdminRefusal::conflict("conflict", text));
            }
            deliveries::resend(tx, &scope, id, now_ms)?;
            webhook_lanes::wake(tx, &scope, &delivery.lane_id, now_ms)?;
            note(tx, &bench, &actor, ("webhook_delivery.resend", id.to_string(), 1))?;
            let delivery = deliveries::get(tx, &scope, id)?.ok_or(UNKNOWN)?;
            Ok::<_, AdminRefusal>(view(tx, &scope, delivery)?)
        });
        let sent = sent.await?;
        self.house.deliver_now.notify_one();
        Ok(sent)
    }

    /// Sends an event again: to one endpoint, also one that never got it, or to wherever it went and still can go.
    ///
    /// # Errors
    /// [`AdminRefusal::Unknown`]; [`AdminRefusal::Invalid`] names `endpoint_id` when that endpoint is another API's; a conflict
    /// when it may get nothing.
    pub async fn resend_event(
        &self,
        actor: &Actor,
        scope: Scope,
        (id, endpoint_id): (EventId, Option<EndpointId>),
    ) -> Result<Resent, AdminRefusal> {
        let (bench, actor) = (self.bench(scope).await?, actor.clone());
        let sent = self.house.store.write(move |tx| {
            let event = outbox::get(tx, &scope, id)?
                .filter(|event| event.stream_no.is_some())
                .ok_or(UNKNOWN_EVENT)?;
            let lanes: Vec<String> = match endpoint_id {
                Some(endpoint_id) => {
                    let endpoint = endpoint(tx, &scope, endpoint_id)?;
                    if endpoint.family != event.family {
                        let text = "Must be an endpoint of the API that tells this event.";
                        return Err(AdminRefusal::field("endpoint_id", text));
                    }
                    vec![endpoint.id.stored()]
                }
                None => places_of(tx, &scope, id)?,
            };
            let mut draws = bench.draws.clone();
            let mut sent = 0;
            for lane_id in &lanes {
                sent += send_to(tx, (&scope, lane_id), &event, draws.id(event.created_at_ms))?;
            }
            note(tx, &bench, &actor, ("event.resend", id.to_string(), sent))?;
            Ok::<_, AdminRefusal>(Resent {
                deliveries: sent,
                go_on_from_ms: None,
            })
        });
        let sent = sent.await?;
        self.house.deliver_now.notify_one();
        Ok(sent)
    }

    /// Sends an endpoint many events again, at most [`RESENT_MAX`].
    ///
    /// # Errors
    /// [`AdminRefusal::Unknown`]; a conflict when it may get nothing.
    pub async fn resend_events(
        &self,
        actor: &Actor,
        scope: Scope,
        id: EndpointId,
        resend: Resend,
    ) -> Result<Resent, AdminRefusal> {
        let resent = match resend {
            Resend::Failed { since_ms } => self.resend_failed(actor, scope, id, since_ms).await?,
            Resend::Range { from_ms, to_ms } => self.resend_range(actor, scope, id, (from_ms, to_ms)).await?,
        };
        self.house.deliver_now.notify_one();
        Ok(resent)
    }

    /// In several transactions, each told to the audit log: there may be thousands.
    async fn resend_failed(
        &self,
        actor: &Actor,
        scope: Scope,
        id: EndpointId,
        since_ms: i64,
    ) -> Result<Resent, AdminRefusal> {
        let (mut after, mut deliveries) = ((since_ms, DeliveryId::new(0, 0)), 0);
        loop {
            let (bench, actor) = (self.bench(scope).await?, actor.clone());
            let some = self.house.store.write(move |tx| {
                let (lane_id, now_ms) = (endpoint(tx, &scope, id)?.id.stored(), store::clock(tx)?);
                let (sent, last) = deliveries::resend_failed(tx, &scope, (&lane_id, BATCH), after, now_ms)?;
                webhook_lanes::wake(tx, &scope, &lane_id, now_ms)?;
                if sent > 0 || after.0 == since_ms {
                    let told = ("webhook_endpoint.resend_failed", id.to_string(), sent);
                    note(tx, &bench, &actor, told)?;
                }
                Ok::<_, AdminRefusal>((sent, last))
            });
            let (sent, last) = some.await?;
            deliveries += sent;
            match last {
                Some(last) if deliveries < RESENT_MAX => after = last,
                _ => {
                    return Ok(Resent {
                        deliveries,
                        go_on_from_ms: last.map(|(at_ms, _)| at_ms),
                    });
                }
            }
        }
    }

    /// In several transactions, each told to the audit log: there may be thousands.
    async fn resend_range(
        &self,
        actor: &Actor,
        scope: Scope,
        id: EndpointId,
        (from_ms, to_ms): (i64, i64),
    ) -> Result<Resent, AdminRefusal> {
        let (mut sent, mut looked) = (0, 0);
        let mut page = Beyond::Newer(0, EventId::new(0, 0));
        let mut go_on_from_ms = None;
        loop {
            let (bench, actor, at) = (self.bench(scope).await?, actor.clone(), page.clone());
            let some = self.house.store.write(move |tx| {
                let some = resend_some(tx, &bench, id, ((from_ms, to_ms), at.clone()))?;
                if some.sent > 0 {
                    let told = ("webhook_endpoint.resend", id.to_string(), some.sent);
                    note(tx, &bench, &actor, told)?;
                }
                Ok::<_, AdminRefusal>(some)
            });
            let some = some.await?;
            sent += some.sent;
            looked += some.looked;
            let Some((number, event_id, at_ms)) = some.last else {
                break;
            };
            page = Beyond::Newer(number, event_id);
            if looked >= RESENT_MAX {
                go_on_from_ms = Some(at_ms);
                break;
            }
        }
        Ok(Resent {
            deliveries: sent,
            go_on_from_ms,
        })
    }
}

struct Batch {
    sent: u64,
    looked: u64,
    /// The last event that was looked at: its number, its id, its time.
    last: Option<(i64, EventId, i64)>,
}

fn resend_some(
    tx: &mut Tx<'_>,
    bench: &Bench,
    id: EndpointId,
    ((from_ms, to_ms), page): ((i64, i64), Beyond<EventId>),
) -> Result<Batch, AdminRefusal> {
    let scope = bench.tenant.scope;
    let endpoint = endpoint(tx, &scope, id)?;
    let filter = EventFilter {
        family: Some(endpoint.family),
        from_ms: Some(from_ms),
        to_ms: Some(to_ms),
        ..EventFilter::default()
    };
    let events = outbox::list(tx, &scope, &filter, page, BATCH)?;
    let mut draws = bench.draws.clone();
    let mut sent = 0;
    for event in events
        .iter()
        .filter(|event| endpoint.events.includes(event.announcement))
    {
        sent += send_to(tx, (&scope, &id.stored()), event, draws.id(event.created_at_ms))?;
    }
    let last = events
        .last()
        .and_then(|event| Some((event.stream_no?, event.id, event.created_at_ms)));
    Ok(Batch {
        sent,
        looked: u64::try_from(events.len()).unwrap_or(u64::MAX),
        last,
    })
}

/// Makes an event due at a place, as a new delivery or the one that was there. Returns the deliveries that are due.
fn send_to(
    tx: &mut Tx<'_>,
    (scope, lane_id): (&Scope, &str),
    event: &outbox::Event,
    id: DeliveryId,
) -> Result<u64, StoreError> {
    let now_ms = store::clock(tx)?;
    let delivery = Delivery {
        id,
        lane_id: lane_id.to_owned(),
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
    let mut rows = deliveries::insert(tx, scope, &delivery)?;
    if rows == 0 {
        rows = deliveries::resend_to(tx, scope, (lane_id, event.id), now_ms)?;
    }
    webhook_lanes::wake(tx, scope, lane_id, now_ms)?;
    Ok(rows)
}

/// One that is not deleted and may get events.
fn endpoint(tx: &mut Tx<'_>, scope: &Scope, id: EndpointId) -> Result<Endpoint, AdminRefusal> {
    let found = webhook_endpoints::get(tx, scope, id)?;
    let endpoint = found
        .filter(|endpoint| endpoint.deleted_at_ms.is_none())
        .ok_or(UNKNOWN_ENDPOINT)?;
    match may_get(&endpoint, scope) {
        true => Ok(endpoint),
        false => Err(AdminRefusal::conflict("conflict", IN_CLEAR)),
    }
}

/// Where an event went and still can go: what is due elsewhere would wait for ever.
fn places_of(tx: &mut Tx<'_>, scope: &Scope, id: EventId) -> Result<Vec<String>, StoreError> {
    let mut places = Vec::new();
    for lane_id in deliveries::lanes_of_event(tx, scope, id)? {
        if hindrance(tx, scope, &lane_id)?.is_none() {
            places.push(lane_id);
        }
    }
    Ok(places)
}

/// Why nothing goes to a place any more. Nothing hinders where payments name it themselves.
fn hindrance(tx: &mut Tx<'_>, scope: &Scope, lane_id: &str) -> Result<Option<&'static str>, StoreError> {
    let Some(id) = webhook_lanes::get(tx, scope, lane_id)?.and_then(|lane| lane.endpoint_id) else {
        return Ok(None);
    };
    let found = webhook_endpoints::get(tx, scope, id)?;
    Ok(match found.filter(|endpoint| endpoint.deleted_at_ms.is_none()) {
        None => Some(DELETED),
        Some(endpoint) if !may_get(&endpoint, scope) => Some(IN_CLEAR),
        Some(_) => None,
    })
}

fn note(
    tx: &mut Tx<'_>,
    bench: &Bench,
    actor: &Actor,
    (action, subject_id, sent): (&'static str, String, u64),
) -> Result<(), AdminRefusal> {
    let change = Change {
        actor,
        action,
        subject_id,
        before: None,
        after: Some(members([("deliveries", sent.to_string())])),
    };
    Ok(audit(tx, &mut bench.draws.clone(), &bench.tenant.scope, change)?)
}
