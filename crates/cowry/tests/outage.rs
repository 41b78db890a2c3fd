//! An account goes down under a steady load: payments go on at the second one, and come back by themselves. And which of
//! an operator's failures may start the second account at all, and when.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::domain::permit::{DeathProof, PermitState};
use serde_json::Value;
use store::calls::Call;
use store::permits::Permit;
use support::{Options, Records, SPEED, Server, Simulator, charges, payment};
use tokio::task::JoinSet;

/// A payment starts this long after the one before.
const EVERY: Duration = Duration::from_millis(50);
/// Longer than the wait before the first probe (5 s): one probe fails.
const DOWN_FOR: Duration = Duration::from_millis(6_500);
/// The second probe comes 10 s after the first one.
const BACK_WITHIN: Duration = Duration::from_secs(20);
/// Outages in a row until an account is passed over.
const UNTIL_OPEN: usize = 5;

/// Horizon and cool-down of the simulated accounts, at the speed of these tests.
const HORIZON_MS: i64 = 3_000;
const COOL_DOWN_MS: i64 = 30_000 / SPEED as i64;

/// A payment that was completed: gateway and `is_fallback` of its attempts, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Made {
    id: String,
    attempts: Vec<(String, bool)>,
}

impl Made {
    /// One attempt, on the first account.
    fn is_plain(&self) -> bool {
        self.attempts == [("sim_a".to_owned(), false)]
    }

    /// One attempt, on the second account: the first was passed over.
    fn is_diverted(&self) -> bool {
        self.attempts == [("sim_b".to_owned(), true)]
    }

    /// The first account was tried, then the second.
    fn is_rescued(&self) -> bool {
        self.attempts == [("sim_a".to_owned(), false), ("sim_b".to_owned(), true)]
    }
}

fn start(simulator: &Simulator) -> Server {
    Server::start(Options {
        simulator: simulator.url.clone(),
        ..Options::default()
    })
}

/// Makes a payment and waits until it is completed.
async fn make(server: &Server) -> Made {
    let id = server.pay("100").await;
    server.until(&id, "completed").await;
    let attempts = server.attempts(&id).await;
    let told = attempts.iter().rev().map(|attempt| {
        let gateway = attempt["gateway"]["code"].as_str().unwrap().to_owned();
        (gateway, attempt["is_fallback"].as_bool().unwrap())
    });
    Made {
        attempts: told.collect(),
        id,
    }
}

/// Payments at a steady rate for as long as `go_on` says; all of them, in the order in which they were started.
async fn load(server: &Arc<Server>, mut go_on: impl FnMut(Duration, &[Made]) -> bool) -> Vec<Made> {
    let (mut payers, mut done) = (JoinSet::new(), Vec::new());
    let begun = Instant::now();
    let mut ended = Vec::new();
    for number in 0.. {
        while let Some(made) = payers.try_join_next() {
            let (number, made): (usize, Made) = made.unwrap();
            ended.push(made.clone());
            done.push((number, made));
        }
        if !go_on(begun.elapsed(), &ended) {
            break;
        }
        let server = Arc::clone(server);
        payers.spawn(async move { (number, make(&server).await) });
        tokio::time::sleep(EVERY).await;
    }
    done.extend(payers.join_all().await);
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, made)| made).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_down_is_left_and_returned_to_without_anybody_doing_anything() {
    let simulator = Simulator::start(SPEED);
    let server = Arc::new(start(&simulator));
    let before = load(&server, |elapsed, _| elapsed < Duration::from_secs(1)).await;
    assert!(before.iter().all(Made::is_plain), "{before:?}");

    simulator.control("sim_a", "down").await;
    let during = load(&server, |elapsed, _| elapsed < DOWN_FOR).await;
    assert!(
        during.iter().all(|made| made.is_rescued() || made.is_diverted()),
        "{during:?}"
    );
    let left = during.iter().position(Made::is_diverted).expect("the breaker opens");
    assert!(left >= UNTIL_OPEN, "left after {left} payments");
    let (finding_out, avoiding) = during.split_at(left);
    assert!(finding_out.iter().all(Made::is_rescued), "{finding_out:?}");
    // Payments that were on their way when the breaker opened, and the probe.
    let probes = avoiding.iter().filter(|made| made.is_rescued()).count();
    let settled = avoiding.len() / 2;
    let late_probes = avoiding[settled..].iter().filter(|made| made.is_rescued()).count();
    assert!(
        probes <= UNTIL_OPEN && late_probes == 1,
        "{probes} and {late_probes} of {avoiding:?}"
    );

    simulator.control("sim_a", "normal").await;
    let back = |ended: &[Made]| ended.iter().filter(|made| made.is_plain()).count() >= 20;
    let after = load(&server, |elapsed, ended| {
        assert!(elapsed < BACK_WITHIN, "does not come back: {ended:?}");
        !back(ended)
    })
    .await;
    let first = after.iter().position(Made::is_plain).unwrap();
    let stragglers = after[first..].iter().filter(|made| !made.is_plain()).count();
    assert!(
        after.iter().all(|made| made.is_plain() || made.is_diverted()),
        "{after:?}"
    );
    assert!(
        stragglers <= UNTIL_OPEN,
        "{stragglers} went elsewhere after the return: {after:?}"
    );
    assert!(after[after.len() - 10..].iter().all(Made::is_plain), "{after:?}");

    let all = before.len() + during.len() + after.len();
    check_ledger(&simulator, all).await;
    println!(
        "SOAK outage: {all} payments, all completed; {} found the account down, {} went past it, {probes} probed it",
        finding_out.len(),
        avoiding.len() - probes
    );
}

/// The operators charged each payment once.
async fn check_ledger(simulator: &Simulator, payments: usize) {
    let rows = charges(&simulator.url, "").await;
    assert!(rows.iter().all(|row| row["status"] == "charged"), "{rows:?}");
    let references: std::collections::BTreeSet<&str> =
        rows.iter().map(|row| row["reference"].as_str().unwrap()).collect();
    assert_eq!((rows.len(), references.len()), (payments, payments));
}

/// Starts the payment of a magic number, each from a payer of its own. Returns the intent as the answer shows it.
async fn begin(server: &Server, digits: &str) -> Value {
    let (status, mut body) = server.post("/v1/payment/intents", &payment(digits)).await;
    assert_eq!(status, 201, "{body}");
    body["data"].take()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_proof_starts_the_second_account() {
    let simulator = Simulator::start(SPEED);
    let server = start(&simulator);
    let records = Records::of(&server);
    let digits = ["130", "133", "134", "131", "136", "132", "135"];
    let mut begun = Vec::new();
    for digits in digits {
        begun.push(begin(&server, digits).await);
    }
    for (digits, answer) in digits.into_iter().zip(&begun) {
        let id = answer["id"].as_str().unwrap();
        server.until(id, "completed").await;
        let attempts = server.attempts(id).await;
        let permits = records.permits(id).await;
        let rows = charges(&simulator.url, &format!("phone=%2B2250500000{digits}")).await;
        assert_eq!(rows.len(), 1, "{digits}: {rows:?}");
        let last = permits.last().unwrap();
        assert_eq!(last.0.state, PermitState::Paid, "{digits}");
        assert_eq!(rows[0]["reference"], last.0.merchant_ref, "{digits}");
        match digits {
            "130" | "133" | "134" => {
                assert_eq!((attempts.len(), permits.len()), (1, 1), "{digits}: {attempts:#?}");
                assert_eq!(attempts[0]["is_fallback"], false);
                assert_eq!(rows[0]["gateway"], "sim_a");
            }
            _ => {
                assert_eq!((attempts.len(), permits.len()), (2, 2), "{digits}: {attempts:#?}");
                assert_eq!(attempts[0]["is_fallback"], true, "{digits}");
                assert_eq!(attempts[1]["failure"]["code"], "gateway_unavailable", "{digits}");
                assert_eq!(rows[0]["gateway"], "sim_b", "{digits}");
                check_proof(digits, &permits, &answer["active_attempt"]["gateway"]["code"]);
            }
        }
    }
    // Rehearsed failures say nothing of the account: the next payment goes there.
    assert!(make(&server).await.is_plain());
}

/// The second account was started by the proof that the first took nothing, and not before the payer's phone had rested.
fn check_proof(digits: &str, permits: &[(Permit, Call)], first_told: &Value) {
    let [(dead, call), (_, next)] = permits else {
        panic!("{digits}: {permits:?}")
    };
    let died_ms = dead.ended_at_ms.unwrap();
    let (lived_ms, rested_ms) = (died_ms - call.started_at_ms, next.started_at_ms - died_ms);
    let at_once = match digits {
        "132" => Some(DeathProof::NeverSent),
        "135" => Some(DeathProof::NotProcessed),
        _ => None,
    };
    if let Some(proof) = at_once {
        assert_eq!(dead.state, PermitState::Dead(proof), "{digits}");
        assert_eq!(rested_ms, 0, "{digits}: the proof's own transaction starts the second");
        assert_eq!(first_told, "sim_b", "{digits}: the request's answer knows it");
    } else {
        let proof = PermitState::Dead(DeathProof::NotFoundAfterHorizon);
        assert_eq!(dead.state, proof, "{digits}");
        assert!(lived_ms >= HORIZON_MS, "{digits}: believed after {lived_ms} ms");
        assert!(rested_ms >= COOL_DOWN_MS, "{digits}: rested {rested_ms} ms");
        assert_eq!(
            first_told, "sim_a",
            "{digits}: the request's answer comes before the proof"
        );
    }
}
