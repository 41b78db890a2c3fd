//! Money was taken: the fact is kept whatever else is true, then it pays the intent, is held, or goes back.

use domain::attempt::AttemptEvent;
use domain::attention::AttentionKind;
use domain::currency::Currency;
use domain::failure::FailureCode;
use domain::ids::PermitId;
use domain::intent::IntentEvent;
use domain::money::Money;
use domain::outcome::Capture;
use domain::permit::{DeathProof, PermitEvent, PermitState, Seat};
use domain::planted;
use domain::{announcement::Announcement, transition::Effect};
use store::StoreError;
use store::attention;
use store::facts::{self, Fact, FactKind, Source};
use store::health::Seen;
use store::permits::{self, Permit};
use store::refunds::{self, SurplusRefund};

use super::{Case, must_be_one};
use crate::refusal::Refusal;

impl Case<'_, '_> {
    /// Keeps what a provider said about a permit. Returns the rows written: 0 for a capture that is known.
    pub(crate) fn keep_fact(
        &mut self,
        permit_id: PermitId,
        said: Said,
    ) -> Result<(domain::ids::FactId, u64), StoreError> {
        let house = &self.bench.house;
        let fact = Fact {
            id: self.bench.draws.id(self.at_ms),
            permit_id,
            kind: said.kind,
            external_id: said.external_id,
            amount: said.amount,
            source: said.source,
            reason: said.reason.map(|reason| reason.chars().take(200).collect()),
            epoch: house.epoch,
            monotonic_ms: said.as_of_ms.unwrap_or_else(|| house.world.monotonic_ms()),
            at_ms: self.at_ms,
        };
        let rows = facts::insert(self.tx, &self.bench.tenant.scope, &fact)?;
        Ok((fact.id, rows))
    }

    /// Settles a capture. The same capture heard twice changes nothing.
    pub(crate) fn capture(&mut self, permit_id: PermitId, capture: &Capture, source: Source) -> Result<(), Refusal> {
        let said = Said {
            kind: FactKind::Captured,
            external_id: Some(capture.external_id.clone()),
            amount: Some(capture.amount),
            source,
            reason: None,
            as_of_ms: None,
        };
        let (_, rows) = self.keep_fact(permit_id, said)?;
        if rows == 0 || planted::is("capture_not_counted") {
            return Ok(());
        }
        let scope = self.bench.tenant.scope;
        let permit = self.permit(permit_id)?.clone();
        let detail = format!("amount={} external_id={}", capture.amount, capture.external_id);
        self.journal("fact.captured", permit_id.to_string(), &detail)?;
        permits::name_external(self.tx, &scope, permit_id, &capture.external_id)?;
        if capture.amount.currency() == permit.amount.currency() {
            must_be_one(permits::add_capture(
                self.tx,
                &scope,
                permit_id,
                capture.amount.minor(),
            )?)?;
        }
        if permit.state == PermitState::Paid {
            return Ok(self.surplus(&permit, capture)?);
        }
        self.take_seat(
            &permit,
            capture.amount == permit.amount || planted::is("amount_not_compared"),
        )
    }

    /// A paid permit was charged once more: the merchant is told and a refund opened.
    fn surplus(&mut self, permit: &Permit, capture: &Capture) -> Result<(), StoreError> {
        if !planted::is("surplus_not_refunded") {
            self.open_refund(permit, &capture.external_id, capture.amount)?;
        }
        self.carry(&[Effect::Announce(Announcement::SurplusCaptured)], Some(permit.id))
    }

    fn take_seat(&mut self, permit: &Permit, as_asked: bool) -> Result<(), Refusal> {
        self.make_room(permit.id)?;
        let scope = self.bench.tenant.scope;
        let occupied =
            |other: &Permit| other.id != permit.id && (other.state.is_live() || other.state == PermitState::Paid);
        let seat = if self.permits.iter().any(occupied) {
            Seat::Taken
        } else {
            Seat::Free
        };
        let change = match permit.state.apply(PermitEvent::Capture(seat)) {
            Ok(change) => change,
            Err(illegal) => return Err(StoreError::Other(illegal.to_string()).into()),
        };
        self.journal(change.event(), permit.id.to_string(), "")?;
        if *change.after() != PermitState::Paid {
            self.carry(change.effects(), Some(permit.id))?;
            return self.settle_held();
        }
        must_be_one(permits::pay(self.tx, &scope, permit, self.at_ms)?)?;
        self.keep_permit(permit.id, PermitState::Paid)?;
        self.carry(change.effects(), Some(permit.id))?;
        self.pay(permit, as_asked)?;
        self.settle_held()
    }

    /// Nothing was sent under an open permit: it gives way to money that was taken.
    fn make_room(&mut self, paid: PermitId) -> Result<(), Refusal> {
        let waiting = self
            .live_permit()
            .filter(|other| other.id != paid && other.state == PermitState::Open);
        let Some((id, attempt_id)) = waiting.map(|other| (other.id, other.attempt_id)) else {
            return Ok(());
        };
        self.kill(id, DeathProof::NeverSent, None)?.ok();
        let superseded = AttemptEvent::Cancel(FailureCode::Superseded);
        self.move_attempt(attempt_id, superseded)?.ok();
        Ok(())
    }

    fn pay(&mut self, permit: &Permit, as_asked: bool) -> Result<(), Refusal> {
        let (attempt_event, intent_event) = if as_asked {
            (
                AttemptEvent::Complete,
                IntentEvent::Pay(self.bench.tenant.row.late_success),
            )
        } else {
            (AttemptEvent::Mismatch, IntentEvent::PayDifferently)
        };
        if let Err(illegal) = self.move_attempt(permit.attempt_id, attempt_event)? {
            tracing::debug!(event = "attempt_unmoved", attempt = %permit.attempt_id, %illegal);
        }
        self.observe_end(permit.id, Seen::Paid)?;
        if let Err(illegal) = self.move_intent(intent_event, Some(permit.id))? {
            self.attend(AttentionKind::Contradiction, permit.id.to_string(), illegal.to_string())?;
        }
        Ok(())
    }

    /// Decides about captures on dead permits that wait for the seat: paid when it is free, given back when it is
    /// taken by a paid permit, and held on while another permit is live.
    pub(crate) fn settle_held(&mut self) -> Result<(), Refusal> {
        let held: Vec<Permit> = self.held_permits()?;
        for permit in held.into_iter().filter(|_| !planted::is("held_capture_dropped")) {
            if self.permits.iter().any(|other| other.state == PermitState::Paid) {
                self.refund_captures(permit.id)?;
            } else if self.live_permit().is_none() {
                let change = permit.state.apply(PermitEvent::Capture(Seat::Free));
                let change = change.map_err(|illegal| StoreError::Other(illegal.to_string()))?;
                must_be_one(permits::pay(self.tx, &self.bench.tenant.scope, &permit, self.at_ms)?)?;
                self.keep_permit(permit.id, PermitState::Paid)?;
                self.journal(change.event(), permit.id.to_string(), "")?;
                self.carry(change.effects(), Some(permit.id))?;
                let captures = facts::captures(self.tx, &self.bench.tenant.scope, permit.id)?;
                let first = captures.first().ok_or(StoreError::Missing)?;
                let as_asked =
                    first.amount_minor == permit.amount.minor() && first.currency == permit.amount.currency().code();
                self.pay(&permit, as_asked)?;
            } else {
                continue;
            }
            // It stood on the list for as long as it was held.
            let (scope, held) = (self.bench.tenant.scope, permit.id.to_string());
            attention::resolve(self.tx, &scope, AttentionKind::SurplusCapture, &held, self.at_ms)?;
        }
        Ok(())
    }

    /// Dead permits with a capture that neither paid nor went back.
    pub(crate) fn held_permits(&mut self) -> Result<Vec<Permit>, StoreError> {
        let scope = self.bench.tenant.scope;
        let dead: Vec<Permit> = self
            .permits
            .iter()
            .filter(|p| matches!(p.state, PermitState::Dead(_)) && p.sent_at_ms.is_some())
            .cloned()
            .collect();
        let mut held = Vec::new();
        for permit in dead {
            let captures = facts::captures(self.tx, &scope, permit.id)?;
            let mut waiting = false;
            for capture in &captures {
                waiting |= !refunds::exists(self.tx, &scope, permit.id, &capture.external_id)?;
            }
            if waiting {
                held.push(permit);
            }
        }
        Ok(held)
    }

    /// Opens a refund for every capture of a permit that has none yet.
    pub(crate) fn refund_captures(&mut self, permit_id: PermitId) -> Result<(), StoreError> {
        let permit = self.permit(permit_id)?.clone();
        for capture in facts::captures(self.tx, &self.bench.tenant.scope, permit_id)? {
            let read = Currency::parse(&capture.currency).map_err(|error| StoreError::Other(error.to_string()))?;
            let amount = Money::from_minor(capture.amount_minor, read).map_err(|e| StoreError::Other(e.to_string()))?;
            self.open_refund(&permit, &capture.external_id, amount)?;
        }
        Ok(())
    }

    fn open_refund(&mut self, permit: &Permit, external_id: &str, amount: Money) -> Result<(), StoreError> {
        let scope = self.bench.tenant.scope;
        let refund = SurplusRefund {
            id: self.bench.draws.id(self.at_ms),
            intent_id: self.intent.id,
            permit_id: permit.id,
            capture_external_id: external_id.to_owned(),
            amount,
            created_at_ms: self.at_ms,
        };
        if refunds::open_for_surplus(self.tx, &scope, &refund)? == 0 {
            return Ok(());
        }
        if amount.currency() == permit.amount.currency() && !planted::is("refund_not_reserved") {
            must_be_one(permits::reserve_refund(self.tx, &scope, permit.id, amount.minor())?)?;
        }
        self.journal(
            "refund.opened",
            refund.id.to_string(),
            &format!("amount={amount} capture={external_id}"),
        )?;
        let evidence = format!("refund {} of {amount} for capture {external_id}", refund.id);
        self.attend(AttentionKind::SurplusCapture, refund.id.to_string(), evidence)
    }
}

/// What a provider said, before it is kept.
pub(crate) struct Said {
    pub(crate) kind: FactKind,
    pub(crate) external_id: Option<String>,
    pub(crate) amount: Option<Money>,
    pub(crate) source: Source,
    pub(crate) reason: Option<String>,
    /// Monotonic milliseconds of this process as of which it was true; now when absent.
    pub(crate) as_of_ms: Option<i64>,
}

impl Said {
    /// News without an amount.
    pub(crate) fn new(kind: FactKind, source: Source, reason: impl Into<String>) -> Self {
        Self {
            kind,
            external_id: None,
            amount: None,
            source,
            reason: Some(reason.into()),
            as_of_ms: None,
        }
    }
}
