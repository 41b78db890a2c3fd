//! The server is frozen (SIGSTOP) between the first transaction of a charge and its first byte, for longer than the send
//! window. Whatever it does when it thaws, no charge arrives late, nobody is charged twice, and the payments go on.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod support;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use engine::domain::permit::{DeathProof, PermitState};
use serde_json::{Value, json};
use support::{Options, Records, Server, Simulator, charges, payment};
use tokio::task::{JoinSet, LocalSet};
use world::World;

/// A charge's first byte may leave this long after its first transaction.
const WINDOW_MS: i64 = 5_000;
/// From our first byte to the operator's note of it, on a busy machine.
const SLACK_MS: i64 = 1_200;
/// Longer than both: a charge that leaves after the thaw shows.
const FREEZE: Duration = Duration::from_millis(6_500);
/// Payers at once.
const PAYERS: usize = 40;
/// Settling a round takes no longer.
const SETTLING: Duration = Duration::from_secs(60);

/// When the operator lets payments go on to their charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Release {
    /// While the server is frozen: every payment thaws between its first transaction and its charge.
    Frozen,
    /// A moment before: the freeze catches payments anywhere on their way.
    Before(Duration),
}

/// A server that is frozen again and again, its operators, and an eye on its database.
struct Lane {
    server: Server,
    simulator: Simulator,
    records: Records,
}

/// What a round came to.
#[derive(Default)]
struct Tally {
    payments: usize,
    /// Charges that were not sent because their time was over.
    held_back: usize,
    /// Payments whose second charge was not sent in time either: the machine was too busy.
    given_up: usize,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.payments += other.payments;
        self.held_back += other.held_back;
        self.given_up += other.given_up;
    }
}

impl Lane {
    fn start() -> Self {
        let simulator = Simulator::start(support::SPEED);
        let server = Server::start(Options {
            // Payments wait for a held operator as long as in real life.
            speed: 1,
            simulator: simulator.url.clone(),
            ..Options::default()
        });
        Self {
            records: Records::of(&server),
            server,
            simulator,
        }
    }

    /// Freezes the server amid payments and checks what became of them.
    async fn round(&self, release: Release) -> Tally {
        self.simulator.control("sim_a", "hold").await;
        let enough = Arc::new(AtomicBool::new(false));
        let mut payers = JoinSet::new();
        for number in 0..PAYERS {
            let (client, enough) = (self.server.client.clone(), Arc::clone(&enough));
            let (url, key) = (self.server.url.clone(), self.server.keys.payment.clone());
            payers.spawn(async move {
                let mut made = Vec::new();
                while !enough.load(Ordering::SeqCst) {
                    made.push(pay(&client, (&url, &key), number).await);
                }
                made
            });
        }
        support::eventually("every payment waits for the operator", async || {
            self.records.calls_open().await == i64::try_from(PAYERS).unwrap()
        })
        .await;
        if let Release::Before(moment) = release {
            self.simulator.control("sim_a", "normal").await;
            tokio::time::sleep(moment).await;
        }
        enough.store(true, Ordering::SeqCst);
        self.freeze();
        if release == Release::Frozen {
            self.simulator.control("sim_a", "normal").await;
        }
        tokio::time::sleep(FREEZE).await;
        self.server.signal("CONT");
        let made: Vec<String> = payers.join_all().await.into_iter().flatten().collect();
        self.check(&made, release).await
    }

    /// Stops the process and waits until all of it stands still.
    fn freeze(&self) {
        self.server.signal("STOP");
        let stat = format!("/proc/{}/stat", self.server.pid());
        support::blocking_until("the server is frozen", || {
            let text = std::fs::read_to_string(&stat).unwrap();
            text.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T'))
        });
    }

    async fn check(&self, made: &[String], release: Release) -> Tally {
        let mut tally = Tally {
            payments: made.len(),
            ..Tally::default()
        };
        let mut completed = Vec::new();
        for id in made {
            completed.push(self.until_ended(id).await);
        }
        let ledger = self.ledger().await;
        // The server's monotonic clock is the machine's uptime, as ours. It is read within the first transaction, after
        // everything that could hold that up.
        let world = World::system();
        let uptime_began_ms = world.now_ms() - world.monotonic_ms();
        for (id, completed) in made.iter().zip(completed) {
            let permits = self.records.permits(id).await;
            let mut taken = 0;
            for (permit, call) in &permits {
                let rows = ledger.get(&permit.merchant_ref).map_or(&[][..], Vec::as_slice);
                for row in rows {
                    let late_ms = moment_ms(&row["opened_at"]) - uptime_began_ms - call.monotonic_ms;
                    assert!(late_ms <= WINDOW_MS + SLACK_MS, "sent after {late_ms} ms: {row}");
                }
                let unsent = permit.state == PermitState::Dead(DeathProof::NeverSent);
                assert!(!unsent || rows.is_empty(), "not sent, we say, but there is {rows:?}");
                taken += rows.len();
            }
            assert_eq!(
                taken,
                usize::from(completed),
                "{id} was charged {taken} times: {permits:?}"
            );
            let states: Vec<&str> = permits.iter().map(|(permit, _)| permit.state.code()).collect();
            let last = if completed { "paid" } else { "dead" };
            match release {
                Release::Frozen => assert_eq!(states, ["dead", last], "{permits:?}"),
                Release::Before(_) => assert_eq!(states.last(), Some(&last)),
            }
            tally.held_back += permits.len() - usize::from(completed);
            tally.given_up += usize::from(!completed);
            self.check_attempts(id, release).await;
        }
        tally
    }

    /// The operators' rows by our reference.
    async fn ledger(&self) -> HashMap<String, Vec<Value>> {
        let mut by_reference: HashMap<String, Vec<Value>> = HashMap::new();
        for row in charges(&self.simulator.url, "").await {
            let reference = row["reference"].as_str().unwrap().to_owned();
            by_reference.entry(reference).or_default().push(row);
        }
        by_reference
    }

    /// Waits until a payment is completed (true), or both of its charges were held back.
    async fn until_ended(&self, id: &str) -> bool {
        let begun = std::time::Instant::now();
        loop {
            let intent = self.server.intent(id).await;
            let active = &intent["active_attempt"];
            let completed = intent["status"] == "completed";
            if completed || active["status"] == "failed" && active["gateway"]["code"] == "sim_b" {
                return completed;
            }
            assert!(
                begun.elapsed() < SETTLING,
                "stays open: {intent:#}\n{}",
                self.server.log()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// An attempt on the second account says so; it is the first one only where payments were caught anywhere.
    async fn check_attempts(&self, id: &str, release: Release) {
        let attempts = self.server.attempts(id).await;
        let mut gateways = Vec::new();
        for attempt in attempts.iter().rev() {
            let gateway = attempt["gateway"]["code"].as_str().unwrap();
            assert_eq!(attempt["is_fallback"], gateway == "sim_b", "{attempt:#}");
            gateways.push(gateway);
        }
        match release {
            Release::Frozen => assert_eq!(gateways, ["sim_a", "sim_b"]),
            // What thaws late may find the account blamed for our sleep.
            Release::Before(_) => assert!(gateways.is_sorted() && gateways.len() <= 2, "{gateways:?}"),
        }
    }

    /// Waits until no call is under way and everything that was seen of the accounts is known.
    async fn settle(&self) {
        support::eventually("all is quiet", async || {
            self.records.calls_open().await == 0 && self.records.nothing_unheeded().await
        })
        .await;
    }

    /// The operator answered while we slept: it is not to blame.
    async fn check_blame(&self) {
        self.settle().await;
        assert!(self.records.nobody_is_down().await, "an account is passed over");
    }

    /// Payments go to the primary account by themselves, also when it was taken to be down while we slept.
    async fn until_on_primary(&self) {
        self.settle().await;
        support::eventually("payments go to the primary account", async || {
            let id = pay(&self.server.client, (&self.server.url, &self.server.keys.payment), 99).await;
            self.until_ended(&id).await;
            self.settle().await;
            let on_primary = self.server.attempts(&id).await[0]["gateway"]["code"] == "sim_a";
            on_primary && self.records.nobody_is_down().await
        })
        .await;
    }
}

/// Makes a payment; asks again under the same key while the server is too busy.
async fn pay(client: &reqwest::Client, server: (&str, &str), payer: usize) -> String {
    let (url, api_key) = server;
    let mut body = payment("001");
    body["attempt"]["phone"]["number"] = json!(format!("+22505000{payer:02}001"));
    let key = format!("freeze-{:032x}", World::system().random_u128());
    loop {
        let request = client.post(format!("{url}/v1/payment/intents")).bearer_auth(api_key);
        let answer = request
            .header("X-Idempotency-Key", &key)
            .json(&body)
            .send()
            .await
            .unwrap();
        let (status, body) = (answer.status().as_u16(), answer.json::<Value>().await.unwrap());
        match status {
            201 => return body["data"]["id"].as_str().unwrap().to_owned(),
            409 | 503 => tokio::time::sleep(Duration::from_millis(200)).await,
            _ => panic!("{status}: {body}"),
        }
    }
}

fn moment_ms(text: &Value) -> i64 {
    let moment: jiff::Timestamp = text.as_str().unwrap().parse().unwrap();
    moment.as_millisecond()
}

/// Lanes side by side, and rounds of each.
fn extent() -> (usize, usize) {
    if std::env::var("COWRY_SOAK").is_ok() {
        (4, 50)
    } else {
        (2, 1)
    }
}

/// The rounds of one lane; every second one releases its payments before the freeze.
async fn rounds(lane_number: usize, rounds: usize) -> Tally {
    let (world, lane) = (World::system(), Lane::start());
    let mut total = Tally::default();
    for round in 0..rounds {
        let release = if (lane_number + round).is_multiple_of(2) {
            Release::Frozen
        } else {
            let moment_us = u64::try_from(world.random_u128() % 60_000).unwrap();
            Release::Before(Duration::from_micros(moment_us))
        };
        let tally = lane.round(release).await;
        if release == Release::Frozen {
            assert_eq!((tally.payments, tally.held_back), (PAYERS, PAYERS + tally.given_up));
            lane.check_blame().await;
        }
        total.add(&tally);
        lane.until_on_primary().await;
    }
    total
}

#[tokio::test(flavor = "multi_thread")]
async fn frozen_before_the_first_byte_it_never_sends_late() {
    let (lanes, rounds_each) = extent();
    let (mut running, beside) = (JoinSet::new(), LocalSet::new());
    for number in 0..lanes {
        running.spawn_local_on(rounds(number, rounds_each), &beside);
    }
    let mut total = Tally::default();
    for tally in beside.run_until(running.join_all()).await {
        total.add(&tally);
    }
    assert!(
        total.given_up * 10 <= total.payments,
        "{} payments were given up",
        total.given_up
    );
    println!(
        "SOAK freeze: {} rounds, {} payments, {} charges held back, {} payments given up, none sent late, none charged twice",
        lanes * rounds_each,
        total.payments,
        total.held_back,
        total.given_up
    );
}
