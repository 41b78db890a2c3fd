//! One request on its way through the engine: its idempotency key, the task that outlives its client, and its answer.
//! Owns when an answer is stored and replayed; never what is answered.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use domain::ids::{AttemptId, IntentId};
use domain::planted;
use domain::scope::{ApiFamily, Scope};
use store::idempotency::{self, EffectKind, NewClaim, StoredAnswer, StoredKey};
use store::{StoreError, Tx};
use store::{calls, instances, intents};

use crate::Engine;
use crate::case::{Bench, Case, Charge, payment_view};
use crate::commands::Claim;
use crate::house::{House, Tenant, sealed};
use crate::refusal::Refusal;
use crate::render::{Answer, Origin, Rendered, Reply};
use crate::views::{Answered, PaymentView, Reconciliation};

/// A handler waits at most this long; the work goes on.
const HANDLER_WAIT: Duration = Duration::from_secs(10);

/// A reconciliation of a living process is taken to run for this long.
const RECONCILIATION_MS: i64 = 30_000;

/// A request that changes something.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) scope: Scope,
    pub(crate) family: ApiFamily,
    pub(crate) effect: EffectKind,
    pub(crate) claim: Option<Claim>,
    pub(crate) intent_id: IntentId,
}

/// What the first transaction of a request ended with.
pub(crate) enum Step {
    /// The answer; its transaction has stored it.
    Answered(Rendered),
    /// A charge to be made now.
    Charge(Box<Charge>),
}

impl Request {
    /// Claims the key in the transaction of the effect.
    pub(crate) fn claim(&self, tx: &mut Tx<'_>, epoch: i64) -> Result<(), Refusal> {
        let Some(claim) = &self.claim else {
            return Ok(());
        };
        let at_ms = store::clock(tx)?;
        let new = NewClaim {
            claim,
            effect: self.effect,
            epoch,
            at_ms,
        };
        match idempotency::claim(tx, &self.scope, new)? {
            0 if !planted::is("key_executed_again") => Err(Refusal::KeyInProgress),
            _ => Ok(()),
        }
    }

    /// Writes what the key made.
    pub(crate) fn bind(&self, tx: &mut Tx<'_>, attempt_id: Option<AttemptId>) -> Result<(), Refusal> {
        if let Some(claim) = &self.claim {
            idempotency::bind_effect(tx, &self.scope, &claim.key, self.intent_id, attempt_id)?;
        }
        Ok(())
    }

    /// Ends the first or last transaction of a request: with the charge that follows, or with the stored answer.
    pub(crate) fn conclude(&self, case: Case<'_, '_>, next: Option<Charge>) -> Result<Step, Refusal> {
        if let Some(charge) = next {
            case.finish()?;
            return Ok(Step::Charge(Box::new(charge)));
        }
        let (bench, at_ms) = (case.bench.clone(), case.at_ms);
        let (tx, view) = case.finish_and_return()?;
        let rendered = bench.house.render.reply(self.family, &self.reply(view, &bench, at_ms));
        self.store_answer(tx, bench, &rendered, at_ms)?;
        Ok(Step::Answered(rendered))
    }

    /// Stores the answer of a claimed key, unless it has one. Returns the rows written.
    pub(crate) fn store_answer(
        &self,
        tx: &mut Tx<'_>,
        bench: Bench,
        rendered: &Rendered,
        at_ms: i64,
    ) -> Result<u64, Refusal> {
        match &self.claim {
            Some(claim) => keep_answer(tx, bench, claim, rendered, at_ms),
            None => Ok(1),
        }
    }

    /// The reply for this kind of effect, from the payment as it is.
    fn reply(&self, view: PaymentView, bench: &Bench, at_ms: i64) -> Reply {
        match self.effect {
            EffectKind::Create => Reply::Created(view),
            EffectKind::Attempt => Reply::Attempted(view),
            EffectKind::Code => Reply::CodeTaken(view),
            EffectKind::Cancel => Reply::Cancelled(view),
            EffectKind::Update => Reply::Updated(view),
            EffectKind::Checkout => Reply::CheckoutCreated(view),
            EffectKind::Reconcile => Reply::Reconciled(Box::new(Reconciliation {
                id: bench.draws.clone().id(at_ms),
                before: view.clone(),
                after: view,
                requeried: Vec::new(),
                answered: Answered::NotYet,
                created_at_ms: at_ms,
                completed_at_ms: None,
            })),
        }
    }
}

/// Stores the answer of a claimed key, unless it has one. Returns the rows written.
pub(crate) fn keep_answer(
    tx: &mut Tx<'_>,
    mut bench: Bench,
    claim: &Claim,
    rendered: &Rendered,
    at_ms: i64,
) -> Result<u64, Refusal> {
    let columns = &bench.tenant.keys.columns;
    let place = answer_place(&claim.key);
    let nonce = bench.draws.nonce();
    let body = columns.seal(&place, nonce, &rendered.body).map_err(sealed)?;
    let answer = StoredAnswer {
        status: rendered.status,
        body: Some(body),
    };
    Ok(idempotency::finish(
        tx,
        &bench.tenant.scope,
        &claim.key,
        &answer,
        at_ms,
    )?)
}

fn answer_place(key: &str) -> String {
    format!("idempotency.body {key}")
}

impl Engine {
    /// Runs a request in a task of its own and waits for its answer, at most ten seconds; then answers from the present
    /// state while the task goes on. A key that turns out to be taken is answered with what it holds.
    pub(crate) async fn answer<W>(&self, request: Request, work: W) -> Result<Answer, Refusal>
    where
        W: Future<Output = Result<Rendered, Refusal>> + Send + 'static,
    {
        let task = self.house.running.spawn(work);
        let waited = tokio::select! {
            biased;
            done = task => Some(done),
            () = self.house.world.sleep(HANDLER_WAIT) => None,
        };
        let done = match waited {
            Some(Ok(done)) => done,
            Some(Err(failed)) => Err(Refusal::Unavailable(format!("the request's task ended: {failed}"))),
            None => self.answer_now(&request).await,
        };
        match (done, &request.claim) {
            (Ok(rendered), _) => Ok(Answer {
                rendered,
                origin: Origin::Fresh,
            }),
            (Err(Refusal::KeyInProgress), Some(claim)) => {
                self.replay(request.scope, claim).await?.ok_or(Refusal::KeyInProgress)
            }
            (Err(refusal), _) => Err(refusal),
        }
    }

    /// A stored answer for a key, or none when the key is free; also none when its answer has been let go and no payment
    /// stands behind it: then its verb answers from what it changed.
    ///
    /// # Errors
    /// [`Refusal::KeyReused`] for another request, [`Refusal::KeyInProgress`] while the first one runs.
    pub async fn replay(&self, scope: Scope, claim: &Claim) -> Result<Option<Answer>, Refusal> {
        let tenant = self.house.tenant(scope).await?;
        let key = claim.key.clone();
        let found = self
            .house
            .store
            .read(move |tx| {
                let Some((stored, created_at_ms)) = idempotency::get(tx, &scope, &key)? else {
                    return Ok(None);
                };
                let runs = runs(tx, &scope, &stored, created_at_ms)?;
                Ok::<_, Refusal>(Some((stored, runs)))
            })
            .await?;
        let found = found.filter(|_| !planted::is("key_executed_again"));
        let Some((stored, running)) = found else {
            return Ok(None);
        };
        if stored.claim != *claim {
            return Err(Refusal::KeyReused);
        }
        if let Some(StoredAnswer {
            status,
            body: Some(body),
        }) = &stored.answer
        {
            let body = tenant
                .keys
                .columns
                .open(&answer_place(&claim.key), body)
                .map_err(sealed)?;
            return Ok(Some(replayed(Rendered {
                status: *status,
                body: body.to_vec(),
            })));
        }
        if stored.answer.is_some() && stored.intent_id.is_none() {
            return Ok(None);
        }
        let Some(intent_id) = stored.intent_id.filter(|_| !running) else {
            return Err(Refusal::KeyInProgress);
        };
        let request = Request {
            scope,
            family: claim.family,
            effect: stored.effect,
            claim: Some(claim.clone()),
            intent_id,
        };
        Ok(Some(replayed(self.answer_now(&request).await?)))
    }

    /// Answers from the present state and stores that as the key's answer, unless it got one meanwhile.
    async fn answer_now(&self, request: &Request) -> Result<Rendered, Refusal> {
        let tenant = self.house.tenant(request.scope).await?;
        let bench = Bench::new(&self.house, &tenant);
        let request = request.clone();
        self.house
            .store
            .write(move |tx| {
                let Some(intent) = intents::get(tx, &request.scope, request.intent_id)? else {
                    return Err(Refusal::Busy);
                };
                let at_ms = store::clock(tx)?;
                let view = payment_view(tx, &request.scope, intent)?;
                let rendered = bench
                    .house
                    .render
                    .reply(request.family, &request.reply(view, &bench, at_ms));
                match request.store_answer(tx, bench.clone(), &rendered, at_ms)? {
                    0 => Ok(stored_answer(tx, &bench.tenant, &request)?.unwrap_or(rendered)),
                    _ => Ok(rendered),
                }
            })
            .await
    }
}

/// The answer that somebody else stored meanwhile; none when it has been let go already.
fn stored_answer(tx: &mut Tx<'_>, tenant: &Tenant, request: &Request) -> Result<Option<Rendered>, Refusal> {
    let claim = request.claim.as_ref().ok_or(StoreError::Missing)?;
    let stored = idempotency::get(tx, &request.scope, &claim.key)?;
    let Some(StoredAnswer {
        status,
        body: Some(body),
    }) = stored.and_then(|(stored, _)| stored.answer)
    else {
        return Ok(None);
    };
    let body = tenant
        .keys
        .columns
        .open(&answer_place(&claim.key), &body)
        .map_err(sealed)?;
    Ok(Some(Rendered {
        status,
        body: body.to_vec(),
    }))
}

fn replayed(rendered: Rendered) -> Answer {
    Answer {
        rendered,
        origin: Origin::Replayed,
    }
}

/// Whether the process that claimed a key is alive and still at work on it.
fn runs(tx: &mut Tx<'_>, scope: &Scope, stored: &StoredKey, created_at_ms: i64) -> Result<bool, StoreError> {
    if !instances::is_alive(tx, stored.epoch)? {
        return Ok(false);
    }
    match (stored.effect, stored.intent_id) {
        (_, None) => Ok(true),
        (EffectKind::Reconcile, Some(_)) => Ok(store::clock(tx)? - created_at_ms < RECONCILIATION_MS),
        (
            EffectKind::Create
            | EffectKind::Attempt
            | EffectKind::Code
            | EffectKind::Cancel
            | EffectKind::Update
            | EffectKind::Checkout,
            Some(intent_id),
        ) => calls::runs(tx, scope, intent_id, stored.epoch),
    }
}

/// A fresh transaction's tools for a request.
pub(crate) async fn bench_for(house: &Arc<House>, scope: Scope) -> Result<Bench, Refusal> {
    let tenant = house.tenant(scope).await?;
    Ok(Bench::new(house, &tenant))
}
