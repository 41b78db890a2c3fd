//! The rows of a created intent, and the statements that `engine::create_intent` writes them with. When that verb
//! writes something else, this file has to follow.

use domain::currency::Currency;
use domain::ids::{CustomerId, IntentId, ProjectId};
use domain::intent::{IntentState, LateSuccess};
use domain::money::Money;
use domain::scope::{ApiFamily, Environment, Scope};
use store::customers::{self, Customer, Person};
use store::idempotency::{self, Claim, EffectKind, NewClaim, StoredAnswer};
use store::intents::{self, Countries, Intent};
use store::journal::{Chain, Entry};
use store::projects::{self, EnvironmentRow, Project};
use store::timers::{self, TimerKind};
use store::{StoreError, Tx};
use world::World;

use crate::Result;
use crate::order::{AMOUNT_MINOR, CURRENCY, FIRST_NAME, LAST_NAME, Order};

/// Characters of a stored answer to such an order: sealed, in base64.
const ANSWER_CHARACTERS: usize = 1_200;
/// How long an intent may be paid, in milliseconds.
const LIFETIME_MS: i64 = 86_400_000;

/// A project of the floor's own.
pub(super) fn tenant(world: &World) -> Scope {
    Scope {
        project_id: ProjectId::new(world.now_ms(), world.random_u128()),
        environment: Environment::Sandbox,
    }
}

/// Writes the project that the rows belong to.
pub(super) fn insert_tenant(tx: &mut Tx<'_>, scope: Scope, created_at_ms: i64) -> std::result::Result<(), StoreError> {
    let project = Project {
        id: scope.project_id,
        name: "bench".to_owned(),
        created_at_ms,
    };
    projects::insert(tx, &project)?;
    let environment = EnvironmentRow {
        scope,
        data_key: "none".to_owned(),
        fail_with_attempt: false,
        late_success: LateSuccess::default(),
        routing_revision: 0,
        created_at_ms,
    };
    projects::insert_environment(tx, &environment)
}

/// Everything that one created intent writes.
pub(super) struct Written {
    claim: Claim,
    epoch: i64,
    identity: String,
    customer: Customer,
    intent: Intent,
    answer: StoredAnswer,
}

impl Written {
    /// The rows of an order.
    pub(super) fn new(order: &Order, world: &World, epoch: i64) -> Result<Self> {
        let now_ms = world.now_ms();
        let person = Person {
            email: Some(order.email()),
            first_name: Some(FIRST_NAME.to_owned()),
            last_name: Some(LAST_NAME.to_owned()),
            ..Person::default()
        };
        let customer = Customer {
            id: CustomerId::new(now_ms, world.random_u128()),
            person,
            created_at_ms: now_ms,
        };
        let claim = Claim {
            key: order.key().to_owned(),
            method: "POST".to_owned(),
            path: "/v1/payment/intents".to_owned(),
            fingerprint: "f".repeat(64),
            family: ApiFamily::Payment,
        };
        let answer = StoredAnswer {
            status: 201,
            body: Some("A".repeat(ANSWER_CHARACTERS)),
        };
        Ok(Self {
            claim,
            epoch,
            identity: format!("email:{}", order.email()),
            intent: intent(order, IntentId::new(now_ms, world.random_u128()), customer.id)?,
            customer,
            answer,
        })
    }

    /// Writes them.
    pub(super) fn write(&self, tx: &mut Tx<'_>, scope: &Scope) -> std::result::Result<(), StoreError> {
        let (key, at_ms) = (&self.claim.key, self.intent.created_at_ms);
        let claim = NewClaim {
            claim: &self.claim,
            effect: EffectKind::Create,
            epoch: self.epoch,
            at_ms,
        };
        must_be_one(idempotency::claim(tx, scope, claim)?)?;
        customers::upsert(tx, scope, &self.identity, &self.customer)?;
        intents::insert(tx, scope, &self.intent)?;
        let intent_id = self.intent.id;
        timers::set(
            tx,
            scope,
            TimerKind::Expire,
            &intent_id.stored(),
            self.intent.expires_at_ms,
        )?;
        let entry = Entry {
            event: "intent.created",
            subject_id: intent_id.to_string(),
            detail: "amount=5000 XOF family=payment",
            at_ms,
        };
        Chain::new(intent_id).append(tx, scope, &entry)?;
        must_be_one(idempotency::bind_effect(tx, scope, key, intent_id, None)?)?;
        must_be_one(idempotency::finish(tx, scope, key, &self.answer, at_ms)?)
    }
}

fn intent(order: &Order, id: IntentId, customer_id: CustomerId) -> Result<Intent> {
    let created_at_ms = id.at_ms();
    Ok(Intent {
        id,
        version: 0,
        state: IntentState::Open,
        amount: Money::from_minor(AMOUNT_MINOR, Currency::parse(CURRENCY)?)?,
        customer_id: Some(customer_id),
        description: Some(order.description()),
        return_url: None,
        webhook_url: None,
        statement_descriptor: None,
        receipt_email: None,
        metadata: order.metadata().to_string(),
        family: ApiFamily::Payment,
        checkout_id: None,
        payer_language: None,
        fail_with_attempt: false,
        ref_seed: "0".repeat(64),
        attempts_made: 0,
        permits_made: 0,
        events_made: 0,
        intents_events_made: 0,
        countries: Countries::default(),
        active_attempt_id: None,
        routing_revision: None,
        created_at_ms,
        expires_at_ms: created_at_ms + LIFETIME_MS,
    })
}

fn must_be_one(rows: u64) -> std::result::Result<(), StoreError> {
    if rows == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}
