//! Webhook endpoints: make, show, change, disable, enable, delete, give another secret. Owns what may be changed; when
//! events are tried is `deliver`'s.

mod keyed;
mod write;

use domain::ids::EndpointId;
use domain::scope::{ApiFamily, Scope};
use domain::webhook::{DeliveryOrder, EndpointState, EventSelection};
use store::deliveries;
use store::webhook_endpoints::{self, Endpoint};
use store::webhook_lanes::{self, Lane};
use store::{StoreError, Tx};
use webhooks::{Secret, WebhookUrl};

use super::{Actor, AdminRefusal};
use crate::Engine;

pub use keyed::{EndpointCommand, EndpointOutcome, ShowEndpoint};

const UNKNOWN: AdminRefusal = AdminRefusal::Unknown("webhook endpoint");

/// Endpoints of one API in one environment, at most.
pub const ENDPOINTS_MAX: usize = 50;

/// An endpoint to be made.
#[derive(Clone, Debug)]
pub struct EndpointOrder {
    /// In whose shape it gets events.
    pub family: ApiFamily,
    /// Where to.
    pub url: String,
    /// For people.
    pub description: String,
    /// Which events.
    pub events: EventSelection,
    /// In which order.
    pub order: DeliveryOrder,
    /// Whether it gets them from the beginning.
    pub state: EndpointState,
}

/// What is to be other than it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointChanges {
    /// Where to.
    pub url: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// Which events.
    pub events: Option<EventSelection>,
    /// In which order.
    pub order: Option<DeliveryOrder>,
}

/// An endpoint and how it does.
#[derive(Clone, Debug)]
pub struct EndpointView {
    /// The endpoint; its secrets are sealed.
    pub endpoint: Endpoint,
    /// How it takes events.
    pub lane: Lane,
    /// Deliveries that wait.
    pub waiting: i64,
    /// Milliseconds UTC at which the oldest of them was made.
    pub oldest_waiting_ms: Option<i64>,
}

impl Engine {
    /// Makes an endpoint. Its secret is shown here and never again.
    ///
    /// # Errors
    /// [`AdminRefusal::Invalid`] names `url`; a conflict when there are too many.
    pub async fn create_webhook_endpoint(
        &self,
        actor: &Actor,
        scope: Scope,
        order: EndpointOrder,
    ) -> Result<(EndpointView, Secret), AdminRefusal> {
        let mut order = order;
        order.url = self.webhook_url(&order.url)?;
        let (bench, actor) = (self.bench(scope).await?, actor.clone());
        let made = self
            .house
            .store
            .write(move |tx| write::insert(tx, (&bench, &actor), &order));
        let made = made.await?;
        // Whether anybody listens decides which events are written.
        self.house.forget_tenant(&scope);
        Ok(made)
    }

    /// Every endpoint of an API, oldest first.
    ///
    /// # Errors
    /// An [`AdminRefusal`] of the database.
    pub async fn webhook_endpoints(&self, scope: Scope, family: ApiFamily) -> Result<Vec<EndpointView>, AdminRefusal> {
        self.house
            .store
            .read(move |tx| {
                let all = webhook_endpoints::all(tx, &scope)?;
                let own = all.into_iter().filter(|endpoint| endpoint.family == family);
                own.map(|endpoint| Ok(view(tx, &scope, endpoint)?)).collect()
            })
            .await
    }

    /// One endpoint.
    ///
    /// # Errors
    /// [`AdminRefusal::Unknown`].
    pub async fn webhook_endpoint(
        &self,
        scope: Scope,
        (family, id): (ApiFamily, EndpointId),
    ) -> Result<EndpointView, AdminRefusal> {
        self.house
            .store
            .read(move |tx| {
                let endpoint = find(tx, &scope, family, id)?;
                Ok(view(tx, &scope, endpoint)?)
            })
            .await
    }

    /// Changes an endpoint. What waits for it goes to the new place.
    ///
    /// # Errors
    /// [`AdminRefusal::Unknown`]; [`AdminRefusal::Invalid`] names `url`.
    pub async fn change_webhook_endpoint(
        &self,
        actor: &Actor,
        scope: Scope,
        which: (ApiFamily, EndpointId),
        changes: EndpointChanges,
    ) -> Result<EndpointView, AdminRefusal> {
        let changes = self.with_url(changes)?;
        self.alter(actor, scope, which, (changes, None)).await
    }

    /// Disables an endpoint: what happens meanwhile waits for it. Or enables it: it goes on with the first event that it
    /// missed, also when it is enabled and fails. Otherwise a second time changes nothing.
    ///
    /// # Errors
    /// [`AdminRefusal::Unknown`].
    pub async fn switch_webhook_endpoint(
        &self,
        actor: &Actor,
        scope: Scope,
        which: (ApiFamily, EndpointId),
        state: EndpointState,
    ) -> Result<EndpointView, AdminRefusal> {
        let change = (EndpointChanges::default(), Some(state));
        let view = self.alter(actor, scope, which, change).await?;
        self.house.forget_tenant(&scope);
        self.house.deliver_now.notify_one();
        Ok(view)
    }

    /// Deletes an endpoint; what waited for it is given up. The log of its deliveries stays.
    ///
    /// # Errors
    /// [`AdminRefusal::Unknown`].
    pub async fn delete_webhook_endpoint(
        &self,
        actor: &Actor,
        scope: Scope,
        which: (ApiFamily, EndpointId),
    ) -> Result<(), AdminRefusal> {
        let (bench, actor) = (self.bench(scope).await?, actor.clone());
        let deleted = self
            .house
            .store
            .write(move |tx| write::delete(tx, (&bench, &actor), which));
        deleted.await?;
        self.house.forget_tenant(&scope);
        Ok(())
    }

    /// Gives an endpoint another secret, shown here and never again. The one before signs too for `overlap_ms`.
    ///
    /// # Errors
    /// [`AdminRefusal::Unknown`].
    pub async fn rotate_webhook_endpoint_secret(
        &self,
        actor: &Actor,
        scope: Scope,
        which: (ApiFamily, EndpointId),
        overlap_ms: i64,
    ) -> Result<(EndpointView, Secret), AdminRefusal> {
        let (bench, actor) = (self.bench(scope).await?, actor.clone());
        self.house
            .store
            .write(move |tx| write::rotate(tx, (&bench, &actor), which, overlap_ms))
            .await
    }

    fn webhook_url(&self, text: &str) -> Result<String, AdminRefusal> {
        match WebhookUrl::parse(text, self.house.sender.destinations()) {
            Ok(url) => Ok(url.as_str().to_owned()),
            Err(refusal) => Err(AdminRefusal::field("url", refusal.to_string())),
        }
    }

    /// The changes with their URL as it is kept.
    fn with_url(&self, mut changes: EndpointChanges) -> Result<EndpointChanges, AdminRefusal> {
        if let Some(url) = &changes.url {
            changes.url = Some(self.webhook_url(url)?);
        }
        Ok(changes)
    }

    async fn alter(
        &self,
        actor: &Actor,
        scope: Scope,
        which: (ApiFamily, EndpointId),
        (changes, state): (EndpointChanges, Option<EndpointState>),
    ) -> Result<EndpointView, AdminRefusal> {
        let (bench, actor) = (self.bench(scope).await?, actor.clone());
        self.house
            .store
            .write(move |tx| write::alter(tx, (&bench, &actor), which, (&changes, state)))
            .await
    }
}

impl EndpointChanges {
    fn apply(&self, endpoint: &mut Endpoint) {
        if let Some(url) = &self.url {
            endpoint.url.clone_from(url);
        }
        if let Some(description) = &self.description {
            endpoint.description.clone_from(description);
        }
        if let Some(events) = &self.events {
            endpoint.events.clone_from(events);
        }
        endpoint.order = self.order.unwrap_or(endpoint.order);
    }
}

/// Why it was disabled before stays known.
fn switch(endpoint: &mut Endpoint, state: EndpointState) {
    if (endpoint.state == EndpointState::Enabled) != (state == EndpointState::Enabled) {
        endpoint.state = state;
    }
}

/// How the audit log names it.
fn switching(state: EndpointState) -> &'static str {
    match state {
        EndpointState::Enabled => "webhook_endpoint.enable",
        _ => "webhook_endpoint.disable",
    }
}

/// One that is not deleted.
pub(super) fn find(
    tx: &mut Tx<'_>,
    scope: &Scope,
    family: ApiFamily,
    id: EndpointId,
) -> Result<Endpoint, AdminRefusal> {
    let found = webhook_endpoints::get(tx, scope, id)?;
    let own = found.filter(|endpoint| endpoint.family == family && endpoint.deleted_at_ms.is_none());
    own.ok_or(UNKNOWN)
}

fn view(tx: &mut Tx<'_>, scope: &Scope, endpoint: Endpoint) -> Result<EndpointView, StoreError> {
    let lane = webhook_lanes::get(tx, scope, &endpoint.id.stored())?.ok_or(StoreError::Missing)?;
    let (waiting, oldest_waiting_ms) = deliveries::waiting(tx, scope, &lane.id)?;
    Ok(EndpointView {
        endpoint,
        lane,
        waiting,
        oldest_waiting_ms,
    })
}
