//! `cowry serve`: the order in which a house comes up and goes down. Ports first, so that a second process changes
//! nothing; the store last to close, so that everything that was acknowledged is in it.

use std::process::ExitCode;
use std::time::Duration;

use engine::store::api_keys;
use engine::world::World;
use engine::{CancellationToken, Engine, KekOrigin, Sandbox};
use server::Config;
use simulator::{Bounds, Simulator};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::command_line::{RateLimits, Role, ServeArgs};
use crate::control::Control;
use crate::failure::Failure;
use crate::greeting::Greeting;
use crate::house::{self, Face};
use crate::kek::Kek;
use crate::settings::{ServeSettings, SimulatorChoice};
use crate::sockets::{self, Asked};
use crate::{logs, signals, simulate};

/// A stop takes no longer than 10 s; what is left open then is asked about at the next start.
const STOP_LIMIT: Duration = Duration::from_millis(9_500);
/// Of which calls that are under way get this much after the last request.
const DRAIN_LIMIT: Duration = Duration::from_secs(8);

/// The simulator shares memory and sockets with the API.
const SIMULATOR_BOUNDS: Bounds = Bounds {
    rows: 100_000,
    connections: 512,
};

/// Everything that runs.
struct Running {
    engine: Engine,
    simulator: Option<Simulator>,
    control: Option<Control>,
    work: JoinSet<()>,
}

/// Serves until a signal comes.
pub(crate) async fn serve(args: ServeArgs) -> Result<ExitCode, Failure> {
    logs::start();
    let settings = ServeSettings::resolve(args)?;
    let world = World::system();
    let asked = Asked::read(&settings.listen).await?;
    let api = asked.bind()?;
    let beside = match settings.simulator {
        SimulatorChoice::Embedded => Some(asked.beside()?.bind()?),
        SimulatorChoice::Off | SimulatorChoice::At(_) => None,
    };
    let stop = signals::hear()?;
    settings.place.make_folder()?;
    let kek = Kek::read_or_make(&settings.place.kek, &world)?;
    let store = house::open(&settings.place, settings.migrate, &world)?;
    let has_live = store.read(api_keys::has_live).await?;
    let simulator = start_simulator(&settings, beside.filter(|_| !has_live)).await?;
    let simulator_url = match (&settings.simulator, &simulator) {
        (SimulatorChoice::At(url), _) => Some(url.clone()),
        (_, Some(simulator)) => Some(simulator.url().to_owned()),
        (_, None) => None,
    };
    let url = settings.public_url.clone().map_or_else(|| sockets::url(&api), Ok)?;
    let sandbox = Sandbox {
        speed: settings.sandbox_speed,
        simulator_url: simulator_url.clone(),
    };
    let face = Face {
        public_url: url.clone(),
        sandbox,
        destinations: settings.destinations,
        postman: settings.postman.clone(),
    };
    let engine = house::start(store, &kek, face, &world).await?;
    if has_live {
        check_for_live(&settings, kek.origin)?;
    }
    let run = engine.set_up(settings.keys).await?;
    let router = server::router(engine.clone(), config(&settings, &url, simulator_url.as_deref()));
    let running = Running::start(&settings, &url, (engine, simulator), &stop)?;
    let greeting = Greeting {
        url: &url,
        simulator_url: simulator_url.as_deref(),
        place: &settings.place,
        run: &run,
        postman: settings.postman.as_ref(),
    };
    greeting.say(settings.output)?;
    tracing::info!(event = "ready", url, role = settings.role.code());
    let serving = server::serve(api, (router, &url), stop.clone().cancelled_owned());
    running.until_stopped(serving, stop, &world).await
}

impl Running {
    fn start(
        settings: &ServeSettings,
        url: &str,
        (engine, simulator): (Engine, Option<Simulator>),
        stop: &CancellationToken,
    ) -> Result<Self, Failure> {
        let router = server::router_for_command_line(engine.clone(), config(settings, url, None));
        let control = Control::start(&settings.place, router, stop.clone())?;
        let mut work = JoinSet::new();
        let (beating, token) = (engine.clone(), stop.clone());
        work.spawn(async move {
            beating.beat(token.clone()).await;
            // Where it was declared dead there is nothing more to do here.
            token.cancel();
        });
        if settings.role != Role::Api {
            let (working, token) = (engine.clone(), stop.clone());
            work.spawn(async move { working.work(token).await });
            let (delivering, token) = (engine.clone(), stop.clone());
            work.spawn(async move { delivering.deliver(token).await });
            let (sending, token) = (engine.clone(), stop.clone());
            work.spawn(async move { sending.send_mails(token).await });
        }
        Ok(Self {
            engine,
            simulator,
            control,
            work,
        })
    }

    async fn until_stopped(
        self,
        serving: impl Future<Output = std::io::Result<()>>,
        stop: CancellationToken,
        world: &World,
    ) -> Result<ExitCode, Failure> {
        let patience = async {
            stop.cancelled().await;
            world.sleep(STOP_LIMIT).await;
        };
        let engine = self.engine.clone();
        let ending = async {
            let served = serving.await;
            stop.cancel();
            self.end().await;
            served
        };
        tokio::select! {
            served = ending => {
                served.map_err(|error| Failure::new(format!("the listener failed: {error}")))?;
                tracing::info!(event = "stopped");
            }
            () = patience => tracing::warn!(event = "stop_cut", "calls are left open; they are asked about at the next start"),
        }
        match engine.is_fenced() {
            false => Ok(ExitCode::SUCCESS),
            true => Err(Failure::new(
                "another process declared this one dead, because it gave no sign of life for 20 seconds: start it again",
            )),
        }
    }

    /// The simulator goes after the calls that are under way to it, the store last.
    async fn end(mut self) {
        while self.work.join_next().await.is_some() {}
        self.engine.drain(DRAIN_LIMIT).await;
        drop(self.control.take());
        if let Some(simulator) = self.simulator.take() {
            simulator.stop().await;
        }
        self.engine.close().await;
    }
}

async fn start_simulator(
    settings: &ServeSettings,
    listener: Option<TcpListener>,
) -> Result<Option<Simulator>, Failure> {
    let Some(listener) = listener else {
        return Ok(None);
    };
    let config = simulator::Config {
        data_dir: Some(settings.place.data_dir.join("simulator")),
        speed: settings.sandbox_speed,
        public_url: Some(sockets::url(&listener)?),
        bounds: SIMULATOR_BOUNDS,
    };
    simulate::start(listener, config).await.map(Some)
}

/// Limits may be off only while there is nothing real to protect, its secrets are kept apart from the data, and simulated
/// operators, which anybody may use, are not part of its process.
fn check_for_live(settings: &ServeSettings, kek: KekOrigin) -> Result<(), Failure> {
    if settings.rate_limits == RateLimits::Off {
        return Err(Failure::usage(
            "--rate-limits off is for sandboxes: this database has live keys",
        ));
    }
    if kek == KekOrigin::DataFolder {
        tracing::warn!(
            event = "kek_beside_data",
            "the key-encryption key of a database with live keys lies beside it: keep it elsewhere and name it with --kek-file"
        );
    }
    if settings.simulator == SimulatorChoice::Embedded {
        tracing::warn!(
            event = "simulator_not_started",
            "a database with live keys has no simulator in its process: start `cowry simulator` and name it with --simulator, or say --simulator off"
        );
    }
    Ok(())
}

fn config(settings: &ServeSettings, url: &str, simulator_url: Option<&str>) -> Config {
    Config {
        public_url: url.to_owned(),
        simulator_url: simulator_url.map(str::to_owned),
        rates: settings.rates,
        trusted_proxies: settings.trusted_proxies.clone(),
        rate_limits: match settings.rate_limits {
            RateLimits::Default => server::RateLimits::Default,
            RateLimits::Off => server::RateLimits::Off,
        },
    }
}
