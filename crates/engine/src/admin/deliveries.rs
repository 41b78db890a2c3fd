//! The log of deliveries: what was sent where, and what came of it. Never sends.

use domain::ids::{DeliveryId, EndpointId};
use domain::scope::Scope;
use store::deliveries::{self, Delivery, DeliveryFilter};
use store::delivery_tries::{self, Try};
use store::outbox;
use store::page::Beyond;
use store::{StoreError, Tx, intents, webhook_endpoints, webhook_lanes};

use super::AdminRefusal;
use crate::Engine;
use crate::case::body_place;
use crate::deliver::answer_place;
use crate::house::sealed;

pub(super) const UNKNOWN: AdminRefusal = AdminRefusal::Unknown("webhook delivery");

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
}

/// A delivery with where it goes.
pub(super) fn view(tx: &mut Tx<'_>, scope: &Scope, delivery: Delivery) -> Result<DeliveryView, StoreError> {
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
