//! Who carries a request: the server that runs on this data folder, an engine in this process, or the network. Owns that
//! choice and how a refusal reads; never what is asked.

use std::path::PathBuf;
use std::time::Duration;

use engine::Engine;
use engine::http::{Http, Request, Timing, Tls};
use engine::world::World;
use serde_json::Value;
use server::{Config, RateLimits};

use super::exchange::{Answer, exchange};
use super::{Order, WhereArgs};
use crate::config_file::ConfigFile;
use crate::control::{self, Knock};
use crate::failure::Failure;
use crate::house;
use crate::place::{self, Place};

/// A server that does not answer within this time is taken to hang.
const DEADLINE: Duration = Duration::from_secs(30);

/// Carries requests of one command.
pub(crate) struct Client {
    pub(super) carrier: Carrier,
    pub(super) headers: Vec<(&'static str, String)>,
}

pub(super) enum Carrier {
    Socket { path: PathBuf, database: PathBuf },
    Here { engine: Engine, public_url: String },
    Network { http: Box<Http>, url: String },
}

impl Client {
    /// Chooses the carrier. On SQLite without a server it takes the database's lock until it is closed.
    pub(crate) async fn open(args: &WhereArgs) -> Result<Self, Failure> {
        match &args.url {
            Some(url) => Self::carried_by(args, network(url)?),
            None => Self::carried_by(args, local(args).await?),
        }
    }

    /// As [`Client::open`], for what only a server that runs can do.
    pub(crate) async fn open_running(args: &WhereArgs) -> Result<Self, Failure> {
        match &args.url {
            Some(url) => Self::carried_by(args, network(url)?),
            None => Self::carried_by(args, running(&Place::of(&args.data)?).await?),
        }
    }

    fn carried_by(args: &WhereArgs, carrier: Carrier) -> Result<Self, Failure> {
        let mut headers: Vec<(&'static str, String)> = Vec::new();
        headers.extend(args.project.iter().map(|id| ("cowry-project", id.clone())));
        let environment = args.environment.map(|chosen| chosen.code().to_owned());
        headers.extend(environment.map(|code| ("cowry-environment", code)));
        if args.url.is_some() {
            let key = args
                .admin_key
                .as_ref()
                .ok_or_else(|| Failure::usage("--url needs an admin key: set COWRY_ADMIN_KEY, or give --admin-key"))?;
            headers.push(("authorization", format!("Bearer {key}")));
        }
        Ok(Self { carrier, headers })
    }

    /// Makes a request. The answer is JSON; a refusal is a failure that tells what the server said.
    pub(crate) async fn ask(&self, order: &Order) -> Result<Value, Failure> {
        let answer = self.ask_bytes(order).await?;
        serde_json::from_slice(&answer.body).map_err(|_| not_ours(answer.status))
    }

    /// As [`Client::ask`], with the bytes of the answer as they came.
    pub(crate) async fn ask_bytes(&self, order: &Order) -> Result<Answer, Failure> {
        let answer = tokio::select! {
            answer = self.carry(order) => answer?,
            () = World::system().sleep(DEADLINE) => return Err(Failure::new(
                "the server does not answer; look at its log. Whether the order was carried out is not known",
            )),
        };
        match answer.status {
            200..300 => Ok(answer),
            _ => Err(refused(&answer)),
        }
    }

    /// Lets go of the database.
    pub(crate) async fn close(self) {
        match self.carrier {
            Carrier::Here { engine, .. } => engine.close().await,
            Carrier::Socket { .. } | Carrier::Network { .. } => {}
        }
    }

    async fn carry(&self, order: &Order) -> Result<Answer, Failure> {
        match &self.carrier {
            Carrier::Socket { path, database } => match control::knock(path, database).await? {
                Knock::Open(stream) => exchange(stream, order, &self.headers).await,
                Knock::NobodyThere => Err(Failure::new("the running server went away while it was asked")),
            },
            Carrier::Here { engine, public_url } => {
                let config = Config {
                    public_url: public_url.clone(),
                    simulator_url: None,
                    rate_limits: RateLimits::Default,
                    rates: server::Rates::default(),
                    trusted_proxies: server::TrustedProxies::default(),
                };
                let router = server::router_for_command_line(engine.clone(), config);
                let (ours, theirs) = tokio::io::duplex(64 * 1024);
                let serving = tokio::spawn(server::converse(theirs, router));
                let answer = exchange(ours, order, &self.headers).await;
                serving.abort();
                answer
            }
            Carrier::Network { http, url } => over_network(http, url, order, &self.headers).await,
        }
    }
}

/// Through the server that runs on this database, or else by ourselves.
async fn local(args: &WhereArgs) -> Result<Carrier, Failure> {
    let file = ConfigFile::read(args.data.config.as_deref())?;
    let place = &Place::resolve(&args.data, &file)?;
    if let Some((path, database)) = place.control_socket()
        && let Knock::Open(_) = control::knock(&path, &database).await?
    {
        return Ok(Carrier::Socket { path, database });
    }
    let public_url = args.public_url.clone().or(file.public_url).unwrap_or_default();
    let public_url = public_url.trim_end_matches('/').to_owned();
    let engine = house::start_for_an_order(place, &public_url).await?;
    Ok(Carrier::Here { engine, public_url })
}

/// Through the server that runs on this database, or not at all.
async fn running(place: &Place) -> Result<Carrier, Failure> {
    let Some((path, database)) = place.control_socket() else {
        return Err(Failure::usage(
            "on PostgreSQL the running server is asked by its URL: give --url, and an admin key as COWRY_ADMIN_KEY",
        ));
    };
    match control::knock(&path, &database).await? {
        Knock::Open(_) => Ok(Carrier::Socket { path, database }),
        Knock::NobodyThere => Err(Failure::new(format!(
            "no server runs in {}: start `cowry serve` in another terminal, say where its data is with --data-dir, or name \
             a server elsewhere with --url",
            place::absolute(&place.data_dir)
        ))),
    }
}

fn network(url: &str) -> Result<Carrier, Failure> {
    if url.starts_with("http://") && !is_here(url) {
        eprintln!("The admin key travels in clear to {url}: use https:// unless the way there is protected.");
    }
    let tls = Tls::public().map_err(|error| Failure::new(format!("TLS: {error}")))?;
    Ok(Carrier::Network {
        http: Box::new(Http::sockets(World::system(), tls)),
        url: url.trim_end_matches('/').to_owned(),
    })
}

/// Whether a URL is that of this machine.
fn is_here(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    host == "localhost" || host.starts_with("127.") || rest.starts_with("[::1]")
}

async fn over_network(
    http: &Http,
    url: &str,
    order: &Order,
    headers: &[(&'static str, String)],
) -> Result<Answer, Failure> {
    let mut request = Request::new(order.method.clone(), format!("{url}{}", order.path));
    for (name, value) in order.headers(headers) {
        request = request.header(name, value);
    }
    if !order.body.is_empty() {
        request = request.body(order.content_type, order.body.clone());
    }
    let deadline_ms = u64::try_from(DEADLINE.as_millis()).unwrap_or(u64::MAX);
    let answer = http.send(request, Timing::within_ms(deadline_ms)).await;
    let answer = answer.map_err(|failure| Failure::new(format!("{url} cannot be asked: {failure}")))?;
    Ok(Answer {
        status: answer.status,
        body: answer.body,
    })
}

fn not_ours(status: u16) -> Failure {
    Failure::new(format!(
        "the answer ({status}) is not one of Cowry's: is this the right server, and of the same version?"
    ))
}

/// What the server said, with every field that it named.
pub(super) fn refused(answer: &Answer) -> Failure {
    match serde_json::from_slice::<Value>(&answer.body) {
        Ok(body) => said(&body),
        Err(_) => not_ours(answer.status),
    }
}

fn said(body: &Value) -> Failure {
    // The payment-intents API has a shape of its own.
    let message = ["/message", "/error/message"]
        .iter()
        .find_map(|at| body.pointer(at)?.as_str());
    let message = message.unwrap_or("the server refused");
    let fields = body["errors"].as_object().into_iter().flatten();
    let mut text = message.to_owned();
    let named: Vec<String> = fields
        .flat_map(|(field, texts)| texts.as_array().into_iter().flatten().map(move |said| (field, said)))
        .filter_map(|(field, said)| Some(format!("{field}: {}", said.as_str()?)))
        .collect();
    if named.len() > 1 {
        text = named.join("\n  ");
    }
    // A header of the API has a flag here.
    let text = text.replace("Cowry-Project:", "--project:");
    Failure::new(text.replace("Cowry-Environment:", "--environment:"))
}
