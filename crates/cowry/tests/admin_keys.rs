//! Administration on the command line, by real processes: projects, keys, the audit log, and the key-encryption key.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod support;

use std::fs;
use std::process::Output;

use serde_json::Value;
use support::{Home, Options, Server, program};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn a_key_lives_its_whole_life_on_the_command_line() {
    let server = Server::start(Options::default());
    let home = &server.home;
    let words = [
        "keys",
        "create",
        "--json",
        "--name",
        "till",
        "--rights",
        "read",
        "--expires-at",
        "2999-01-01",
    ];
    let made = json(&home.stdout(&words));
    let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    assert_eq!(
        (&made["rights"][0], made["rights"].as_array().unwrap().len()),
        (&"read".into(), 1)
    );
    assert_eq!(server.get_as(key, "/v1/payment/intents").await.unwrap().0, 200);
    let intent = support::payment("100");
    assert_eq!(
        server.post_as(key, "/v1/payment/intents", &intent).await.unwrap().0,
        403
    );
    let next = json(&home.stdout(&["keys", "rotate", id, "--overlap-hours", "0", "--json"]));
    assert_eq!((&next["name"], &next["rights"]), (&made["name"], &made["rights"]));
    let next = next["key"].as_str().unwrap();
    support::eventually("the old key is refused", async || {
        server.get_as(key, "/v1/payment/intents").await.unwrap().0 == 401
    })
    .await;
    assert_eq!(server.get_as(next, "/v1/payment/intents").await.unwrap().0, 200);
    let audit = home.stdout(&["audit", "--action", "api_key.rotate"]);
    assert!(audit.contains("command line") && audit.contains(id), "{audit}");
    assert!(!home.stdout(&["audit"]).contains(key) && !server.log().contains(key));
}

#[tokio::test]
async fn another_server_is_administered_over_the_network() {
    let server = Server::start(Options::default());
    let nowhere = tempfile::tempdir().unwrap();
    let run = |key: Option<&str>, words: &[&str]| {
        let mut command = program();
        command
            .args(words)
            .args(["--url", &server.url])
            .arg("--data-dir")
            .arg(nowhere.path());
        command.envs(key.map(|key| ("COWRY_ADMIN_KEY", key)));
        command.output().unwrap()
    };
    let listed = run(Some(&server.keys.admin), &["keys", "list", "--json"]);
    assert_eq!(
        json(&String::from_utf8(listed.stdout).unwrap())["keys"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    let renamed = run(
        Some(&server.keys.admin),
        &["projects", "update", "--name", "Far shop", "--json"],
    );
    assert_eq!(json(&String::from_utf8(renamed.stdout).unwrap())["name"], "Far shop");
    let wrong = run(Some("adm_x"), &["keys", "list"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(stderr(&wrong).contains("not valid"), "{}", stderr(&wrong));
    assert_eq!(run(None, &["keys", "list"]).status.code(), Some(2));
}

#[test]
fn with_several_projects_a_command_must_say_which() {
    let server = Server::start(Options::default());
    let home = &server.home;
    let second = json(&home.stdout(&["projects", "create", "Second shop", "--with-keys", "--json"]));
    let id = second["id"].as_str().unwrap();
    assert!(second["keys"]["payment"].as_str().unwrap().starts_with("sk_test_"));
    let unsaid = home.run(&["keys", "list"]);
    assert_eq!(unsaid.status.code(), Some(1));
    assert!(stderr(&unsaid).contains("--project"), "{}", stderr(&unsaid));
    let listed = json(&home.stdout(&["keys", "list", "--project", id, "--json"]));
    assert_eq!(listed["keys"].as_array().unwrap().len(), 3);
    assert!(home.stdout(&["projects", "list"]).contains("Second shop"));
    let live = home.run(&["projects", "live", "--project", id]);
    assert!(stderr(&live).contains("key-encryption key"), "{}", stderr(&live));
}

#[test]
fn a_server_without_limits_makes_no_live_key() {
    let home = Home::new();
    let file = home.folder.path().join("kek").to_str().unwrap().to_owned();
    fs::write(&file, "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n").unwrap();
    let args = ["--kek-file", &file, "--rate-limits", "off"]
        .map(str::to_owned)
        .to_vec();
    let server = Server::start_in(
        home,
        Options {
            args,
            ..Options::default()
        },
    );
    let ask = |words: &[&str]| {
        let mut command = server.home.command(words);
        command
            .args(["--url", &server.url])
            .env("COWRY_ADMIN_KEY", &server.keys.admin);
        command.output().unwrap()
    };
    assert!(ask(&["projects", "live"]).status.success());
    let refused = ask(&["keys", "create", "--environment", "live"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("rate limits"), "{}", stderr(&refused));
}

#[tokio::test]
async fn the_database_moves_to_another_key_encryption_key() {
    let mut server = Server::start(Options::default());
    let paid = server.pay("100").await;
    server.until(&paid, "completed").await;
    let (home, keys) = (server.home.clone(), server.keys.clone());
    let file = home.folder.path().join("new-kek").to_str().unwrap().to_owned();
    fs::write(&file, "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n").unwrap();
    let rotate = ["kek", "rotate", "--new-kek-file", &file];
    if home.database_url().is_none() {
        let running = home.run(&rotate);
        assert!(
            stderr(&running).contains("in use by another process"),
            "{}",
            stderr(&running)
        );
    }
    assert!(server.stop().success());
    assert!(home.stdout(&rotate).contains("--kek-file"));
    assert!(
        home.stdout(&rotate).contains("already"),
        "an interrupted operator runs it again"
    );
    let old = home.run(&["serve", "--json", "--listen", "127.0.0.1:0"]);
    assert_eq!(old.status.code(), Some(1));
    assert!(stderr(&old).contains("does not open this database"), "{}", stderr(&old));

    let args = vec!["--kek-file".to_owned(), file.clone()];
    let options = Options {
        args: args.clone(),
        ..Options::default()
    };
    let mut server = Server::start_in(home.clone(), options);
    server.keys = keys;
    assert_eq!(server.intent(&paid).await["status"], "completed");
    let again = server.pay("100").await;
    server.until(&again, "completed").await;
    assert!(
        home.stdout(&["audit", "--action", "kek.rotate", "--kek-file", &file])
            .contains("command line")
    );
    beside_real_money(server, args).await;
}

/// A server that was given its key: opens the live environment, and starts again.
async fn beside_real_money(mut server: Server, args: Vec<String>) {
    let (home, file) = (server.home.clone(), args[1].clone());
    home.stdout(&["projects", "live", "--kek-file", &file]);
    let words = ["keys", "create", "--environment", "live", "--kek-file", &file];
    let live = home.stdout(&words);
    assert!(live.starts_with("sk_live_"));
    assert_eq!(server.get_as(live.trim(), "/v1/payment/intents").await.unwrap().0, 200);
    server.stop();
    let options = Options {
        args,
        ..Options::default()
    };
    let mut beside_money = Server::start_in(home.clone(), options);
    assert_eq!(
        beside_money.simulator_url, None,
        "nobody plays the operators beside real money"
    );
    assert!(beside_money.log().contains("simulator_not_started"));
    beside_money.stop();
    let without_limits = home.run(&[
        "serve",
        "--json",
        "--listen",
        "127.0.0.1:0",
        "--kek-file",
        &file,
        "--rate-limits",
        "off",
    ]);
    assert_eq!(without_limits.status.code(), Some(2));
    assert!(
        stderr(&without_limits).contains("live keys"),
        "{}",
        stderr(&without_limits)
    );
}
