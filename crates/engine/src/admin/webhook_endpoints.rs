//! Webhook endpoints: make, show, change, disable, enable, delete, give another secret. Owns what may be changed; when
//! events are tried is `deliver`'s.

use domain::attention::AttentionKind;
use domain::ids::EndpointId;
use domain::scope::{ApiFamily, Scope};
use domain::webhook::{DeliveryOrder, EndpointState, EventSelection};
use store::deliveries;
use store::webhook_endpoints::{self, Endpoint};
use store::webhook_lanes::{self, Lane};
use store::{StoreError, Tx};
use webhooks::{Secret, WebhookUrl};

use super::{Actor, AdminRefusal, Change, Members, audit, members};
use crate::Engine;
use crate::case::Bench;
use crate::deliver::secrets::{self, Owner};

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
#[derive(Clone, Debug, Default)]
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
        let url = self.webhook_url(&order.url)?;
        let (bench, actor) = (self.bench(scope).await?, actor.clone());
        let made = self.house.store.write(move |tx| {
            let (mut draws, at_ms) = (bench.draws.clone(), store::clock(tx)?);
            let present = webhook_endpoints::all(tx, &scope)?;
            if present
                .iter()
                .filter(|endpoint| endpoint.family == order.family)
                .count()
                >= ENDPOINTS_MAX
            {
                let text =
                    format!("There are {ENDPOINTS_MAX} webhook endpoints already: delete one that is not needed.");
                return Err(AdminRefusal::conflict("conflict", text));
            }
            let id: EndpointId = draws.id(at_ms);
            let (secret, sealed) = secrets::draw(&bench.tenant, Owner::Endpoint(id), &mut draws)?;
            let endpoint = Endpoint {
                id,
                family: order.family,
                url: url.clone(),
                description: order.description.clone(),
                events: order.events.clone(),
                order: order.order,
                secrets: sealed,
                state: order.state,
                created_at_ms: at_ms,
                deleted_at_ms: None,
            };
            webhook_endpoints::insert(tx, &scope, &endpoint)?;
            webhook_lanes::ensure(tx, &scope, &id.stored(), Some(id))?;
            let change = Change {
                actor: &actor,
                action: "webhook_endpoint.create",
                subject_id: id.to_string(),
                before: None,
                after: Some(told(&endpoint)),
            };
            audit(tx, &mut draws, &scope, change)?;
            Ok((view(tx, &scope, endpoint)?, secret))
        });
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
        let url = changes.url.as_deref().map(|url| self.webhook_url(url)).transpose()?;
        let change = move |endpoint: &mut Endpoint| {
            if let Some(url) = &url {
                endpoint.url.clone_from(url);
            }
            if let Some(description) = &changes.description {
                endpoint.description.clone_from(description);
            }
            if let Some(events) = &changes.events {
                endpoint.events.clone_from(events);
            }
            endpoint.order = changes.order.unwrap_or(endpoint.order);
        };
        self.alter(actor, scope, which, ("webhook_endpoint.update", change))
            .await
    }

    /// Disables an endpoint: what happens meanwhile waits for it. Or enables it: it goes on with the first event that it
    /// missed. A second time changes nothing.
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
        let action = match state {
            EndpointState::Enabled => "webhook_endpoint.enable",
            _ => "webhook_endpoint.disable",
        };
        let view = self
            .alter(
                actor,
                scope,
                which,
                (action, move |endpoint: &mut Endpoint| {
                    // Why it was disabled before stays known.
                    if (endpoint.state == EndpointState::Enabled) != (state == EndpointState::Enabled) {
                        endpoint.state = state;
                    }
                }),
            )
            .await?;
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
        (family, id): (ApiFamily, EndpointId),
    ) -> Result<(), AdminRefusal> {
        let (bench, actor) = (self.bench(scope).await?, actor.clone());
        let deleted = self.house.store.write(move |tx| {
            webhook_endpoints::lock(tx, &scope, id)?;
            let mut endpoint = find(tx, &scope, family, id)?;
            let (before, now_ms) = (told(&endpoint), store::clock(tx)?);
            endpoint.deleted_at_ms = Some(now_ms);
            webhook_endpoints::update(tx, &scope, &endpoint)?;
            deliveries::give_up(tx, &scope, &id.stored(), None, now_ms)?;
            nothing_to_see(tx, &scope, id, now_ms)?;
            let change = Change {
                actor: &actor,
                action: "webhook_endpoint.delete",
                subject_id: id.to_string(),
                before: Some(before),
                after: None,
            };
            Ok::<_, AdminRefusal>(audit(tx, &mut bench.draws.clone(), &scope, change)?)
        });
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
        (family, id): (ApiFamily, EndpointId),
        overlap_ms: i64,
    ) -> Result<(EndpointView, Secret), AdminRefusal> {
        let (bench, actor) = (self.bench(scope).await?, actor.clone());
        self.house
            .store
            .write(move |tx| {
                let (mut draws, now_ms) = (bench.draws.clone(), store::clock(tx)?);
                webhook_endpoints::lock(tx, &scope, id)?;
                let mut endpoint = find(tx, &scope, family, id)?;
                let before = told(&endpoint);
                let terms = (&endpoint.secrets, now_ms + overlap_ms, now_ms);
                let (secret, sealed) = secrets::rotate(&bench.tenant, Owner::Endpoint(id), &mut draws, terms)?;
                endpoint.secrets = sealed;
                webhook_endpoints::update(tx, &scope, &endpoint)?;
                let mut after = told(&endpoint);
                after.insert("secret".to_owned(), "changed".to_owned());
                let change = Change {
                    actor: &actor,
                    action: "webhook_endpoint.rotate_secret",
                    subject_id: id.to_string(),
                    before: Some(before),
                    after: Some(after),
                };
                audit(tx, &mut draws, &scope, change)?;
                Ok((view(tx, &scope, endpoint)?, secret))
            })
            .await
    }

    fn webhook_url(&self, text: &str) -> Result<String, AdminRefusal> {
        match WebhookUrl::parse(text, self.house.sender.destinations()) {
            Ok(url) => Ok(url.as_str().to_owned()),
            Err(refusal) => Err(AdminRefusal::field("url", refusal.to_string())),
        }
    }

    /// Changes an endpoint; enabling it makes what waits due.
    async fn alter(
        &self,
        actor: &Actor,
        scope: Scope,
        (family, id): (ApiFamily, EndpointId),
        (action, change): (&'static str, impl Fn(&mut Endpoint) + Send + Sync + 'static),
    ) -> Result<EndpointView, AdminRefusal> {
        let (bench, actor) = (self.bench(scope).await?, actor.clone());
        self.house
            .store
            .write(move |tx| {
                webhook_endpoints::lock(tx, &scope, id)?;
                let before = find(tx, &scope, family, id)?;
                let mut after = before.clone();
                change(&mut after);
                if after == before {
                    return Ok(view(tx, &scope, after)?);
                }
                webhook_endpoints::update(tx, &scope, &after)?;
                if before.state != after.state && after.state == EndpointState::Enabled {
                    resume(tx, &bench, id)?;
                }
                let told = Change {
                    actor: &actor,
                    action,
                    subject_id: id.to_string(),
                    before: Some(told(&before)),
                    after: Some(told(&after)),
                };
                audit(tx, &mut bench.draws.clone(), &scope, told)?;
                Ok::<_, AdminRefusal>(view(tx, &scope, after)?)
            })
            .await
    }
}

/// An endpoint takes events again: from the first one that it missed.
fn resume(tx: &mut Tx<'_>, bench: &Bench, id: EndpointId) -> Result<(), StoreError> {
    let (scope, lane_id, now_ms) = (bench.tenant.scope, id.stored(), store::clock(tx)?);
    webhook_lanes::recovered(tx, &scope, &lane_id)?;
    deliveries::begin_anew(tx, &scope, &lane_id, now_ms)?;
    webhook_lanes::wake(tx, &scope, &lane_id, now_ms)?;
    nothing_to_see(tx, &scope, id, now_ms)
}

/// Takes an endpoint off the attention list.
fn nothing_to_see(tx: &mut Tx<'_>, scope: &Scope, id: EndpointId, now_ms: i64) -> Result<(), StoreError> {
    for kind in [AttentionKind::WebhookDisabled, AttentionKind::WebhookFailing] {
        store::attention::resolve(tx, scope, kind, &id.to_string(), now_ms)?;
    }
    Ok(())
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

fn told(endpoint: &Endpoint) -> Members {
    members([
        ("family", endpoint.family.code().to_owned()),
        ("url", endpoint.url.clone()),
        ("description", endpoint.description.clone()),
        ("events", endpoint.events.to_string()),
        ("order", endpoint.order.code().to_owned()),
        ("state", endpoint.state.code().to_owned()),
    ])
}
