//! Create a payment intent, and start its first attempt in the same call when the request has one.

use domain::ids::{CustomerId, IntentId};
use domain::intent::IntentState;
use domain::scope::{ApiFamily, Scope};
use store::Tx;
use store::customers;
use store::idempotency::EffectKind;
use store::intents::Intent;

use crate::Engine;
use crate::case::{Bench, Case};
use crate::charge::carry_out;
use crate::commands::{Claim, CreateIntent};
use crate::customers::find_or_create_customer;
use crate::eligibility::must_be_eligible;
use crate::reference;
use crate::refusal::Refusal;
use crate::render::Answer;
use crate::request::{Request, Step, bench_for};

impl Engine {
    /// Creates an intent; with `command.attempt` also starts an attempt, and answers when its charge was answered.
    ///
    /// # Errors
    /// A [`Refusal`]; nothing was created then.
    pub async fn create_intent(
        &self,
        scope: Scope,
        command: CreateIntent,
        claim: Option<Claim>,
    ) -> Result<Answer, Refusal> {
        if let Some(attempt) = &command.attempt {
            self.check_attempt(attempt, command.amount)?;
        }
        let intent_id = self.new_intent_id();
        let request = Request {
            scope,
            family: command.family,
            effect: EffectKind::Create,
            claim,
            intent_id,
        };
        let (house, asked) = (self.house.clone(), request.clone());
        let work = async move {
            let bench = bench_for(&house, scope).await?;
            let created = asked.clone();
            let step = house
                .store
                .write(move |tx| create(tx, &bench, &created, &command))
                .await?;
            carry_out(&house, &asked, step).await
        };
        self.answer(request, work).await
    }

    pub(crate) fn new_intent_id(&self) -> IntentId {
        IntentId::new(self.house.world.now_ms(), self.house.world.random_u128())
    }
}

fn create(tx: &mut Tx<'_>, bench: &Bench, request: &Request, command: &CreateIntent) -> Result<Step, Refusal> {
    let mut bench = bench.clone();
    request.claim(tx, bench.house.epoch)?;
    let intent = new_intent(tx, &mut bench, request, command)?;
    let mut case = Case::create(tx, bench, intent)?;
    let next = match &command.attempt {
        Some(attempt) => case.start_attempt(attempt)?,
        None => None,
    };
    request.bind(case.tx, case.intent.active_attempt_id)?;
    request.conclude(case, next)
}

/// The intent that a request wants, with its customer found or made.
pub(crate) fn new_intent(
    tx: &mut Tx<'_>,
    bench: &mut Bench,
    request: &Request,
    command: &CreateIntent,
) -> Result<Intent, Refusal> {
    let at_ms = store::clock(tx)?;
    let customer_id = match (command.customer_id, &command.customer) {
        (Some(id), _) => Some(known_customer(tx, &request.scope, id)?),
        (None, Some(person)) => {
            let draws = &mut bench.draws;
            Some(find_or_create_customer(tx, &request.scope, draws, person, at_ms)?)
        }
        (None, None) => None,
    };
    if command.family == ApiFamily::PaymentIntents
        && let Some(country) = command.countries.rail.or(command.countries.transaction)
    {
        must_be_eligible(tx, bench, country, command.amount.currency())?;
    }
    let random = bench.draws.bytes();
    let ref_seed = reference::seed(
        &bench.house.reference_key,
        &request.scope,
        request.claim.as_ref(),
        random,
    );
    let policy = bench.tenant.row.fail_with_attempt;
    Ok(Intent {
        id: request.intent_id,
        version: 0,
        state: IntentState::Open,
        amount: command.amount,
        customer_id,
        description: command.description.clone(),
        return_url: command.return_url.clone(),
        webhook_url: command.webhook_url.clone(),
        statement_descriptor: command.statement_descriptor.clone(),
        receipt_email: command.receipt_email.clone(),
        metadata: command.metadata.clone(),
        family: command.family,
        countries: command.countries,
        checkout_id: None,
        payer_language: None,
        fail_with_attempt: command.attempt.is_some() && command.fail_with_attempt.unwrap_or(policy),
        ref_seed,
        attempts_made: 0,
        permits_made: 0,
        events_made: 0,
        intents_events_made: 0,
        active_attempt_id: None,
        routing_revision: None,
        created_at_ms: at_ms,
        expires_at_ms: at_ms.saturating_add(command.lifetime_ms),
    })
}

/// The customer that a request names by id.
fn known_customer(tx: &mut Tx<'_>, scope: &Scope, id: CustomerId) -> Result<CustomerId, Refusal> {
    match customers::get(tx, scope, id)? {
        Some(customer) => Ok(customer.id),
        None => Err(Refusal::UnknownCustomer(id.to_string())),
    }
}
