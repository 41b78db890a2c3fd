//! The one function through which all news about money goes: answers, callbacks, polls. Owns what news mean for a
//! payment; never where they came from. Its result does not depend on the order in which news arrive.

use domain::attempt::AttemptEvent;
use domain::attention::AttentionKind;
use domain::failure::{Failure, FailureCode};
use domain::ids::PermitId;
use domain::next_action::NextAction;
use domain::outcome::{Capture, ChargeOutcome, Hindrance, Sighting, Standing};
use domain::permit::{ChargeKnowledge, DeathProof, PermitEvent, PermitState};
use domain::planted;
use gateways::catalogue::Flow;
use gateways::texts;
use store::customers;
use store::facts::{FactKind, Source};
use store::permits;

use crate::case::{Case, Charge, Said};
use crate::refusal::Refusal;

impl Case<'_, '_> {
    /// Settles what came of the charge call of a permit. Returns the next charge when one follows at once.
    pub(crate) fn settle_charge(&mut self, id: PermitId, outcome: ChargeOutcome) -> Result<Option<Charge>, Refusal> {
        let source = Source::Response;
        match outcome {
            ChargeOutcome::NotSent { why, .. } => {
                let (fact, _) = self.keep_fact(id, Said::new(FactKind::NotSent, source, &*why))?;
                let failure = Failure::with_gateway_code(FailureCode::GatewayUnavailable, &why);
                self.bury(id, (DeathProof::NeverSent, fact), failure)
            }
            ChargeOutcome::NotProcessed { gateway_code } => {
                let (fact, _) = self.keep_fact(id, Said::new(FactKind::NotProcessed, source, &*gateway_code))?;
                let failure = Failure::with_gateway_code(FailureCode::GatewayUnavailable, &gateway_code);
                self.bury(id, (DeathProof::NotProcessed, fact), failure)
            }
            ChargeOutcome::Declined { failure, external_id } => {
                let said = Said {
                    external_id,
                    ..Said::new(FactKind::Declined, source, reason_of(&failure))
                };
                let (fact, _) = self.keep_fact(id, said)?;
                self.bury(id, (DeathProof::Declined, fact), failure)
            }
            ChargeOutcome::Pending { external_id, .. } if planted::is("fallback_while_prompt_waits") => {
                let failure = Failure::new(FailureCode::OperatorUnavailable);
                self.settle_charge(id, ChargeOutcome::Declined { failure, external_id })
            }
            ChargeOutcome::Pending { external_id, action } => {
                self.settle_accepted(id, external_id, source)?;
                self.present(id, action)?;
                Ok(None)
            }
            ChargeOutcome::Captured(capture) => {
                self.capture(id, &capture, source)?;
                Ok(None)
            }
            ChargeOutcome::Unknown { why } if planted::is("time_out_is_not_sent") => {
                self.settle_charge(id, ChargeOutcome::NotSent { why, by: Hindrance::Us })
            }
            ChargeOutcome::Unknown { why } => {
                if self.learn(id, PermitEvent::LoseTrack)?.is_ok() {
                    self.journal("call.outcome_unknown", id.to_string(), &format!("why={why}"))?;
                }
                Ok(None)
            }
        }
    }

    /// Settles what a provider reports about the transactions of a permit. Captures go first: they outrank all else.
    pub(crate) fn settle_sightings(
        &mut self,
        id: PermitId,
        sightings: &[Sighting],
        source: Source,
    ) -> Result<Option<Charge>, Refusal> {
        let mut rest = Vec::new();
        for sighting in sightings {
            if !self.is_of_this_payer(id, sighting, source)? {
                continue;
            }
            if planted::is("late_success_dropped") && !self.permit(id)?.state.is_live() {
                continue;
            }
            match &sighting.standing {
                Standing::Captured(amount) => {
                    let capture = Capture {
                        external_id: sighting.external_id.clone(),
                        amount: *amount,
                    };
                    self.capture(id, &capture, source)?;
                }
                Standing::Pending
                | Standing::TryFailed(_)
                | Standing::Declined(_)
                | Standing::Expired
                | Standing::Closed
                | Standing::Unmapped(_) => rest.push(sighting),
            }
        }
        let still_open = rest.iter().any(|s| {
            matches!(
                s.standing,
                Standing::Pending | Standing::TryFailed(_) | Standing::Unmapped(_)
            )
        });
        let mut next = None;
        for sighting in rest {
            let final_no = matches!(
                sighting.standing,
                Standing::Declined(_) | Standing::Expired | Standing::Closed
            );
            if final_no && still_open {
                continue;
            }
            next = self.settle_sighting(id, sighting, source)?.or(next);
        }
        Ok(next)
    }

    fn settle_sighting(
        &mut self,
        id: PermitId,
        sighting: &Sighting,
        source: Source,
    ) -> Result<Option<Charge>, Refusal> {
        let external_id = Some(sighting.external_id.clone());
        match &sighting.standing {
            Standing::Pending => {
                self.settle_accepted(id, external_id, source)?;
                self.present_prompt(id)?;
                Ok(None)
            }
            Standing::TryFailed(failure) => {
                self.settle_accepted(id, external_id, source)?;
                let attempt_id = self.permit(id)?.attempt_id;
                self.move_attempt(attempt_id, AttemptEvent::FailTry(failure.clone()))?
                    .ok();
                Ok(None)
            }
            Standing::Declined(failure) => {
                let said = Said {
                    external_id,
                    ..Said::new(FactKind::Declined, source, reason_of(failure))
                };
                self.settle_end(id, said, (DeathProof::Declined, failure.clone()))
            }
            Standing::Expired => {
                let said = Said {
                    external_id,
                    ..Said::new(FactKind::Expired, source, "expired")
                };
                self.settle_end(
                    id,
                    said,
                    (DeathProof::ExpiredAtProvider, Failure::new(FailureCode::PaymentTimeout)),
                )
            }
            Standing::Closed => {
                let said = Said {
                    external_id,
                    ..Said::new(FactKind::Closed, source, "closed")
                };
                self.settle_end(id, said, (DeathProof::ClosedByUs, Failure::new(FailureCode::Cancelled)))
            }
            Standing::Unmapped(word) => {
                self.settle_accepted(id, external_id, source)?;
                self.attend(AttentionKind::UnmappedWord, id.to_string(), format!("word: {word}"))?;
                Ok(None)
            }
            Standing::Captured(_) => Ok(None),
        }
    }

    fn settle_end(&mut self, id: PermitId, said: Said, end: (DeathProof, Failure)) -> Result<Option<Charge>, Refusal> {
        if !self.permit(id)?.state.is_live() {
            return Ok(None);
        }
        let (fact, _) = self.keep_fact(id, said)?;
        let (proof, failure) = end;
        self.bury(id, (proof, fact), failure)
    }

    fn settle_accepted(&mut self, id: PermitId, external_id: Option<String>, source: Source) -> Result<(), Refusal> {
        if let Some(external_id) = &external_id {
            permits::name_external(self.tx, &self.bench.tenant.scope, id, external_id)?;
        }
        if self.learn(id, PermitEvent::Accept)?.is_ok() {
            self.keep_fact(
                id,
                Said {
                    external_id,
                    ..Said::new(FactKind::Accepted, source, "accepted")
                },
            )?;
        }
        Ok(())
    }

    /// Shows the payer what to do. When a page or code is handed out, that time is kept in this transaction.
    fn present(&mut self, id: PermitId, action: Option<NextAction>) -> Result<(), Refusal> {
        let Some(action) = action else {
            return Ok(());
        };
        if !matches!(self.permit(id)?.state, PermitState::Sent(_)) {
            return Ok(());
        }
        if action.opens_a_page() {
            permits::show_url(self.tx, &self.bench.tenant.scope, id, self.at_ms)?;
        }
        let attempt_id = self.permit(id)?.attempt_id;
        self.move_attempt(attempt_id, AttemptEvent::Require(action))?.ok();
        Ok(())
    }

    /// A prompt stands on the phone although our call's answer was lost: the payer is told to look at it.
    fn present_prompt(&mut self, id: PermitId) -> Result<(), Refusal> {
        let (attempt_id, amount) = {
            let permit = self.permit(id)?;
            (permit.attempt_id, permit.amount)
        };
        let accepted = self.permit(id)?.state == PermitState::Sent(ChargeKnowledge::Accepted);
        let attempt = self.attempt(attempt_id)?.clone();
        let offer = self.bench.house.catalogue.offer(attempt.method, attempt.country);
        let (true, None, Some(offer)) = (accepted, attempt.state.next_action(), offer) else {
            return Ok(());
        };
        if offer.flow != Flow::Prompt {
            return Ok(());
        }
        let lifetime_ms = self.contract(id)?.prompt_lifetime_ms;
        let sent_at_ms = self.permit(id)?.sent_at_ms.unwrap_or(self.at_ms);
        let action = NextAction::Approval {
            message: texts::approve(amount),
            ussd_code: offer.ussd_code.clone(),
            expires_at_ms: Some(sent_at_ms + lifetime_ms),
        };
        self.present(id, Some(action))
    }

    /// News about another payer's number are kept as a contradiction and settle nothing.
    fn is_of_this_payer(&mut self, id: PermitId, sighting: &Sighting, source: Source) -> Result<bool, Refusal> {
        let attempt_id = self.permit(id)?.attempt_id;
        let (Some(said), Some(instrument)) = (&sighting.phone, self.attempt(attempt_id)?.instrument_id) else {
            return Ok(true);
        };
        let known = customers::instrument_phone(self.tx, &self.bench.tenant.scope, instrument)?;
        if known.as_ref().is_none_or(|known| known == said) || planted::is("payer_not_compared") {
            return Ok(true);
        }
        let external_id = Some(sighting.external_id.clone());
        let said = Said {
            external_id,
            ..Said::new(FactKind::Contradiction, source, "another payer's number")
        };
        self.keep_fact(id, said)?;
        self.attend(
            AttentionKind::Contradiction,
            id.to_string(),
            "the provider names another payer's number".to_owned(),
        )?;
        Ok(false)
    }
}

fn reason_of(failure: &Failure) -> String {
    match &failure.gateway_code {
        Some(code) => format!("{} ({code})", failure.code),
        None => failure.code.to_string(),
    }
}
