//! Payment links, made and changed by administrators. Owns how that is told to the audit log; what a link is belongs to
//! [`crate::links`].

use domain::ids::LinkId;
use domain::scope::Scope;

use super::{Actor, AdminRefusal, Change, Members, audit, members};
use crate::Engine;
use crate::links::{CreateLink, Link, LinkView, UpdateLink, insert, update};
use crate::refusal::Refusal;

impl Engine {
    /// Makes a link.
    ///
    /// # Errors
    /// An [`AdminRefusal`] of the database.
    pub async fn create_link_as(
        &self,
        actor: &Actor,
        scope: Scope,
        command: CreateLink,
    ) -> Result<LinkView, AdminRefusal> {
        let (bench, actor) = (self.bench(scope).await?, actor.clone());
        self.house
            .store
            .write(move |tx| {
                let mut bench = bench.clone();
                let view = insert(tx, &mut bench, &command, None)?;
                let change = Change {
                    actor: &actor,
                    action: "link.create",
                    subject_id: view.link.id.to_string(),
                    before: None,
                    after: Some(told(&view.link)),
                };
                audit(tx, &mut bench.draws, &scope, change)?;
                Ok(view)
            })
            .await
    }

    /// Changes a link. What changes nothing is not told.
    ///
    /// # Errors
    /// [`AdminRefusal::Unknown`].
    pub async fn change_link_as(
        &self,
        actor: &Actor,
        scope: Scope,
        id: LinkId,
        command: UpdateLink,
    ) -> Result<LinkView, AdminRefusal> {
        let (bench, actor) = (self.bench(scope).await?, actor.clone());
        self.house
            .store
            .write(move |tx| {
                let (before, view) = update(tx, &bench.tenant, id, &command).map_err(refused)?;
                if before != view.link {
                    let change = Change {
                        actor: &actor,
                        action: "link.update",
                        subject_id: id.to_string(),
                        before: Some(told(&before)),
                        after: Some(told(&view.link)),
                    };
                    audit(tx, &mut bench.draws.clone(), &scope, change)?;
                }
                Ok(view)
            })
            .await
    }
}

fn told(link: &Link) -> Members {
    let expires_at = link
        .expires_at_ms
        .map_or_else(|| "never".to_owned(), |at| at.to_string());
    members([
        ("description", link.description.clone()),
        ("usage", link.usage.code().to_owned()),
        ("switch", link.switch.code().to_owned()),
        ("expires_at_ms", expires_at),
    ])
}

fn refused(refusal: Refusal) -> AdminRefusal {
    match refusal {
        Refusal::UnknownLink(_) => AdminRefusal::Unknown("payment link"),
        other => other.into(),
    }
}
