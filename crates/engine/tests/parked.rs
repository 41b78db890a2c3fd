//! A step of ours that fails for hours, and what waits for a person: it is tried ever more slowly, then parked, and goes on
//! after a restart or when a person says so. The real engine on the inline store, under a virtual clock.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::attention::AttentionKind;
use domain::ids::IntentId;
use domain::scope::{ApiFamily, Scope};
use domain::webhook::{DeliveryOrder, EndpointState, EventSelection};
use engine::admin::{Actor, AttentionEntry, AttentionFilter, AuditFilter, Beyond, EndpointOrder};
use engine::http::{Carried, Carrying, InProcess, Request, UnknownReason};
use engine::{CancellationToken, Engine};
use serde_json::json;
use store::{Memory, StoreError, Template, timers};
use support::inline::{live, reply};
use support::{attempt, intent};
use world::{ManualClock, World};

const HOUR: Duration = Duration::from_secs(3_600);

/// Takes every charge, loses its answer, and says what became of it once it is paid.
#[derive(Default)]
struct Operator {
    is_paid: AtomicBool,
}

impl InProcess for Operator {
    fn exchange<'a>(&'a self, request: &'a Request) -> Carrying<'a, Carried> {
        Box::pin(async move {
            let (base, path) = request.url.split_at("http://operator.test/sim_a".len());
            if path == "/session" {
                return reply(200, &json!({"charge_url": format!("{base}/charge")}));
            }
            let Some(reference) = path.strip_prefix("/transactions/") else {
                return Carried::Unknown(UnknownReason::Reset);
            };
            let status = match self.is_paid.load(Ordering::Relaxed) {
                true => "charged",
                false => "pending",
            };
            let transaction = json!({"id": reference, "status": status, "amount": "50", "currency": "XOF"});
            reply(200, &json!({"reference": reference, "transactions": [transaction]}))
        })
    }
}

struct Stage {
    memory: Memory,
    world: (World, ManualClock),
    operator: Arc<Operator>,
}

impl Stage {
    fn new() -> Self {
        let (world, clock) = World::manual(1_800_000_000_000, 7);
        Self {
            memory: Memory::from_template(&Template::migrated(&world).unwrap()).unwrap(),
            world: (world, clock),
            operator: Arc::default(),
        }
    }

    /// One life of the server.
    fn live<T>(&self, work: impl AsyncFnOnce(Engine, Scope, Time) -> T) -> T {
        let time = Time(self.world.0.clone(), self.world.1.clone());
        let work = async |engine, scope| work(engine, scope, time).await;
        live(&self.memory, &self.world, &self.operator, work).unwrap()
    }
}

/// Both clocks.
struct Time(World, ManualClock);

impl Time {
    /// Lets time pass in steps: the worker looks at its clock all the time.
    async fn pass(&self, span: Duration) {
        let (step, look) = (Duration::from_secs(240), Duration::from_secs(2));
        let mut left = span;
        while !left.is_zero() {
            let this = left.min(step);
            self.1.advance(this.saturating_sub(look));
            self.0.sleep(this.min(look)).await;
            left -= this;
        }
    }
}

async fn pay(engine: &Engine, scope: Scope) -> IntentId {
    let mut command = intent();
    command.attempt = Some(attempt("momo_mtn", "approve"));
    support::id_of(&engine.create_intent(scope, command, None).await.unwrap())
}

/// Puts sealed settings into every account, such as ones that cannot be opened; those that were there.
async fn seal_wrongly(engine: &Engine, settings: Vec<(String, String)>) -> Vec<(String, String)> {
    let write = engine.store().write(move |tx| {
        let were: Vec<(String, String)> = tx.sql("SELECT id, settings FROM accounts").all()?;
        for (id, settings) in &settings {
            tx.sql("UPDATE accounts SET settings = ?2 WHERE id = ?1")
                .bind(id)
                .bind(settings)
                .execute()?;
        }
        Ok::<_, StoreError>(were)
    });
    write.await.unwrap()
}

/// From now on no account can be used; what mends that.
async fn break_accounts(engine: &Engine) -> Vec<(String, String)> {
    let were = seal_wrongly(engine, Vec::new()).await;
    let broken = were.iter().map(|(id, _)| (id.clone(), "broken".to_owned()));
    seal_wrongly(engine, broken.collect()).await
}

async fn status(engine: &Engine, scope: Scope, id: IntentId) -> &'static str {
    // A list asks nobody: a payment that is read is asked about at once.
    let filter = engine::commands::IntentFilter::default();
    let page = engine::commands::Page::First;
    let all = engine.payments(scope, filter, page, 9).await.unwrap();
    let found = all.iter().find(|view| view.intent.id == id).unwrap();
    found.intent.state.code()
}

async fn parked(engine: &Engine) -> i64 {
    engine.store().read(timers::count_parked).await.unwrap()
}

async fn listed(engine: &Engine, scope: Scope, kind: AttentionKind) -> Vec<AttentionEntry> {
    let filter = AttentionFilter {
        standing: None,
        kind: Some(kind),
    };
    engine.attention_list(scope, filter, Beyond::First, 9).await.unwrap()
}

/// Waits until the only timer is parked; the number of hours.
async fn until_parked(engine: &Engine, time: &Time) -> u32 {
    for hours in 0..12 {
        if parked(engine).await == 1 {
            return hours;
        }
        time.pass(HOUR).await;
    }
    panic!("it is never parked");
}

#[test]
fn an_hour_of_failures_is_survived_without_anybody() {
    let stage = Stage::new();
    stage.live(async |engine, scope, time| {
        let id = pay(&engine, scope).await;
        let were = break_accounts(&engine).await;
        time.pass(HOUR).await;
        stage.operator.is_paid.store(true, Ordering::Relaxed);
        assert_eq!(status(&engine, scope, id).await, "open");
        seal_wrongly(&engine, were).await;
        time.pass(HOUR).await;
        assert_eq!(status(&engine, scope, id).await, "completed");
        assert!(listed(&engine, scope, AttentionKind::TimerParked).await.is_empty());
    });
}

#[test]
fn a_parked_step_goes_on_when_a_person_says_so() {
    let stage = Stage::new();
    stage.live(async |engine, scope, time| {
        let id = pay(&engine, scope).await;
        let were = break_accounts(&engine).await;
        assert!(until_parked(&engine, &time).await >= 3);
        let items = listed(&engine, scope, AttentionKind::TimerParked).await;
        assert_eq!((items.len(), items[0].resolved_at_ms), (1, None));
        stage.operator.is_paid.store(true, Ordering::Relaxed);
        seal_wrongly(&engine, were).await;
        time.pass(HOUR).await;
        assert_eq!(status(&engine, scope, id).await, "open", "nobody said anything");
        let note = "settings mended".to_owned();
        let actor = Actor::CommandLine;
        let resolved = engine.resolve_attention(&actor, scope, items[0].item.id, note);
        assert!(resolved.await.unwrap().resolved_at_ms.is_some());
        time.pass(Duration::from_secs(60)).await;
        assert_eq!(status(&engine, scope, id).await, "completed");
        let rows = engine
            .audit_log(scope, AuditFilter::default(), Beyond::First, 1)
            .await
            .unwrap();
        assert_eq!(
            (rows[0].actor.as_str(), rows[0].action.as_str()),
            ("command line", "attention.resolve")
        );
        assert_eq!(rows[0].after.as_ref().unwrap()["note"], "settings mended");
    });
}

#[test]
fn a_restart_tries_parked_steps_again() {
    let stage = Stage::new();
    let (id, were) = stage.live(async |engine, scope, time| {
        let id = pay(&engine, scope).await;
        let were = break_accounts(&engine).await;
        until_parked(&engine, &time).await;
        (id, were)
    });
    stage.live(async |engine, scope, time| {
        time.pass(Duration::from_secs(30)).await;
        assert_eq!(parked(&engine).await, 0);
        let items = listed(&engine, scope, AttentionKind::TimerParked).await;
        assert_eq!(items[0].resolved_at_ms, None, "it still fails");
        stage.operator.is_paid.store(true, Ordering::Relaxed);
        seal_wrongly(&engine, were).await;
        time.pass(HOUR).await;
        assert_eq!(status(&engine, scope, id).await, "completed");
        let items = listed(&engine, scope, AttentionKind::TimerParked).await;
        assert!(items[0].resolved_at_ms.is_some(), "it went through");
        assert_eq!(items[0].note, None);
    });
}

#[test]
fn what_was_undecided_leaves_the_list_with_the_decision() {
    let stage = Stage::new();
    stage.live(async |engine, scope, time| {
        let id = pay(&engine, scope).await;
        time.pass(40 * HOUR).await;
        let items = listed(&engine, scope, AttentionKind::Undecided).await;
        assert_eq!((items.len(), items[0].resolved_at_ms), (1, None));
        stage.operator.is_paid.store(true, Ordering::Relaxed);
        time.pass(8 * HOUR).await;
        assert_eq!(status(&engine, scope, id).await, "completed");
        let items = listed(&engine, scope, AttentionKind::Undecided).await;
        assert!(items[0].resolved_at_ms.is_some());
    });
}

#[test]
fn people_are_told_what_a_disabled_endpoint_waited_for_too_long() {
    let stage = Stage::new();
    stage.live(async |engine, scope, time| {
        let order = EndpointOrder {
            family: ApiFamily::Payment,
            url: "https://shop.example/hook".to_owned(),
            description: String::new(),
            events: EventSelection::All,
            order: DeliveryOrder::Any,
            state: EndpointState::Enabled,
        };
        let actor = Actor::CommandLine;
        let (made, _) = engine.create_webhook_endpoint(&actor, scope, order).await.unwrap();
        let which = (ApiFamily::Payment, made.endpoint.id);
        let disabled = EndpointState::DisabledByPerson;
        let switched = engine.switch_webhook_endpoint(&actor, scope, which, disabled).await;
        switched.unwrap();
        let (deliverer, stop) = (engine.clone(), CancellationToken::new());
        tokio::spawn(async move { deliverer.deliver(stop).await });
        let id = pay(&engine, scope).await;
        stage.operator.is_paid.store(true, Ordering::Relaxed);
        time.pass(HOUR).await;
        assert_eq!(status(&engine, scope, id).await, "completed");
        let kind = AttentionKind::WebhookGivenUp;
        time.1.advance(29 * 24 * HOUR);
        time.pass(2 * HOUR).await;
        assert!(listed(&engine, scope, kind).await.is_empty(), "it may still be enabled");
        time.1.advance(24 * HOUR);
        time.pass(2 * HOUR).await;
        let items = listed(&engine, scope, kind).await;
        assert_eq!(items.len(), 1);
        assert_eq!(items[0].item.subject_id, made.endpoint.id.to_string());
    });
}
