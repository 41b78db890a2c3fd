//! Endpoints by the command line: made, tested, looked at when they fail, given another secret, sent to again.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod support;

use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use serde_json::Value;
use support::{Letter, Manner, Options, Receiver, Server, eventually};
use webhooks::{Secret, sign};

/// A command that speaks with that server, also where there is no socket: only the server may call this machine.
fn command(server: &Server, words: &[&str]) -> Command {
    let mut command = server.home.command(words);
    if server.home.database_url().is_some() {
        command
            .args(["--url", &server.url])
            .env("COWRY_ADMIN_KEY", &server.keys.admin);
    }
    command
}

fn run(server: &Server, words: &[&str]) -> Output {
    command(server, words).output().unwrap()
}

/// What a command that must succeed prints.
fn told(server: &Server, words: &[&str]) -> String {
    let output = run(server, words);
    let failed = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{words:?}: {failed}");
    String::from_utf8(output.stdout).unwrap()
}

fn json(server: &Server, words: &[&str]) -> Value {
    let words: Vec<&str> = words.iter().copied().chain(["--json"]).collect();
    serde_json::from_str(&told(server, &words)).unwrap()
}

fn serve() -> Server {
    Server::start(Options {
        args: vec!["--allow-private-webhooks".to_owned()],
        ..Options::default()
    })
}

/// A receiver whose answer can be changed.
fn receiver() -> (Receiver, Arc<AtomicU16>) {
    let status = Arc::new(AtomicU16::new(200));
    let own = Arc::clone(&status);
    (
        Receiver::new(move |_| Manner::Answered(own.load(Ordering::SeqCst))),
        status,
    )
}

fn of_payment(receiver: &Receiver, id: &str) -> Vec<Letter> {
    let came = receiver.came().into_iter().map(|(letter, _)| letter);
    came.filter(|letter| letter.header("x-payment-id") == id).collect()
}

fn is_signed(letter: &Letter, secret: &str) -> bool {
    let secret = Secret::parse(secret).unwrap();
    let timestamp = letter.header("webhook-timestamp").parse().unwrap();
    let signed = sign::standard(&[&secret], letter.id(), timestamp, &letter.body);
    letter
        .header("webhook-signature")
        .split(' ')
        .any(|given| given == signed)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_lives_by_the_command_line() {
    let (server, (receiver, status)) = (serve(), receiver());
    let url = receiver.open("endpoint").await;
    let words = [
        "webhooks",
        "create",
        &url,
        "--events",
        "payment.completed",
        "--ordering",
        "per-payment",
    ];
    let made = json(&server, &words);
    let (id, secret) = (made["id"].as_str().unwrap(), made["secret"].as_str().unwrap());
    assert_eq!(
        (&made["order"], &made["events"][0]),
        (&"per_payment".into(), &"payment.completed".into())
    );
    assert!(told(&server, &["webhooks", "test", id]).starts_with("delivered 200 in "));
    status.store(500, Ordering::SeqCst);
    let tested = run(&server, &["webhooks", "test", id]);
    assert_eq!(tested.status.code(), Some(1));
    assert!(String::from_utf8(tested.stdout).unwrap().starts_with("refused 500 in "));
    status.store(200, Ordering::SeqCst);

    let first = server.pay("100").await;
    eventually("the first is told", async || !of_payment(&receiver, &first).is_empty()).await;
    assert!(is_signed(&of_payment(&receiver, &first)[0], secret));
    let rotated = json(&server, &["webhooks", "rotate-secret", id, "--overlap-hours", "2"]);
    let fresh = rotated["secret"].as_str().unwrap();
    let second = server.pay("100").await;
    eventually("the second is told", async || {
        !of_payment(&receiver, &second).is_empty()
    })
    .await;
    let letter = &of_payment(&receiver, &second)[0];
    assert!(is_signed(letter, secret) && is_signed(letter, fresh) && secret != fresh);

    told(
        &server,
        &[
            "webhooks",
            "update",
            id,
            "--events",
            "payment.failed",
            "--description",
            "Till",
        ],
    );
    let shown = json(&server, &["webhooks", "show", id]);
    assert_eq!(
        (&shown["events"][0], &shown["description"], shown.get("secret")),
        (&"payment.failed".into(), &"Till".into(), None)
    );
    told(&server, &["webhooks", "disable", id]);
    assert!(told(&server, &["webhooks", "list"]).contains("disabled_by_person"));
    told(&server, &["webhooks", "enable", id]);
    assert!(told(&server, &["webhooks", "list"]).contains("enabled"));
    told(&server, &["webhooks", "delete", id]);
    assert_eq!(json(&server, &["webhooks", "list"])["endpoints"], serde_json::json!([]));
    let log = server.log();
    assert!(!log.contains(secret) && !log.contains(fresh), "no secret is logged");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_is_found_and_sent_again() {
    let (server, (receiver, status)) = (serve(), receiver());
    let url = receiver.open("endpoint").await;
    let made = json(&server, &["webhooks", "create", &url, "--events", "payment.completed"]);
    let endpoint = made["id"].as_str().unwrap();
    status.store(410, Ordering::SeqCst);
    let id = server.pay("100").await;
    eventually("the endpoint is given up", async || {
        json(&server, &["webhooks", "show", endpoint])["state"] == "disabled_as_gone"
    })
    .await;
    let deliveries = json(&server, &["webhooks", "deliveries", "--payment", &id]);
    let delivery = deliveries["deliveries"][0]["id"].as_str().unwrap();
    let story = told(&server, &["webhooks", "deliveries", delivery]);
    assert!(
        story.contains("gone") && story.contains("410") && story.contains("x-payment-event"),
        "{story}"
    );

    status.store(200, Ordering::SeqCst);
    told(&server, &["webhooks", "enable", endpoint]);
    let taken = || receiver.came().iter().filter(|(_, manner)| manner.is_taken()).count();
    eventually("what waited comes", async || taken() == 1).await;
    let event = of_payment(&receiver, &id)[0].id().to_owned();
    for (number, words) in [
        vec!["webhooks", "resend", delivery],
        vec!["webhooks", "resend", endpoint, "--from", "2020-01-01"],
        vec!["events", "resend", &event],
        vec!["events", "resend", &event, "--endpoint", endpoint],
    ]
    .into_iter()
    .enumerate()
    {
        told(&server, &words);
        eventually("it comes again", async || taken() == 2 + number).await;
    }
    assert!(of_payment(&receiver, &id).iter().all(|letter| letter.id() == event));
    let none = json(&server, &["webhooks", "resend", "--failed-since", "2020-01-01"]);
    assert_eq!(
        (&none["resent"][0]["endpoint_id"], &none["resent"][0]["deliveries"]),
        (&endpoint.into(), &0.into())
    );
    let shown = told(&server, &["events", "show", &event]);
    assert!(shown.contains("delivered") && shown.contains(&url), "{shown}");
    let listed = told(
        &server,
        &["events", "list", "--payment", &id, "--event", "payment.completed"],
    );
    assert_eq!(listed.lines().count(), 2, "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_of_urls_that_payments_name_is_shown() {
    let (server, (receiver, _)) = (serve(), receiver());
    let url = receiver.open("payment").await;
    let secret = told(&server, &["webhooks", "secret"]);
    let mut body = support::payment("100");
    body["webhook_url"] = Value::from(url);
    let (_, made) = server.post("/v1/payment/intents", &body).await;
    let id = made["data"]["id"].as_str().unwrap();
    eventually("the payment's own URL is told", async || {
        !of_payment(&receiver, id).is_empty()
    })
    .await;
    assert!(is_signed(&of_payment(&receiver, id)[0], secret.trim()));
    let fresh = told(&server, &["webhooks", "secret", "--rotate", "--overlap-hours", "0"]);
    assert_eq!(told(&server, &["webhooks", "secret"]), fresh);
    let development = told(&server, &["webhooks", "secret", "--development"]);
    assert!(fresh != secret && development != fresh && development.starts_with("whsec_"));
    let refused = run(&server, &["webhooks", "create", "http://user@shop.example/"]);
    assert!(!refused.status.success());
    let resend = run(&server, &["webhooks", "resend"]);
    assert_eq!(resend.status.code(), Some(2));
}
