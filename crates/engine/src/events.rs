//! Read events: page by page, one by one, or as they are published. Changes nothing, and never tells an event that has no
//! number yet: whoever knows a number has been told every lower one.

mod follow;

use domain::announcement::Announcement;
use domain::ids::{DeliveryId, EndpointId, EventId, IntentId};
use domain::scope::{ApiFamily, Scope};
use domain::webhook::{DeliveryState, TryOutcome};
use store::deliveries::{self, Delivery, DeliveryFilter};
use store::outbox::{self, Event};
use store::page::Beyond;
use store::{StoreError, Tx, delivery_tries, intents, webhook_endpoints};

pub use follow::{Follow, Following, News};
pub use store::outbox::EventFilter;

use crate::Engine;
use crate::case::body_place;
use crate::house::{Tenant, sealed};
use crate::refusal::Refusal;

/// Places that one event goes to and that are told, at most.
const DELIVERIES_MAX: i64 = 100;

/// A published event.
#[derive(Clone, Debug)]
pub struct EventView {
    /// Which.
    pub id: EventId,
    /// What it tells.
    pub announcement: Announcement,
    /// Of which payment.
    pub intent_id: IntentId,
    /// 1 for the first event of its payment.
    pub sequence: i64,
    /// Its number in its environment: the order of lists and streams.
    pub stream_no: i64,
    /// Milliseconds UTC.
    pub created_at_ms: i64,
    /// What webhooks carry, to the byte.
    pub body: Vec<u8>,
}

/// An event on its way to one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventDelivery {
    /// Which.
    pub id: DeliveryId,
    /// Where to; `None` for the payment's own URL.
    pub endpoint_id: Option<EndpointId>,
    /// Where it was sent last, or will be.
    pub url: Option<String>,
    /// What became of it.
    pub state: DeliveryState,
    /// Tries so far.
    pub tries: i64,
    /// How the last of them ended, and the status of its answer when there was one.
    pub last: Option<(TryOutcome, Option<i64>)>,
    /// Milliseconds UTC of the next try.
    pub next_try_at_ms: Option<i64>,
}

impl Engine {
    /// Up to `limit` events beyond `page`, which is told by number and id: newest first, but oldest first for
    /// [`Beyond::Newer`].
    ///
    /// # Errors
    /// A [`Refusal`] of the database.
    pub async fn events(
        &self,
        scope: Scope,
        filter: EventFilter,
        page: Beyond<EventId>,
        limit: i64,
    ) -> Result<Vec<EventView>, Refusal> {
        let tenant = self.house.tenant(scope).await?;
        let read = self
            .house
            .store
            .read(move |tx| Ok::<_, Refusal>(outbox::list(tx, &scope, &filter, page.clone(), limit)?));
        read.await?.into_iter().map(|row| opened(&tenant, row)).collect()
    }

    /// One event, in the shape of any API or of that `family` only; `None` when there is none in this project and
    /// environment.
    ///
    /// # Errors
    /// A [`Refusal`] of the database.
    pub async fn event(
        &self,
        scope: Scope,
        family: Option<ApiFamily>,
        id: EventId,
    ) -> Result<Option<EventView>, Refusal> {
        let tenant = self.house.tenant(scope).await?;
        let read = self
            .house
            .store
            .read(move |tx| Ok::<_, Refusal>(published(tx, &scope, family, id)?));
        read.await?.map(|row| opened(&tenant, row)).transpose()
    }

    /// Where an event goes and what became of that, newest first; for thirty days.
    ///
    /// # Errors
    /// A [`Refusal`] of the database.
    pub async fn event_deliveries(&self, scope: Scope, id: EventId) -> Result<Vec<EventDelivery>, Refusal> {
        self.house
            .store
            .read(move |tx| {
                let filter = DeliveryFilter {
                    event_id: Some(id),
                    ..DeliveryFilter::default()
                };
                let rows = deliveries::list(tx, &scope, &filter, Beyond::First, DELIVERIES_MAX)?;
                let views: Result<Vec<_>, StoreError> = rows.into_iter().map(|row| delivery(tx, &scope, row)).collect();
                Ok(views?)
            })
            .await
    }
}

/// The row of an event that has its number.
fn published(
    tx: &mut Tx<'_>,
    scope: &Scope,
    family: Option<ApiFamily>,
    id: EventId,
) -> Result<Option<Event>, StoreError> {
    let found = outbox::get(tx, scope, id)?;
    Ok(found.filter(|event| event.stream_no.is_some() && family.is_none_or(|family| family == event.family)))
}

fn opened(tenant: &Tenant, row: Event) -> Result<EventView, Refusal> {
    let columns = &tenant.keys.columns;
    let body = columns.open(&body_place(row.id), &row.body).map_err(sealed)?;
    Ok(EventView {
        id: row.id,
        announcement: row.announcement,
        intent_id: row.intent_id,
        sequence: row.sequence,
        stream_no: row.stream_no.unwrap_or_default(),
        created_at_ms: row.created_at_ms,
        body: body.to_vec(),
    })
}

fn delivery(tx: &mut Tx<'_>, scope: &Scope, row: Delivery) -> Result<EventDelivery, StoreError> {
    let endpoint_id = EndpointId::from_stored(&row.lane_id);
    let last = delivery_tries::last(tx, scope, row.id)?;
    let url = match (&last, endpoint_id) {
        (Some(last), _) => Some(last.url.clone()),
        (None, Some(id)) => webhook_endpoints::get(tx, scope, id)?.map(|endpoint| endpoint.url),
        (None, None) => intents::get(tx, scope, row.intent_id)?.and_then(|intent| intent.webhook_url),
    };
    Ok(EventDelivery {
        id: row.id,
        endpoint_id,
        url,
        state: row.state,
        tries: row.tries,
        last: last.map(|last| (last.outcome, last.status)),
        next_try_at_ms: row.due_at_ms,
    })
}
