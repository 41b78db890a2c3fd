//! Receipts through real processes: what is due survives `kill -9`, and a server without the sandbox's operators shows no mails.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    dead_code,
    unreachable_pub,
    missing_docs
)]

#[path = "../../server/tests/http/post_office.rs"]
mod post_office;
mod support;

use post_office::{Manner, PostOffice};
use serde_json::json;
use support::{Options, Server, eventually, payment};

fn mailing(port: u16, args: &[&str]) -> Options {
    let mut options = Options::default();
    let port = port.to_string();
    let smtp = [
        "--smtp-host",
        "127.0.0.1",
        "--smtp-port",
        &port,
        "--smtp-security",
        "none",
    ];
    let from = ["--smtp-from", "Awa <receipts@shop.example>"];
    options.args = [&smtp, &from[..], args]
        .concat()
        .into_iter()
        .map(str::to_owned)
        .collect();
    options
}

#[tokio::test]
async fn what_is_due_survives_the_death_of_the_process() {
    let silent = PostOffice::open(Manner::Hang).await;
    let mut server = Server::start(mailing(silent.port, &["--smtp-sandbox", "send"]));
    let mut body = payment("100");
    body["receipt_email"] = json!("awa@example.com");
    let (status, made) = server.post("/v1/payment/intents", &body).await;
    assert_eq!(status, 201, "{made}");
    server.until(made["data"]["id"].as_str().unwrap(), "completed").await;
    eventually("the mail is under way", async || silent.visits() > 0).await;
    server.kill9();
    let port = silent.close().await;

    let office = PostOffice::open_at(port, Manner::Take).await;
    server.restart();
    let mail = office.until(1).await.remove(0);
    assert_eq!(mail.to, "awa@example.com");
    assert!(mail.header("message-id").unwrap().ends_with("@shop.example>"));
    assert!(!server.log().contains("awa@example.com"), "no address in a log");
    assert!(server.stop().success());
    assert_eq!(office.mails().len(), 1);
}

#[tokio::test]
async fn mails_are_shown_in_a_sandbox_only() {
    let status = async |server: &Server| server.get("/sandbox/mails").await.0;
    let sandbox = Server::start(Options::default());
    assert_eq!(status(&sandbox).await, 200);
    let alone = Server::start(Options {
        simulator: "off".to_owned(),
        ..Options::default()
    });
    assert_eq!(status(&alone).await, 404);
    let office = PostOffice::open(Manner::Take).await;
    assert_eq!(status(&Server::start(mailing(office.port, &[]))).await, 200);
    let sending = mailing(office.port, &["--smtp-sandbox", "send"]);
    assert_eq!(status(&Server::start(sending)).await, 404);
}

#[test]
fn a_mail_server_that_is_half_described_stops_the_start() {
    for (args, says) in [
        (["--smtp-host", "mail.example"], "--smtp-from"),
        (["--smtp-from", "a@shop.example"], "--smtp-host"),
    ] {
        let refused = support::Home::new().run(&[&["serve", "--json"], &args[..]].concat());
        let told = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success() && told.contains(says), "{told}");
    }
}
