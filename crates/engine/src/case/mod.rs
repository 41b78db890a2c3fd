//! One payment, held by one transaction: the intent is locked, moves are saved with their version, written to the
//! journal, and their effects carried out. Every verb that changes a payment works on a `Case`. Owns how a move is
//! written; never which move is made.

mod capture;
mod death;
mod fallback;
mod observe;
mod open_attempt;
mod price;
mod receipt;
mod route;
mod tell;
mod view;

use std::sync::Arc;

use domain::attempt::{AttemptEvent, AttemptState};
use domain::attention::AttentionKind;
use domain::ids::{AttemptId, IntentId, PermitId};
use domain::intent::{Attempts, IntentEvent};
use domain::permit::{PermitEvent, PermitState};
use domain::planted;
use domain::transition::{Effect, Illegal};
use domain::{announcement::Announcement, schedule};
use gateways::contract::Contract;
use store::attempts::{self, Attempt};
use store::attention::{self, Item};
use store::intents::{self, Intent};
use store::journal::{Chain, Entry};
use store::permits::{self, Permit};
use store::timers::{self, TimerKind};
use store::{StoreError, Tx};

pub(crate) use capture::Said;
pub(crate) use observe::seen_in;
pub(crate) use open_attempt::{Charge, NewAttempt};
pub(crate) use price::{Price, check_amount, check_price};
pub(crate) use tell::body_place;
pub(crate) use view::payment_view;

use crate::draws::Draws;
use crate::house::{House, Tenant};
use crate::refusal::Refusal;
use tell::Named;

/// A paid permit is asked about once more after this time: a provider may have charged twice.
pub(crate) const CONFIRM_AFTER_MS: i64 = 60_000;

/// What a closure needs besides the transaction. Cloned for each run.
#[derive(Clone)]
pub(crate) struct Bench {
    pub(crate) house: Arc<House>,
    pub(crate) tenant: Arc<Tenant>,
    pub(crate) draws: Draws,
}

impl Bench {
    pub(crate) fn new(house: &Arc<House>, tenant: &Arc<Tenant>) -> Self {
        Self {
            house: Arc::clone(house),
            tenant: Arc::clone(tenant),
            draws: Draws::new(&house.world),
        }
    }
}

/// A payment in a transaction.
pub(crate) struct Case<'c, 'a> {
    pub(crate) tx: &'c mut Tx<'a>,
    pub(crate) bench: Bench,
    pub(crate) at_ms: i64,
    pub(crate) intent: Intent,
    pub(crate) permits: Vec<Permit>,
    attempts: Vec<Attempt>,
    chain: Chain,
    announced: Vec<Announcement>,
    /// How the payment-intents API named it before this transaction, where that API is told of it.
    named_before: Option<Named>,
    counted: Counters,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Counters {
    Saved,
    Moved,
}

impl<'c, 'a> Case<'c, 'a> {
    /// Locks a payment and reads what may move.
    pub(crate) fn open(tx: &'c mut Tx<'a>, bench: &Bench, id: IntentId) -> Result<Self, Refusal> {
        let scope = bench.tenant.scope;
        let Some(intent) = intents::lock(tx, &scope, id)? else {
            return Err(Refusal::UnknownIntent(id.to_string()));
        };
        let permits = permits::of_intent(tx, &scope, id)?;
        let chain = Chain::load(tx, &scope, id)?;
        let at_ms = store::clock(tx)?;
        let mut case = Self {
            tx,
            bench: bench.clone(),
            at_ms,
            intent,
            permits,
            attempts: Vec::new(),
            chain,
            announced: Vec::new(),
            named_before: None,
            counted: Counters::Saved,
        };
        case.name_before()?;
        Ok(case)
    }

    /// A payment that this transaction makes.
    pub(crate) fn create(tx: &'c mut Tx<'a>, bench: Bench, intent: Intent) -> Result<Self, Refusal> {
        let scope = bench.tenant.scope;
        intents::insert(tx, &scope, &intent)?;
        if !planted::is("expiry_not_planned") {
            timers::set(tx, &scope, TimerKind::Expire, &intent.id.stored(), intent.expires_at_ms)?;
        }
        let mut case = Self {
            tx,
            at_ms: intent.created_at_ms,
            chain: Chain::new(intent.id),
            intent,
            bench,
            permits: Vec::new(),
            attempts: Vec::new(),
            announced: Vec::new(),
            named_before: Some(Named::New),
            counted: Counters::Saved,
        };
        let detail = format!("amount={} family={}", case.intent.amount, case.intent.family.code());
        case.journal("intent.created", case.intent.id.to_string(), &detail)?;
        Ok(case)
    }

    pub(crate) fn journal(&mut self, event: &str, subject_id: String, detail: &str) -> Result<(), StoreError> {
        if event == "permit.dead" && planted::is("journal_entry_skipped") {
            return Ok(());
        }
        let entry = Entry {
            event,
            subject_id,
            detail,
            at_ms: self.at_ms,
        };
        self.chain.append(self.tx, &self.bench.tenant.scope, &entry)
    }

    /// Moves the intent. The inner result says by name when its state refuses.
    pub(crate) fn move_intent(
        &mut self,
        event: IntentEvent,
        permit: Option<PermitId>,
    ) -> Result<Result<(), Illegal>, StoreError> {
        let change = match self.intent.state.apply(event, self.at_ms) {
            Ok(change) => change,
            Err(illegal) => return Ok(Err(illegal)),
        };
        let scope = self.bench.tenant.scope;
        if *change.after() != self.intent.state {
            must_be_one(intents::save(self.tx, &scope, &self.intent, &change)?)?;
            self.intent.version += 1;
            self.intent.state = *change.after();
            if self.intent.state.is_final() {
                timers::clear(self.tx, &scope, TimerKind::Expire, &self.intent.id.stored())?;
            }
        }
        self.journal(change.event(), self.intent.id.to_string(), "")?;
        self.carry(change.effects(), permit)?;
        Ok(Ok(()))
    }

    /// Moves an attempt of this intent.
    pub(crate) fn move_attempt(
        &mut self,
        id: AttemptId,
        event: AttemptEvent,
    ) -> Result<Result<(), Illegal>, StoreError> {
        let mut attempt = self.attempt(id)?.clone();
        let change = match attempt.state.apply(event, self.at_ms) {
            Ok(change) => change,
            Err(illegal) => return Ok(Err(illegal)),
        };
        must_be_one(attempts::save(self.tx, &self.bench.tenant.scope, &attempt, &change)?)?;
        attempt.version += 1;
        attempt.state = change.after().clone();
        let detail = attempt
            .state
            .failure()
            .map(|failure| format!("failure={}", failure.code))
            .unwrap_or_default();
        self.keep_attempt(attempt);
        self.journal(change.event(), id.to_string(), &detail)?;
        self.carry(change.effects(), None)?;
        Ok(Ok(()))
    }

    /// What is newly known of a sent charge.
    pub(crate) fn learn(&mut self, id: PermitId, event: PermitEvent) -> Result<Result<(), Illegal>, StoreError> {
        let permit = self.permit(id)?.clone();
        let change = match permit.state.apply(event) {
            Ok(change) => change,
            Err(illegal) => return Ok(Err(illegal)),
        };
        must_be_one(permits::learn(self.tx, &self.bench.tenant.scope, &permit, &change)?)?;
        self.keep_permit(id, *change.after())?;
        self.journal(change.event(), id.to_string(), "")?;
        self.carry(change.effects(), Some(id))?;
        Ok(Ok(()))
    }

    /// An attempt of this intent, read once.
    pub(crate) fn attempt(&mut self, id: AttemptId) -> Result<&Attempt, StoreError> {
        let index = match self.attempts.iter().position(|attempt| attempt.id == id) {
            Some(index) => index,
            None => {
                let attempt = attempts::get(self.tx, &self.bench.tenant.scope, id)?
                    .filter(|attempt| attempt.intent_id == self.intent.id)
                    .ok_or(StoreError::Missing)?;
                self.attempts.push(attempt);
                self.attempts.len() - 1
            }
        };
        self.attempts.get(index).ok_or(StoreError::Missing)
    }

    pub(crate) fn permit(&self, id: PermitId) -> Result<&Permit, StoreError> {
        self.permits
            .iter()
            .find(|permit| permit.id == id)
            .ok_or(StoreError::Missing)
    }

    /// The permit that is live, if one is. The database allows no second.
    pub(crate) fn live_permit(&self) -> Option<&Permit> {
        self.permits.iter().find(|permit| permit.state.is_live())
    }

    /// What is known of this intent's attempts.
    pub(crate) fn attempts_known(&self) -> Attempts {
        match (self.live_permit(), self.intent.attempts_made) {
            (Some(_), _) => Attempts::Live,
            (None, 0) => Attempts::None,
            (None, _) => Attempts::Dead,
        }
    }

    /// What the gateway of a permit promises.
    pub(crate) fn contract(&mut self, id: PermitId) -> Result<Contract, Refusal> {
        let attempt_id = self.permit(id)?.attempt_id;
        let code = self
            .attempt(attempt_id)?
            .gateway_code
            .clone()
            .ok_or(StoreError::Missing)?;
        Ok(self.bench.house.gateway(&code)?.contract().clone())
    }

    /// Puts the payment on the attention list, once per kind and subject.
    pub(crate) fn attend(
        &mut self,
        kind: AttentionKind,
        subject_id: String,
        evidence: String,
    ) -> Result<(), StoreError> {
        let item = Item {
            scope: self.bench.tenant.scope,
            id: self.bench.draws.id(self.at_ms),
            kind,
            subject_id,
            intent_id: Some(self.intent.id),
            evidence,
            created_at_ms: self.at_ms,
        };
        if attention::insert(self.tx, &item)? == 1 {
            tracing::warn!(event = "attention", kind = kind.code(), intent = %self.intent.id, subject = %item.subject_id);
        }
        Ok(())
    }

    fn keep_attempt(&mut self, attempt: Attempt) {
        match self.attempts.iter_mut().find(|known| known.id == attempt.id) {
            Some(known) => *known = attempt,
            None => self.attempts.push(attempt),
        }
    }

    fn keep_permit(&mut self, id: PermitId, state: PermitState) -> Result<(), StoreError> {
        let at_ms = self.at_ms;
        let permit = self
            .permits
            .iter_mut()
            .find(|permit| permit.id == id)
            .ok_or(StoreError::Missing)?;
        let is_decided = matches!(permit.state, PermitState::Sent(_)) && !matches!(state, PermitState::Sent(_));
        permit.state = state;
        permit.acknowledged |= state == PermitState::Sent(domain::permit::ChargeKnowledge::Accepted);
        permit.ended_at_ms = (!state.is_live()).then_some(at_ms);
        if is_decided {
            attention::decided(self.tx, &self.bench.tenant.scope, &id.to_string(), at_ms)?;
        }
        Ok(())
    }

    fn carry(&mut self, effects: &[Effect], permit: Option<PermitId>) -> Result<(), StoreError> {
        for effect in effects {
            match (*effect, permit) {
                (Effect::Announce(announcement), _) => self.announced.push(announcement),
                (Effect::Attend(kind), permit) => {
                    let subject = permit.map_or_else(|| self.intent.id.to_string(), |id| id.to_string());
                    self.attend(kind, subject, kind.advice().to_owned())?;
                }
                (Effect::LookUp, Some(id)) if !planted::is("look_up_not_planned") => self.look_up_later(id)?,
                (Effect::LookUp, Some(_)) => {}
                (Effect::AskAfterDeath, Some(_)) if planted::is("not_asked_after_death") => {}
                (Effect::AskAfterDeath, Some(id)) => {
                    let delay_ms = schedule::next_after_death_ms(0).unwrap_or(schedule::LONGEST_POLL_MS);
                    self.look_up_at(id, self.at_ms + delay_ms)?;
                }
                (Effect::RefundCapture, Some(id)) => self.refund_captures(id)?,
                (Effect::HoldCapture, Some(id)) => {
                    let kind = AttentionKind::SurplusCapture;
                    self.attend(
                        kind,
                        id.to_string(),
                        "held until the payer's other attempt is decided".to_owned(),
                    )?;
                    self.close_page_soon()?;
                }
                (Effect::LookUp | Effect::AskAfterDeath | Effect::RefundCapture | Effect::HoldCapture, None) => {
                    return Err(StoreError::Other("an effect of a permit without its permit".to_owned()));
                }
            }
        }
        Ok(())
    }

    /// The payer shall not pay once more on a page that is still open.
    fn close_page_soon(&mut self) -> Result<(), StoreError> {
        let Some(attempt_id) = self.live_permit().map(|permit| permit.attempt_id) else {
            return Ok(());
        };
        let scope = self.bench.tenant.scope;
        timers::set(self.tx, &scope, TimerKind::ClosePage, &attempt_id.stored(), self.at_ms)
    }

    fn look_up_later(&mut self, id: PermitId) -> Result<(), StoreError> {
        let paid = self.permit(id)?.state == PermitState::Paid;
        let smallest_ms = self.contract(id).map_or(2_000, |contract| contract.smallest_poll_ms);
        let delay_ms = if paid { CONFIRM_AFTER_MS } else { smallest_ms };
        self.look_up_at(id, self.at_ms + delay_ms)
    }

    pub(crate) fn look_up_at(&mut self, id: PermitId, due_at_ms: i64) -> Result<(), StoreError> {
        timers::set(
            self.tx,
            &self.bench.tenant.scope,
            TimerKind::LookUp,
            &id.stored(),
            due_at_ms,
        )
    }

    /// The state of an attempt.
    pub(crate) fn attempt_state(&mut self, id: AttemptId) -> Result<AttemptState, StoreError> {
        Ok(self.attempt(id)?.state.clone())
    }
}

/// A guarded update must change one row; anything else means that somebody else was here.
pub(crate) fn must_be_one(rows: u64) -> Result<(), StoreError> {
    if rows == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}
