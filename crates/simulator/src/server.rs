//! The running simulator: its address, its routes, and how it starts and stops.
//!
//! Owns the listener's loop. Never plays a scenario itself.

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinHandle, JoinSet};

use crate::clock::{self, Pace};
use crate::ledger::Ledger;
use crate::log::LogError;
use crate::operator::{Operator, Place, Shared, run_timers};
use crate::refusal::Refusal;
use crate::{charge, control, pages, pay, phone, prompts, session, transactions, wire};

/// Largest request body, except for charges, which have their own limit.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// A predecessor that is just ending may hold the ledger this long.
const LOCK_WAIT_MS: i64 = 2_000;
/// Between two looks at what we wait for.
const LOOK_AGAIN_MS: u64 = 50;

/// How a simulator runs.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Folder of the ledger; without one it is forgotten at the end.
    pub data_dir: Option<PathBuf>,
    /// Divides the scenarios' times; 0 counts as 1.
    pub speed: u32,
    /// How others reach it; `http://<bound address>` when absent.
    pub public_url: Option<String>,
    /// What strangers can make it keep.
    pub bounds: Bounds,
}

/// How much a simulator keeps at most; beyond that the oldest goes. Nobody needs a key to use one.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Transactions, in memory and in the folder.
    pub rows: usize,
    /// Open connections, also those of callers that are left without an answer.
    pub connections: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            rows: 1_000_000,
            connections: 4_096,
        }
    }
}

/// Why a simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The listener, or the port that refuses connections.
    #[error("simulator: {0}")]
    Io(#[from] io::Error),
    /// The ledger's folder.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// A running simulator. Dropping it ends it like a crash; [`Simulator::stop`] lets requests finish.
#[derive(Debug)]
pub struct Simulator {
    url: String,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
    /// Bound but not listening, so that nobody else takes the port that refuses connections.
    _refusing: socket2::Socket,
}

impl Simulator {
    /// Serves on `listener` from now on, taking up what `config.data_dir` remembers. Errors: the folder cannot be
    /// used, belongs to another process, or holds a ledger that cannot be read.
    pub async fn start(listener: TcpListener, config: Config) -> Result<Simulator, StartError> {
        let bound = listener.local_addr()?;
        let url = config
            .public_url
            .unwrap_or_else(|| format!("http://{bound}"))
            .trim_end_matches('/')
            .to_owned();
        let (refusing, refusing_url) = refusing_port()?;
        let ledger = load(config.data_dir, config.bounds.rows).await?;
        let (stop, stopped) = watch::channel(false);
        let (timers, due) = mpsc::unbounded_channel();
        let place = Place {
            pace: Pace::new(config.speed),
            base_url: url.clone(),
            refusing_url,
        };
        let operator = Operator::new(place, ledger, timers, stopped);
        operator.resume();
        tokio::spawn(run_timers(Shared::clone(&operator), due));
        let serving = tokio::spawn(accept(listener, operator, config.bounds.connections));
        Ok(Simulator {
            url,
            stop,
            serving,
            _refusing: refusing,
        })
    }

    /// How others reach it, without a trailing slash.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Takes no more connections, lets requests finish for up to 2 s, and returns when none runs any more. What was
    /// due or owed is taken up by the next simulator on the same folder.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        let _ = (&mut self.serving).await;
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        self.serving.abort();
    }
}

async fn load(data_dir: Option<PathBuf>, rows_max: usize) -> Result<Ledger, LogError> {
    let give_up_at_ms = clock::now_ms().saturating_add(LOCK_WAIT_MS);
    loop {
        match Ledger::load(data_dir.as_deref(), rows_max) {
            Err(LogError::Locked) if clock::now_ms() < give_up_at_ms => clock::sleep_ms(LOOK_AGAIN_MS).await,
            loaded => return loaded,
        }
    }
}

/// A loopback port that answers every connection with a refusal for as long as the socket lives.
fn refusing_port() -> io::Result<(socket2::Socket, String)> {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    let bound = socket
        .local_addr()?
        .as_socket()
        .ok_or_else(|| io::Error::other("no address"))?;
    Ok((socket, format!("http://{bound}")))
}

async fn accept(listener: TcpListener, operator: Shared, connections_max: usize) {
    let router = routes(Shared::clone(&operator));
    let mut connections = JoinSet::new();
    let mut oldest_first = VecDeque::new();
    let stopped = operator.stopped();
    tokio::pin!(stopped);
    loop {
        tokio::select! {
            () = &mut stopped => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    make_room(&mut oldest_first, connections_max);
                    let serving = wire::serve(stream, router.clone(), operator.stopped());
                    oldest_first.push_back(connections.spawn(serving));
                }
                Err(error) => {
                    tracing::warn!(%error, "the simulator cannot take a connection");
                    clock::sleep_ms(LOOK_AGAIN_MS).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Drops the oldest connections until there is room for one more.
fn make_room(oldest_first: &mut VecDeque<AbortHandle>, connections_max: usize) {
    oldest_first.retain(|connection| !connection.is_finished());
    while oldest_first.len() >= connections_max.max(1) {
        if let Some(oldest) = oldest_first.pop_front() {
            oldest.abort();
        }
    }
}

/// Every address of the simulator.
fn routes(operator: Shared) -> Router {
    Router::new()
        .route("/", get(pages::index))
        .route("/favicon.ico", get(async || StatusCode::NO_CONTENT))
        .route("/healthz", get(async || axum::Json(json!({"status": "ok"}))))
        .route("/ledger", get(transactions::ledger))
        .route("/control", post(control::control))
        .route("/phone", get(phone::show))
        .route("/phone/screen", get(phone::screen))
        .route("/phone/answer", post(phone::answer))
        .route("/phone/dial", post(phone::dial))
        .route(
            "/phone/operators",
            get(phone::operators::show).post(phone::operators::switch),
        )
        .route("/phone/ledger", get(phone::history::show))
        .route("/phone/style.css", get(phone::assets::style))
        .route("/phone/script.js", get(phone::assets::script))
        .route("/prompts", get(prompts::list))
        .route("/prompts/{id}", post(prompts::reply))
        .route("/{gateway}/session", post(session::session))
        .route("/{gateway}/charge/{scenario}/{flow}", post(charge::charge))
        .route("/{gateway}/transactions/{reference}", get(transactions::status))
        .route("/{gateway}/transactions/{reference}/close", post(transactions::close))
        .route("/pay/{id}", get(pay::show).post(pay::decide))
        .route("/pay/{id}/approve", post(pay::approve))
        .route("/pay/{id}/decline", post(pay::decline))
        .fallback(async || Refusal::UnknownAddress)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(operator)
}
