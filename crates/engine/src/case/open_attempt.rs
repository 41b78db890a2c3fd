//! Opening an attempt at an account: the attempt, its permit, and the charge call that is about to be made. Owns the
//! first of the three phases of a money call; never makes the call.

use domain::attempt::{AttemptEvent, AttemptState};
use domain::country::Country;
use domain::failure::Failure;
use domain::ids::{AttemptId, CallId, InstrumentId, IntentId, PermitId};
use domain::method::MethodCode;
use domain::next_action::NextAction;
use domain::permit::{ChargePermit, PermitEvent, PermitState, PermittedCharge};
use domain::phone::Phone;
use domain::planted;
use domain::scope::Scope;
use gateways::contract::{Opening, Order};
use gateways::texts;
use store::StoreError;
use store::accounts::AccountRow;
use store::attempts::{self, Attempt};
use store::calls::{self, Call, CallKind};
use store::customers::{self, Means};
use store::permits::{self, Permit};

use super::route::Route;
use super::{Case, Counters, Price};
use crate::door;
use crate::receive_callback::wake_for;
use crate::reference::merchant_ref;
use crate::refusal::Refusal;

/// The first byte of a charge may leave only this long after its transaction began.
const SEND_WINDOW_MS: i64 = 5_000;

/// A charge call that is durable and may be made once its transaction has committed.
pub(crate) struct Charge {
    pub(crate) scope: Scope,
    pub(crate) intent_id: IntentId,
    pub(crate) permit_id: PermitId,
    pub(crate) call_id: CallId,
    /// Milliseconds UTC of the transaction that allowed it.
    pub(crate) started_at_ms: i64,
    pub(crate) permit: ChargePermit,
    pub(crate) order: Order,
    pub(crate) account: AccountRow,
}

/// An attempt to be opened.
pub(crate) struct NewAttempt {
    pub(crate) method: MethodCode,
    pub(crate) country: Country,
    pub(crate) instrument_id: Option<InstrumentId>,
    pub(crate) scenario: Option<String>,
    /// What it costs.
    pub(crate) price: Price,
    /// Automatic fallbacks of this chain before it.
    pub(crate) fallbacks_before: i64,
    /// The account that takes it, and why.
    pub(crate) route: Route,
}

impl Case<'_, '_> {
    /// Writes the attempt and opens it at its account. Returns the charge to be made, if the gateway wants one now.
    pub(crate) fn open_attempt(&mut self, new: NewAttempt) -> Result<Option<Charge>, Refusal> {
        let attempt = Attempt {
            id: self.bench.draws.id(self.at_ms),
            intent_id: self.intent.id,
            number: self.intent.attempts_made + 1,
            version: 0,
            state: AttemptState::Processing(None),
            method: new.method,
            country: new.country,
            instrument_id: new.instrument_id,
            amount: new.price.amount,
            exchange_rate: new.price.exchange_rate,
            correction_rate: new.price.correction_rate,
            gateway_code: new.route.account.as_ref().map(|account| account.gateway_code.clone()),
            account_id: new.route.account.as_ref().map(|account| account.id),
            is_fallback: new.fallbacks_before > 0 || (new.route.avoided_outage && new.route.account.is_some()),
            fallbacks_before: new.fallbacks_before,
            scenario: new.scenario,
            codes_refused: 0,
            route: new.route.steps.clone(),
            created_at_ms: self.at_ms,
        };
        attempts::insert(self.tx, &self.bench.tenant.scope, &attempt)?;
        self.intent.attempts_made = attempt.number;
        self.intent.active_attempt_id = Some(attempt.id);
        self.counted = Counters::Moved;
        let detail = format!(
            "method={} country={} gateway={} fallback={}",
            attempt.method.code(),
            attempt.country.code(),
            attempt.gateway_code.as_deref().unwrap_or("none"),
            attempt.is_fallback
        );
        self.journal("attempt.started", attempt.id.to_string(), &detail)?;
        let id = attempt.id;
        self.keep_attempt(attempt);
        let failure = Failure::new(new.route.failure_code());
        let Some(account) = new.route.account else {
            self.move_attempt(id, AttemptEvent::Fail(failure))?.ok();
            self.end_if_due(id)?;
            return Ok(None);
        };
        self.enter_gateway(id, account)
    }

    fn enter_gateway(&mut self, id: AttemptId, account: AccountRow) -> Result<Option<Charge>, Refusal> {
        let attempt = self.attempt(id)?.clone();
        let order = self.order(&attempt, &account, None)?;
        let permit_id = self.open_permit(id, &account)?;
        match self.bench.house.gateway(&account.gateway_code)?.opening(&order) {
            Opening::Charge => Ok(self.send(permit_id, order, account)?),
            Opening::AskCode { length } => {
                let action = self.code_action(&order, length);
                self.move_attempt(id, AttemptEvent::Require(action))?.ok();
                Ok(None)
            }
        }
    }

    /// Writes an open permit for an attempt: the intent's one seat is taken from here on.
    pub(crate) fn open_permit(&mut self, attempt_id: AttemptId, account: &AccountRow) -> Result<PermitId, StoreError> {
        let number = self.intent.permits_made + 1;
        let permit = Permit {
            id: self.bench.draws.id(self.at_ms),
            intent_id: self.intent.id,
            attempt_id,
            number,
            account_id: account.id,
            merchant_ref: merchant_ref(
                &self.bench.house.reference_key,
                &self.intent.ref_seed,
                if planted::is("reference_reused") { 1 } else { number },
            ),
            amount: self.attempt(attempt_id)?.amount,
            state: PermitState::Open,
            acknowledged: false,
            external_id: None,
            captured_minor: 0,
            refund_reserved_minor: 0,
            sent_at_ms: None,
            ended_at_ms: None,
            asked_after_death: 0,
            created_at_ms: self.at_ms,
        };
        permits::insert(self.tx, &self.bench.tenant.scope, &permit)?;
        wake_for(self.tx, &self.bench.tenant, account.id, &permit.merchant_ref)?;
        self.intent.permits_made = number;
        self.counted = Counters::Moved;
        let id = permit.id;
        self.journal(
            "permit.opened",
            id.to_string(),
            &format!("reference={}", permit.merchant_ref),
        )?;
        self.permits.push(permit);
        Ok(id)
    }

    /// Moves an open permit to sent and writes its charge call. `None` when the permit is not open any more: then
    /// nothing may be sent.
    pub(crate) fn send(
        &mut self,
        id: PermitId,
        order: Order,
        account: AccountRow,
    ) -> Result<Option<Charge>, StoreError> {
        if self.bench.house.fence.is_raised() {
            return Err(StoreError::Unavailable(
                "another process declared this one dead".to_owned(),
            ));
        }
        let scope = self.bench.tenant.scope;
        let permit = self.permit(id)?.clone();
        let Ok(change) = permit.state.apply(PermitEvent::Send) else {
            return Ok(None);
        };
        let rows = permits::send(self.tx, &scope, id, self.at_ms)?;
        let monotonic_ms = self.bench.house.world.monotonic_ms();
        let effects = change.effects().to_vec();
        let charge = PermittedCharge {
            permit_id: id,
            merchant_ref: permit.merchant_ref,
            amount: permit.amount,
        };
        let after = *change.after();
        let Some(permit) = ChargePermit::from_saved(change, rows, charge, monotonic_ms + SEND_WINDOW_MS) else {
            return Ok(None);
        };
        self.keep_permit(id, after)?;
        let call = Call {
            id: self.bench.draws.id(self.at_ms),
            permit_id: id,
            kind: CallKind::Charge,
            account_version: account.version,
            epoch: self.bench.house.epoch,
            monotonic_ms,
            started_at_ms: self.at_ms,
        };
        calls::insert(self.tx, &scope, &call)?;
        self.journal("permit.sent", id.to_string(), &format!("call={}", call.id))?;
        self.carry(&effects, Some(id))?;
        let intent_id = self.intent.id;
        Ok(Some(Charge {
            scope,
            intent_id,
            permit_id: id,
            call_id: call.id,
            started_at_ms: self.at_ms,
            permit,
            order,
            account,
        }))
    }

    /// What the gateway is told of an attempt.
    pub(crate) fn order(
        &mut self,
        attempt: &Attempt,
        account: &AccountRow,
        code: Option<String>,
    ) -> Result<Order, Refusal> {
        let callback_url = self.bench.house.callback_url(account);
        self.order_at(attempt, Some(callback_url), code)
    }

    pub(crate) fn order_at(
        &mut self,
        attempt: &Attempt,
        callback_url: Option<String>,
        code: Option<String>,
    ) -> Result<Order, Refusal> {
        let offer = self
            .bench
            .house
            .catalogue
            .offer(attempt.method, attempt.country)
            .ok_or(Refusal::MethodNotOffered {
                method: attempt.method,
                country: attempt.country,
            })?;
        let means = match attempt.instrument_id {
            Some(id) => customers::means(self.tx, &self.bench.tenant.scope, id)?,
            None => None,
        };
        let (phone, card_token) = match means {
            Some(Means::Phone(text)) => (Some(Phone::from_e164(&text)), None),
            Some(Means::CardToken(token)) => (None, Some(token)),
            None => (None, None),
        };
        let phone = phone
            .transpose()
            .map_err(|error| StoreError::Other(error.to_string()))?;
        Ok(Order {
            method: attempt.method,
            country: attempt.country,
            flow: offer.flow,
            phone,
            card_token,
            description: self.intent.description.clone().unwrap_or_default(),
            callback_url,
            return_url: self.way_back(),
            one_time_code: code,
            ussd_code: offer.otp_dial_for(attempt.amount).or_else(|| offer.ussd_code.clone()),
            scenario: attempt.scenario.clone(),
        })
    }

    /// Where a provider's page sends the payer: to our own page, when there is one, which knows the rest of the way.
    fn way_back(&self) -> Option<String> {
        let Some(id) = self.intent.checkout_id else {
            return self.intent.return_url.clone();
        };
        let path = door::checkout_path(&door::token_of_checkout(&self.intent, id));
        let public_url = self.bench.house.public_url.trim_end_matches('/');
        Some(format!("{public_url}{path}"))
    }

    /// What the payer does to give a one-time code.
    pub(crate) fn code_action(&self, order: &Order, length: u32) -> NextAction {
        NextAction::Otp {
            message: texts::one_time_code(order.ussd_code.as_deref()),
            ussd_code: order.ussd_code.clone(),
            length,
            expires_at_ms: Some(self.intent.expires_at_ms),
        }
    }
}
