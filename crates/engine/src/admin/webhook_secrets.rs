//! The secret that signs events to the URLs that payments name themselves: shown to who asks, replaced with an overlap. Every
//! look at it is told to the audit log.

use domain::scope::{Environment, Scope};
use store::webhook_secrets;
use webhooks::Secret;

use super::{Actor, AdminRefusal, Change, audit, members};
use crate::Engine;
use crate::deliver::secrets::{self, Owner};

/// A secret, and until when the one before signs beside it.
pub struct ShownSecret {
    /// The present one.
    pub secret: Secret,
    /// Milliseconds UTC.
    pub previous_until_ms: Option<i64>,
}

impl Engine {
    /// Shows the environment's secret.
    ///
    /// # Errors
    /// An [`AdminRefusal`] of the database.
    pub async fn reveal_webhook_secret(&self, actor: &Actor, scope: Scope) -> Result<ShownSecret, AdminRefusal> {
        let (bench, actor) = (self.bench(scope).await?, actor.clone());
        self.house
            .store
            .write(move |tx| {
                let (mut draws, now_ms) = (bench.draws.clone(), store::clock(tx)?);
                let stored = secrets::of_environment(tx, &bench.tenant, &mut draws)?;
                let open = secrets::open(&bench.tenant, Owner::Environment, &stored, now_ms)?;
                let change = Change {
                    actor: &actor,
                    action: "webhook_secret.reveal",
                    subject_id: scope.project_id.to_string(),
                    before: None,
                    after: None,
                };
                audit(tx, &mut draws, &scope, change)?;
                let previous = stored.previous.filter(|previous| now_ms < previous.until_ms);
                let secret = open.into_iter().next().ok_or(store::StoreError::Missing)?;
                Ok(ShownSecret {
                    secret,
                    previous_until_ms: previous.map(|previous| previous.until_ms),
                })
            })
            .await
    }

    /// Replaces the environment's secret. The one before signs too for `overlap_ms`.
    ///
    /// # Errors
    /// An [`AdminRefusal`] of the database.
    pub async fn rotate_webhook_secret(
        &self,
        actor: &Actor,
        scope: Scope,
        overlap_ms: i64,
    ) -> Result<ShownSecret, AdminRefusal> {
        let (bench, actor) = (self.bench(scope).await?, actor.clone());
        self.house
            .store
            .write(move |tx| {
                let (mut draws, now_ms) = (bench.draws.clone(), store::clock(tx)?);
                webhook_secrets::lock(tx, &scope)?;
                let present = secrets::of_environment(tx, &bench.tenant, &mut draws)?;
                let terms = (&present, now_ms + overlap_ms, now_ms);
                let (secret, stored) = secrets::rotate(&bench.tenant, Owner::Environment, &mut draws, terms)?;
                webhook_secrets::replace(tx, &scope, &stored)?;
                let change = Change {
                    actor: &actor,
                    action: "webhook_secret.rotate",
                    subject_id: scope.project_id.to_string(),
                    before: Some(members([("secret", "set".to_owned())])),
                    after: Some(members([("secret", "changed".to_owned())])),
                };
                audit(tx, &mut draws, &scope, change)?;
                Ok::<_, AdminRefusal>(ShownSecret {
                    secret,
                    previous_until_ms: stored.previous.map(|previous| previous.until_ms),
                })
            })
            .await
    }

    /// The secret that signs what a developer's own machine gets: always the same for one sandbox.
    ///
    /// # Errors
    /// A conflict in the live environment.
    pub async fn development_webhook_secret(&self, scope: Scope) -> Result<Secret, AdminRefusal> {
        if scope.environment == Environment::Live {
            let text = "The development secret signs events of the sandbox only.";
            return Err(AdminRefusal::conflict("conflict", text));
        }
        let tenant = self.house.tenant(scope).await?;
        Ok(secrets::development(&tenant))
    }
}
