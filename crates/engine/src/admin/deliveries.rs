//! The log of deliveries, and sending again: one, an event, a range, all that failed. Owns what is sent again; never when.

use domain::ids::{DeliveryId, EndpointId, EventId};
use domain::scope::Scope;
use domain::webhook::DeliveryState;
use store::deliveries::{self, Delivery, DeliveryFilter};
use store::delivery_tries::{self, Try};
use store::outbox::{self, EventFilter};
use store::page::Beyond;
use store::webhook_endpoints;
use store::{StoreError, Tx, intents, webhook_lanes};

use super::{Actor, AdminRefusal, Change, audit, members};
use crate::Engine;
use crate::case::{Bench, body_place};
use crate::deliver::answer_place;
use crate::house::sealed;

const UNKNOWN: AdminRefusal = AdminRefusal::Unknown("webhook delivery");
const UNKNOWN_EVENT: AdminRefusal = AdminRefusal::Unknown("event");
const UNKNOWN_ENDPOINT: AdminRefusal = AdminRefusal::Unknown("webhook endpoint");

/// Events sent again by one order, at most.
pub const RESENT_MAX: usize = 10_000;

/// Events sent again in one transaction.
const BATCH: i64 = 500;

/// A delivery and where it goes.
#[derive(Clone, Debug)]
pub struct DeliveryView {
    /// The delivery.
    pub delivery: Delivery,
    /// The endpoint, when it is one.
    pub endpoint_id: Option<EndpointId>,
    /// Where the next try goes.
    pub url: String,
}

/// A delivery with everything that is kept of it.
#[derive(Clone, Debug)]
pub struct DeliveryStory {
    /// The delivery.
    pub view: DeliveryView,
    /// What is sent.
    pub body: Vec<u8>,
    /// Every try, oldest first, with what was answered.
    pub tries: Vec<(Try, Vec<u8>)>,
}

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
    /// Up to `limit` deliveries beyond `page`: newest first, but oldest first for [`Beyond::Newer`].
    ///
    /// # Errors
    /// An [`AdminRefusal`] of the database.
    pub async fn webhook_deliveries(
        &self,
        scope: Scope,
        filter: DeliveryFilter,
        page: Beyond<DeliveryId>,
        limit: i64,
    ) -> Result<Vec<DeliveryView>, AdminRefusal> {
        self.house
            .store
            .read(move |tx| {
                let found = deliveries::list(tx, &scope, &filter, page.clone(), limit)?;
                found
                    .into_iter()
                    .map(|delivery| Ok(view(tx, &scope, delivery)?))
                    .collect()
            })
            .await
    }

    /// One delivery with its tries.
    ///
    /// # Errors
    /// [`AdminRefusal::Unknown`].
    pub async fn webhook_delivery(&self, scope: Scope, id: DeliveryId) -> Result<DeliveryStory, AdminRefusal> {
        let bench = self.bench(scope).await?;
        self.house
            .store
            .read(move |tx| {
                let delivery = deliveries::get(tx, &scope, id)?.ok_or(UNKNOWN)?;
                let event = outbox::get(tx, &scope, delivery.event_id)?.ok_or(StoreError::Missing)?;
                let columns = &bench.tenant.keys.columns;
                let body = columns
                    .open(&body_place(event.id), &event.body)
                    .map_err(sealed)?
                    .to_vec();
                let mut tries = Vec::new();
                for done in delivery_tries::of(tx, &scope, id)? {
                    let answer = match &done.answer {
                        Some(text) => columns
                            .open(&answer_place(id, done.number), text)
                            .map_err(sealed)?
                            .to_vec(),
                        None => Vec::new(),
                    };
                    tries.push((done, answer));
                }
                let view = view(tx, &scope, delivery)?;
                Ok::<_, AdminRefusal>(DeliveryStory { view, body, tries })
            })
            .await
    }

    /// Sends a delivery again, whatever became of it.
    ///
    /// # Errors
    /// [`AdminRefusal::Unknown`].
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

    /// Sends an event again: to one endpoint, also one that never got it, or to wherever it went.
    ///
    /// # Errors
    /// [`AdminRefusal::Unknown`].
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
                Some(endpoint_id) => vec![lane_of(tx, &scope, endpoint_id)?],
                None => deliveries::lanes_of_event(tx, &scope, id)?,
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
    /// [`AdminRefusal::Unknown`].
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

    async fn resend_failed(
        &self,
        actor: &Actor,
        scope: Scope,
        id: EndpointId,
        since_ms: i64,
    ) -> Result<Resent, AdminRefusal> {
        let (bench, actor) = (self.bench(scope).await?, actor.clone());
        self.house
            .store
            .write(move |tx| {
                let (lane_id, now_ms) = (lane_of(tx, &scope, id)?, store::clock(tx)?);
                let sent = deliveries::resend_failed(tx, &scope, &lane_id, since_ms, now_ms)?;
                webhook_lanes::wake(tx, &scope, &lane_id, now_ms)?;
                note(
                    tx,
                    &bench,
                    &actor,
                    ("webhook_endpoint.resend_failed", id.to_string(), sent),
                )?;
                Ok(Resent {
                    deliveries: sent,
                    go_on_from_ms: None,
                })
            })
            .await
    }

    /// In several transactions: there may be thousands.
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
            let (bench, at) = (self.bench(scope).await?, page.clone());
            let some = self
                .house
                .store
                .write(move |tx| resend_some(tx, &bench, id, ((from_ms, to_ms), at.clone())))
                .await?;
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
        let (bench, actor) = (self.bench(scope).await?, actor.clone());
        self.house
            .store
            .write(move |tx| note(tx, &bench, &actor, ("webhook_endpoint.resend", id.to_string(), sent)))
            .await?;
        Ok(Resent {
            deliveries: sent,
            go_on_from_ms,
        })
    }
}

struct Batch {
    sent: u64,
    looked: usize,
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
    let endpoint = webhook_endpoints::get(tx, &scope, id)?.filter(|endpoint| endpoint.deleted_at_ms.is_none());
    let endpoint = endpoint.ok_or(UNKNOWN_ENDPOINT)?;
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
        looked: events.len(),
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

fn lane_of(tx: &mut Tx<'_>, scope: &Scope, id: EndpointId) -> Result<String, AdminRefusal> {
    let endpoint = webhook_endpoints::get(tx, scope, id)?.filter(|endpoint| endpoint.deleted_at_ms.is_none());
    endpoint.map(|endpoint| endpoint.id.stored()).ok_or(UNKNOWN_ENDPOINT)
}

fn view(tx: &mut Tx<'_>, scope: &Scope, delivery: Delivery) -> Result<DeliveryView, StoreError> {
    let endpoint_id = webhook_lanes::get(tx, scope, &delivery.lane_id)?.and_then(|lane| lane.endpoint_id);
    let url = match endpoint_id {
        Some(id) => webhook_endpoints::get(tx, scope, id)?.map(|endpoint| endpoint.url),
        None => intents::get(tx, scope, delivery.intent_id)?.and_then(|intent| intent.webhook_url),
    };
    Ok(DeliveryView {
        delivery,
        endpoint_id,
        url: url.unwrap_or_default(),
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
