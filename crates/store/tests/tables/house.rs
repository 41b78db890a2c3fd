//! A house with tenants, and payments to put into it.

use domain::attempt::AttemptState;
use domain::country::Country;
use domain::currency::Currency;
use domain::ids::{Id, Kind};
use domain::intent::{IntentState, LateSuccess};
use domain::method::MethodCode;
use domain::money::Money;
use domain::permit::PermitState;
use domain::routing::decision::{RouteStep, Taken, Verdict};
use domain::scope::{ApiFamily, Environment, Scope};
use store::accounts::{self, AccountRow, AccountState};
use store::attempts::{self, Attempt};
use store::customers::{self, Customer, Instrument, Means, Person};
use store::intents::{self, Intent};
use store::permits::{self, Permit};
use store::projects::{self, EnvironmentRow, Project};
use store::testing::{self, Guard};
use store::{Store, StoreError, Tx};
use world::World;

/// Milliseconds UTC at which everything here happens, give or take.
pub(crate) const NOON_MS: i64 = 1_700_000_000_000;

/// The id with that number.
pub(crate) fn id<K: Kind>(number: u32) -> Id<K> {
    Id::new(NOON_MS, number.into())
}

pub(crate) fn method(code: &str) -> MethodCode {
    MethodCode::parse(code).unwrap()
}

pub(crate) fn country(code: &str) -> Country {
    Country::parse(code).unwrap()
}

pub(crate) fn xof(minor: i64) -> Money {
    Money::from_minor(minor, Currency::parse("XOF").unwrap()).unwrap()
}

/// A database that is thrown away.
pub(crate) struct House {
    pub(crate) store: Store,
    _guard: Guard,
}

impl House {
    /// An empty one.
    pub(crate) fn empty() -> Self {
        let (store, guard) = testing::fresh(&World::system()).unwrap();
        Self { store, _guard: guard }
    }

    /// One with a tenant in it.
    pub(crate) async fn with_tenant() -> (Self, Tenant) {
        let house = Self::empty();
        let tenant = Tenant::new(1, Environment::Sandbox);
        house.settle(tenant).await;
        (house, tenant)
    }

    /// Runs a closure that must not be refused.
    pub(crate) async fn write<T, F>(&self, work: F) -> T
    where
        F: FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        self.store.write(work).await.unwrap()
    }

    /// Writes a tenant with two accounts, a customer and an instrument.
    pub(crate) async fn settle(&self, tenant: Tenant) {
        self.write(move |tx| tenant.insert(tx)).await;
    }

    /// Writes an intent, an attempt and an open permit.
    pub(crate) async fn pay(&self, tenant: Tenant, number: u32) -> Payment {
        let payment = tenant.payment(number);
        let written = payment.clone();
        self.write(move |tx| {
            intents::insert(tx, &tenant.scope, &written.intent)?;
            attempts::insert(tx, &tenant.scope, &written.attempt)?;
            permits::insert(tx, &tenant.scope, &written.permit)
        })
        .await;
        payment
    }

    /// The permit as it stands.
    pub(crate) async fn permit(&self, tenant: Tenant, payment: &Payment) -> Permit {
        let intent_id = payment.intent.id;
        let found = self
            .write(move |tx| permits::of_intent(tx, &tenant.scope, intent_id))
            .await;
        found.into_iter().find(|permit| permit.id == payment.permit.id).unwrap()
    }
}

/// A project's environment. Everything that is its own has its number.
#[derive(Clone, Copy)]
pub(crate) struct Tenant {
    pub(crate) number: u32,
    pub(crate) scope: Scope,
}

/// An intent, its attempt and the permit of that.
#[derive(Clone)]
pub(crate) struct Payment {
    pub(crate) intent: Intent,
    pub(crate) attempt: Attempt,
    pub(crate) permit: Permit,
}

impl Tenant {
    /// Project 1 for numbers up to 9, project 2 for the next ten, and so on.
    pub(crate) fn new(number: u32, environment: Environment) -> Self {
        let project_id = id(number / 10 + 1);
        let scope = Scope {
            project_id,
            environment,
        };
        Self { number, scope }
    }

    fn insert(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let project = Project {
            id: self.scope.project_id,
            name: "Shop".to_owned(),
            created_at_ms: NOON_MS,
        };
        if projects::get(tx, &self.scope)?.is_none() {
            projects::insert(tx, &project)?;
        }
        projects::insert_environment(
            tx,
            &EnvironmentRow {
                scope: self.scope,
                data_key: "sealed".to_owned(),
                fail_with_attempt: false,
                late_success: LateSuccess::default(),
                routing_revision: 0,
                created_at_ms: NOON_MS,
            },
        )?;
        accounts::insert(tx, &self.scope, &self.account(1))?;
        accounts::insert(tx, &self.scope, &self.account(2))?;
        let customer = Customer {
            id: id(self.number),
            person: Person::default(),
            created_at_ms: NOON_MS,
        };
        customers::upsert(tx, &self.scope, "somebody", &customer)?;
        customers::instrument(tx, &self.scope, &self.instrument())?;
        Ok(())
    }

    /// Its first or second account.
    pub(crate) fn account(&self, which: u32) -> AccountRow {
        AccountRow {
            id: id(self.number * 10 + which),
            gateway_code: "sim".to_owned(),
            name: format!("Account {which}"),
            settings: "sealed".to_owned(),
            version: 1,
            callback_path: format!("path-{}-{which}", self.number),
            state: AccountState::Active,
            created_at_ms: NOON_MS,
        }
    }

    /// What was decided about its first or second account.
    pub(crate) fn step(&self, which: u32, verdict: Verdict) -> RouteStep {
        RouteStep {
            account_id: self.account(which).id,
            gateway_code: "sim".to_owned(),
            verdict,
            success_permille: 750,
        }
    }

    /// Its payer's phone.
    pub(crate) fn instrument(&self) -> Instrument {
        Instrument {
            id: id(self.number),
            means: Means::Phone("+2250700000100".to_owned()),
            hash: "hash".to_owned(),
            created_at_ms: NOON_MS,
        }
    }

    /// An intent of 50 XOF.
    pub(crate) fn intent(&self, number: u32) -> Intent {
        Intent {
            id: id(number),
            version: 1,
            state: IntentState::Open,
            amount: xof(5_000),
            customer_id: Some(id(self.number)),
            description: Some("Order 7".to_owned()),
            return_url: None,
            webhook_url: None,
            statement_descriptor: None,
            receipt_email: None,
            metadata: r#"{"order":"7"}"#.to_owned(),
            family: ApiFamily::Payment,
            checkout_id: None,
            payer_language: None,
            fail_with_attempt: false,
            ref_seed: "seed".to_owned(),
            attempts_made: 1,
            permits_made: 1,
            events_made: 0,
            intents_events_made: 0,
            countries: intents::Countries::default(),
            active_attempt_id: Some(id(number)),
            routing_revision: Some(1),
            created_at_ms: NOON_MS,
            expires_at_ms: NOON_MS + 3_600_000,
        }
    }

    /// An intent with an attempt and an open permit, all of that number.
    pub(crate) fn payment(&self, number: u32) -> Payment {
        let intent = self.intent(number);
        let attempt = Attempt {
            id: id(number),
            intent_id: intent.id,
            number: 1,
            version: 1,
            state: AttemptState::Processing(None),
            method: method("momo_mtn"),
            country: country("CI"),
            instrument_id: Some(self.instrument().id),
            amount: intent.amount,
            exchange_rate: None,
            correction_rate: None,
            gateway_code: Some("sim".to_owned()),
            account_id: Some(self.account(1).id),
            is_fallback: false,
            fallbacks_before: 0,
            route: vec![self.step(1, Verdict::Taken(Taken::Primary))],
            scenario: None,
            codes_refused: 0,
            created_at_ms: NOON_MS,
        };
        let permit = Permit {
            id: id(number),
            intent_id: intent.id,
            attempt_id: attempt.id,
            number: 1,
            account_id: self.account(1).id,
            merchant_ref: format!("REF{number}"),
            amount: intent.amount,
            state: PermitState::Open,
            acknowledged: false,
            external_id: None,
            captured_minor: 0,
            refund_reserved_minor: 0,
            sent_at_ms: None,
            ended_at_ms: None,
            asked_after_death: 0,
            created_at_ms: NOON_MS,
        };
        Payment {
            intent,
            attempt,
            permit,
        }
    }
}
