//! Another project's or environment's id is answered exactly as an unknown one, and changes nothing.

use domain::attempt::AttemptEvent;
use domain::intent::{IntentEvent, LatePolicy, LateSuccess};
use domain::permit::{ChargeKnowledge, DeathProof, PermitEvent, PermitState};
use domain::routing::Policy;
use domain::scope::{Environment, Scope};
use store::accounts::{self, AccountState};
use store::attention::{self, Item};
use store::audit::{self, AuditFilter};
use store::calls::{self, CallEnd};
use store::facts::FactKind;
use store::idempotency::{self, StoredAnswer};
use store::inbox::{self, InboxState};
use store::intents::{IntentFilter, Page};
use store::journal::{Chain, Entry};
use store::outbox::Event;
use store::page::Beyond;
use store::permits::Death;
use store::refunds::SurplusRefund;
use store::rules::Direction;
use store::timers::TimerKind;
use store::{
    StoreError, Tx, attempts, customers, facts, health, intents, journal, outbox, permits, projects, refunds, rules,
    timers,
};

use crate::audit::change;
use crate::calls::{charge, fact};
use crate::health::{down, observation, subject};
use crate::house::{House, NOON_MS, Payment, Tenant, country, id, method, xof};
use crate::idempotency::{claim, new};
use crate::inbox::callback;
use crate::rules::rule;

/// Writes one of everything.
fn furnish(tx: &mut Tx<'_>, tenant: Tenant, payment: &Payment) -> Result<(), StoreError> {
    let (scope, intent_id, permit_id) = (&tenant.scope, payment.intent.id, payment.permit.id);
    audit::insert(tx, scope, &change(1, 0))?;
    health::save(tx, scope, &down(subject(tenant)))?;
    health::observe(tx, scope, &observation(tenant, 1, 1))?;
    let revision = rules::begin_revision(tx, scope, &Policy::default(), NOON_MS)?;
    rules::insert(tx, scope, revision, &rule(tenant, 1, None, &[1]))?;
    calls::insert(tx, scope, &charge(payment, 1, 1))?;
    facts::insert(tx, scope, &fact(payment, 1, FactKind::Captured))?;
    facts::insert(tx, scope, &fact(payment, 2, FactKind::NotFound))?;
    permits::add_capture(tx, scope, permit_id, 5_000)?;
    idempotency::claim(tx, scope, new(&claim("one"), 1))?;
    inbox::insert(tx, scope, &callback(tenant, 1, "a"))?;
    timers::set(tx, scope, TimerKind::LookUp, "a", NOON_MS)?;
    let entry = Entry {
        event: "intent.created",
        subject_id: intent_id.to_string(),
        detail: "",
        at_ms: NOON_MS,
    };
    Chain::new(intent_id).append(tx, scope, &entry)?;
    let event = Event {
        id: id(1),
        intent_id,
        sequence: 1,
        announcement: domain::announcement::Announcement::PaymentCompleted,
        body: "sealed".to_owned(),
        created_at_ms: NOON_MS,
    };
    outbox::insert(tx, scope, &event)?;
    let refund = SurplusRefund {
        id: id(1),
        intent_id,
        permit_id,
        capture_external_id: "x1".to_owned(),
        amount: xof(5_000),
        created_at_ms: NOON_MS,
    };
    refunds::open_for_surplus(tx, scope, &refund)?;
    let item = Item {
        scope: tenant.scope,
        id: id(1),
        kind: domain::attention::AttentionKind::SurplusCapture,
        subject_id: "txn_1".to_owned(),
        intent_id: Some(intent_id),
        evidence: String::new(),
        created_at_ms: NOON_MS,
    };
    attention::insert(tx, &item)?;
    Ok(())
}

/// What a scope sees of the tenant's things: the names of the questions that have an answer.
fn seen(tx: &mut Tx<'_>, scope: &Scope, owner: Tenant, payment: &Payment) -> Result<Vec<&'static str>, StoreError> {
    let (intent, attempt, permit) = (payment.intent.id, payment.attempt.id, payment.permit.id);
    let account = owner.account(1).id;
    let (instrument, customer) = (owner.instrument().id, id(owner.number));
    let wanted = (Direction::Payment, method("card"), country("CI"));
    let all = IntentFilter::default();
    let newer = Page::NewerThan(0, id(0));
    let answers = [
        ("accounts::get", accounts::get(tx, scope, account)?.is_some()),
        (
            "accounts::all",
            accounts::all(tx, scope)?.iter().any(|found| found.id == account),
        ),
        ("accounts::lock", accounts::lock(tx, scope, account)?.is_some()),
        ("rules::lock", rules::lock(tx, scope)?.0 > 0),
        ("rules::policy", rules::policy(tx, scope, 1)?.is_some()),
        ("rules::in_force", !rules::in_force(tx, scope, 1)?.is_empty()),
        ("rules::find", rules::find(tx, scope, 1, wanted)?.is_some()),
        ("health::lock", health::lock(tx, scope, subject(owner))?.is_some()),
        ("health::all", !health::all(tx, scope)?.is_empty()),
        (
            "health::of_method",
            !health::of_method(tx, scope, method("card"), country("CI"))?.is_empty(),
        ),
        (
            "audit::list",
            !audit::list(tx, scope, &AuditFilter::default(), Beyond::First, 9)?.is_empty(),
        ),
        (
            "audit::list, back",
            !audit::list(tx, scope, &AuditFilter::default(), Beyond::Newer(0, id(0)), 9)?.is_empty(),
        ),
        ("customers::get", customers::get(tx, scope, customer)?.is_some()),
        (
            "customers::instrument_phone",
            customers::instrument_phone(tx, scope, instrument)?.is_some(),
        ),
        ("intents::get", intents::get(tx, scope, intent)?.is_some()),
        ("intents::lock", intents::lock(tx, scope, intent)?.is_some()),
        (
            "intents::list",
            !intents::list(tx, scope, &all, Page::First, 9)?.is_empty(),
        ),
        (
            "intents::list, back",
            !intents::list(tx, scope, &all, newer, 9)?.is_empty(),
        ),
        ("attempts::get", attempts::get(tx, scope, attempt)?.is_some()),
        (
            "attempts::of_intent",
            !attempts::of_intent(tx, scope, intent, i64::MAX, 9)?.is_empty(),
        ),
        ("permits::of_intent", !permits::of_intent(tx, scope, intent)?.is_empty()),
        ("permits::intent_of", permits::intent_of(tx, scope, permit)?.is_some()),
        (
            "permits::by_reference",
            permits::by_reference(tx, scope, account, &payment.permit.merchant_ref)?.is_some(),
        ),
        (
            "permits::latest_of_attempt",
            permits::latest_of_attempt(tx, scope, attempt)?.is_some(),
        ),
        ("calls::charge_of", calls::charge_of(tx, scope, permit)?.is_some()),
        ("calls::runs", calls::runs(tx, scope, intent, 1)?),
        ("facts::captures", !facts::captures(tx, scope, permit)?.is_empty()),
        ("facts::not_found", !facts::not_found(tx, scope, permit)?.is_empty()),
        ("idempotency::get", idempotency::get(tx, scope, "k")?.is_some()),
        ("journal::of_intent", !journal::of_intent(tx, scope, intent)?.is_empty()),
        ("outbox::of_intent", !outbox::of_intent(tx, scope, intent)?.is_empty()),
        ("inbox::get", inbox::get(tx, scope, id(1))?.is_some()),
        ("timers::is_set", timers::is_set(tx, scope, TimerKind::LookUp, "a")?),
        (
            "attention::of_intent",
            !attention::of_intent(tx, scope, intent)?.is_empty(),
        ),
        ("refunds::open_minor", refunds::open_minor(tx, scope, intent)? > 0),
        ("refunds::exists", refunds::exists(tx, scope, permit, "x1")?),
    ];
    Ok(answers
        .iter()
        .filter(|(_, answered)| *answered)
        .map(|(name, _)| *name)
        .collect())
}

/// Rows that a scope changes of the tenant's things.
fn changed(tx: &mut Tx<'_>, scope: &Scope, owner: Tenant, payment: &Payment) -> Result<u64, StoreError> {
    let Payment {
        intent,
        attempt,
        permit,
    } = payment;
    let death = Death {
        proof: DeathProof::NeverSent,
        fact_id: None,
        at_ms: NOON_MS,
    };
    let end = CallEnd {
        class: domain::outcome::OutcomeClass::Unknown,
        evidence: None,
        at_ms: NOON_MS,
    };
    let answer = StoredAnswer {
        status: 200,
        body: None,
    };
    let paid = intent
        .state
        .apply(IntentEvent::Pay(LateSuccess::default()), NOON_MS)
        .unwrap();
    let completed = attempt.state.apply(AttemptEvent::Complete, NOON_MS).unwrap();
    let accepted = PermitState::Sent(ChargeKnowledge::InFlight)
        .apply(PermitEvent::Accept)
        .unwrap();
    let rows = [
        accounts::reseal(tx, scope, owner.account(1).id, "stolen")?,
        accounts::rename(tx, scope, owner.account(1).id, "stolen")?,
        accounts::set_state(tx, scope, owner.account(1).id, AccountState::Closed)?,
        rules::retire(tx, scope, 2, id(1))?,
        health::begin_probe(tx, scope, &down(subject(owner)), NOON_MS)?,
        intents::save(tx, scope, intent, &paid)?,
        intents::save_counters(tx, scope, intent)?,
        attempts::save(tx, scope, attempt, &completed)?,
        permits::add_capture(tx, scope, permit.id, 1)?,
        permits::reserve_refund(tx, scope, permit.id, 1)?,
        permits::name_external(tx, scope, permit.id, "x")?,
        permits::show_url(tx, scope, permit.id, 1)?,
        permits::count_question(tx, scope, permit.id)?,
        permits::pay(tx, scope, permit, 1)?,
        permits::kill(tx, scope, permit, death)?,
        permits::send(tx, scope, permit.id, 1)?,
        permits::learn(tx, scope, permit, &accepted)?,
        calls::end(tx, scope, id(1), &end)?,
        idempotency::bind_effect(tx, scope, "k", intent.id, None)?,
        idempotency::finish(tx, scope, "k", &answer, 1)?,
        inbox::mark(tx, scope, id(1), InboxState::Processed, 1)?,
        timers::bring_forward(tx, scope, TimerKind::LookUp, "a", 1)?,
        timers::clear(tx, scope, TimerKind::LookUp, "a")?,
    ];
    Ok(rows.iter().sum())
}

#[tokio::test]
async fn nobody_sees_or_changes_what_is_anothers() {
    let house = House::empty();
    let owner = Tenant::new(1, Environment::Live);
    let others = [
        Tenant::new(2, Environment::Sandbox),
        Tenant::new(12, Environment::Live),
        Tenant::new(13, Environment::Sandbox),
    ];
    house.settle(owner).await;
    let payment = house.pay(owner, 1).await;
    let given = payment.clone();
    house.write(move |tx| furnish(tx, owner, &given)).await;
    let ask = |scope: Scope| {
        let payment = payment.clone();
        house.write(move |tx| seen(tx, &scope, owner, &payment))
    };
    let all = ask(owner.scope).await;
    assert_eq!(all.len(), 36, "the owner sees everything: {all:?}");
    for other in others {
        house.settle(other).await;
        assert_eq!(ask(other.scope).await, Vec::<&str>::new());
        let payment = payment.clone();
        assert_eq!(
            house.write(move |tx| changed(tx, &other.scope, owner, &payment)).await,
            0
        );
    }
    assert_eq!(ask(owner.scope).await, all);
    let own = payment.clone();
    let rows = house.write(move |tx| changed(tx, &owner.scope, owner, &own)).await;
    assert!(rows >= 18, "what its owner may do: {rows}");
    let unknown = Tenant::new(99, Environment::Live);
    assert!(
        house
            .write(move |tx| projects::environment(tx, &unknown.scope))
            .await
            .is_none()
    );
    let path = owner.account(1).callback_path;
    let found = house.write(move |tx| accounts::by_callback_path(tx, &path)).await;
    assert_eq!(
        found,
        Some((owner.scope, owner.account(1).id)),
        "a path leads to its own tenant"
    );
}

#[tokio::test]
async fn nothing_is_written_about_an_account_of_somebody_else() {
    let (house, owner) = House::with_tenant().await;
    for other in [Tenant::new(2, Environment::Live), Tenant::new(12, Environment::Sandbox)] {
        house.settle(other).await;
        let theirs = other.scope;
        let answers: [Result<(), StoreError>; 3] = [
            house
                .store
                .write(move |tx| {
                    let revision = rules::begin_revision(tx, &theirs, &Policy::default(), NOON_MS)?;
                    rules::insert(tx, &theirs, revision, &rule(owner, 1, None, &[1]))
                })
                .await,
            (house.store)
                .write(move |tx| health::save(tx, &theirs, &down(subject(owner))))
                .await,
            (house.store)
                .write(move |tx| health::observe(tx, &theirs, &observation(owner, 1, 1)))
                .await,
        ];
        for answer in answers {
            assert!(matches!(answer, Err(StoreError::Foreign)), "{answer:?}");
        }
        let (revision, _) = house.write(move |tx| rules::lock(tx, &theirs)).await;
        assert_eq!(revision, 0);
    }
    assert!(!house.write(health::is_waiting).await);
}

#[tokio::test]
async fn what_a_tenant_is_changes_for_itself_alone() {
    let (house, owner) = House::with_tenant().await;
    let (beside, stranger) = (Tenant::new(2, Environment::Live), Tenant::new(12, Environment::Sandbox));
    for other in [beside, stranger] {
        house.settle(other).await;
    }
    let late = LateSuccess {
        after_end: LatePolicy::Refund,
        after_cancel: LatePolicy::Refund,
    };
    let rows = house.write(move |tx| {
        rules::begin_revision(tx, &owner.scope, &Policy::default(), NOON_MS)?;
        Ok([
            projects::rename(tx, &owner.scope, "Renamed")?,
            projects::set_policies(tx, &owner.scope, true, late)?,
            projects::rewrap(tx, &owner.scope, "anew")?,
        ])
    });
    assert_eq!(rows.await, [1, 1, 1]);
    let is = |tenant: Tenant| {
        house.write(move |tx| {
            let row = projects::environment(tx, &tenant.scope)?.ok_or(StoreError::Missing)?;
            let name = projects::get(tx, &tenant.scope)?.map(|project| project.name);
            let changed = (row.data_key == "anew", row.fail_with_attempt, row.late_success == late);
            Ok((name, changed, row.routing_revision))
        })
    };
    let name = |text: &str| Some(text.to_owned());
    assert_eq!(is(owner).await, (name("Renamed"), (true, true, true), 1));
    assert_eq!(is(beside).await, (name("Renamed"), (false, false, false), 0));
    assert_eq!(is(stranger).await, (name("Shop"), (false, false, false), 0));
}

#[tokio::test]
async fn tenants_may_use_the_same_key_without_meeting() {
    let (house, tenant) = House::with_tenant().await;
    let other = Tenant::new(11, Environment::Sandbox);
    house.settle(other).await;
    for owner in [tenant, other] {
        let taken = house.write(move |tx| idempotency::claim(tx, &owner.scope, new(&claim("one"), 1)));
        assert_eq!(taken.await, 1);
    }
}
