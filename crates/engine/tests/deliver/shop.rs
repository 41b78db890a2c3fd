//! A merchant's server under a virtual clock: the real engine and its deliverer on the inline store, an operator that
//! refuses every charge at once (so that payments have many events), and a post office in this process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::ids::IntentId;
use domain::scope::{ApiFamily, Environment, Scope};
use engine::http::{Carried, Carrying, Http, InProcess, Request};
use engine::render::{EventToRender, Render, Rendered, Reply};
use engine::vault::SecretKey;
use engine::webhooks::Sender;
use engine::{CancellationToken, Engine, KekOrigin, KeysWanted, Sandbox, Settings};
use serde_json::{Value, json};
use store::{Memory, Store, Template};
use world::{ManualClock, World};

use crate::post::{Door, Post};
use crate::support::inline::reply;
use crate::support::{PlainRender, attempt, id_of, intent};

const MORNING_MS: i64 = 1_800_000_000_000;

pub const HOUR_MS: i64 = 3_600_000;

/// Events say their sequence.
struct Told;

impl Render for Told {
    fn reply(&self, family: ApiFamily, told: &Reply) -> Rendered {
        PlainRender.reply(family, told)
    }

    fn event(&self, event: &EventToRender<'_>) -> Vec<u8> {
        json!({"event": event.announcement.code(), "sequence": event.sequence})
            .to_string()
            .into_bytes()
    }
}

/// Refuses every charge at once.
struct Refuser(AtomicU64);

impl InProcess for Refuser {
    fn exchange<'a>(&'a self, request: &'a Request) -> Carrying<'a, Carried> {
        Box::pin(async move {
            if request.url.ends_with("/session") {
                return reply(200, &json!({"charge_url": "http://operator.test/charge"}));
            }
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let id = format!("op-{}", self.0.fetch_add(1, Ordering::Relaxed));
            let answer = json!({"reference": body["reference"], "transaction_id": id, "status": "declined",
                "reason": "insufficient_funds"});
            reply(402, &answer)
        })
    }
}

pub struct Shop {
    pub engine: Engine,
    pub scope: Scope,
    pub world: World,
    pub clock: ManualClock,
    pub post: Arc<Post>,
    memory: Memory,
    stop: CancellationToken,
}

/// Runs a test in a shop that has just opened.
pub fn in_a_shop(test: impl AsyncFnOnce(&Shop)) {
    let (world, clock) = World::manual(MORNING_MS, 7);
    let memory = Memory::from_template(&Template::migrated(&world).unwrap()).unwrap();
    let post = Post::new(&world);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let shop = Shop::open(memory, (world, clock), post).await;
        test(&shop).await;
        shop.stop.cancel();
    });
}

impl Shop {
    async fn open(memory: Memory, (world, clock): (World, ManualClock), post: Arc<Post>) -> Self {
        let settings = Settings {
            store: Store::open_inline(&memory, world.clone()).unwrap(),
            http: Http::in_process(world.clone(), Arc::new(Refuser(AtomicU64::new(1)))),
            sender: Sender::in_process(Arc::new(Door(Arc::clone(&post)))),
            postman: None,
            world: world.clone(),
            kek: SecretKey::new([9; 32]),
            kek_origin: KekOrigin::Given,
            render: Arc::new(Told),
            public_url: "http://cowry.test".to_owned(),
            sandbox: Sandbox {
                speed: 1,
                simulator_url: Some("http://operator.test".to_owned()),
            },
            version: "test".to_owned(),
        };
        let engine = Engine::start(settings).await.unwrap();
        let made = engine.set_up(KeysWanted::WithProject).await.unwrap();
        let stop = CancellationToken::new();
        let (deliverer, token) = (engine.clone(), stop.clone());
        tokio::spawn(async move { deliverer.deliver(token).await });
        Self {
            engine,
            scope: Scope {
                project_id: made.project_id,
                environment: Environment::Sandbox,
            },
            world,
            clock,
            post,
            memory,
            stop,
        }
    }

    /// A payment that has `events` events at least one: tries that are refused, then a cancellation.
    pub async fn pay(&self, webhook_url: Option<&str>, events: usize) -> IntentId {
        let mut command = intent();
        command.webhook_url = webhook_url.map(str::to_owned);
        let id = id_of(&self.engine.create_intent(self.scope, command, None).await.unwrap());
        for _ in 1..events {
            let spoken = (ApiFamily::Payment, None);
            let tried = self
                .engine
                .start_attempt(self.scope, id, attempt("momo_mtn", "approve"), spoken);
            tried.await.unwrap();
        }
        self.engine
            .cancel(self.scope, id, (ApiFamily::Payment, None))
            .await
            .unwrap();
        id
    }

    /// Lets everything run that needs no time.
    pub async fn settle(&self) {
        let mut before = self.memory.commits();
        let mut quiet = 0;
        while quiet < 300 {
            tokio::task::yield_now().await;
            let now = self.memory.commits();
            quiet = if now == before { quiet + 1 } else { 0 };
            before = now;
        }
    }

    /// Lets time pass in steps.
    pub async fn pass(&self, ms: i64, step_ms: i64) {
        self.settle().await;
        let mut left_ms = ms;
        while left_ms > 0 {
            let step_ms = step_ms.min(left_ms);
            self.clock
                .advance(Duration::from_millis(u64::try_from(step_ms).unwrap()));
            left_ms -= step_ms;
            self.settle().await;
        }
    }
}
