//! What waits for a person: reading the list, and taking items off it. Owns what follows when a person does; never what is put
//! on it.

use domain::attention::AttentionKind;
use domain::ids::AttentionId;
use domain::scope::Scope;
use store::Tx;
use store::attention::{self, AttentionFilter, Entry};
use store::page::Beyond;

use super::{Actor, AdminRefusal, Change, Members, audit, members};
use crate::Engine;
use crate::draws::Draws;
use crate::unpark;

impl Engine {
    /// Up to `limit` items of an environment beyond `page`: newest first, but oldest first for [`Beyond::Newer`].
    ///
    /// # Errors
    /// An [`AdminRefusal`] of the database.
    pub async fn attention_list(
        &self,
        scope: Scope,
        filter: AttentionFilter,
        page: Beyond<AttentionId>,
        limit: i64,
    ) -> Result<Vec<Entry>, AdminRefusal> {
        self.house
            .store
            .read(move |tx| Ok(attention::list(tx, &scope, &filter, page.clone(), limit)?))
            .await
    }

    /// Takes an item off the list with a note of what was done; a step that was parked is tried again at once. An item that is
    /// off the list already stays as it is.
    ///
    /// # Errors
    /// [`AdminRefusal::Unknown`].
    pub async fn resolve_attention(
        &self,
        actor: &Actor,
        scope: Scope,
        id: AttentionId,
        note: String,
    ) -> Result<Entry, AdminRefusal> {
        let (draws, actor) = (Draws::new(&self.house.world), actor.clone());
        let resolved = self.house.store.write(move |tx| -> Result<Entry, AdminRefusal> {
            let before = find(tx, &scope, id)?;
            let now_ms = store::clock(tx)?;
            if attention::resolve_one(tx, &scope, id, &note, now_ms)? == 0 {
                return Ok(before);
            }
            unpark::release(tx, &scope, &before.item, now_ms)?;
            let after = find(tx, &scope, id)?;
            let change = Change {
                actor: &actor,
                action: "attention.resolve",
                subject_id: id.to_string(),
                before: Some(told(&before)),
                after: Some(told(&after)),
            };
            audit(tx, &mut draws.clone(), &scope, change)?;
            Ok(after)
        });
        let entry = resolved.await?;
        if entry.item.kind == AttentionKind::TimerParked {
            self.house.wake.notify_one();
        }
        Ok(entry)
    }
}

fn find(tx: &mut Tx<'_>, scope: &Scope, id: AttentionId) -> Result<Entry, AdminRefusal> {
    attention::get(tx, scope, id)?.ok_or(AdminRefusal::Unknown("attention item"))
}

fn told(entry: &Entry) -> Members {
    let mut told = members([
        ("kind", entry.item.kind.code().to_owned()),
        ("about", entry.item.subject_id.clone()),
        ("state", entry.standing().code().to_owned()),
    ]);
    told.extend(entry.note.clone().map(|note| ("note".to_owned(), note)));
    told
}
