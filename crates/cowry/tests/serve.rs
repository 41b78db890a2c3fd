//! `cowry serve` as an operator meets it: the first run, later runs, orderly and sudden ends, and refusals.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod support;

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use support::{Home, Options, Process, Server, Simulator, charges, free_ports, payment, program};

#[tokio::test]
async fn the_first_run_says_one_line_and_its_payment_ends_completed() {
    let server = Server::start(Options::default());
    let members: Vec<&String> = server.line.as_object().unwrap().keys().collect();
    assert_eq!(members.len(), 4, "{members:?}");
    assert!(server.url.starts_with("http://127.0.0.1:"));
    assert_eq!(server.line["keys"].as_object().unwrap().len(), 3);
    for (key, prefix) in [
        (&server.keys.payment, "sk_test_"),
        (&server.keys.payment_intents, "ik_test_"),
        (&server.keys.admin, "adm_"),
    ] {
        assert!(key.starts_with(prefix), "{key}");
    }
    let id = server.pay("001").await;
    let intent = server.until(&id, "completed").await;
    assert_eq!(intent["active_attempt"]["status"], "completed");
    let reference = intent["active_attempt"]["gateway"]["transaction"]["reference"]
        .as_str()
        .unwrap();
    let rows = charges(
        server.simulator_url.as_deref().unwrap(),
        &format!("reference={reference}"),
    )
    .await;
    assert_eq!((rows.len(), &rows[0]["status"]), (1, &json!("charged")));
    let (status, project) = server.get_as(&server.keys.admin, "/admin/v1/project").await.unwrap();
    assert_eq!(
        (status, &project["data"]["id"]),
        (200, &json!(server.project_id)),
        "{project}"
    );
    assert_eq!(server.more_stdout(), Vec::<String>::new());
    for line in server.log().lines() {
        let line: Value = serde_json::from_str(line).expect("every log line is JSON");
        assert!(
            line["time"].is_string() && line["level"].is_string() && line["event"].is_string(),
            "{line}"
        );
    }
    assert!(!server.log().contains("+225050000"), "phones are masked");
    let mode = |name: &str| {
        std::fs::metadata(server.home.data_dir().join(name))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!((mode(""), mode("kek")), (0o700, 0o600));
}

#[tokio::test]
async fn later_runs_show_no_keys_unless_asked() {
    let mut server = Server::start(Options::default());
    assert!(server.stop().success());
    server.restart();
    assert_eq!(server.line["keys"], json!({}));
    assert_eq!(server.line["project_id"], json!(server.project_id));
    assert_eq!(
        server.get("/v1/payment/intents").await.0,
        200,
        "the first keys go on working"
    );
    assert!(server.stop().success());
    let options = Options {
        args: vec!["--new-keys".to_owned()],
        ..Options::default()
    };
    let again = Server::start_in(server.home.clone(), options);
    assert_ne!(again.keys.payment, server.keys.payment);
    assert_eq!(again.get("/v1/payment/intents").await.0, 200);
}

#[tokio::test]
async fn a_kill_loses_nothing_and_the_ports_are_free_at_once() {
    let mut server = Server::start(Options {
        speed: 2,
        ..Options::default()
    });
    let id = server.pay("001").await;
    server.kill9();
    let took = server.restart();
    assert!(took < Duration::from_secs(5), "{took:?}");
    let intent = server.until(&id, "completed").await;
    let reference = intent["active_attempt"]["gateway"]["transaction"]["reference"]
        .as_str()
        .unwrap();
    let rows = charges(
        server.simulator_url.as_deref().unwrap(),
        &format!("reference={reference}"),
    )
    .await;
    assert_eq!(rows.len(), 1);
}

/// A request that the operator leaves without an answer until the deadline; returned when its intent is written.
async fn hanging_request(server: &Server) -> tokio::task::JoinHandle<reqwest::Result<reqwest::Response>> {
    let url = format!("{}/v1/payment/intents", server.url);
    let request = server
        .client
        .post(url)
        .bearer_auth(&server.keys.payment)
        .json(&payment("130"));
    let under_way = tokio::spawn(request.send());
    support::eventually("the charge is under way", async || {
        let (_, list) = server.get("/v1/payment/intents").await;
        list["data"].as_array().is_some_and(|intents| !intents.is_empty())
    })
    .await;
    under_way
}

#[tokio::test]
async fn a_stop_finishes_what_is_in_flight() {
    let mut server = Server::start(Options {
        speed: 4,
        ..Options::default()
    });
    let under_way = hanging_request(&server).await;
    server.signal("TERM");
    let answer = under_way.await.unwrap().expect("it is answered before the end");
    assert_eq!(answer.status(), 201);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(server.wait().code(), Some(0));
    assert!(!server.home.data_dir().join("control.sock").exists());
    server.restart();
    server.until(body["data"]["id"].as_str().unwrap(), "completed").await;
}

#[tokio::test]
async fn a_second_interrupt_ends_at_once() {
    let mut server = Server::start(Options {
        speed: 1,
        ..Options::default()
    });
    let under_way = hanging_request(&server).await;
    server.signal("INT");
    support::eventually("the stop has begun", async || server.log().contains("stopping")).await;
    server.signal("INT");
    assert_eq!(server.wait().code(), Some(130));
    assert!(under_way.await.unwrap().is_err());
}

#[tokio::test]
async fn the_simulator_may_be_elsewhere_or_nowhere() {
    let mut simulator = Simulator::start(support::SPEED);
    let server = Server::start(Options {
        simulator: simulator.url.clone(),
        ..Options::default()
    });
    assert_eq!(server.simulator_url.as_deref(), Some(simulator.url.as_str()));
    let id = server.pay("100").await;
    server.until(&id, "completed").await;
    assert_eq!(charges(&simulator.url, "").await.len(), 1);
    assert!(simulator.stop().success());
    let alone = Server::start(Options {
        simulator: "off".to_owned(),
        ..Options::default()
    });
    assert_eq!(alone.line["simulator_url"], Value::Null);
}

#[test]
fn the_printed_commands_make_a_paid_payment() {
    let home = Home::new();
    let port = free_ports();
    let mut command = home.command(&["serve", "--sandbox-speed", "4"]);
    command.arg("--listen").arg(format!("127.0.0.1:{port}"));
    let (process, _) = Process::spawn(command, &home.folder.path().join("serve.log"));
    let mut page = Vec::new();
    support::blocking_until("the page is whole", || {
        page.extend(process.more_lines());
        page.iter().any(|line| line.contains("Ctrl-C"))
    });
    let lines = page.iter().skip_while(|line| !line.starts_with("id=$(curl"));
    let script: Vec<&str> = lines.map(String::as_str).take_while(|line| !line.is_empty()).collect();
    let text = page.join("\n");
    for wanted in [
        "/docs",
        "Magic numbers",
        "/sandbox/phone",
        "/sandbox/mails",
        "sk_test_",
        "ik_test_",
        "adm_",
        "shown this once",
        "cowry.db",
        "cowry kek rotate",
    ] {
        let is_database = wanted == "cowry.db" && home.database_url().is_some();
        assert!(is_database || text.contains(wanted), "{wanted} is not in {text}");
    }
    for shell in ["sh", "bash"] {
        let output = Command::new(shell)
            .arg("-c")
            .arg(script.join("\n"))
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        let answer: Value = serde_json::from_slice(&output.stdout).expect(&text);
        assert_eq!(answer["data"]["status"], "completed", "{shell}: {answer:#}");
    }
}

#[test]
fn what_cannot_work_is_refused_in_words() {
    let server = Server::start(Options::default());
    let refused = |args: &[&str], code: i32, words: &str| {
        let output = program().args(args).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {error}");
        assert!(error.contains(words), "{args:?}: {error}");
        assert!(output.stdout.is_empty());
    };
    let elsewhere = tempfile::tempdir().unwrap();
    let other = elsewhere.path().join("data");
    let (data, other) = (server.home.data_dir(), other.to_str().unwrap());
    let listen = server.url.trim_start_matches("http://");
    refused(
        &["serve", "--listen", listen, "--data-dir", other],
        1,
        "is in use by another program",
    );
    if server.home.database_url().is_none() {
        let data = data.to_str().unwrap();
        refused(
            &["serve", "--listen", "127.0.0.1:0", "--data-dir", data],
            1,
            "is in use by another process",
        );
    }
    refused(
        &["serve", "--listen", "127.0.0.1:0", "--data-dir", other, "--role", "api"],
        2,
        "need PostgreSQL",
    );
    refused(
        &["serve", "--database-url", "mysql://u:secret@h/d"],
        2,
        "must begin with sqlite: or postgres://",
    );
    refused(&["serve", "--data-dir", other, "--simulator", "maybe"], 2, "neither");
    refused(&["serve", "--data-dir", other, "--sandbox-speed", "0"], 2, "zero");
    let nobody = "postgres://u:secret@127.0.0.1:1/d";
    let args = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--data-dir",
        other,
        "--database-url",
        nobody,
    ];
    refused(&args, 1, "cannot be reached (PostgreSQL, 127.0.0.1:1/d)");
}

#[test]
fn another_key_does_not_open_the_database() {
    let mut server = Server::start(Options::default());
    assert!(server.stop().success());
    let kek = server.home.data_dir().join("kek");
    let (right, away) = (std::fs::read(&kek).unwrap(), server.home.folder.path().join("kek-away"));
    std::fs::rename(&kek, &away).unwrap();
    let start = |args: &[&str]| {
        let output = server
            .home
            .command(&["serve", "--listen", "127.0.0.1:0"])
            .args(args)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(start(&[]).contains("put its key file back"));
    assert!(!kek.exists(), "no wrong key is left where the right one belongs");
    let wrong = server.home.folder.path().join("wrong");
    std::fs::write(&wrong, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap();
    assert!(start(&["--kek-file", wrong.to_str().unwrap()]).contains("does not open this database"));
    std::fs::write(&kek, right).unwrap();
    server.restart();
}
