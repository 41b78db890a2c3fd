//! One of everything that can belong to a tenant, every question about it, and every change of it.

mod attention;
mod checkouts;
mod death;
mod links;
pub(crate) mod mails;
mod people;
mod webhooks;

use domain::attempt::AttemptEvent;
use domain::currency::Currency;
use domain::exchange_rate::{CorrectionRate, ExchangeRate};
use domain::intent::{IntentEvent, LateSuccess};
use domain::outcome::OutcomeClass;
use domain::permit::{ChargeKnowledge, DeathProof, PermitEvent, PermitState};
use domain::routing::Policy;
use domain::scope::Scope;
use store::accounts::{self, AccountState};
use store::audit::{self, AuditFilter};
use store::calls::{self, Call, CallEnd, CallKind};
use store::exchange_rates::{self, RateFilter, RateRow};
use store::facts::FactKind;
use store::idempotency::{self, StoredAnswer};
use store::inbox::{self, InboxState, REFUSED_KEPT};
use store::intents::{IntentFilter, Page};
use store::journal::{Chain, Entry};
use store::page::Beyond;
use store::permits::Death;
use store::refunds::SurplusRefund;
use store::rules::Direction;
use store::timers::TimerKind;
use store::{
    StoreError, Tx, attempts, customers, exchanges, facts, health, intents, journal, payer_history, permits, refunds,
    rules, timers,
};

use crate::audit::change;
use crate::calls::{charge, fact};
use crate::exchanges::sealed;
use crate::health::{down, observation, subject};
use crate::house::{NOON_MS, Payment, Tenant, country, id, method, xof};
use crate::idempotency::{claim, new};
use crate::inbox::callback;
use crate::rules::rule;

/// What a tenant has.
#[derive(Clone)]
pub(crate) struct Belongings {
    /// Whose it is.
    pub(crate) owner: Tenant,
    /// Its payment, as it was written.
    pub(crate) payment: Payment,
    /// Another one, whose permit dies.
    pub(crate) dead: Payment,
}

/// Questions, and whether they have an answer.
type Seen = Vec<(&'static str, bool)>;

/// Changes, and the rows that they changed.
type Changed = Vec<(&'static str, u64)>;

/// A rate that holds at noon.
fn rate() -> RateRow {
    RateRow {
        id: id(1),
        base: xof(1).currency(),
        quote: Currency::parse("EUR").unwrap(),
        rate: ExchangeRate::parse("0.00152").unwrap(),
        correction: CorrectionRate::none(),
        valid_from_ms: NOON_MS,
        expires_at_ms: NOON_MS + 1,
        created_at_ms: NOON_MS,
        withdrawn_at_ms: None,
    }
}

fn end() -> CallEnd {
    CallEnd {
        class: OutcomeClass::Unknown,
        evidence: None,
        at_ms: NOON_MS,
    }
}

impl Belongings {
    /// Writes one of everything.
    pub(crate) fn furnish(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let (tenant, scope) = (self.owner, &self.owner.scope);
        audit::insert(tx, scope, &change(1, 0))?;
        health::save(tx, scope, &down(subject(tenant)))?;
        health::observe(tx, scope, &observation(tenant, 1, 1))?;
        let revision = rules::begin_revision(tx, scope, &Policy::default(), NOON_MS)?;
        rules::insert(tx, scope, revision, &rule(tenant, 1, None, &[1]))?;
        exchange_rates::insert(tx, scope, &rate())?;
        idempotency::claim(tx, scope, new(&claim("one"), 1))?;
        timers::set(tx, scope, TimerKind::LookUp, "a", NOON_MS)?;
        inbox::insert(tx, scope, &callback(tenant, 1, "a"))?;
        for number in 2..=u32::try_from(REFUSED_KEPT).unwrap() + 2 {
            let mut refused = callback(tenant, number, &number.to_string());
            refused.state = InboxState::Refused;
            inbox::insert(tx, scope, &refused)?;
        }
        self.furnish_payment(tx)?;
        self.furnish_news(tx)?;
        self.furnish_webhooks(tx)?;
        self.furnish_customers(tx)?;
        self.furnish_mails(tx)?;
        self.furnish_checkouts(tx)?;
        self.furnish_links(tx)?;
        self.bury(tx)
    }

    fn furnish_payment(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let (scope, permit_id) = (&self.owner.scope, self.payment.permit.id);
        calls::insert(tx, scope, &charge(&self.payment, 1, 1))?;
        let question = Call {
            kind: CallKind::LookUp,
            ..charge(&self.payment, 2, 1)
        };
        calls::insert_ended(tx, scope, &question, &end())?;
        exchanges::insert(tx, scope, question.id, 1, &sealed(1, 0))?;
        facts::insert(tx, scope, &fact(&self.payment, 1, FactKind::Captured))?;
        facts::insert(tx, scope, &fact(&self.payment, 2, FactKind::NotFound))?;
        permits::add_capture(tx, scope, permit_id, 5_000)?;
        let refund = SurplusRefund {
            id: id(1),
            intent_id: self.payment.intent.id,
            permit_id,
            capture_external_id: "x1".to_owned(),
            amount: xof(5_000),
            created_at_ms: NOON_MS,
        };
        refunds::open_for_surplus(tx, scope, &refund)?;
        Ok(())
    }

    fn furnish_news(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let (scope, intent_id) = (&self.owner.scope, self.payment.intent.id);
        let entry = Entry {
            event: "intent.created",
            subject_id: intent_id.to_string(),
            detail: "",
            at_ms: NOON_MS,
        };
        Chain::new(intent_id).append(tx, scope, &entry)?;
        self.furnish_attention(tx)
    }

    /// What a scope sees of it.
    pub(crate) fn seen(&self, tx: &mut Tx<'_>, scope: &Scope) -> Result<Seen, StoreError> {
        Ok([
            self.settings_seen(tx, scope)?,
            self.payment_seen(tx, scope)?,
            self.charge_seen(tx, scope)?,
            self.news_seen(tx, scope)?,
            self.attention_seen(tx, scope)?,
            self.webhooks_seen(tx, scope)?,
            self.customers_seen(tx, scope)?,
            self.mails_seen(tx, scope)?,
            self.checkouts_seen(tx, scope)?,
            self.links_seen(tx, scope)?,
        ]
        .concat())
    }

    fn settings_seen(&self, tx: &mut Tx<'_>, scope: &Scope) -> Result<Seen, StoreError> {
        let (owner, account) = (self.owner, self.owner.account(1).id);
        let (card, here) = (method("card"), country("CI"));
        let wanted = (Direction::Payment, card, here);
        let (all, back) = (AuditFilter::default(), Beyond::Newer(0, id(0)));
        let (rates, older) = (RateFilter::default(), Beyond::Newer(0, id(0)));
        let pair = (rate().base, rate().quote);
        let accounts = accounts::all(tx, scope)?;
        Ok(vec![
            ("account", accounts::get(tx, scope, account)?.is_some()),
            ("account to change", accounts::lock(tx, scope, account)?.is_some()),
            ("accounts", accounts.iter().any(|found| found.id == account)),
            ("routing to change", rules::lock(tx, scope)?.0 > 0),
            ("policy", rules::policy(tx, scope, 1)?.is_some()),
            ("rules", !rules::in_force(tx, scope, 1)?.is_empty()),
            ("rule", rules::find(tx, scope, 1, wanted)?.is_some()),
            ("exchange rate", exchange_rates::get(tx, scope, rate().id)?.is_some()),
            (
                "valid exchange rate",
                exchange_rates::valid(tx, scope, pair, NOON_MS)?.is_some(),
            ),
            (
                "currencies to convert to",
                !exchange_rates::quotes_of(tx, scope, pair.0, NOON_MS)?.is_empty(),
            ),
            (
                "exchange rates",
                !exchange_rates::list(tx, scope, &rates, Beyond::First, 9)?.is_empty(),
            ),
            (
                "exchange rates, back",
                !exchange_rates::list(tx, scope, &rates, older, 9)?.is_empty(),
            ),
            ("health to change", health::lock(tx, scope, subject(owner))?.is_some()),
            ("all health", !health::all(tx, scope)?.is_empty()),
            ("health", !health::of_method(tx, scope, card, here)?.is_empty()),
            ("audit", !audit::list(tx, scope, &all, Beyond::First, 9)?.is_empty()),
            ("audit, back", !audit::list(tx, scope, &all, back, 9)?.is_empty()),
        ])
    }

    fn payment_seen(&self, tx: &mut Tx<'_>, scope: &Scope) -> Result<Seen, StoreError> {
        let (intent, attempt) = (self.payment.intent.id, self.payment.attempt.id);
        let (instrument, customer) = (self.owner.instrument().id, id(self.owner.number));
        let (all, back) = (IntentFilter::default(), Page::NewerThan(0, id(0)));
        let phone = customers::instrument_phone(tx, scope, instrument)?;
        let attempts = attempts::of_intent(tx, scope, intent, i64::MAX, 9)?;
        let paid_with = payer_history::of_customer(tx, scope, customer)?;
        let number_paid_with = payer_history::of_phone(tx, scope, &self.owner.instrument().hash)?;
        Ok(vec![
            ("paid with", !paid_with.is_empty()),
            ("number paid with", !number_paid_with.is_empty()),
            ("customer", customers::get(tx, scope, customer)?.is_some()),
            ("phone", phone.is_some()),
            ("means", customers::means(tx, scope, instrument)?.is_some()),
            ("intent", intents::get(tx, scope, intent)?.is_some()),
            ("intent to change", intents::lock(tx, scope, intent)?.is_some()),
            ("intents", !intents::list(tx, scope, &all, Page::First, 9)?.is_empty()),
            ("intents, back", !intents::list(tx, scope, &all, back, 9)?.is_empty()),
            ("attempt", attempts::get(tx, scope, attempt)?.is_some()),
            ("attempts", !attempts.is_empty()),
        ])
    }

    fn charge_seen(&self, tx: &mut Tx<'_>, scope: &Scope) -> Result<Seen, StoreError> {
        let (intent, attempt, permit) = (self.payment.intent.id, self.payment.attempt.id, self.payment.permit.id);
        let (account, reference) = (self.owner.account(1).id, &self.payment.permit.merchant_ref);
        let (instrument, momo) = (self.owner.instrument().id, self.dead.attempt.method);
        let named = permits::by_reference(tx, scope, account, reference)?;
        let prompt = permits::last_prompt_left(tx, scope, instrument, momo)?;
        let death = permits::fact_of_death(tx, scope, self.dead.permit.id)?;
        let sent = permits::charges_sent(tx, scope, instrument, 0)?;
        Ok(vec![
            ("permits", !permits::of_intent(tx, scope, intent)?.is_empty()),
            ("permit's intent", permits::intent_of(tx, scope, permit)?.is_some()),
            ("permit of a reference", named.is_some()),
            ("permit", permits::latest_of_attempt(tx, scope, attempt)?.is_some()),
            ("prompt", prompt.is_some()),
            ("charges that left", !sent.is_empty()),
            ("death", death.is_some()),
            ("charge", calls::charge_of(tx, scope, permit)?.is_some()),
            ("charge under way", calls::runs(tx, scope, intent, 1)?),
            ("calls", !calls::of_permit(tx, scope, permit, 9)?.is_empty()),
            ("number of questions", calls::count_questions(tx, scope, permit)? > 0),
            ("exchanges", !exchanges::of_call(tx, scope, id(2))?.is_empty()),
            ("captures", !facts::captures(tx, scope, permit)?.is_empty()),
            ("not found", !facts::not_found(tx, scope, permit)?.is_empty()),
            ("facts", !facts::of_permit(tx, scope, permit, 9)?.is_empty()),
            ("money to give back", refunds::open_minor(tx, scope, intent)? > 0),
            ("refund", refunds::exists(tx, scope, permit, "x1")?),
        ])
    }

    fn news_seen(&self, tx: &mut Tx<'_>, scope: &Scope) -> Result<Seen, StoreError> {
        let intent = self.payment.intent.id;
        Ok(vec![
            ("idempotency key", idempotency::get(tx, scope, "k")?.is_some()),
            ("journal", !journal::of_intent(tx, scope, intent)?.is_empty()),
            ("callback", inbox::get(tx, scope, id(1))?.is_some()),
            ("timer", timers::is_set(tx, scope, TimerKind::LookUp, "a")?),
            ("timers", !timers::of(tx, scope, "a")?.is_empty()),
        ])
    }

    /// What a scope changes of it.
    pub(crate) fn changed(&self, tx: &mut Tx<'_>, scope: &Scope) -> Result<Changed, StoreError> {
        Ok([
            self.settings_changed(tx, scope)?,
            self.permit_changed(tx, scope)?,
            self.payment_changed(tx, scope)?,
            self.news_changed(tx, scope)?,
            self.attention_changed(tx, scope)?,
            self.webhooks_changed(tx, scope)?,
            self.customers_changed(tx, scope)?,
            self.mails_changed(tx, scope)?,
            self.checkouts_changed(tx, scope)?,
            self.links_changed(tx, scope)?,
        ]
        .concat())
    }

    fn settings_changed(&self, tx: &mut Tx<'_>, scope: &Scope) -> Result<Changed, StoreError> {
        let account = self.owner.account(1).id;
        let health = down(subject(self.owner));
        let closed = AccountState::Closed;
        Ok(vec![
            (
                "exchange rate withdrawn",
                exchange_rates::withdraw(tx, scope, rate().id, NOON_MS)?,
            ),
            ("reseal", accounts::reseal(tx, scope, account, "stolen")?),
            ("rename", accounts::rename(tx, scope, account, "stolen")?),
            ("close account", accounts::set_state(tx, scope, account, closed)?),
            ("retire rule", rules::retire(tx, scope, 2, id(1))?),
            ("probe", health::begin_probe(tx, scope, &health, NOON_MS)?),
        ])
    }

    fn permit_changed(&self, tx: &mut Tx<'_>, scope: &Scope) -> Result<Changed, StoreError> {
        let permit = &self.payment.permit;
        let accepted = PermitState::Sent(ChargeKnowledge::InFlight)
            .apply(PermitEvent::Accept)
            .unwrap();
        let never_sent = Death {
            proof: DeathProof::NeverSent,
            fact_id: None,
            at_ms: NOON_MS,
        };
        let mut changed = vec![
            ("add capture", permits::add_capture(tx, scope, permit.id, 1)?),
            ("reserve refund", permits::reserve_refund(tx, scope, permit.id, 1)?),
            ("name", permits::name_external(tx, scope, permit.id, "x")?),
            ("show page", permits::show_url(tx, scope, permit.id, 1)?),
            ("count question", permits::count_question(tx, scope, permit.id)?),
        ];
        changed.push(("kill", permits::kill(tx, scope, &self.successor(), never_sent)?));
        changed.push(("send", permits::send(tx, scope, permit.id, 1)?));
        let mut sent = permit.clone();
        sent.state = PermitState::Sent(ChargeKnowledge::InFlight);
        changed.push(("learn", permits::learn(tx, scope, &sent, &accepted)?));
        sent.state = PermitState::Sent(ChargeKnowledge::Accepted);
        changed.push(("pay", permits::pay(tx, scope, &sent, 1)?));
        Ok(changed)
    }

    fn payment_changed(&self, tx: &mut Tx<'_>, scope: &Scope) -> Result<Changed, StoreError> {
        let Payment {
            intent,
            attempt,
            permit,
        } = &self.payment;
        let paid = IntentEvent::Pay(LateSuccess::default());
        let paid = intent.state.apply(paid, NOON_MS).unwrap();
        let completed = attempt.state.apply(AttemptEvent::Complete, NOON_MS).unwrap();
        let counters = intents::save_counters(tx, scope, &self.dead.intent)?;
        let mut counted = self.dead.intent.clone();
        counted.version += 1;
        Ok(vec![
            ("counters", counters),
            ("description", intents::save_description(tx, scope, &counted)?),
            ("intent", intents::save(tx, scope, intent, &paid)?),
            ("attempt", attempts::save(tx, scope, attempt, &completed)?),
            ("end call", calls::end(tx, scope, id(1), &end())?),
            ("forget", exchanges::forget_questions(tx, scope, permit.id, 0)?),
        ])
    }

    fn news_changed(&self, tx: &mut Tx<'_>, scope: &Scope) -> Result<Changed, StoreError> {
        let (account, intent) = (self.owner.account(1).id, self.payment.intent.id);
        let answer = StoredAnswer {
            status: 200,
            body: None,
        };
        let (kind, processed) = (TimerKind::LookUp, InboxState::Processed);
        Ok(vec![
            ("bind key", idempotency::bind_effect(tx, scope, "k", intent, None)?),
            ("answer key", idempotency::finish(tx, scope, "k", &answer, 1)?),
            ("mark callback", inbox::mark(tx, scope, id(1), processed, 1)?),
            ("trim callbacks", inbox::trim_refused(tx, scope, account)?),
            ("hurry timer", timers::bring_forward(tx, scope, kind, "a", 1)?),
            ("clear timer", timers::clear(tx, scope, kind, "a")?),
        ])
    }
}
