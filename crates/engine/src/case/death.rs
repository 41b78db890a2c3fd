//! No money can come of a permit: the proof is written, and it is decided what the payment does next.

use domain::attempt::AttemptEvent;
use domain::failure::{Failure, FailureCategory, FailureCode};
use domain::ids::{AttemptId, FactId, PermitId};
use domain::intent::{Attempts, IntentEvent, IntentState};
use domain::permit::{DeathProof, PermitEvent, PermitState};
use domain::scope::ApiFamily;
use domain::transition::Illegal;
use gateways::contract::Opening;
use store::StoreError;
use store::accounts;
use store::health::Seen;
use store::permits::{self, Death};
use store::timers::{self, TimerKind};

use super::{Case, Charge, must_be_one};
use crate::refusal::Refusal;

/// Wrong one-time codes after which an attempt fails.
const CODES_MAX: i64 = 3;

impl Case<'_, '_> {
    /// Kills a permit by a named proof and the fact that carries it.
    pub(crate) fn kill(
        &mut self,
        id: PermitId,
        proof: DeathProof,
        fact_id: Option<FactId>,
    ) -> Result<Result<(), Illegal>, StoreError> {
        let permit = self.permit(id)?.clone();
        let change = match permit.state.apply(PermitEvent::Die(proof)) {
            Ok(change) => change,
            Err(illegal) => return Ok(Err(illegal)),
        };
        let scope = self.bench.tenant.scope;
        let death = Death {
            proof,
            fact_id,
            at_ms: self.at_ms,
        };
        must_be_one(permits::kill(self.tx, &scope, &permit, death)?)?;
        self.keep_permit(id, *change.after())?;
        self.journal(change.event(), id.to_string(), &format!("proof={}", proof.code()))?;
        timers::clear(self.tx, &scope, TimerKind::LookUp, &id.stored())?;
        self.carry(change.effects(), Some(id))?;
        Ok(Ok(()))
    }

    /// Kills a permit and decides what follows: another code, another gateway, or the end of the attempt. Returns the
    /// next charge when there is one.
    pub(crate) fn bury(
        &mut self,
        id: PermitId,
        death: (DeathProof, FactId),
        failure: Failure,
    ) -> Result<Option<Charge>, Refusal> {
        let (proof, fact_id) = death;
        if let Err(illegal) = self.kill(id, proof, Some(fact_id))? {
            tracing::debug!(event = "permit_unmoved", permit = %id, %illegal);
            return Ok(None);
        }
        let attempt_id = self.permit(id)?.attempt_id;
        // Money that is held for this moment pays before another code is asked for.
        let asks_again = failure.code == FailureCode::OtpInvalid && self.held_permits()?.is_empty();
        if asks_again && self.ask_code_again(id, attempt_id, &failure)? {
            return Ok(None);
        }
        let plan = self.fallback_after(attempt_id, proof, &failure)?;
        if matches!(
            failure.code.category(),
            FailureCategory::Operator | FailureCategory::Gateway
        ) {
            self.observe_end(id, Seen::Lost)?;
        }
        self.move_attempt(attempt_id, AttemptEvent::Fail(failure))?.ok();
        self.settle_held()?;
        self.follow(attempt_id, plan)
    }

    /// After a wrong code the same transaction opens the next permit, which waits for the next code.
    fn ask_code_again(&mut self, id: PermitId, attempt_id: AttemptId, failure: &Failure) -> Result<bool, Refusal> {
        let attempt = self.attempt(attempt_id)?.clone();
        if attempt.state.is_final() || attempt.codes_refused + 1 >= CODES_MAX || self.is_over() {
            return Ok(false);
        }
        let account_id = self.permit(id)?.account_id;
        let Some(account) = accounts::get(self.tx, &self.bench.tenant.scope, account_id)? else {
            return Ok(false);
        };
        let order = self.order(&attempt, &account, None)?;
        let Opening::AskCode { length } = self.bench.house.gateway(&account.gateway_code)?.opening(&order) else {
            return Ok(false);
        };
        self.count_refused_code(attempt_id)?;
        self.open_permit(attempt_id, &account)?;
        let action = self.code_action(&order, length);
        self.move_attempt(attempt_id, AttemptEvent::FailTry(failure.clone()))?
            .ok();
        self.move_attempt(attempt_id, AttemptEvent::Require(action))?.ok();
        Ok(true)
    }

    fn count_refused_code(&mut self, id: AttemptId) -> Result<(), StoreError> {
        let mut attempt = self.attempt(id)?.clone();
        attempt.codes_refused += 1;
        self.keep_attempt(attempt);
        Ok(())
    }

    /// Whether the intent's time is over.
    pub(crate) fn is_over(&self) -> bool {
        self.at_ms >= self.intent.expires_at_ms
    }

    /// Whether every charge of this payment is proven not to have reached anybody.
    pub(crate) fn payer_was_never_asked(&self) -> bool {
        let unasked = |state| {
            matches!(
                state,
                PermitState::Dead(DeathProof::NeverSent | DeathProof::NotProcessed)
            )
        };
        self.permits.iter().all(|permit| unasked(permit.state))
    }

    /// Sees to it that the intent ends at its time.
    pub(crate) fn plan_end(&mut self) -> Result<(), StoreError> {
        let (scope, id) = (self.bench.tenant.scope, self.intent.id.stored());
        timers::set(self.tx, &scope, TimerKind::Expire, &id, self.intent.expires_at_ms)
    }

    fn is_end_planned(&mut self) -> Result<bool, StoreError> {
        let (scope, id) = (self.bench.tenant.scope, self.intent.id.stored());
        timers::is_set(self.tx, &scope, TimerKind::Expire, &id)
    }

    /// Ends the intent when nothing is live and its time is over, or when it was to end with the
    /// chain of its first attempt.
    pub(crate) fn end_if_due(&mut self, attempt_id: AttemptId) -> Result<(), StoreError> {
        if self.live_permit().is_some() || self.intent.state != IntentState::Open {
            return Ok(());
        }
        let is_of_first_chain = {
            let attempt = self.attempt(attempt_id)?;
            attempt.number - attempt.fallbacks_before == 1
        };
        let ends_with_chain = match self.intent.family {
            // An intent of that API ends with its confirmation, unless the payer was never asked.
            ApiFamily::PaymentIntents => !self.payer_was_never_asked(),
            ApiFamily::Payment | ApiFamily::Admin => self.intent.fail_with_attempt && is_of_first_chain,
        };
        if ends_with_chain {
            self.move_intent(IntentEvent::EndWithAttempt, None)?.ok();
        } else if self.is_over() {
            self.move_intent(IntentEvent::TimeOver(Attempts::Dead), None)?.ok();
        } else if !self.is_end_planned()? {
            // Its timer had fired while a payer could still pay, and then the clock stepped back.
            self.plan_end()?;
        }
        Ok(())
    }
}
