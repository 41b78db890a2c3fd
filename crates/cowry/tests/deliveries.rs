//! The server dies by `kill -9` again and again while it tells a merchant what happened. Afterwards every event has been
//! taken, under one id, with one body and a genuine signature, and after a restart letters come at once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod support;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use engine::domain::ids::ProjectId;
use engine::domain::scope::{Environment, Scope};
use serde_json::{Value, json};
use store::outbox::{Event, EventFilter};
use store::page::Beyond;
use support::{Letter, Manner, Options, Receiver, SPEED, Server, Simulator, payment};
use tokio::task::JoinSet;
use webhooks::{Secret, sign};
use world::World;

/// Approve at once, approve, decline, call back five times, call back first.
const DIGITS: [&str; 5] = ["100", "001", "110", "141", "142"];

/// The place that payments of every round name, so that the dead process holds it at each kill.
const ALWAYS: &str = "always";
/// The project's endpoint.
const ENDPOINT: &str = "endpoint";

/// After a restart letters come within this time. What a dead process held is free again on SQLite, where there is only one
/// process; on PostgreSQL, where it could be alive elsewhere, after 20 s of silence, and other places do not wait for that.
const AT_ONCE: Duration = Duration::from_secs(15);
/// When the last server has been up for so long, everything has arrived.
const SETTLING: Duration = Duration::from_secs(240);

fn rounds() -> usize {
    if std::env::var("COWRY_SOAK").is_ok() { 100 } else { 10 }
}

/// A merchant whose server has bad moments: of twenty letters one is refused, one is cut off, two are taken late. A letter is
/// not taken once at most, so that nothing waits for hours.
fn moody() -> Receiver {
    let (world, refused) = (World::system(), Mutex::new(HashSet::new()));
    Receiver::new(move |letter| {
        let manner = match world.random_u128() % 20 {
            0 => Manner::Answered(500),
            1 => Manner::CutOff,
            2 | 3 => Manner::TakenLate(Duration::from_millis(60)),
            _ => Manner::Answered(200),
        };
        let name = (letter.place.clone(), letter.id().to_owned());
        match manner.is_taken() || refused.lock().unwrap().insert(name) {
            true => manner,
            false => Manner::Answered(204),
        }
    })
}

/// Clients that make payments whose events go to these URLs in turn, until the server is gone.
fn load(server: &Server, round: usize, urls: [String; 2]) -> JoinSet<()> {
    let mut clients = JoinSet::new();
    for number in 0..6 {
        let (url, key, urls) = (server.url.clone(), server.keys.payment.clone(), urls.clone());
        clients.spawn(async move {
            let client = support::client();
            for turn in 0.. {
                let mut body = payment(DIGITS[(number + turn) % DIGITS.len()]);
                body["fail_with_attempt"] = json!(true);
                body["webhook_url"] = json!(urls[turn % 2]);
                let request = client
                    .post(format!("{url}/v1/payment/intents"))
                    .bearer_auth(&key)
                    .header("X-Idempotency-Key", format!("round-{round}-{number}-{turn}"));
                let Ok(answer) = request.json(&body).send().await else {
                    return;
                };
                let status = answer.status().as_u16();
                assert!(
                    [201, 409, 503].contains(&status),
                    "{status}: {}",
                    answer.text().await.unwrap_or_default()
                );
            }
        });
    }
    clients
}

/// What signs, by place: the endpoint's own secret, and the project's for the URLs that payments name.
struct Secrets {
    endpoint: Secret,
    project: Secret,
}

impl Secrets {
    /// Creates the endpoint, which gets every event.
    async fn create(server: &Server, url: &str) -> Self {
        let of = |(status, body): (u16, Value)| {
            assert!([200, 201].contains(&status), "{status}: {body}");
            Secret::parse(body["data"]["secret"].as_str().unwrap()).unwrap()
        };
        let admin = async |path: &str, body: Value| server.post_as(&server.keys.admin, path, &body).await.unwrap();
        Self {
            endpoint: of(admin("/admin/v1/webhook-endpoints", json!({"url": url})).await),
            project: of(admin("/admin/v1/webhook-secret/reveal", json!({})).await),
        }
    }

    fn check(&self, letter: &Letter) {
        let is_endpoint = letter.place == ENDPOINT;
        let secret = if is_endpoint { &self.endpoint } else { &self.project };
        let signed = sign::standard(
            &[secret],
            letter.id(),
            letter.header("webhook-timestamp").parse().unwrap(),
            &letter.body,
        );
        assert_eq!(letter.header("webhook-signature"), signed, "{letter:?}");
        let hex = sign::body_hex(secret, &letter.body);
        let vendor = if is_endpoint { hex.as_str() } else { "" };
        assert_eq!(letter.header("x-orqex-signature"), vendor, "{letter:?}");
    }
}

/// Every event of the server's sandbox.
async fn events(store: &store::Store, scope: Scope) -> BTreeMap<String, Event> {
    let filter = EventFilter::default();
    let read = store.read(move |tx| store::outbox::list(tx, &scope, &filter, Beyond::First, i64::MAX));
    let events = read.await.unwrap();
    events.into_iter().map(|event| (event.id.to_string(), event)).collect()
}

/// Waits until the endpoint and one place that a payment named have taken every event.
async fn until_all_taken(server: &Server, receiver: &Receiver, events: &BTreeMap<String, Event>) {
    let begun = Instant::now();
    loop {
        let mut wanted: BTreeSet<(bool, &str)> = BTreeSet::new();
        for id in events.keys() {
            wanted.extend([(true, id.as_str()), (false, id.as_str())]);
        }
        let came = receiver.came();
        for (letter, _) in came.iter().filter(|(_, manner)| manner.is_taken()) {
            wanted.remove(&(letter.place == ENDPOINT, letter.id()));
        }
        if wanted.is_empty() {
            return;
        }
        assert!(
            begun.elapsed() < SETTLING,
            "{} of {} were not taken, such as {:?}\n{}",
            wanted.len(),
            2 * events.len(),
            wanted.first(),
            server.log()
        );
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

/// Every letter is about an event, says of it what the database says, and says the same whenever and wherever it comes.
fn check_letters(came: &[(Letter, Manner)], events: &BTreeMap<String, Event>, secrets: &Secrets) {
    let mut bodies = BTreeMap::new();
    let mut ids = BTreeMap::new();
    for (letter, _) in came {
        secrets.check(letter);
        let event = events.get(letter.id()).expect("an id of an event");
        let body = bodies.entry(letter.id()).or_insert(&letter.body);
        assert_eq!(*body, &letter.body, "two bodies under one id");
        let told: Value = serde_json::from_slice(&letter.body).unwrap();
        let name = (
            told["payment"]["id"].as_str().unwrap().to_owned(),
            told["sequence"].as_i64().unwrap(),
        );
        assert_eq!(name, (event.intent_id.to_string(), event.sequence));
        assert_eq!(told["event"], event.announcement.code());
        assert_eq!(letter.header("x-payment-event"), event.announcement.code());
        assert_eq!(letter.header("x-payment-id"), name.0);
        assert_eq!(
            *ids.entry(name).or_insert(letter.id()),
            letter.id(),
            "two ids of one event"
        );
    }
}

/// Lets a server live until its letters come and a moment longer, then kills it. Returns how long they took.
async fn live_and_die(server: &mut Server, receiver: &Receiver, place: &str, moment: Duration) -> Duration {
    let begun = Instant::now();
    let first = loop {
        if let Some(at) = receiver.first_after(place, begun) {
            break at - begun;
        }
        assert!(
            begun.elapsed() < AT_ONCE,
            "no letter comes to `{place}`\n{}",
            server.log()
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    tokio::time::sleep(moment).await;
    server.kill9();
    first
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_it_delivers_it_tells_every_event_under_one_id() {
    let (world, simulator, receiver) = (World::system(), Simulator::start(SPEED), moody());
    let mut server = Server::start(Options {
        simulator: simulator.url.clone(),
        args: vec!["--allow-private-webhooks".to_owned()],
        ..Options::default()
    });
    let secrets = Secrets::create(&server, &receiver.open(ENDPOINT).await).await;
    let always = receiver.open(ALWAYS).await;
    let mut slowest = Duration::ZERO;
    for round in 0..rounds() {
        let place = format!("round {round}");
        let urls = [always.clone(), receiver.open(&place).await];
        let mut clients = load(&server, round, urls);
        let awaited = if server.home.database_url().is_some() {
            place.as_str()
        } else {
            ALWAYS
        };
        let moment = Duration::from_millis(u64::try_from(world.random_u128() % 500).unwrap());
        slowest = slowest.max(live_and_die(&mut server, &receiver, awaited, moment).await);
        while let Some(done) = clients.join_next().await {
            done.unwrap();
        }
        server.restart();
    }
    let scope = Scope {
        project_id: ProjectId::from_public(&server.project_id).unwrap(),
        environment: Environment::Sandbox,
    };
    let store = server.home.store();
    let begun = Instant::now();
    let due = events(&store, scope).await;
    until_all_taken(&server, &receiver, &due).await;
    let took = begun.elapsed();
    server.kill9();
    let came = receiver.came();
    check_letters(&came, &events(&store, scope).await, &secrets);
    let once: BTreeSet<(&str, &str)> = came
        .iter()
        .map(|(letter, _)| (letter.place.as_str(), letter.id()))
        .collect();
    println!(
        "SOAK webhooks: {} rounds of kill -9, {} events for two places each, {} letters, {} of them repeated, none lost, one id \
         and one body each; after a restart the first came within {} ms, the last within {} s",
        rounds(),
        due.len(),
        came.len(),
        came.len() - once.len(),
        slowest.as_millis(),
        took.as_secs()
    );
}
