//! What follows an attempt that is proven dead: the same payment at another account, now or after a rest for the payer's
//! phone, or the end of the chain. Owns the chain; whether a proof allows it is `domain::routing::fallback`'s.

use domain::failure::Failure;
use domain::ids::{AccountId, AttemptId};
use domain::intent::IntentState;
use domain::permit::DeathProof;
use domain::planted;
use domain::routing::fallback::{self, FALLBACKS_MAX, FallBack};
use gateways::catalogue::Flow;
use store::attempts::{self, Attempt};
use store::timers::{self, TimerKind};
use store::{StoreError, checkouts};

use super::{Case, Charge, NewAttempt, Price};
use crate::availability::Wanted;
use crate::links::is_used_up;
use crate::refusal::Refusal;

impl Case<'_, '_> {
    /// What the proof allows after this attempt.
    pub(crate) fn fallback_after(
        &mut self,
        attempt_id: AttemptId,
        proof: DeathProof,
        failure: &Failure,
    ) -> Result<FallBack, Refusal> {
        let attempt = self.attempt(attempt_id)?.clone();
        let is_last = self.intent.active_attempt_id == Some(attempt_id);
        if !is_last || attempt.fallbacks_before >= FALLBACKS_MAX || self.is_over() {
            return Ok(FallBack::No);
        }
        let plan = fallback::after(proof, failure, &self.policy()?);
        if plan != FallBack::AfterCoolDown {
            return Ok(plan);
        }
        let cool_down_ms = self.cool_down_ms(&attempt)?;
        Ok(match cool_down_ms {
            0 => FallBack::AtOnce,
            // Nothing may begin then, and nobody is to be promised it.
            _ if self.at_ms + cool_down_ms >= self.intent.expires_at_ms => FallBack::No,
            _ => plan,
        })
    }

    /// Goes on after a dead attempt as planned. Returns the next charge when one follows at once.
    pub(crate) fn follow(&mut self, attempt_id: AttemptId, plan: FallBack) -> Result<Option<Charge>, Refusal> {
        let is_free = self.intent.state == IntentState::Open && self.live_permit().is_none();
        match plan {
            FallBack::AtOnce if is_free => self.fall_back(attempt_id),
            FallBack::AfterCoolDown if is_free && self.has_another(attempt_id)? => {
                let attempt = self.attempt(attempt_id)?.clone();
                let due_at_ms = self.at_ms + self.cool_down_ms(&attempt)?;
                let scope = self.bench.tenant.scope;
                timers::set(self.tx, &scope, TimerKind::FallBack, &attempt_id.stored(), due_at_ms)?;
                self.journal("fallback.planned", attempt_id.to_string(), &format!("due={due_at_ms}"))?;
                Ok(None)
            }
            FallBack::AtOnce | FallBack::AfterCoolDown | FallBack::No => {
                self.end_if_due(attempt_id)?;
                Ok(None)
            }
        }
    }

    /// Starts the same payment at the next account of its rule; ends the chain when there is none.
    pub(crate) fn fall_back(&mut self, attempt_id: AttemptId) -> Result<Option<Charge>, Refusal> {
        let dead = self.attempt(attempt_id)?.clone();
        let tried = match planted::is("same_account_again") {
            true => Vec::new(),
            false => self.tried_in_chain(&dead)?,
        };
        let wanted = Wanted {
            method: dead.method,
            country: dead.country,
            currency: dead.amount.currency(),
        };
        let route = self.route(wanted, &tried)?;
        if route.account.is_none() || self.link_is_paid()? {
            self.end_if_due(attempt_id)?;
            return Ok(None);
        }
        self.open_attempt(NewAttempt {
            method: dead.method,
            country: dead.country,
            instrument_id: dead.instrument_id,
            scenario: dead.scenario,
            price: Price {
                amount: dead.amount,
                exchange_rate: dead.exchange_rate,
                correction_rate: dead.correction_rate,
            },
            fallbacks_before: dead.fallbacks_before + 1,
            route,
        })
    }

    /// Whether this payment was made through a link of single use that another payment has used up.
    fn link_is_paid(&mut self) -> Result<bool, StoreError> {
        if self.intent.checkout_id.is_none() {
            return Ok(false);
        }
        let (scope, id) = (self.bench.tenant.scope, self.intent.id);
        match checkouts::link_of_intent(self.tx, &scope, id)? {
            Some(link) => is_used_up(self.tx, &scope, link, id),
            None => Ok(false),
        }
    }

    /// Whether the rule has an account that this chain has not tried.
    fn has_another(&mut self, attempt_id: AttemptId) -> Result<bool, Refusal> {
        let dead = self.attempt(attempt_id)?.clone();
        let tried = self.tried_in_chain(&dead)?;
        let rule = self.rule(dead.method, dead.country)?;
        Ok(rule.is_some_and(|rule| rule.accounts.iter().any(|account| !tried.contains(&account.account_id))))
    }

    /// The accounts of this attempt and of the automatic ones before it.
    fn tried_in_chain(&mut self, last: &Attempt) -> Result<Vec<AccountId>, StoreError> {
        let scope = self.bench.tenant.scope;
        let of_chain = last.fallbacks_before + 1;
        let chain = attempts::of_intent(self.tx, &scope, self.intent.id, last.number + 1, of_chain)?;
        Ok(chain.into_iter().filter_map(|attempt| attempt.account_id).collect())
    }

    /// How long the payer's phone rests after a prompt that may still stand; 0 when there can be none.
    fn cool_down_ms(&mut self, attempt: &Attempt) -> Result<i64, Refusal> {
        let offer = self.bench.house.catalogue.offer(attempt.method, attempt.country);
        let prompts = !planted::is("cool_down_ignored")
            && offer.is_some_and(|offer| offer.flow == Flow::Prompt)
            && attempt.instrument_id.is_some();
        match (&attempt.gateway_code, prompts) {
            (Some(code), true) => Ok(self.bench.house.gateway(code)?.contract().cool_down_ms),
            (Some(_), false) | (None, _) => Ok(0),
        }
    }
}
