//! Opens the database and the engine for the commands, and says in words why that failed. Decides nothing else.

use std::sync::Arc;

use engine::http::{Http, Tls};
use engine::mail::Postman;
use engine::store::{Access, Migrate, OpenError, Options, Store, StoreError};
use engine::webhooks::{Destinations, Sender, is_public};
use engine::world::World;
use engine::{Engine, Sandbox, Settings, StartError};
use server::PaymentRender;

use crate::failure::Failure;
use crate::kek::Kek;
use crate::place::Place;

/// Opens the database to look at it, also while a server runs.
pub(crate) fn look(place: &Place) -> Result<Store, Failure> {
    place.must_exist()?;
    let mut options = Options::new(place.target.clone());
    (options.access, options.migrate) = (Access::ReadOnly, Migrate::Check);
    (options.readers, options.connections) = (1, 1);
    Store::open(options, World::system()).map_err(|error| refused_to_open(place, error))
}

/// Opens the database to own it (SQLite) or to share it (PostgreSQL).
pub(crate) fn open(place: &Place, migrate: Migrate, world: &World) -> Result<Store, Failure> {
    let mut options = Options::new(place.target.clone());
    options.migrate = migrate;
    Store::open(options, world.clone()).map_err(|error| refused_to_open(place, error))
}

/// What an engine is told beside its store.
pub(crate) struct Face {
    pub(crate) public_url: String,
    pub(crate) sandbox: Sandbox,
    /// Which addresses webhooks may go to, and gateway accounts may name.
    pub(crate) destinations: Destinations,
    /// The way to a mail server.
    pub(crate) postman: Option<Postman>,
}

/// Starts the engine.
pub(crate) async fn start(store: Store, kek: &Kek, face: Face, world: &World) -> Result<Engine, Failure> {
    let tls = Tls::public().map_err(|error| Failure::new(format!("TLS: {error}")))?;
    let settings = Settings {
        store,
        world: world.clone(),
        http: match face.destinations {
            Destinations::Public => Http::sockets(world.clone(), tls).guarded(is_public),
            Destinations::PrivateToo => Http::sockets(world.clone(), tls),
        },
        sender: Sender::sockets(world.clone(), face.destinations).map_err(Failure::new)?,
        postman: face.postman,
        kek: kek.key.clone(),
        kek_origin: kek.origin,
        render: Arc::new(PaymentRender::new(&face.public_url)),
        public_url: face.public_url,
        sandbox: face.sandbox,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    Engine::start(settings).await.map_err(|error| match error {
        StartError::WrongKey => kek.refused(),
        StartError::Store(error) => error.into(),
        StartError::Catalogue(error) => Failure::new(format!("catalogue: {error}")),
    })
}

/// An engine for one order of the command line: it sends nothing and does nothing that is due. Without a public URL it does not
/// know how others reach the server.
pub(crate) async fn start_for_an_order(place: &Place, public_url: &str) -> Result<Engine, Failure> {
    place.must_exist()?;
    let kek = Kek::read(&place.kek)?;
    let world = World::system();
    let store = open(place, Migrate::Check, &world)?;
    let sandbox = Sandbox {
        speed: 1,
        simulator_url: None,
    };
    let face = Face {
        public_url: public_url.to_owned(),
        sandbox,
        destinations: Destinations::Public,
        postman: None,
    };
    start(store, &kek, face, &world).await
}

/// Why a database was not opened, and what to do.
pub(crate) fn refused_to_open(place: &Place, error: OpenError) -> Failure {
    let database = place.database();
    match error {
        OpenError::Database(StoreError::Unavailable(reason)) => Failure::new(format!(
            "the database cannot be reached ({database}): {reason}. Is the server up, and are host, port, user and password \
             in --database-url right?"
        )),
        OpenError::Database(error) => Failure::new(format!("the database cannot be opened ({database}): {error}")),
        OpenError::File { path, reason } => Failure::new(format!(
            "{} cannot be opened ({reason}): does it belong to this user, and is the disk writable?",
            path.display()
        )),
        other => Failure::new(other.to_string()),
    }
}
