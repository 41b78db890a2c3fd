//! Events on a developer's own machine, with nothing but `serve` and `listen`: signed as an endpoint gets them, none lost or
//! doubled while the server dies and comes back; and `trigger`, which makes them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod support;

use std::collections::BTreeSet;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use serde_json::Value;
use support::{Home, Letter, Manner, Options, Process, Receiver, Server, eventually};
use webhooks::{Secret, sign};

/// A command that speaks with that server: by its socket, or over the network where there is none.
fn command(server: &Server, words: &[&str]) -> Command {
    let mut command = server.home.command(words);
    if server.home.database_url().is_some() {
        elsewhere(&mut command, server);
    }
    command
}

fn elsewhere(command: &mut Command, server: &Server) {
    command
        .args(["--url", &server.url])
        .env("COWRY_ADMIN_KEY", &server.keys.admin);
}

fn json(mut command: Command) -> Value {
    let output = command.arg("--json").output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Every event of the environment, oldest first.
fn events(server: &Server) -> Vec<Value> {
    let list = json(command(server, &["events", "list"]));
    let mut events = list["events"].as_array().unwrap().clone();
    events.reverse();
    events
}

/// A `cowry listen` that has said what it waits for, and the secret that it signs with.
struct Listener {
    process: Process,
    secret: Secret,
}

impl Listener {
    fn start(server: &Server, url: &str) -> Self {
        let log = server.home.folder.path().join("listen.log");
        let (process, first) = Process::spawn(command(server, &["listen", "--forward-to", url]), &log);
        let first = first.unwrap_or_else(|| panic!("listen did not start: {}", process.log()));
        let secret = first.split_whitespace().last().and_then(Secret::parse);
        Self {
            secret: secret.expect("the first line ends with the secret"),
            process,
        }
    }

    fn check(&self, letter: &Letter) {
        let timestamp = letter.header("webhook-timestamp").parse().unwrap();
        let signed = sign::standard(&[&self.secret], letter.id(), timestamp, &letter.body);
        assert_eq!(letter.header("webhook-signature"), signed);
        assert_eq!(
            letter.header("x-orqex-signature"),
            sign::body_hex(&self.secret, &letter.body)
        );
        assert_eq!(letter.header("content-type"), "application/json");
    }

    fn interrupt(&mut self) -> ExitStatus {
        self.process.signal("INT");
        self.process.wait(Duration::from_secs(5))
    }
}

fn taking() -> Receiver {
    Receiver::new(|_| Manner::Answered(200))
}

fn letters(receiver: &Receiver) -> Vec<Letter> {
    receiver.came().into_iter().map(|(letter, _)| letter).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_commands_show_an_event_as_an_endpoint_gets_it() {
    let (server, receiver) = (Server::start(Options::default()), taking());
    let mut listener = Listener::start(&server, &receiver.open("laptop").await);
    let id = server.pay("100").await;
    let completed = |letter: &Letter| letter.header("x-payment-event") == "payment.completed";
    eventually("the letter comes", async || letters(&receiver).iter().any(completed)).await;
    let letters = letters(&receiver);
    letters.iter().for_each(|letter| listener.check(letter));
    let letter = letters.iter().find(|letter| completed(letter)).unwrap();
    assert_eq!(letter.header("x-payment-id"), id);
    let shown = json(command(&server, &["events", "show", letter.id()]));
    assert_eq!(serde_json::from_slice::<Value>(&letter.body).unwrap(), shown["body"]);

    let mut lines = Vec::new();
    eventually("the delivery is told", async || {
        lines.extend(listener.process.more_lines());
        lines.iter().any(|line| line.contains("payment.completed"))
    })
    .await;
    let line = lines.iter().find(|line| line.contains("payment.completed")).unwrap();
    assert!(
        line.contains(&format!("{id}  200  ")) && line.ends_with(" ms"),
        "{line}"
    );
    assert!(!line.contains('\x1b'), "no colours where nobody looks");
    assert!(listener.interrupt().success(), "Ctrl-C is the usual end");

    let again = Listener::start(&server, "http://127.0.0.1:1/hook");
    assert_eq!(again.secret.expose(), listener.secret.expose(), "the secret is stable");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_down_ends_nothing_and_programs_can_read_along() {
    let server = Server::start(Options::default());
    let words = [
        "listen",
        "--forward-to",
        "http://127.0.0.1:1/hook",
        "--print-json",
        "--events",
        "payment.completed,payment.failed",
        "--secret",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    ];
    let log = server.home.folder.path().join("listen.log");
    let listening = command(&server, &words);
    let waiter = std::thread::spawn(move || Process::spawn(listening, &log));
    let mut paid = Vec::new();
    // It says nothing on stdout before the first event.
    while !waiter.is_finished() {
        paid.push(server.pay("100").await);
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    let (process, first) = waiter.join().unwrap();
    let event: Value = serde_json::from_str(&first.unwrap()).unwrap();
    assert_eq!(event["body"]["event"], "payment.completed");
    assert!(paid.iter().any(|id| event["payment_id"] == id.as_str()), "{event}");
    let id = server.pay("100").await;
    let mut more = Vec::new();
    eventually("it goes on", async || {
        more.extend(process.more_lines());
        more.iter().any(|line| line.contains(&id))
    })
    .await;
    for line in more {
        assert_eq!(
            serde_json::from_str::<Value>(&line).unwrap()["event"],
            "payment.completed"
        );
    }
    assert!(process.log().contains("unreachable"), "{}", process.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_while_the_server_dies_and_comes_back() {
    let (mut server, receiver) = (Server::start(Options::default()), taking());
    // There is no event yet that it could go on after.
    let listener = Listener::start(&server, &receiver.open("laptop").await);
    for round in 0..4 {
        for digits in ["100", "001", "110"] {
            server.pay(digits).await;
        }
        match round % 2 {
            0 => server.kill9(),
            _ => assert!(server.stop().success()),
        }
        server.restart();
    }
    let last = server.pay("100").await;
    server.until(&last, "completed").await;
    let ids = |events: &[Value]| -> Vec<String> {
        events
            .iter()
            .map(|event| event["id"].as_str().unwrap().to_owned())
            .collect()
    };
    eventually("every event comes", async || {
        let came: BTreeSet<String> = letters(&receiver).iter().map(|letter| letter.id().to_owned()).collect();
        ids(&events(&server)).iter().all(|id| came.contains(id))
    })
    .await;
    let letters = letters(&receiver);
    letters.iter().for_each(|letter| listener.check(letter));
    let came: Vec<String> = letters.iter().map(|letter| letter.id().to_owned()).collect();
    assert_eq!(
        came,
        ids(&events(&server))[..came.len()],
        "each once, in the order of the events"
    );
    assert!(listener.process.log().contains("The server is back."));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_that_can_be_made_is_made() {
    let (server, receiver) = (
        Server::start(Options {
            args: vec!["--allow-private-webhooks".to_owned()],
            ..Options::default()
        }),
        taking(),
    );
    let url = receiver.open("payment").await;
    for event in [
        "payment.completed",
        "payment.failed",
        "payment.expired",
        "payment.attempt.completed",
        "payment.attempt.failed",
        "payment.attempt.action_required",
        "payment.surplus_captured",
        "payment.amount_mismatch",
        "payment_intent.created",
        "payment_intent.processing",
        "payment_intent.requires_action",
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "payment_intent.canceled",
    ] {
        let mut trigger = command(&server, &["trigger", event]);
        if event.starts_with("payment.") {
            trigger.args(["--webhook-url", &url]);
        }
        let made = json(trigger);
        assert_eq!(made["event"]["event"], event);
        let id = made["payment_id"].as_str().unwrap();
        assert!(
            !id.is_empty() && made["event"]["body"].to_string().contains(id),
            "{made}"
        );
    }
    let told = |event: &str| {
        letters(&receiver)
            .iter()
            .any(|letter| letter.header("x-payment-event") == event)
    };
    eventually("the payment's own URL is told", async || {
        told("payment.amount_mismatch")
    })
    .await;

    let keys = json(server.home.command(&["keys", "list"]));
    let keys = keys["keys"].as_array().unwrap().iter();
    let states: Vec<_> = keys
        .filter(|key| key["name"] == "cowry trigger")
        .map(|key| &key["status"])
        .collect();
    assert!(
        states.len() == 14 && states.iter().all(|state| **state == "revoked"),
        "{states:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_made_from_elsewhere_in_other_countries_and_scenarios() {
    let server = Server::start(Options::default());
    let mut trigger = server.home.command(&["trigger", "payment.completed"]);
    trigger.args([
        "--country",
        "KE",
        "--method",
        "momo_mpesa",
        "--scenario",
        "timeout_charged",
    ]);
    elsewhere(&mut trigger, &server);
    let made = json(trigger);
    let intent = server.intent(made["payment_id"].as_str().unwrap()).await;
    let attempt = &intent["active_attempt"];
    assert_eq!(
        (&attempt["method"]["value"], &attempt["amount"]["currency"]),
        (&Value::from("momo_mpesa"), &Value::from("KES"))
    );
}

#[test]
fn what_cannot_be_done_is_told_with_what_to_do() {
    let server = Server::start(Options::default());
    let failed = |mut command: Command, code: i32| {
        let output = command.output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{told}");
        told
    };
    let told = failed(command(&server, &["trigger", "payment.reversed"]), 2);
    assert!(told.contains("cannot be made yet"), "{told}");
    let told = failed(
        command(&server, &["trigger", "payment.completed", "--environment", "live"]),
        2,
    );
    assert!(told.contains("sandbox only"), "{told}");
    let told = failed(command(&server, &["listen", "--events", "payment.compleated"]), 1);
    assert!(told.contains("payment.completed"), "the known names are told: {told}");
    let told = failed(command(&server, &["listen", "--forward-to", "localhost:3000"]), 2);
    assert!(told.contains("http://"), "{told}");
    let nowhere = Home::new();
    let told = failed(
        nowhere.command(&["listen"]),
        if nowhere.database_url().is_some() { 2 } else { 1 },
    );
    assert!(told.contains("cowry serve") || told.contains("--url"), "{told}");
}
