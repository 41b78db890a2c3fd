//! What signs deliveries: an endpoint's own secret, or the one of its environment for the URLs that payments name
//! themselves. While a secret is replaced the previous one signs too. Never lets a secret out but to sign or to be shown once.

use domain::ids::EndpointId;
use domain::scope::Scope;
use store::webhook_secrets::{self, SealedPrevious, SealedSecrets};
use store::{StoreError, Tx};
use webhooks::Secret;

use crate::draws::Draws;
use crate::house::{Tenant, sealed};
use crate::refusal::Refusal;

/// Whose secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// An endpoint's.
    Endpoint(EndpointId),
    /// The environment's.
    Environment,
}

impl Owner {
    fn secret_place(self) -> String {
        match self {
            Self::Endpoint(id) => format!("webhook_endpoints.secret {id}"),
            Self::Environment => "webhook_secrets.secret".to_owned(),
        }
    }

    fn previous_place(self) -> String {
        match self {
            Self::Endpoint(id) => format!("webhook_endpoints.previous_secret {id}"),
            Self::Environment => "webhook_secrets.previous_secret".to_owned(),
        }
    }
}

/// A fresh secret, and how it is stored.
pub(crate) fn draw(tenant: &Tenant, owner: Owner, draws: &mut Draws) -> Result<(Secret, SealedSecrets), Refusal> {
    let secret = Secret::of(draws.bytes());
    let stored = SealedSecrets {
        secret: seal(tenant, &owner.secret_place(), draws, &secret)?,
        previous: None,
    };
    Ok((secret, stored))
}

/// A fresh secret in place of the present one, which signs too until `until_ms`; no longer at all when that is now.
pub(crate) fn rotate(
    tenant: &Tenant,
    owner: Owner,
    draws: &mut Draws,
    (present, until_ms, now_ms): (&SealedSecrets, i64, i64),
) -> Result<(Secret, SealedSecrets), Refusal> {
    let (secret, mut stored) = draw(tenant, owner, draws)?;
    if until_ms > now_ms {
        let previous = open_one(tenant, &owner.secret_place(), &present.secret)?;
        stored.previous = Some(SealedPrevious {
            secret: seal(tenant, &owner.previous_place(), draws, &previous)?,
            until_ms,
        });
    }
    Ok((secret, stored))
}

/// The secrets that sign now, the present one first.
pub(crate) fn open(tenant: &Tenant, owner: Owner, stored: &SealedSecrets, now_ms: i64) -> Result<Vec<Secret>, Refusal> {
    let mut secrets = vec![open_one(tenant, &owner.secret_place(), &stored.secret)?];
    if let Some(previous) = stored.previous.as_ref().filter(|previous| now_ms < previous.until_ms) {
        secrets.push(open_one(tenant, &owner.previous_place(), &previous.secret)?);
    }
    Ok(secrets)
}

/// The environment's secrets as stored; the first is made when it is needed first.
pub(crate) fn of_environment(tx: &mut Tx<'_>, tenant: &Tenant, draws: &mut Draws) -> Result<SealedSecrets, Refusal> {
    let scope: Scope = tenant.scope;
    if let Some(stored) = webhook_secrets::get(tx, &scope)? {
        return Ok(stored);
    }
    let (_, fresh) = draw(tenant, Owner::Environment, draws)?;
    let at_ms = store::clock(tx)?;
    webhook_secrets::insert(tx, &scope, &fresh.secret, at_ms)?;
    Ok(webhook_secrets::get(tx, &scope)?.ok_or(StoreError::Missing)?)
}

/// What signs events that a developer's own machine gets: always the same for one sandbox, and good for nothing else.
pub(crate) fn development(tenant: &Tenant) -> Secret {
    Secret::of(tenant.keys.columns.derive("webhooks in development").expose())
}

fn seal(tenant: &Tenant, place: &str, draws: &mut Draws, secret: &Secret) -> Result<String, Refusal> {
    let text = secret.expose().as_bytes();
    tenant.keys.columns.seal(place, draws.nonce(), text).map_err(sealed)
}

fn open_one(tenant: &Tenant, place: &str, text: &str) -> Result<Secret, Refusal> {
    let opened = tenant.keys.columns.open(place, text).map_err(sealed)?;
    let text = std::str::from_utf8(&opened).ok().and_then(Secret::parse);
    text.ok_or_else(|| sealed(crate::vault::Sealed))
}
