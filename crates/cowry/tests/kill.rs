//! The server dies by `kill -9` at random moments under load, and the operators go on. Afterwards: no acknowledged
//! payment is lost, none is charged twice, every intent reaches its end, and our state agrees with the operators' ledger.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod support;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Write;
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::{Options, SPEED, Server, Simulator, charges, payment};
use tokio::task::JoinSet;
use world::World;

/// Approve at once, approve, decline, and the ways in which an answer gets lost.
const DIGITS: [&str; 9] = ["100", "001", "110", "130", "133", "134", "132", "142", "141"];

/// Every end takes at most this long after the last start: the horizon of an unknown call, and on PostgreSQL the time
/// after which a silent process is declared dead.
const SETTLING: Duration = Duration::from_secs(120);

fn rounds() -> usize {
    if std::env::var("COWRY_SOAK").is_ok() { 200 } else { 20 }
}

/// A payment that a client wants to make, under its idempotency key.
#[derive(Clone)]
struct Wanted {
    key: String,
    body: Value,
}

/// What clients know: by key, the intent that was acknowledged, or nothing yet.
type Known = Arc<Mutex<BTreeMap<String, (Wanted, Option<String>)>>>;

async fn ask(server: (&str, &str), client: &reqwest::Client, wanted: &Wanted) -> Option<String> {
    let (url, key) = server;
    let request = client.post(format!("{url}/v1/payment/intents")).bearer_auth(key);
    let answer = request
        .header("X-Idempotency-Key", &wanted.key)
        .json(&wanted.body)
        .send()
        .await
        .ok()?;
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.ok()?;
    match status {
        201 => Some(body["data"]["id"].as_str().unwrap().to_owned()),
        409 | 503 => None,
        other => panic!("{other}: {body}"),
    }
}

/// Clients that make payments, each request by two connections at once, until the server is gone.
async fn load(server: (String, String), known: Known, round: usize, until: Instant) {
    let mut clients = JoinSet::new();
    for number in 0..8 {
        let (known, (url, key)) = (known.clone(), server.clone());
        clients.spawn(async move {
            let client = support::client();
            for turn in 0.. {
                if Instant::now() >= until {
                    return;
                }
                let mut body = payment(DIGITS[(number + turn) % DIGITS.len()]);
                body["fail_with_attempt"] = json!(true);
                let wanted = Wanted {
                    key: format!("round-{round}-{number}-{turn}"),
                    body,
                };
                known.lock().unwrap().insert(wanted.key.clone(), (wanted.clone(), None));
                let server = (url.as_str(), key.as_str());
                let (first, second) = tokio::join!(ask(server, &client, &wanted), ask(server, &client, &wanted));
                if let (Some(first), Some(second)) = (&first, &second) {
                    assert_eq!(first, second, "one key made two intents");
                }
                // Nobody answers any more: the server is gone.
                let Some(id) = first.or(second) else { return };
                known.lock().unwrap().get_mut(&wanted.key).unwrap().1 = Some(id);
            }
        });
    }
    while let Some(done) = clients.join_next().await {
        done.unwrap();
    }
}

/// Repeats what was not acknowledged until every key has its intent.
async fn repeat_unanswered(server: &Server, known: &Known) {
    let begun = Instant::now();
    loop {
        let open: Vec<Wanted> = known
            .lock()
            .unwrap()
            .values()
            .filter(|(_, id)| id.is_none())
            .map(|(wanted, _)| wanted.clone())
            .collect();
        if open.is_empty() {
            return;
        }
        assert!(
            begun.elapsed() < SETTLING,
            "{} keys stay without an answer\n{}",
            open.len(),
            server.log()
        );
        let mut repeats = JoinSet::new();
        for wanted in open {
            let (client, url, key) = (server.client.clone(), server.url.clone(), server.keys.payment.clone());
            repeats.spawn(async move { (wanted.key.clone(), ask((&url, &key), &client, &wanted).await) });
        }
        for (key, id) in repeats.join_all().await {
            known.lock().unwrap().get_mut(&key).unwrap().1 = id;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Every intent that the server has, by id.
async fn all_intents(server: &Server) -> HashMap<String, Value> {
    let mut found = HashMap::new();
    let mut path = Some("/v1/payment/intents?per_page=100".to_owned());
    while let Some(next) = path {
        let (status, page) = server.get(&next).await;
        assert_eq!(status, 200, "{page}");
        for intent in page["data"].as_array().unwrap() {
            found.insert(intent["id"].as_str().unwrap().to_owned(), intent.clone());
        }
        path = page["pagination"]["next_page_url"]
            .as_str()
            .map(|url| url.replace(&server.url, ""));
    }
    found
}

async fn until_all_ended(server: &Server) -> HashMap<String, Value> {
    let begun = Instant::now();
    loop {
        let intents = all_intents(server).await;
        let open: Vec<&Value> = intents
            .values()
            .filter(|intent| intent["status"] == "pending")
            .collect();
        if open.is_empty() {
            return intents;
        }
        assert!(
            begun.elapsed() < SETTLING,
            "{} stay open, such as {:#}\n{}",
            open.len(),
            open[0],
            server.log()
        );
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// The references that we gave operators for an intent.
async fn references(server: &Server, id: &str) -> Vec<String> {
    let (_, attempts) = server
        .get(&format!("/v1/payment/intents/{id}/attempts?per_page=100"))
        .await;
    let attempts = attempts["data"].as_array().unwrap().clone();
    let reference = |attempt: &Value| {
        attempt["gateway"]["transaction"]["reference"]
            .as_str()
            .map(str::to_owned)
    };
    attempts.iter().filter_map(reference).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_moments_it_loses_nothing_and_charges_nobody_twice() {
    let world = World::system();
    let simulator = Simulator::start(SPEED);
    let options = Options {
        simulator: simulator.url.clone(),
        ..Options::default()
    };
    let mut server = Server::start(options);
    let known = Known::default();
    let mut slowest = Duration::ZERO;
    for round in 0..rounds() {
        let lives_ms = 50 + u64::try_from(world.random_u128() % 500).unwrap();
        let ends = Instant::now() + Duration::from_millis(lives_ms);
        let address = (server.url.clone(), server.keys.payment.clone());
        let clients = tokio::spawn(load(address, known.clone(), round, ends + Duration::from_millis(20)));
        tokio::time::sleep(Duration::from_millis(lives_ms)).await;
        server.kill9();
        clients.await.unwrap();
        slowest = slowest.max(server.restart());
    }
    repeat_unanswered(&server, &known).await;
    let intents = until_all_ended(&server).await;
    let acknowledged: BTreeSet<String> = known
        .lock()
        .unwrap()
        .values()
        .map(|(_, id)| id.clone().unwrap())
        .collect();
    assert_eq!(
        acknowledged.len(),
        known.lock().unwrap().len(),
        "two keys share an intent"
    );
    let made: BTreeSet<String> = intents.keys().cloned().collect();
    assert_eq!(
        made, acknowledged,
        "every intent is known to its client, and every acknowledged one exists"
    );
    let ledger = charges(&simulator.url, "").await;
    let mut charged: HashMap<&str, usize> = HashMap::new();
    for row in ledger.iter().filter(|row| row["status"] == "charged") {
        *charged.entry(row["reference"].as_str().unwrap()).or_default() += 1;
    }
    let mut completed = 0;
    for (id, intent) in &intents {
        let references = references(&server, id).await;
        let taken: usize = references
            .iter()
            .filter_map(|reference| charged.remove(reference.as_str()))
            .sum();
        let wanted = usize::from(intent["status"] == "completed");
        assert_eq!(taken, wanted, "{id} is {}: {intent:#}", intent["status"]);
        completed += wanted;
    }
    assert!(charged.is_empty(), "charged, but nobody knows it: {charged:?}");
    assert!(completed > 0);
    println!(
        "SOAK kill -9: {} rounds, {} payments, {completed} completed, {} operators' rows, none lost, none charged twice; slowest restart {} ms",
        rounds(),
        intents.len(),
        ledger.len(),
        slowest.as_millis()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_hangs_up_right_after_sending_loses_nothing() {
    let server = Server::start(Options::default());
    let address = server.url.strip_prefix("http://").unwrap();
    for number in 0..20 {
        let body = payment("001").to_string();
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "POST /v1/payment/intents HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nX-Idempotency-Key: hangs-up-{number}\r\nContent-Length: {}\r\n\r\n{body}",
            server.keys.payment,
            body.len()
        )
        .unwrap();
        drop(stream);
    }
    support::eventually("twenty completed payments", async || {
        let intents = all_intents(&server).await;
        intents.len() == 20 && intents.values().all(|intent| intent["status"] == "completed")
    })
    .await;
    let rows = charges(server.simulator_url.as_deref().unwrap(), "").await;
    assert_eq!(rows.len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_requests_are_executed_once_although_the_server_dies_in_their_midst() {
    let world = World::system();
    let simulator = Simulator::start(SPEED);
    let options = Options {
        simulator: simulator.url.clone(),
        ..Options::default()
    };
    let mut server = Server::start(options);
    for round in 0..5 {
        let mut body = payment("100");
        body["metadata"] = json!({"round": round});
        body["fail_with_attempt"] = json!(true);
        let wanted = Wanted {
            key: format!("thirty-two-{round}"),
            body,
        };
        let mut equal = JoinSet::new();
        for _ in 0..32 {
            let (wanted, client) = (wanted.clone(), server.client.clone());
            let (url, key) = (server.url.clone(), server.keys.payment.clone());
            equal.spawn(async move { ask((&url, &key), &client, &wanted).await });
        }
        tokio::time::sleep(Duration::from_millis(u64::try_from(world.random_u128() % 40).unwrap())).await;
        server.kill9();
        let before: BTreeSet<String> = equal.join_all().await.into_iter().flatten().collect();
        server.restart();
        let known = Known::default();
        known.lock().unwrap().insert(wanted.key.clone(), (wanted.clone(), None));
        repeat_unanswered(&server, &known).await;
        let id = known.lock().unwrap()[&wanted.key].1.clone().unwrap();
        assert!(before.iter().all(|earlier| *earlier == id), "{before:?} and then {id}");
    }
    let intents = until_all_ended(&server).await;
    assert_eq!(intents.len(), 5);
    let charged = charges(&simulator.url, "")
        .await
        .iter()
        .filter(|row| row["status"] == "charged")
        .count();
    let completed = intents
        .values()
        .filter(|intent| intent["status"] == "completed")
        .count();
    assert_eq!(charged, completed);
}
