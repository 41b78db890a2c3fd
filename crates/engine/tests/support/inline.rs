//! A server without threads: the real engine on the inline store, under a virtual clock, with operators in this process.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use domain::scope::{Environment, Scope};
use engine::http::{Answer, Carried, Http, InProcess};
use engine::vault::SecretKey;
use engine::webhooks::{Answer as Answered, Letter, Receiver, SendFailure, Sender};
use engine::{CancellationToken, Engine, KeysWanted, Sandbox, Settings};
use serde_json::Value;
use store::{Memory, Store};
use world::{ManualClock, World};

use super::PlainRender;

/// What an operator answers.
pub fn reply(status: u16, body: &Value) -> Carried {
    Carried::Answer(Answer::new(status, body.to_string().into_bytes()))
}

/// One life of the server on a memory that outlives it; `work` runs beside its worker, on a virtual clock.
pub fn live<T>(
    memory: &Memory,
    world: &(World, ManualClock),
    operator: &Arc<impl InProcess + 'static>,
    work: impl AsyncFnOnce(Engine, Scope) -> T,
) -> Option<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (world, clock) = world.clone();
    let operator: Arc<dyn InProcess> = operator.clone();
    let done = runtime.block_on(async {
        let settings = Settings {
            store: Store::open_inline(memory, world.clone()).unwrap(),
            http: Http::in_process(world.clone(), operator),
            sender: Sender::in_process(Arc::new(NobodyListens)),
            postman: None,
            world,
            kek: SecretKey::new([9; 32]),
            kek_origin: engine::KekOrigin::Given,
            render: Arc::new(PlainRender),
            public_url: "http://cowry.test".to_owned(),
            sandbox: Sandbox {
                speed: 1,
                simulator_url: Some("http://operator.test".to_owned()),
            },
            version: "test".to_owned(),
        };
        let engine = Engine::start(settings).await.ok()?;
        let made = engine.set_up(KeysWanted::WithProject).await.ok()?;
        let scope = Scope {
            project_id: made.project_id,
            environment: Environment::Sandbox,
        };
        let (worker, stop) = (engine.clone(), CancellationToken::new());
        tokio::spawn(async move { worker.work(stop).await });
        let mut work = std::pin::pin!(work(engine, scope));
        loop {
            for _ in 0..64 {
                tokio::select! {
                    biased;
                    done = &mut work => return Some(done),
                    () = tokio::task::yield_now() => {}
                }
            }
            clock.advance(
                clock
                    .next_due_in()
                    .unwrap_or(Duration::from_millis(100))
                    .max(Duration::from_millis(1)),
            );
        }
    });
    runtime.shutdown_background();
    done
}

/// Merchants' receivers play no part here.
struct NobodyListens;

impl Receiver for NobodyListens {
    fn receive(&self, _: Letter) -> Pin<Box<dyn Future<Output = Result<Answered, SendFailure>> + Send>> {
        Box::pin(async { Err(SendFailure::Unreachable) })
    }
}
