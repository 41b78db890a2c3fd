//! Each change of a webhook endpoint as part of a transaction, told to the audit log there. Never decides whether it may be
//! made.

use domain::attention::AttentionKind;
use domain::ids::EndpointId;
use domain::scope::{ApiFamily, Scope};
use domain::webhook::EndpointState;
use store::deliveries;
use store::webhook_endpoints::{self, Endpoint};
use store::webhook_lanes;
use store::{StoreError, Tx};
use webhooks::Secret;

use super::super::{Actor, AdminRefusal, Change, Members, audit, members};
use super::{ENDPOINTS_MAX, EndpointChanges, EndpointOrder, EndpointView, find, switch, switching, view};
use crate::case::Bench;
use crate::deliver::secrets::{self, Owner};

/// Makes one; its secret is shown to the caller and never again. The URL has been read.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    (bench, actor): (&Bench, &Actor),
    order: &EndpointOrder,
) -> Result<(EndpointView, Secret), AdminRefusal> {
    let (scope, at_ms) = (bench.tenant.scope, store::clock(tx)?);
    let present = webhook_endpoints::all(tx, &scope)?;
    let of_family = present.iter().filter(|endpoint| endpoint.family == order.family);
    if of_family.count() >= ENDPOINTS_MAX {
        let text = format!("There are {ENDPOINTS_MAX} webhook endpoints already: delete one that is not needed.");
        return Err(AdminRefusal::conflict("conflict", text));
    }
    let mut draws = bench.draws.clone();
    let id: EndpointId = draws.id(at_ms);
    let (secret, sealed) = secrets::draw(&bench.tenant, Owner::Endpoint(id), &mut draws)?;
    let endpoint = Endpoint {
        id,
        family: order.family,
        url: order.url.clone(),
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
        actor,
        action: "webhook_endpoint.create",
        subject_id: id.to_string(),
        before: None,
        after: Some(told(&endpoint)),
    };
    audit(tx, &mut draws, &scope, change)?;
    Ok((view(tx, &scope, endpoint)?, secret))
}

/// Changes one, and switches it when a state is given. Who enables one that was disabled or fails makes what waits due. What
/// changes nothing is not told.
pub(super) fn alter(
    tx: &mut Tx<'_>,
    (bench, actor): (&Bench, &Actor),
    (family, id): (ApiFamily, EndpointId),
    (changes, state): (&EndpointChanges, Option<EndpointState>),
) -> Result<EndpointView, AdminRefusal> {
    let scope = bench.tenant.scope;
    webhook_endpoints::lock(tx, &scope, id)?;
    let before = find(tx, &scope, family, id)?;
    let mut after = before.clone();
    changes.apply(&mut after);
    if let Some(state) = state {
        switch(&mut after, state);
    }
    let failed = webhook_lanes::get(tx, &scope, &id.stored())?.is_some_and(|lane| lane.failures > 0);
    let resumes = state == Some(EndpointState::Enabled) && (failed || before.state != after.state);
    if after == before && !resumes {
        return Ok(view(tx, &scope, after)?);
    }
    webhook_endpoints::update(tx, &scope, &after)?;
    if resumes {
        resume(tx, &scope, id)?;
    }
    let told = Change {
        actor,
        // One change, told as one: a switch when it is nothing else.
        action: match state {
            Some(state) if *changes == EndpointChanges::default() => switching(state),
            _ => "webhook_endpoint.update",
        },
        subject_id: id.to_string(),
        before: Some(told(&before)),
        after: Some(told(&after)),
    };
    audit(tx, &mut bench.draws.clone(), &scope, told)?;
    Ok(view(tx, &scope, after)?)
}

/// Deletes one; what waited for it is given up.
pub(super) fn delete(
    tx: &mut Tx<'_>,
    (bench, actor): (&Bench, &Actor),
    (family, id): (ApiFamily, EndpointId),
) -> Result<(), AdminRefusal> {
    let scope = bench.tenant.scope;
    webhook_endpoints::lock(tx, &scope, id)?;
    let mut endpoint = find(tx, &scope, family, id)?;
    let (before, now_ms) = (told(&endpoint), store::clock(tx)?);
    endpoint.deleted_at_ms = Some(now_ms);
    webhook_endpoints::update(tx, &scope, &endpoint)?;
    deliveries::give_up(tx, &scope, &id.stored(), None, now_ms)?;
    nothing_to_see(tx, &scope, id, now_ms)?;
    let change = Change {
        actor,
        action: "webhook_endpoint.delete",
        subject_id: id.to_string(),
        before: Some(before),
        after: None,
    };
    Ok(audit(tx, &mut bench.draws.clone(), &scope, change)?)
}

/// Gives one another secret, shown to the caller and never again. The one before signs too for `overlap_ms`.
pub(super) fn rotate(
    tx: &mut Tx<'_>,
    (bench, actor): (&Bench, &Actor),
    (family, id): (ApiFamily, EndpointId),
    overlap_ms: i64,
) -> Result<(EndpointView, Secret), AdminRefusal> {
    let (scope, now_ms) = (bench.tenant.scope, store::clock(tx)?);
    let mut draws = bench.draws.clone();
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
        actor,
        action: "webhook_endpoint.rotate_secret",
        subject_id: id.to_string(),
        before: Some(before),
        after: Some(after),
    };
    audit(tx, &mut draws, &scope, change)?;
    Ok((view(tx, &scope, endpoint)?, secret))
}

/// An endpoint takes events again: from the first one that it missed.
fn resume(tx: &mut Tx<'_>, scope: &Scope, id: EndpointId) -> Result<(), StoreError> {
    let (lane_id, now_ms) = (id.stored(), store::clock(tx)?);
    webhook_lanes::recovered(tx, scope, &lane_id)?;
    deliveries::begin_anew(tx, scope, &lane_id, now_ms)?;
    webhook_lanes::wake(tx, scope, &lane_id, now_ms)?;
    nothing_to_see(tx, scope, id, now_ms)
}

/// Takes an endpoint off the attention list.
fn nothing_to_see(tx: &mut Tx<'_>, scope: &Scope, id: EndpointId, now_ms: i64) -> Result<(), StoreError> {
    for kind in [AttentionKind::WebhookDisabled, AttentionKind::WebhookFailing] {
        store::attention::resolve(tx, scope, kind, &id.to_string(), now_ms)?;
    }
    Ok(())
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
