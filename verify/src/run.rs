//! One run: the server lives, dies by plan and lives again on the same memory, while clients and operators go on; then a
//! quiet phase in which everything must settle. Owns the order of steps; what must hold is `watch`'s.

use std::sync::Arc;
use std::time::Duration;

use domain::scope::{Environment, Scope};
use engine::http::InProcess;
use engine::{CallbackRefusal, CancellationToken, Engine, KeysWanted};
use store::{Memory, Template};
use world::{ManualClock, World};

use crate::client::{Client, Scene};
use crate::operators::{Letter, Operators, Sheet};
use crate::plan::Plan;
use crate::setting::{route_by, start};
use crate::story::Story;
use crate::watch::Watch;

/// Wall clock at the start of every run, milliseconds UTC.
const START_MS: i64 = 1_800_000_000_000;

/// Polls of everything that can go on, before the clock moves.
const POLLS: usize = 24;

/// Steps after which a life has taken too long.
const STEPS_MAX: u64 = 3_000;

/// Virtual time that the quiet phase may take, in milliseconds: longer than the last question about a dead charge.
const QUIET_MS: i64 = 5 * 86_400_000;

/// What came of a run.
pub(crate) struct Outcome {
    pub(crate) seed: u64,
    pub(crate) violations: Vec<String>,
    pub(crate) hash: String,
    pub(crate) story: Vec<String>,
    pub(crate) figures: Figures,
}

/// What a run saw, to know that the seeds reach what they are for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) lives: u64,
    pub(crate) commits: u64,
    pub(crate) charges: u64,
    pub(crate) fallbacks: u64,
}

/// A database that the server has set up already: what every run begins with, and is rewound to.
pub(crate) struct Beginning {
    memory: Memory,
}

/// How a life ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    Died,
    Settled,
}

/// The parts of a run that outlive the server.
struct Stage {
    plan: Plan,
    world: World,
    clock: ManualClock,
    memory: Memory,
    story: Story,
    watch: Arc<Watch>,
    operators: Arc<Operators>,
    clients: Vec<Arc<Client>>,
    step: u64,
    commits_seen: u64,
    commits_before: u64,
}

impl Beginning {
    /// Migrates and sets up once.
    pub(crate) fn new() -> Result<Self, String> {
        let (world, _) = World::manual(START_MS, 1);
        let empty = Template::migrated(&world).map_err(|error| error.to_string())?;
        let memory = Memory::from_template(&empty).map_err(|error| error.to_string())?;
        let plan = Plan::of(0);
        let story = Story::new(world.clone());
        let watch = Arc::new(Watch::new(&memory, &story));
        let operators: Arc<dyn InProcess> = Arc::new(Operators::new(&plan, &world, &story, &watch));
        block_on(async {
            let engine = start(&memory, &world, &operators).await?;
            engine
                .set_up(KeysWanted::WithProject)
                .await
                .map_err(|error| error.to_string())
        })??;
        memory.to_template().map_err(|error| error.to_string())?;
        Ok(Self { memory })
    }

    /// Plays a seed.
    pub(crate) fn play(&self, seed: u64) -> Result<Outcome, String> {
        let plan = Plan::of(seed);
        let (world, clock) = World::manual(START_MS + 60_000, seed);
        self.memory.rewind().map_err(|error| error.to_string())?;
        let memory = self.memory.clone();
        let story = Story::new(world.clone());
        story.tell("plan", &format!("{plan:?}"));
        let watch = Arc::new(Watch::new(&memory, &story));
        let operators = Arc::new(Operators::new(&plan, &world, &story, &watch));
        let clients = (0..plan.clients)
            .map(|number| Arc::new(Client::new(number, &plan)))
            .collect();
        let mut stage = Stage {
            commits_seen: 0,
            commits_before: memory.commits(),
            step: 0,
            plan,
            world,
            clock,
            memory,
            story,
            watch,
            operators,
            clients,
        };
        let lives = stage.play()?;
        Ok(Outcome {
            seed,
            violations: stage.story.violations(),
            hash: stage.story.hash(),
            figures: Figures {
                lives,
                commits: stage.memory.commits(),
                charges: stage.operators.transactions().len() as u64,
                fallbacks: stage.watch.fallbacks(),
            },
            story: stage.story.lines(),
        })
    }
}

impl Stage {
    fn play(&mut self) -> Result<u64, String> {
        let mut crashes = self.plan.crashes.clone();
        let mut lives = 0;
        loop {
            lives += 1;
            if let Some((after, side)) = crashes.pop() {
                self.memory.crash_at(self.memory.commits() + after, side);
            }
            self.story.tell("server", &format!("life {lives}"));
            let ended = self.live()?;
            self.look();
            if ended == Ended::Settled || self.story.is_broken() || lives > 12 {
                break;
            }
            self.clock.advance(Duration::from_millis(self.step % 7 * 1_500));
        }
        if !self.story.is_broken() {
            let now_ms = self.world.monotonic_ms();
            self.watch.look_at_the_end(&self.operators.transactions(), now_ms);
        }
        Ok(lives)
    }

    /// One life of the server.
    fn live(&mut self) -> Result<Ended, String> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .map_err(|error| error.to_string())?;
        let ended = runtime.block_on(self.live_on());
        drop(runtime);
        ended
    }

    async fn live_on(&mut self) -> Result<Ended, String> {
        let carrier: Arc<dyn InProcess> = self.operators.clone();
        let engine = match start(&self.memory, &self.world, &carrier).await {
            Ok(engine) => engine,
            Err(_) if self.memory.is_down() => return Ok(Ended::Died),
            Err(error) => return Err(error),
        };
        let Some(scope) = self.scope(&engine).await? else {
            return Ok(Ended::Died);
        };
        let stop = CancellationToken::new();
        let (worker, token) = (engine.clone(), stop.clone());
        tokio::spawn(async move { worker.work(token).await });
        let mut busy = tokio::task::JoinSet::new();
        for client in &self.clients {
            let (client, engine, scene) = (client.clone(), engine.clone(), self.scene());
            busy.spawn(async move { client.work(&engine, scope, &scene).await });
        }
        let quiet_from_ms = loop {
            self.settle(&engine).await;
            while busy.try_join_next().is_some() {}
            if self.memory.is_down() || self.must_die() {
                return Ok(Ended::Died);
            }
            if busy.is_empty() || self.story.is_broken() || self.step > STEPS_MAX {
                break self.world.monotonic_ms();
            }
            self.disturb_clocks();
            self.advance(1);
        };
        self.operators.calm_down();
        self.story.tell("run", "quiet");
        self.be_quiet(&engine, quiet_from_ms).await
    }

    async fn be_quiet(&mut self, engine: &Engine, from_ms: i64) -> Result<Ended, String> {
        loop {
            self.settle(engine).await;
            if self.memory.is_down() {
                return Ok(Ended::Died);
            }
            let over = self.world.monotonic_ms() - from_ms > QUIET_MS;
            if self.story.is_broken() || over || self.step > STEPS_MAX {
                return Ok(Ended::Settled);
            }
            let due = self.memory.peek(store::timers::next_due);
            let due_ms = due.map_err(|error| error.to_string())?;
            let timer_ms = due_ms.map(|due_ms| (due_ms - self.world.now_ms()).max(1));
            match (timer_ms, self.operators.next_letter_ms()) {
                (None, None) => return Ok(Ended::Settled),
                (Some(one), Some(other)) => self.advance(one.min(other)),
                (Some(one), None) | (None, Some(one)) => self.advance(one),
            }
        }
    }

    /// Lets everything go on that can without time passing, and looks at what came of it.
    async fn settle(&mut self, engine: &Engine) {
        for due in self.operators.due_letters() {
            deliver(engine.clone(), self.operators.clone(), self.scene(), due);
        }
        for _ in 0..POLLS {
            tokio::task::yield_now().await;
        }
        self.step += 1;
        self.look();
    }

    fn look(&mut self) {
        let commits = self.memory.commits();
        if commits != self.commits_seen {
            self.commits_seen = commits;
            self.watch
                .look(&self.operators.transactions(), self.world.monotonic_ms());
        }
    }

    fn must_die(&self) -> bool {
        let dies = self.plan.kills.contains(&self.step);
        if dies {
            self.story.tell("server", "killed");
        }
        dies
    }

    fn disturb_clocks(&self) {
        for (step, by_ms) in &self.plan.jumps {
            if *step == self.step {
                self.story.tell("clock", &format!("the wall clock jumps by {by_ms} ms"));
                self.clock.jump_wall(*by_ms);
            }
        }
        for (step, by_ms) in &self.plan.naps {
            if *step == self.step {
                self.story.tell("clock", &format!("the machine sleeps {by_ms} ms"));
                self.clock.advance(Duration::from_millis(by_ms.unsigned_abs()));
            }
        }
    }

    /// Moves the clock to what is due next, and at least so many milliseconds.
    fn advance(&self, least_ms: i64) {
        let least = Duration::from_millis(u64::try_from(least_ms).unwrap_or(1));
        let letter = self
            .operators
            .next_letter_ms()
            .and_then(|ms| u64::try_from(ms.max(1)).ok());
        let due = match (self.clock.next_due_in(), letter.map(Duration::from_millis)) {
            (Some(sleeper), Some(letter)) => sleeper.min(letter),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => least,
        };
        self.clock.advance(due.max(least));
    }

    fn scene(&self) -> Scene {
        Scene {
            plan: self.plan.clone(),
            world: self.world.clone(),
            story: self.story.clone(),
            watch: self.watch.clone(),
            memory: self.memory.clone(),
        }
    }

    /// Finds the project, and puts the plan's routing in force the first time.
    async fn scope(&self, engine: &Engine) -> Result<Option<Scope>, String> {
        let found = self
            .memory
            .peek(store::projects::all)
            .map_err(|error| error.to_string())?;
        let project_id = found.first().ok_or("no project")?.id;
        let scope = Scope {
            project_id,
            environment: Environment::Sandbox,
        };
        let plan = self.plan.clone();
        let at_ms = self.world.now_ms();
        if self.memory.commits() > self.commits_before + 2 {
            return Ok(Some(scope));
        }
        let routed = engine.store().write(move |tx| route_by(tx, &scope, &plan, at_ms)).await;
        match routed {
            Ok(()) => Ok(Some(scope)),
            Err(_) if self.memory.is_down() => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }
}

fn deliver(engine: Engine, operators: Arc<Operators>, scene: Scene, due: (Letter, Sheet)) {
    tokio::spawn(async move {
        let (letter, Sheet { signature, body }) = due;
        let headers = vec![("x-sim-signature".to_owned(), signature)];
        let taken = engine.receive_callback(&letter.path, headers, body).await;
        scene.story.tell("callback", &format!("{taken:?}"));
        match taken {
            Ok(()) if letter.is_forged => scene.story.violated("a forged callback is refused", "it was taken"),
            Ok(()) => {}
            Err(CallbackRefusal::BadSignature) if letter.is_forged => {}
            Err(CallbackRefusal::Unavailable(_)) if letter.tries > 1 => {
                operators.post(letter.again(scene.world.monotonic_ms() + 1_000))
            }
            Err(_) if scene.memory.is_down() => {}
            Err(refusal) => scene
                .story
                .violated("an honest callback is taken", &refusal.to_string()),
        }
    });
}

fn block_on<T>(work: impl Future<Output = T>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| error.to_string())?;
    Ok(runtime.block_on(work))
}
