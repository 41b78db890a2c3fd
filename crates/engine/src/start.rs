//! Starting and stopping a house: the epoch is raised, the keys are opened, dead processes are fenced.

use std::sync::Arc;
use std::time::Duration;

use domain::scope::Scope;
use gateways::catalogue::{Catalogue, CatalogueError};
use gateways::http::Http;
use gateways::registry::Registry;
use mail::Postman;
use store::{Store, StoreError, Tx, instances, projects};
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;
use webhooks::Sender;
use world::World;

use crate::Engine;
use crate::calls_at_work::CallsAtWork;
use crate::fence::Fence;
use crate::house::House;
use crate::pace::Buckets;
use crate::refusal::Refusal;
use crate::render::Render;
use crate::vault::{REFERENCE_KEY, SecretKey};

pub use gateways::registry::Sandbox;

/// What an engine is made of.
pub struct Settings {
    /// The open store.
    pub store: Store,
    /// Clock and chance.
    pub world: World,
    /// The door to the providers.
    pub http: Http,
    /// The door to the merchants' receivers.
    pub sender: Sender,
    /// The way to a mail server. Sandboxes keep the mails that it does not carry; without one nobody else gets any.
    pub postman: Option<Postman>,
    /// The key-encryption key.
    pub kek: SecretKey,
    /// Where that came from.
    pub kek_origin: KekOrigin,
    /// How answers and events get their bytes.
    pub render: Arc<dyn Render>,
    /// How others reach this server, without a slash at the end.
    pub public_url: String,
    /// The simulated gateways.
    pub sandbox: Sandbox,
    /// Version of the program.
    pub version: String,
}

/// Where the key-encryption key comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KekOrigin {
    /// Somebody gave it, and keeps it apart from the data: real money may be at stake.
    Given,
    /// It was made in the data folder: enough for a sandbox.
    DataFolder,
}

/// Why an engine did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database refused.
    #[error("database: {0}")]
    Store(#[from] StoreError),
    /// Secrets of this database were sealed with another key.
    #[error("the key-encryption key does not open this database: give the key file that it was made with")]
    WrongKey,
    /// The catalogue does not hold together.
    #[error("catalogue: {0}")]
    Catalogue(#[from] CatalogueError),
}

impl Engine {
    /// Starts an engine on an open store: registers this process, declares dead those that can no longer live, and
    /// opens or makes the reference key.
    ///
    /// # Errors
    /// A [`StartError`].
    pub async fn start(settings: Settings) -> Result<Self, StartError> {
        let Settings {
            store,
            world,
            http,
            sender,
            postman,
            kek,
            kek_origin,
            render,
            public_url,
            sandbox,
            version,
        } = settings;
        let catalogue = Catalogue::builtin()?;
        let reference_key = reference_key(&store, &world, &kek).await?;
        // A SQLite database belongs to one process: whoever wrote before is dead.
        let alone = store.engine_name() == "sqlite";
        let epoch = next_epoch(&store, &version, alone).await?;
        tracing::info!(event = "engine_started", epoch, store = store.engine_name());
        let house = House {
            registry: Registry::new(&http, &sandbox),
            catalogue,
            kek,
            kek_origin,
            reference_key,
            render,
            public_url,
            epoch,
            tenants: std::sync::Mutex::default(),
            api_keys: std::sync::Mutex::default(),
            key_uses: std::sync::Mutex::default(),
            nudged: std::sync::Mutex::default(),
            buckets: Buckets::default(),
            counters: crate::rate::Counters::default(),
            fence: Fence::default(),
            calls: CallsAtWork::default(),
            wake: Notify::new(),
            sender,
            postman,
            has_simulator: sandbox.simulator_url.is_some(),
            published: Notify::new(),
            deliver_now: Notify::new(),
            running: TaskTracker::new(),
            store,
            world,
        };
        Ok(Self { house: Arc::new(house) })
    }

    /// Waits until requests and calls under way have ended, at most `limit`. Calls that are still open stay open and are
    /// asked about after the next start.
    pub async fn drain(&self, limit: Duration) {
        self.house.running.close();
        tokio::select! {
            biased;
            () = self.house.running.wait() => {}
            () = self.house.world.sleep(limit) => tracing::warn!(event = "drain_cut", "calls are left open; they are asked about at the next start"),
        }
    }

    /// Closes the store. Every clone of the engine is of no use afterwards.
    pub async fn close(self) {
        self.house.store.clone().close().await;
    }

    /// Whether requests can be served: the database answers, there was room for what was written lately, and this process may
    /// send.
    ///
    /// # Errors
    /// The [`Refusal`] that requests would get.
    pub async fn is_ready(&self) -> Result<(), Refusal> {
        if self.house.fence.is_raised() {
            return Err(Refusal::Unavailable(
                "another process declared this one dead".to_owned(),
            ));
        }
        if self.house.store.lacks_room() {
            return Err(Refusal::Unavailable("the disk is full or failed".to_owned()));
        }
        self.house.store.read(|tx| Ok(store::clock(tx).map(|_| ())?)).await
    }

    /// The key that authenticates list cursors of a scope; the same after a restart.
    ///
    /// # Errors
    /// A [`Refusal`] of the database.
    pub async fn cursor_key(&self, scope: Scope) -> Result<[u8; 32], Refusal> {
        Ok(self.house.tenant(scope).await?.keys.cursors.expose())
    }

    /// The catalogue of this build.
    pub fn catalogue(&self) -> &'static Catalogue {
        self.house.catalogue
    }

    /// Whether a sandbox scenario has this name.
    pub fn knows_scenario(&self, name: &str) -> bool {
        self.house.registry.knows_scenario(name)
    }

    /// The wall clock, milliseconds UTC.
    pub fn now_ms(&self) -> i64 {
        self.house.world.now_ms()
    }

    /// The monotonic clock, milliseconds.
    pub fn monotonic_ms(&self) -> i64 {
        self.house.world.monotonic_ms()
    }

    /// A fresh id for a request, to be written on its answer and its log lines.
    pub fn new_request_id(&self) -> String {
        new_request_id(&self.house.world)
    }

    /// Which addresses webhooks may go to.
    pub fn webhook_destinations(&self) -> webhooks::Destinations {
        self.house.sender.destinations()
    }

    /// The open store, for inspection by the command line and by tests.
    pub fn store(&self) -> &Store {
        &self.house.store
    }

    /// Closures waiting for the store.
    pub fn queue_depth(&self) -> usize {
        self.house.store.queue_depth()
    }
}

/// A fresh id for a request, also for one that never reaches an engine.
pub fn new_request_id(world: &World) -> String {
    let id = domain::ids::CallId::new(world.now_ms(), world.random_u128());
    format!("req_{}", id.stored().to_ascii_lowercase())
}

/// Two processes that start together want the same number: the later one takes the next.
async fn next_epoch(store: &Store, version: &str, alone: bool) -> Result<i64, StoreError> {
    let mut tries = 0;
    loop {
        let version = version.to_owned();
        match store.write(move |tx| register(tx, &version, alone)).await {
            Err(StoreError::Unique { .. }) if tries < 10 => tries += 1,
            registered => return registered,
        }
    }
}

fn register(tx: &mut Tx<'_>, version: &str, alone: bool) -> Result<i64, StoreError> {
    let now_ms = store::clock(tx)?;
    let epoch = instances::start(tx, version, now_ms)?;
    if alone {
        instances::fence_silent(tx, epoch, i64::MAX, now_ms)?;
    }
    Ok(epoch)
}

async fn reference_key(store: &Store, world: &World, kek: &SecretKey) -> Result<SecretKey, StartError> {
    let (mut fresh, mut nonce) = ([0; 32], [0; 24]);
    world.fill(&mut fresh);
    world.fill(&mut nonce);
    let sealed = kek
        .seal(REFERENCE_KEY, nonce, &fresh)
        .map_err(|_| StartError::WrongKey)?;
    let found: String = store
        .write(move |tx| {
            let at_ms = store::clock(tx)?;
            projects::insert_secret(tx, REFERENCE_KEY, &sealed, at_ms)?;
            projects::secret(tx, REFERENCE_KEY)?.ok_or(StoreError::Missing)
        })
        .await?;
    let opened = kek.open(REFERENCE_KEY, &found).map_err(|_| StartError::WrongKey)?;
    let bytes: [u8; 32] = opened.as_slice().try_into().map_err(|_| StartError::WrongKey)?;
    Ok(SecretKey::new(bytes))
}
