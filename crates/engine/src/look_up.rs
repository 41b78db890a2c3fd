//! Ask a provider where one of our charges stands, and settle the answer. Owns what "not found" is worth and when to
//! ask again; never what the answer means for the payment (`settle` does).

use std::sync::Arc;

use domain::attention::AttentionKind;
use domain::failure::{Failure, FailureCode};
use domain::ids::{AttemptId, IntentId, PermitId};
use domain::outcome::{Finding, OutcomeClass, Standing};
use domain::permit::{ChargeKnowledge, DeathProof, PermitState};
use domain::phone::Phone;
use domain::planted;
use domain::schedule;
use domain::scope::{ApiFamily, Scope};
use gateways::contract::{Contract, NotFound, StatusByOurRef};
use store::accounts::{self, AccountRow};
use store::attempts;
use store::calls::{self, Call, CallEnd, CallKind};
use store::exchanges;
use store::facts::{self, FactKind, Source};
use store::idempotency::EffectKind;
use store::permits::{self, Permit};
use store::timers::{self, TimerKind};
use store::{StoreError, Tx};

use crate::case::{Bench, CONFIRM_AFTER_MS, Case, Charge, Said};
use crate::charge::make_charges;
use crate::house::House;
use crate::keep_exchanges::{QUESTIONS_KEPT, Watched, masks_for, phone_of, watch};
use crate::refusal::Refusal;
use crate::request::{Request, bench_for};

mod proof;

use proof::{known_sent_ms, proves};

/// Who wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The plan. Only its "not found" counts as evidence, and only it moves the plan on.
    Timer,
    /// Somebody reads the payment.
    Nudge,
}

/// What came of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// There was a usable answer.
    Answered,
    /// There was none.
    NoAnswer,
    /// There was nothing to ask.
    Nothing,
    /// The account's pace does not allow a question yet.
    TooSoon {
        /// Milliseconds to wait.
        wait_ms: i64,
    },
}

struct Question {
    intent_id: IntentId,
    permit: Permit,
    account: AccountRow,
    gateway_code: String,
    attempt_id: AttemptId,
    phone: Option<Phone>,
    /// Monotonic milliseconds. Its answer is not true as of a later time: the machine may sleep while it is on its way.
    asked_ms: i64,
}

/// Asks about one permit and settles the answer.
pub(crate) async fn look_up(
    house: &Arc<House>,
    scope: Scope,
    permit_id: PermitId,
    cause: Cause,
) -> Result<Asked, Refusal> {
    let asked_ms = house.world.monotonic_ms();
    let found = house.store.read(move |tx| question(tx, &scope, permit_id, asked_ms));
    let Some(question) = found.await? else {
        return Ok(Asked::Nothing);
    };
    let gateway = house.gateway(&question.gateway_code)?;
    let contract = gateway.contract();
    if contract.status_by_our_ref == StatusByOurRef::No {
        return Ok(Asked::Nothing);
    }
    if let Err(wait_ms) = house
        .buckets
        .take(question.account.id, contract.status_rate_per_s, asked_ms)
    {
        return Ok(Asked::TooSoon { wait_ms });
    }
    let bench = bench_for(house, scope).await?;
    let account = house.open_account(&bench.tenant, &question.account)?;
    let masks = masks_for(gateway, (&question.account, &account), question.phone.as_ref());
    let seen = watch(&bench, masks, gateway.look_up(&question.permit.merchant_ref, &account)).await;
    let finding = &seen.outcome;
    let asked = if matches!(finding, Finding::NoAnswer { .. }) {
        Asked::NoAnswer
    } else {
        Asked::Answered
    };
    if cause == Cause::Nudge && tells_nothing_new(finding, question.permit.state) {
        return Ok(asked);
    }
    let intent_id = question.intent_id;
    tracing::info!(event = "look_up", intent = %intent_id, permit = %permit_id, attempt = %question.attempt_id,
        gateway = %question.gateway_code, finding = finding_code(finding), ms = house.world.monotonic_ms() - asked_ms);
    let question = Arc::new(question);
    let next = house
        .store
        .write(move |tx| settle(tx, &bench, &question, &seen, cause))
        .await?;
    if let Some(charge) = next {
        let request = Request {
            scope,
            family: ApiFamily::Payment,
            effect: EffectKind::Attempt,
            claim: None,
            intent_id,
        };
        make_charges(house, &request, charge).await?;
    }
    Ok(asked)
}

fn question(tx: &mut Tx<'_>, scope: &Scope, permit_id: PermitId, asked_ms: i64) -> Result<Option<Question>, Refusal> {
    let Some(intent_id) = permits::intent_of(tx, scope, permit_id)? else {
        return Ok(None);
    };
    let found = permits::of_intent(tx, scope, intent_id)?
        .into_iter()
        .find(|permit| permit.id == permit_id);
    let Some(permit) = found.filter(|permit| permit.sent_at_ms.is_some()) else {
        return Ok(None);
    };
    let account = accounts::get(tx, scope, permit.account_id)?.ok_or(StoreError::Missing)?;
    let attempt = attempts::get(tx, scope, permit.attempt_id)?.ok_or(StoreError::Missing)?;
    let gateway_code = attempt.gateway_code.ok_or(StoreError::Missing)?;
    Ok(Some(Question {
        intent_id,
        permit,
        account,
        gateway_code,
        attempt_id: attempt.id,
        phone: phone_of(tx, scope, attempt.instrument_id)?,
        asked_ms,
    }))
}

/// A reader's question that found what is known needs no transaction; its "not found" never counts.
fn tells_nothing_new(finding: &Finding, state: PermitState) -> bool {
    match finding {
        Finding::NotFound | Finding::NoAnswer { .. } => true,
        Finding::Seen(sightings) => {
            state == PermitState::Sent(ChargeKnowledge::Accepted)
                && sightings.iter().all(|sighting| sighting.standing == Standing::Pending)
        }
    }
}

fn finding_code(finding: &Finding) -> &'static str {
    match finding {
        Finding::NotFound => "not_found",
        Finding::NoAnswer { .. } => "no_answer",
        Finding::Seen(_) => "seen",
    }
}

fn settle(
    tx: &mut Tx<'_>,
    bench: &Bench,
    question: &Question,
    seen: &Watched<Finding>,
    cause: Cause,
) -> Result<Option<Charge>, Refusal> {
    let finding = &seen.outcome;
    let id = question.permit.id;
    let mut case = Case::open(tx, bench, question.intent_id)?;
    record(&mut case, question, seen)?;
    let next = match finding {
        Finding::Seen(sightings) => case.settle_sightings(id, sightings, Source::Poll)?,
        Finding::NotFound if cause == Cause::Timer => case.settle_not_found(question)?,
        Finding::NotFound | Finding::NoAnswer { .. } => None,
    };
    if cause == Cause::Timer {
        case.plan_next_question(id, question.permit.state, finding)?;
    }
    case.finish()?;
    Ok(next)
}

fn record(case: &mut Case<'_, '_>, question: &Question, seen: &Watched<Finding>) -> Result<(), Refusal> {
    let id = case.bench.draws.id(case.at_ms);
    let house = &case.bench.house;
    let call = Call {
        id,
        permit_id: question.permit.id,
        kind: CallKind::LookUp,
        account_version: question.account.version,
        epoch: house.epoch,
        monotonic_ms: question.asked_ms,
        started_at_ms: case.at_ms,
    };
    let (class, evidence) = match &seen.outcome {
        Finding::NoAnswer { why } => (OutcomeClass::Unknown, Some(why.clone())),
        Finding::NotFound => (OutcomeClass::Answered, Some("not_found".to_owned())),
        Finding::Seen(_) => (OutcomeClass::Answered, None),
    };
    let end = CallEnd {
        class,
        evidence,
        at_ms: case.at_ms,
    };
    let scope = case.bench.tenant.scope;
    calls::insert_ended(case.tx, &scope, &call, &end)?;
    seen.keep(case.tx, &scope, call.id)?;
    exchanges::forget_questions(case.tx, &scope, call.permit_id, QUESTIONS_KEPT)?;
    Ok(())
}

impl Case<'_, '_> {
    fn settle_not_found(&mut self, question: &Question) -> Result<Option<Charge>, Refusal> {
        let id = question.permit.id;
        match self.permit(id)?.state {
            // Asked while the charge was on its way, the answer may be older than the charge.
            state @ PermitState::Sent(ChargeKnowledge::Unknown) if question.permit.state == state => {}
            PermitState::Sent(ChargeKnowledge::Accepted) => {
                let kind = AttentionKind::AcceptedThenNotFound;
                self.attend(kind, id.to_string(), kind.advice().to_owned())?;
                return Ok(None);
            }
            PermitState::Sent(ChargeKnowledge::Unknown | ChargeKnowledge::InFlight)
            | PermitState::Open
            | PermitState::Paid
            | PermitState::Dead(_) => {
                return Ok(None);
            }
        }
        let said = Said {
            as_of_ms: Some(question.asked_ms),
            ..Said::new(FactKind::NotFound, Source::Poll, "unknown reference")
        };
        let (fact, _) = self.keep_fact(id, said)?;
        let contract = self.contract(id)?;
        if !self.not_found_is_proof(question, &contract)? && !planted::is("not_found_believed_at_once") {
            return Ok(None);
        }
        let failure = Failure::with_gateway_code(FailureCode::GatewayUnavailable, "not_found_after_horizon");
        self.bury(id, (DeathProof::NotFoundAfterHorizon, fact), failure)
    }

    /// At least three answers, a third of the horizon apart by this process's monotonic clock, the last one after the
    /// horizon, asked with the credentials of the send. What another process heard does not count, and of a charge that
    /// another process sent, alive or dead, only this is known here: it was sent before the first answer.
    fn not_found_is_proof(&mut self, question: &Question, contract: &Contract) -> Result<bool, Refusal> {
        let id = question.permit.id;
        let scope = self.bench.tenant.scope;
        let house = &self.bench.house;
        let charge = calls::charge_of(self.tx, &scope, id)?.ok_or(StoreError::Missing)?;
        if contract.not_found != NotFound::IsProof || charge.account_version != question.account.version {
            return Ok(false);
        }
        let heard = facts::not_found(self.tx, &scope, id)?;
        let mut own: Vec<i64> = heard
            .into_iter()
            .filter(|(epoch, _)| *epoch == house.epoch)
            .map(|(_, at)| at)
            .collect();
        own.sort_unstable(); // the wall clock, by which facts are listed, may have jumped back
        let Some(sent_ms) = known_sent_ms((charge.epoch, charge.monotonic_ms), house.epoch, &own) else {
            return Ok(false);
        };
        Ok(proves(&own, sent_ms, contract.unknown_horizon_ms))
    }

    /// When to ask again. A move since the question was asked, by its answer or by other news, has set its own timer.
    fn plan_next_question(&mut self, id: PermitId, asked: PermitState, finding: &Finding) -> Result<(), Refusal> {
        let scope = self.bench.tenant.scope;
        let permit = self.permit(id)?.clone();
        match (asked, permit.state) {
            (PermitState::Sent(_), PermitState::Sent(_)) => {
                let age_ms = self.at_ms - permit.sent_at_ms.unwrap_or(self.at_ms);
                if age_ms >= schedule::UNDECIDED_MS {
                    let kind = AttentionKind::Undecided;
                    self.attend(kind, id.to_string(), kind.advice().to_owned())?;
                }
                if age_ms >= schedule::ASKING_ENDS_MS {
                    timers::clear(self.tx, &scope, TimerKind::LookUp, &id.stored())?;
                    return Ok(());
                }
                let contract = self.contract(id)?;
                let random = self.bench.draws.number();
                let planned_ms = schedule::next_poll_ms(age_ms, contract.smallest_poll_ms, random);
                // While "not found" is becoming a proof the answers need to be only a third of the horizon apart.
                let proving = *finding == Finding::NotFound
                    && contract.not_found == NotFound::IsProof
                    && permit.state == PermitState::Sent(ChargeKnowledge::Unknown);
                let enough_ms = if proving {
                    contract.unknown_horizon_ms / 3 + 1
                } else {
                    i64::MAX
                };
                Ok(self.look_up_at(id, self.at_ms + planned_ms.min(enough_ms))?)
            }
            (PermitState::Dead(_), PermitState::Dead(_)) => {
                let asked = usize::try_from(permit.asked_after_death).unwrap_or(usize::MAX);
                let planned_ms = schedule::AFTER_DEATH_MS.get(asked).copied().unwrap_or(0);
                let due_ms = permit.ended_at_ms.unwrap_or(self.at_ms) + planned_ms;
                if self.at_ms < due_ms {
                    // This question was planned when the charge was alive.
                    return Ok(self.look_up_at(id, due_ms)?);
                }
                let age_ms = self.at_ms - permit.ended_at_ms.unwrap_or(self.at_ms);
                if matches!(finding, Finding::NoAnswer { .. }) && age_ms < schedule::ASKING_ENDS_MS {
                    // Nothing was learnt: the question stays to be asked.
                    let smallest_ms = self.contract(id)?.smallest_poll_ms;
                    let wait_ms = schedule::next_poll_ms(age_ms, smallest_ms, self.bench.draws.number());
                    return Ok(self.look_up_at(id, self.at_ms + wait_ms)?);
                }
                permits::count_question(self.tx, &scope, id)?;
                match schedule::next_after_death_ms(permit.asked_after_death + 1) {
                    Some(delay_ms) => Ok(self.look_up_at(id, self.at_ms + delay_ms)?),
                    None => timers::clear(self.tx, &scope, TimerKind::LookUp, &id.stored())
                        .map(|_| ())
                        .map_err(Refusal::from),
                }
            }
            (PermitState::Paid, PermitState::Paid) => {
                // Whether it was charged twice is not known yet.
                let ended_ms = permit.ended_at_ms.unwrap_or(self.at_ms);
                let age_ms = self.at_ms - ended_ms;
                if age_ms < CONFIRM_AFTER_MS {
                    return Ok(self.look_up_at(id, ended_ms + CONFIRM_AFTER_MS)?);
                }
                if !matches!(finding, Finding::Seen(_)) && age_ms < schedule::CONFIRMING_ENDS_MS {
                    let planned_ms = schedule::next_poll_ms(age_ms, CONFIRM_AFTER_MS, self.bench.draws.number());
                    self.look_up_at(id, self.at_ms + planned_ms)?;
                }
                Ok(())
            }
            // The worker ends the timer that asked. Another one, set when the charge was paid meanwhile, stays.
            (PermitState::Paid | PermitState::Open | PermitState::Sent(_) | PermitState::Dead(_), _) => Ok(()),
        }
    }
}
