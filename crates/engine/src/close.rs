//! Close an open page at the provider, so that another attempt may start or the payment may be cancelled. Only a
//! confirmed close counts; anything else leaves the payment as it was.

use std::sync::Arc;

use domain::attempt::AttemptEvent;
use domain::failure::FailureCode;
use domain::ids::{AttemptId, CallId, IntentId, PermitId};
use domain::outcome::{CloseOutcome, OutcomeClass};
use domain::permit::{ChargeKnowledge, DeathProof, PermitState};
use domain::phone::Phone;
use domain::planted;
use domain::scope::Scope;
use store::accounts::{self, AccountRow};
use store::calls::{self, Call, CallEnd, CallKind};
use store::facts::{FactKind, Source};
use store::permits::Permit;
use store::timers::{self, TimerKind};
use store::{StoreError, Tx, attempts};

use crate::Engine;
use crate::case::{Bench, Case, Said};
use crate::house::House;
use crate::keep_exchanges::{Watched, masks_for, phone_of, watch};
use crate::refusal::Refusal;
use crate::request::bench_for;
use crate::views::AttemptView;

/// Time between two tries to close a page that must not be paid any more.
const CLOSE_AGAIN_MS: i64 = 30_000;

/// A close call that is durable and may be made.
struct Close {
    permit_id: PermitId,
    call_id: CallId,
    merchant_ref: String,
    account: AccountRow,
    phone: Option<Phone>,
}

impl Engine {
    /// The attempt whose page at its provider is open and can be closed.
    pub(crate) async fn open_page(&self, scope: Scope, intent_id: IntentId) -> Result<Option<AttemptId>, Refusal> {
        let known = self.payment_as_it_is(scope, intent_id).await?;
        let Some(AttemptView { attempt, .. }) = known.active_attempt else {
            return Ok(None);
        };
        let is_page = attempt.state.next_action().is_some_and(|action| action.opens_a_page());
        let gateway = attempt
            .gateway_code
            .as_deref()
            .and_then(|code| self.house.registry.get(code));
        let closes = gateway.is_some_and(|gateway| gateway.closing().is_some());
        Ok((is_page && closes).then_some(attempt.id))
    }

    /// Closes the page of an attempt if it is open still. `code` says why the attempt ends.
    pub(crate) async fn close_page(
        &self,
        scope: Scope,
        (intent_id, attempt_id): (IntentId, AttemptId),
        code: FailureCode,
    ) -> Result<(), Refusal> {
        let bench = bench_for(&self.house, scope).await?;
        let begun = bench.clone();
        let begin = move |tx: &mut Tx<'_>| begin(tx, &begun, intent_id, attempt_id);
        let Some(close) = self.house.store.write(begin).await? else {
            return Ok(());
        };
        let gateway = self.house.gateway(&close.account.gateway_code)?;
        let Some(closing) = gateway.closing() else {
            return Ok(());
        };
        let account = self.house.open_account(&bench.tenant, &close.account)?;
        let masks = masks_for(gateway, (&close.account, &account), close.phone.as_ref());
        let seen = watch(&bench, masks, closing.close(&close.merchant_ref, &account)).await;
        let ids = (close.permit_id, close.call_id);
        self.house
            .store
            .write(move |tx| end(tx, &bench, intent_id, ids, (&seen, code)))
            .await
    }
}

/// Closes the page of an attempt for which money of an earlier one is held. Tried again until the page is closed or over.
pub(crate) async fn close_superseded(house: &Arc<House>, scope: Scope, attempt_id: AttemptId) -> Result<(), Refusal> {
    let engine = Engine {
        house: Arc::clone(house),
    };
    let read = move |tx: &mut Tx<'_>| Ok::<_, Refusal>(attempts::get(tx, &scope, attempt_id)?);
    let Some(attempt) = house.store.read(read).await? else {
        return Ok(());
    };
    let which = (attempt.intent_id, attempt_id);
    if engine.open_page(scope, which.0).await? != Some(attempt_id) {
        return Ok(());
    }
    engine.close_page(scope, which, FailureCode::Superseded).await?;
    if engine.open_page(scope, which.0).await? != Some(attempt_id) {
        return Ok(());
    }
    let again = move |tx: &mut Tx<'_>| {
        let due_ms = store::clock(tx)? + CLOSE_AGAIN_MS;
        timers::set(tx, &scope, TimerKind::ClosePage, &attempt_id.stored(), due_ms)
    };
    Ok(house.store.write(again).await?)
}

fn begin(tx: &mut Tx<'_>, bench: &Bench, intent_id: IntentId, attempt_id: AttemptId) -> Result<Option<Close>, Refusal> {
    let scope = bench.tenant.scope;
    let mut case = Case::open(tx, bench, intent_id)?;
    let is_its_page = |permit: &&Permit| {
        permit.attempt_id == attempt_id && permit.state == PermitState::Sent(ChargeKnowledge::Accepted)
    };
    let Some(permit) = case.live_permit().filter(is_its_page).cloned() else {
        return Ok(None);
    };
    let account = accounts::get(case.tx, &scope, permit.account_id)?.ok_or(StoreError::Missing)?;
    let instrument_id = case.attempt(permit.attempt_id)?.instrument_id;
    let phone = phone_of(case.tx, &scope, instrument_id)?;
    let call = Call {
        id: case.bench.draws.id(case.at_ms),
        permit_id: permit.id,
        kind: CallKind::Close,
        account_version: account.version,
        epoch: bench.house.epoch,
        monotonic_ms: bench.house.world.monotonic_ms(),
        started_at_ms: case.at_ms,
    };
    calls::insert(case.tx, &scope, &call)?;
    case.journal("close.asked", permit.id.to_string(), &format!("call={}", call.id))?;
    case.finish()?;
    Ok(Some(Close {
        permit_id: permit.id,
        call_id: call.id,
        merchant_ref: permit.merchant_ref,
        account,
        phone,
    }))
}

fn end(
    tx: &mut Tx<'_>,
    bench: &Bench,
    intent_id: IntentId,
    ids: (PermitId, CallId),
    news: (&Watched<CloseOutcome>, FailureCode),
) -> Result<(), Refusal> {
    let ((permit_id, call_id), (seen, code)) = (ids, news);
    let outcome = &seen.outcome;
    let mut case = Case::open(tx, bench, intent_id)?;
    let (class, evidence) = match outcome {
        CloseOutcome::Closed => (OutcomeClass::Answered, None),
        CloseOutcome::NotClosable => (OutcomeClass::Answered, Some("not closable".to_owned())),
        CloseOutcome::Unknown { why } => (OutcomeClass::Unknown, Some(why.clone())),
    };
    let at_ms = case.at_ms;
    calls::end(
        case.tx,
        &bench.tenant.scope,
        call_id,
        &CallEnd { class, evidence, at_ms },
    )?;
    seen.keep(case.tx, &bench.tenant.scope, call_id)?;
    let closed = *outcome == CloseOutcome::Closed || planted::is("closed_without_confirmation");
    if closed && case.permit(permit_id)?.state.is_live() {
        let (fact, _) = case.keep_fact(permit_id, Said::new(FactKind::Closed, Source::Response, "closed"))?;
        case.kill(permit_id, DeathProof::ClosedByUs, Some(fact))?.ok();
        let attempt_id = case.permit(permit_id)?.attempt_id;
        case.move_attempt(attempt_id, AttemptEvent::Cancel(code))?.ok();
        case.settle_held()?;
        if case.is_over() {
            // The timer of its end has passed while the payer could still pay: nobody else will end it.
            case.end_if_due(attempt_id)?;
        }
    }
    case.finish().map(|_| ())
}
