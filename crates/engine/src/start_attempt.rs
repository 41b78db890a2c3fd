//! Start an attempt to have an intent paid: check, supersede what may be superseded, route, and open it.

use domain::attempt::AttemptEvent;
use domain::failure::FailureCode;
use domain::ids::{InstrumentId, IntentId, LinkId, PermitId};
use domain::intent::IntentEvent;
use domain::money::Money;
use domain::payment_status::PaymentStatus;
use domain::permit::{DeathProof, PermitState};
use domain::planted;
use domain::scope::{ApiFamily, Scope};
use domain::transition::{Illegal, Why};
use store::accounts::AccountRow;
use store::customers::{self, Instrument, Means};
use store::idempotency::EffectKind;
use store::{StoreError, Tx, intents, permits};

use crate::Engine;
use crate::availability::Wanted;
use crate::case::{Bench, Case, Charge, NewAttempt, check_amount, check_price, must_be_one};
use crate::charge::carry_out;
use crate::commands::{Claim, StartAttempt};
use crate::links::may_begin;
use crate::refusal::{ChosenBy, Refusal};
use crate::render::Answer;
use crate::request::{Request, Step, bench_for};

impl Engine {
    /// Starts an attempt and answers when its charge was answered, or when the payer must act.
    ///
    /// # Errors
    /// A [`Refusal`]; no attempt was started then.
    pub async fn start_attempt(
        &self,
        scope: Scope,
        intent_id: IntentId,
        command: StartAttempt,
        spoken: (ApiFamily, Option<Claim>),
    ) -> Result<Answer, Refusal> {
        let (family, claim) = spoken;
        let known = self.payment_as_it_is(scope, intent_id).await?;
        self.check_attempt(&command, known.intent.amount)?;
        let request = Request {
            scope,
            family,
            effect: EffectKind::Attempt,
            claim,
            intent_id,
        };
        let (house, asked) = (self.house.clone(), request.clone());
        let engine = self.clone();
        let link = known.checkout.as_ref().and_then(|checkout| checkout.link_id);
        let work = async move {
            let bench = bench_for(&house, scope).await?;
            check_price(&bench, &command, known.intent.amount).await?;
            if let Some(page) = engine.open_page(scope, intent_id).await? {
                rehearse(&bench, (&asked, link), &command).await?;
                let which = (intent_id, page);
                engine.close_page(scope, which, FailureCode::Superseded).await?;
            }
            let bench = bench_for(&house, scope).await?;
            let started = asked.clone();
            let step = house
                .store
                .write(move |tx| start(tx, &bench, (&started, link), &command))
                .await?;
            carry_out(&house, &asked, step).await
        };
        self.answer(request, work).await
    }

    /// What can be refused without looking at the payment.
    pub(crate) fn check_attempt(&self, command: &StartAttempt, amount: Money) -> Result<(), Refusal> {
        let intent_currency = amount.currency();
        let StartAttempt { method, country, .. } = *command;
        let Some(offer) = self.house.catalogue.offer(method, country) else {
            return Err(Refusal::MethodNotOffered { method, country });
        };
        if method.needs_phone() && command.phone.is_none() {
            return Err(Refusal::PhoneRequired { method });
        }
        let currency = command.currency.unwrap_or(intent_currency);
        if !offer.currencies().any(|taken| taken == currency) {
            return Err(Refusal::CurrencyNotTaken {
                method,
                country,
                currency,
                chosen_by: command.currency.map_or(ChosenBy::Intent, |_| ChosenBy::Attempt),
            });
        }
        if currency == intent_currency {
            check_amount(offer, amount)?;
        }
        match &command.scenario {
            Some(name) if !self.house.registry.knows_scenario(name) => Err(Refusal::UnknownScenario(name.clone())),
            Some(_) | None => Ok(()),
        }
    }
}

/// A request for an attempt, and the link that its payment was made through.
type Asked<'r> = (&'r Request, Option<LinkId>);

fn start(tx: &mut Tx<'_>, bench: &Bench, asked: Asked<'_>, command: &StartAttempt) -> Result<Step, Refusal> {
    let (request, _) = asked;
    let mut case = opened(tx, bench, asked)?;
    let next = case.start_attempt(command)?;
    if request.family == ApiFamily::PaymentIntents {
        case.must_be_routed()?;
    }
    request.bind(case.tx, case.intent.active_attempt_id)?;
    request.conclude(case, next)
}

/// The payment, held, once its key is claimed and its link lets it be paid.
fn opened<'c, 'a>(tx: &'c mut Tx<'a>, bench: &Bench, (request, link): Asked<'_>) -> Result<Case<'c, 'a>, Refusal> {
    request.claim(tx, bench.house.epoch)?;
    may_begin(tx, &request.scope, link, request.intent_id)?;
    let mut case = Case::open(tx, bench, request.intent_id)?;
    if request.family == ApiFamily::PaymentIntents {
        case.must_be_confirmable()?;
    }
    Ok(case)
}

/// Why a rehearsal's transaction is never committed.
enum Rehearsed {
    /// The attempt would start.
    Admitted,
    /// It would not.
    Refused(Refusal),
}

impl From<StoreError> for Rehearsed {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

/// Whether the attempt would start if nothing else were open; changes nothing. What is open is given up only for an attempt
/// that will start.
async fn rehearse(bench: &Bench, (request, link): Asked<'_>, command: &StartAttempt) -> Result<(), Refusal> {
    let (own, asked, wanted) = (bench.clone(), request.clone(), command.clone());
    let rehearsal = move |tx: &mut Tx<'_>| -> Result<(), Rehearsed> {
        match admitted(tx, &own, (&asked, link), &wanted) {
            Ok(()) => Err(Rehearsed::Admitted),
            Err(refusal) => Err(Rehearsed::Refused(refusal)),
        }
    };
    match bench.house.store.write(rehearsal).await {
        Ok(()) | Err(Rehearsed::Admitted) => Ok(()),
        Err(Rehearsed::Refused(refusal)) => Err(refusal),
    }
}

fn admitted(tx: &mut Tx<'_>, bench: &Bench, asked: Asked<'_>, command: &StartAttempt) -> Result<(), Refusal> {
    let mut case = opened(tx, bench, asked)?;
    case.must_take_attempts()?;
    case.admit(command).map(drop)
}

impl Case<'_, '_> {
    /// Starts an attempt in this transaction. Returns the charge to be made.
    pub(crate) fn start_attempt(&mut self, command: &StartAttempt) -> Result<Option<Charge>, Refusal> {
        self.must_take_attempts()?;
        self.supersede(FailureCode::Superseded)?;
        let new = self.admit(command)?;
        self.open_attempt(new)
    }

    fn must_take_attempts(&mut self) -> Result<(), Refusal> {
        if let Err(illegal) = self.move_intent(IntentEvent::Attempt, None)? {
            return Err(self.refusal_of(illegal));
        }
        match self.is_over() && !planted::is("attempt_after_expiry") {
            true => Err(Refusal::IntentExpired),
            false => Ok(()),
        }
    }

    /// What is to be attempted, priced and routed.
    fn admit(&mut self, command: &StartAttempt) -> Result<NewAttempt, Refusal> {
        if let Some(url) = &command.return_url {
            self.return_to(url)?;
        }
        let instrument_id = match (&command.phone, &command.card_token) {
            (Some(phone), _) => Some(self.keep_instrument(Means::Phone(phone.e164().to_owned()))?),
            (None, Some(token)) => Some(self.keep_instrument(Means::CardToken(token.clone()))?),
            (None, None) => None,
        };
        let price = self.price(command)?;
        let wanted = Wanted {
            method: command.method,
            country: command.country,
            currency: price.amount.currency(),
        };
        let route = self.route(wanted, &[])?;
        self.check_cool_down(instrument_id, command, route.account.as_ref())?;
        self.check_prompts(instrument_id, (command.method, command.country))?;
        Ok(NewAttempt {
            method: command.method,
            country: command.country,
            instrument_id,
            scenario: command.scenario.clone(),
            price,
            fallbacks_before: 0,
            route,
        })
    }

    /// In the payment-intents API nothing supersedes what is under way.
    fn must_be_confirmable(&mut self) -> Result<(), Refusal> {
        match self.payment_status()? {
            PaymentStatus::RequiresPaymentMethod if self.live_permit().is_none() => Ok(()),
            PaymentStatus::RequiresPaymentMethod => Err(Refusal::NotConfirmable {
                status: PaymentStatus::Processing,
            }),
            status => Err(Refusal::NotConfirmable { status }),
        }
    }

    /// In the payment-intents API an attempt that no account is set up for is refused, as such an intent is at its creation:
    /// trying it again would help nobody.
    fn must_be_routed(&mut self) -> Result<(), Refusal> {
        let Some(id) = self.intent.active_attempt_id else {
            return Ok(());
        };
        let attempt = self.attempt(id)?;
        match attempt.state.failure().map(|failure| failure.code) {
            Some(FailureCode::RoutingNotConfigured) => Err(Refusal::NotRouted {
                method: attempt.method,
                country: attempt.country,
                currency: attempt.amount.currency(),
            }),
            Some(_) | None => Ok(()),
        }
    }

    /// The payer goes there afterwards.
    fn return_to(&mut self, url: &str) -> Result<(), Refusal> {
        self.intent.return_url = Some(url.to_owned());
        must_be_one(intents::save_description(
            self.tx,
            &self.bench.tenant.scope,
            &self.intent,
        )?)?;
        self.intent.version += 1;
        Ok(())
    }

    /// Ends the open attempt if nothing was sent under it; refuses while a payer may still pay it.
    pub(crate) fn supersede(&mut self, code: FailureCode) -> Result<(), Refusal> {
        let Some((id, attempt_id, state)) = self.live_permit().map(|p| (p.id, p.attempt_id, p.state)) else {
            return Ok(());
        };
        if (state != PermitState::Open && !planted::is("superseded_although_sent"))
            || self.kill(id, DeathProof::NeverSent, None)?.is_err()
        {
            return Err(self.in_progress(id)?);
        }
        self.move_attempt(attempt_id, AttemptEvent::Cancel(code))?.ok();
        Ok(())
    }

    /// The refusal while a payer may still pay, with the time when that ends.
    pub(crate) fn in_progress(&mut self, id: PermitId) -> Result<Refusal, Refusal> {
        let lifetime_ms = self.contract(id)?.prompt_lifetime_ms;
        let (attempt_id, sent_at_ms) = {
            let permit = self.permit(id)?;
            (permit.attempt_id, permit.sent_at_ms)
        };
        let told = self
            .attempt_state(attempt_id)?
            .next_action()
            .and_then(|action| action.expires_at_ms());
        let may_end_at_ms = told.or(sent_at_ms.map(|at| at + lifetime_ms));
        Ok(Refusal::AttemptInProgress {
            attempt_id,
            may_end_at_ms,
        })
    }

    /// The named refusal behind an illegal move of the intent.
    pub(crate) fn refusal_of(&self, illegal: Illegal) -> Refusal {
        match illegal.why {
            Why::AmountMismatch => Refusal::AmountMismatch,
            Why::AlreadySo | Why::Ended | Why::MoneyTaken | Why::Live | Why::ProofDoesNotFit | Why::OutOfPlace => {
                Refusal::IntentEnded {
                    status: self.intent.state.code(),
                }
            }
        }
    }

    fn keep_instrument(&mut self, means: Means) -> Result<InstrumentId, Refusal> {
        let scope = self.bench.tenant.scope;
        let hashes = &self.bench.tenant.keys.phones;
        let hash = match &means {
            Means::Phone(phone) => hashes.keyed_hex(&[phone.as_bytes()]),
            Means::CardToken(token) => hashes.keyed_hex(&[b"card", token.as_bytes()]),
        };
        let instrument = Instrument {
            id: self.bench.draws.id(self.at_ms),
            means,
            hash,
            created_at_ms: self.at_ms,
        };
        Ok(customers::instrument(self.tx, &scope, &instrument)?)
    }

    /// The last prompt to this number at this operator may still stand on the phone.
    fn check_cool_down(
        &mut self,
        instrument: Option<InstrumentId>,
        command: &StartAttempt,
        account: Option<&AccountRow>,
    ) -> Result<(), Refusal> {
        let (Some(instrument), Some(account)) = (instrument, account) else {
            return Ok(());
        };
        let scope = self.bench.tenant.scope;
        let Some(ended_at_ms) = permits::last_prompt_left(self.tx, &scope, instrument, command.method)? else {
            return Ok(());
        };
        let wait_ms = self.bench.house.gateway(&account.gateway_code)?.contract().cool_down_ms;
        let retry_after_ms = ended_at_ms + wait_ms - self.at_ms;
        if retry_after_ms > 0 {
            Err(Refusal::PayerCoolingDown { retry_after_ms })
        } else {
            Ok(())
        }
    }
}
