//! Callbacks that come before their payment, beside a forged one, or about nobody: the real engine on the inline store,
//! under a virtual clock, with an operator whose status never says more than "pending". What is paid here is paid by
//! callbacks alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod operator;
#[path = "../support/mod.rs"]
mod support;

use std::sync::Arc;
use std::time::Duration;

use domain::ids::IntentId;
use domain::scope::Scope;
use engine::{CallbackRefusal, Engine};
use operator::{Heard, Operator};
use store::attention::Item;
use store::{Memory, Template};
use support::inline::live;
use support::{attempt, claim, intent};
use world::{ManualClock, World};

const HOUR: Duration = Duration::from_secs(3_600);

/// A server that was set up, on a memory that can be rewound to that moment.
struct Stage {
    memory: Memory,
    world: (World, ManualClock),
    operator: Arc<Operator>,
}

impl Stage {
    fn new() -> Self {
        let (world, clock) = World::manual(1_800_000_000_000, 11);
        let memory = Memory::from_template(&Template::migrated(&world).unwrap()).unwrap();
        let stage = Self {
            memory,
            world: (world, clock),
            operator: Arc::default(),
        };
        stage.live(async |_, _| ());
        stage.memory.to_template().unwrap();
        stage
    }

    fn live<T>(&self, work: impl AsyncFnOnce(Engine, Scope) -> T) -> T {
        live(&self.memory, &self.world, &self.operator, work).unwrap()
    }

    async fn rest(&self, time: Duration) {
        self.world.0.sleep(time).await;
    }

    /// Pays with a key whose payment has the same reference in every life of the database.
    async fn pay(&self, engine: &Engine, scope: Scope) -> (IntentId, Heard) {
        let mut command = intent();
        command.attempt = Some(attempt("momo_mtn", "approve"));
        let answer = engine.create_intent(scope, command, Some(claim("lost"))).await.unwrap();
        (support::id_of(&answer), self.operator.heard())
    }

    /// Waits until a payment is completed; how long that took.
    async fn completed(&self, engine: &Engine, scope: Scope, id: IntentId) -> Duration {
        let pause = Duration::from_millis(100);
        for number in 0..1_000 {
            if engine.payment(scope, id).await.unwrap().intent.state.code() == "completed" {
                return pause * number;
            }
            self.rest(pause).await;
        }
        panic!("not completed");
    }
}

/// Callbacks by their state, oldest first.
async fn inbox(engine: &Engine) -> Vec<String> {
    let read = engine.store().read(|tx| {
        tx.sql("SELECT state FROM inbox ORDER BY received_at, id")
            .all::<String>()
    });
    read.await.unwrap()
}

async fn attention(engine: &Engine) -> Vec<Item> {
    let read = engine.store().read(|tx| store::attention::open(tx, 10));
    read.await.unwrap()
}

async fn written(engine: &Engine) -> i64 {
    let read = engine.store().read(|tx| {
        tx.sql("SELECT (SELECT COUNT(*) FROM journal) + (SELECT COUNT(*) FROM facts) + (SELECT COUNT(*) FROM outbox)")
            .one::<i64>()
    });
    read.await.unwrap()
}

#[test]
fn a_forged_callback_does_not_shadow_the_genuine_one() {
    let stage = Stage::new();
    stage.live(async |engine, scope| {
        let (id, heard) = stage.pay(&engine, scope).await;
        let body = heard.charged();
        let forged = vec![("x-sim-signature".to_owned(), "ab".repeat(32))];
        for headers in [forged, Vec::new()] {
            let refused = engine.receive_callback(heard.path(), headers, body.clone()).await;
            assert_eq!(refused, Err(CallbackRefusal::BadSignature));
        }
        stage.rest(Duration::from_secs(20)).await;
        assert_eq!(engine.payment(scope, id).await.unwrap().intent.state.code(), "open");
        engine
            .receive_callback(heard.path(), heard.signed(&body), body.clone())
            .await
            .unwrap();
        stage.completed(&engine, scope, id).await;
        let before = written(&engine).await;
        for _ in 0..3 {
            let again = engine.receive_callback(heard.path(), heard.signed(&body), body.clone());
            again.await.unwrap();
        }
        stage.rest(Duration::from_secs(20)).await;
        assert_eq!(written(&engine).await, before, "a replayed callback writes nothing");
        assert_eq!(inbox(&engine).await, ["refused", "refused", "processed"]);
    });
}

#[test]
fn of_a_forged_callback_little_is_kept() {
    let stage = Stage::new();
    stage.live(async |engine, scope| {
        let (_, heard) = stage.pay(&engine, scope).await;
        let long = vec![b'x'; 200_000];
        let refused = engine.receive_callback(heard.path(), Vec::new(), long).await;
        assert_eq!(refused, Err(CallbackRefusal::BadSignature));
        let length = engine
            .store()
            .read(|tx| tx.sql("SELECT MAX(LENGTH(body)) FROM inbox").one::<i64>());
        assert!((16_384..24_000).contains(&length.await.unwrap()));
    });
}

/// A backup was restored: the payment is gone, its callback comes all the same, and then the client repeats its request.
#[test]
fn a_callback_that_comes_before_its_payment_settles_it_as_soon_as_it_is_made() {
    let stage = Stage::new();
    let (_, lost) = stage.live(async |engine, scope| stage.pay(&engine, scope).await);
    stage.memory.rewind().unwrap();
    stage.live(async |engine, scope| {
        let body = lost.charged();
        engine
            .receive_callback(lost.path(), lost.signed(&body), body.clone())
            .await
            .unwrap();
        stage.rest(Duration::from_secs(8)).await;
        assert_eq!(inbox(&engine).await, ["waiting"]);
        let (id, heard) = stage.pay(&engine, scope).await;
        assert_eq!(heard.reference, lost.reference);
        let took = stage.completed(&engine, scope, id).await;
        assert!(
            took < Duration::from_secs(5),
            "it did not wait for the next minute: {took:?}"
        );
        assert_eq!(inbox(&engine).await, ["processed"]);
    });
}

#[test]
fn an_orphan_stands_on_the_attention_list_until_its_permit_is_made() {
    let stage = Stage::new();
    let (_, lost) = stage.live(async |engine, scope| stage.pay(&engine, scope).await);
    stage.memory.rewind().unwrap();
    stage.live(async |engine, scope| {
        let body = lost.charged();
        engine
            .receive_callback(lost.path(), lost.signed(&body), body.clone())
            .await
            .unwrap();
        stage.world.1.advance(HOUR / 2);
        stage.rest(Duration::from_secs(61)).await;
        assert_eq!(
            (inbox(&engine).await, attention(&engine).await.len()),
            (vec!["waiting".to_owned()], 0)
        );
        stage.world.1.advance(HOUR / 2);
        stage.rest(Duration::from_secs(61)).await;
        assert_eq!(inbox(&engine).await, ["orphan"]);
        let items = attention(&engine).await;
        assert_eq!(
            items.iter().map(|item| item.kind.code()).collect::<Vec<_>>(),
            ["orphan_callback"]
        );
        assert!(items[0].evidence.contains(&lost.reference));
        engine
            .receive_callback(lost.path(), lost.signed(&body), body.clone())
            .await
            .unwrap();
        stage.world.1.advance(24 * HOUR);
        stage.rest(Duration::from_secs(61)).await;
        assert_eq!(inbox(&engine).await, ["orphan"], "kept once, and for good");
        let (id, _) = stage.pay(&engine, scope).await;
        stage.completed(&engine, scope, id).await;
        assert_eq!(inbox(&engine).await, ["processed"]);
        assert_eq!(attention(&engine).await.len(), 0, "it is off the list");
    });
}

#[test]
fn what_is_signed_and_cannot_be_read_waits_for_a_person() {
    let stage = Stage::new();
    stage.live(async |engine, scope| {
        let (id, heard) = stage.pay(&engine, scope).await;
        for body in [b"not json".to_vec(), br#"{"reference":"a\u0000b"}"#.to_vec()] {
            let headers = heard.signed(&body);
            engine.receive_callback(heard.path(), headers, body).await.unwrap();
        }
        stage.world.1.advance(HOUR);
        stage.rest(Duration::from_secs(61)).await;
        assert_eq!(inbox(&engine).await, ["orphan", "orphan"]);
        assert_eq!(attention(&engine).await.len(), 2);
        assert_ne!(
            engine.payment(scope, id).await.unwrap().intent.state.code(),
            "completed"
        );
    });
}

#[test]
fn another_payment_at_the_same_account_wakes_nothing() {
    let stage = Stage::new();
    let (_, lost) = stage.live(async |engine, scope| stage.pay(&engine, scope).await);
    stage.memory.rewind().unwrap();
    stage.live(async |engine, scope| {
        let body = lost.charged();
        engine
            .receive_callback(lost.path(), lost.signed(&body), body.clone())
            .await
            .unwrap();
        let mut command = intent();
        command.attempt = Some(attempt("momo_mtn", "approve"));
        let answer = engine.create_intent(scope, command, None).await.unwrap();
        stage.rest(Duration::from_secs(90)).await;
        let view = engine.payment(scope, support::id_of(&answer)).await.unwrap();
        assert_eq!(view.intent.state.code(), "open");
        assert_eq!(inbox(&engine).await, ["waiting"]);
    });
}
