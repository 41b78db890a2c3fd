//! A write of one transaction under an idempotency key: the key is claimed, the work done, its answer stored, or none of it.
//! Owns that order for what is not a payment; never what is done or answered.

use domain::scope::Scope;
use store::idempotency::{self, EffectKind, NewClaim};
use store::{StoreError, Tx};

use crate::Engine;
use crate::case::Bench;
use crate::commands::Claim;
use crate::refusal::Refusal;
use crate::render::{Answer, Origin, Rendered};
use crate::request::{bench_for, keep_answer};

/// What a write came to.
pub(crate) enum Once {
    /// Its answer, or the stored one of an earlier request with its key.
    Answered(Answer),
    /// An earlier request with its key did it, and the answer has been let go.
    LetGo,
}

impl Engine {
    /// Does `work` in one transaction, unless its key was used before. Without a key it is simply done.
    ///
    /// # Errors
    /// What `work` returned; [`Refusal::KeyReused`] when the key stands for another request; a [`Refusal`] of the database.
    pub(crate) async fn once<E, W>(
        &self,
        scope: Scope,
        (effect, claim): (EffectKind, Option<Claim>),
        mut work: W,
    ) -> Result<Once, E>
    where
        E: From<Refusal> + From<StoreError> + Send + 'static,
        W: FnMut(&mut Tx<'_>, &Bench) -> Result<Rendered, E> + Send + 'static,
    {
        let bench = bench_for(&self.house, scope).await?;
        let claimed = claim.clone();
        let write = move |tx: &mut Tx<'_>| {
            let Some(claim) = &claimed else {
                return work(tx, &bench).map(Some);
            };
            if take(tx, &bench, effect, claim)? == 0 {
                return Ok(None);
            }
            let rendered = work(tx, &bench)?;
            let at_ms = store::clock(tx)?;
            keep_answer(tx, bench.clone(), claim, &rendered, at_ms)?;
            Ok::<_, E>(Some(rendered))
        };
        match (self.house.store.write(write).await?, claim) {
            (Some(rendered), _) => Ok(Once::Answered(Answer {
                rendered,
                origin: Origin::Fresh,
            })),
            (None, Some(claim)) => Ok(self.replay(scope, &claim).await?.map_or(Once::LetGo, Once::Answered)),
            (None, None) => Ok(Once::LetGo),
        }
    }
}

/// Claims the key. Returns 0 rows when it is not free.
fn take(tx: &mut Tx<'_>, bench: &Bench, effect: EffectKind, claim: &Claim) -> Result<u64, StoreError> {
    let new = NewClaim {
        claim,
        effect,
        epoch: bench.house.epoch,
        at_ms: store::clock(tx)?,
    };
    idempotency::claim(tx, &bench.tenant.scope, new)
}
