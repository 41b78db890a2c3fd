//! The same changes by holders of an API key, each under an idempotency key when it has one. Owns what a repeat is answered
//! with; never what a change does.

use domain::ids::EndpointId;
use domain::scope::{ApiFamily, Scope};
use domain::webhook::EndpointState;
use store::Tx;
use store::idempotency::EffectKind;
use webhooks::Secret;

use super::super::{Actor, AdminRefusal};
use super::{EndpointChanges, EndpointOrder, EndpointView, write};
use crate::Engine;
use crate::case::Bench;
use crate::commands::Claim;
use crate::once::Once;
use crate::render::{Answer, Origin, Rendered};

/// What is to be done with an endpoint.
#[derive(Clone, Debug)]
pub enum EndpointCommand {
    /// Make one.
    Create(EndpointOrder),
    /// Change it, and switch it when a state is given.
    Change(EndpointId, EndpointChanges, Option<EndpointState>),
    /// Give it another secret.
    Rotate {
        /// Which.
        id: EndpointId,
        /// The secret before signs too for so long.
        overlap_ms: i64,
    },
    /// Delete it.
    Delete(EndpointId),
}

/// What became of an endpoint.
pub enum EndpointOutcome {
    /// It was made. The secret is shown here and never again.
    Created(EndpointView, Secret),
    /// It was changed.
    Changed(EndpointView),
    /// It has another secret, shown here and never again.
    Rotated(EndpointView, Secret),
    /// It is gone.
    Deleted(EndpointId),
}

/// How an outcome is answered. Must be a pure function: it runs inside the transaction.
pub type ShowEndpoint = fn(&EndpointOutcome) -> Rendered;

impl Engine {
    /// Does something with an endpoint of `family`, once for one key. The answer is stored sealed, its secret with it.
    ///
    /// # Errors
    /// [`AdminRefusal::Unknown`]; [`AdminRefusal::Invalid`] names `url`; a conflict when there are too many, or when a secret
    /// was shown so long ago that the answer is no longer kept; the [`crate::Refusal`]s of a key.
    pub async fn command_webhook_endpoint(
        &self,
        (scope, actor): (Scope, Actor),
        family: ApiFamily,
        command: EndpointCommand,
        spoken: (Option<Claim>, ShowEndpoint),
    ) -> Result<Answer, AdminRefusal> {
        let ((claim, show), command) = (spoken, self.read_urls(command)?);
        let effect = match &command {
            EndpointCommand::Create(_) => EffectKind::Create,
            EndpointCommand::Change(..) | EndpointCommand::Rotate { .. } | EndpointCommand::Delete(_) => {
                EffectKind::Update
            }
        };
        let asked = command.clone();
        let work = move |tx: &mut Tx<'_>, bench: &Bench| {
            carry_out(tx, (bench, &actor), family, &asked).map(|outcome| show(&outcome))
        };
        match self.once(scope, (effect, claim), work).await? {
            Once::Answered(answer) => {
                // Whether anybody listens decides which events are written; what waited may be due now.
                self.house.forget_tenant(&scope);
                self.house.deliver_now.notify_one();
                Ok(answer)
            }
            Once::LetGo => Ok(Answer {
                rendered: show(&self.as_it_is(scope, family, command).await?),
                origin: Origin::Replayed,
            }),
        }
    }

    fn read_urls(&self, command: EndpointCommand) -> Result<EndpointCommand, AdminRefusal> {
        Ok(match command {
            EndpointCommand::Create(order) => EndpointCommand::Create(EndpointOrder {
                url: self.webhook_url(&order.url)?,
                ..order
            }),
            EndpointCommand::Change(id, changes, state) => EndpointCommand::Change(id, self.with_url(changes)?, state),
            other @ (EndpointCommand::Rotate { .. } | EndpointCommand::Delete(_)) => other,
        })
    }

    /// The present state, for a repeat whose answer has been let go. A secret is not shown a second time.
    async fn as_it_is(
        &self,
        scope: Scope,
        family: ApiFamily,
        command: EndpointCommand,
    ) -> Result<EndpointOutcome, AdminRefusal> {
        match command {
            EndpointCommand::Change(id, ..) => {
                let view = self.webhook_endpoint(scope, (family, id)).await?;
                Ok(EndpointOutcome::Changed(view))
            }
            EndpointCommand::Delete(id) => Ok(EndpointOutcome::Deleted(id)),
            EndpointCommand::Create(_) | EndpointCommand::Rotate { .. } => {
                let text = "This was done, and its secret was shown then. The answer is no longer kept.";
                Err(AdminRefusal::conflict("conflict", text))
            }
        }
    }
}

fn carry_out(
    tx: &mut Tx<'_>,
    by: (&Bench, &Actor),
    family: ApiFamily,
    command: &EndpointCommand,
) -> Result<EndpointOutcome, AdminRefusal> {
    match command {
        EndpointCommand::Create(order) => {
            let (view, secret) = write::insert(tx, by, order)?;
            Ok(EndpointOutcome::Created(view, secret))
        }
        EndpointCommand::Change(id, changes, state) => {
            let view = write::alter(tx, by, (family, *id), (changes, *state))?;
            Ok(EndpointOutcome::Changed(view))
        }
        EndpointCommand::Rotate { id, overlap_ms } => {
            let (view, secret) = write::rotate(tx, by, (family, *id), *overlap_ms)?;
            Ok(EndpointOutcome::Rotated(view, secret))
        }
        EndpointCommand::Delete(id) => {
            write::delete(tx, by, (family, *id))?;
            Ok(EndpointOutcome::Deleted(*id))
        }
    }
}
