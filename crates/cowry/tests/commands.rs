//! The commands beside `serve`: keys, lists, migrate, doctor, and the settings file.
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
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{Home, Options, Server, program};

#[tokio::test]
async fn keys_are_made_and_revoked_while_the_server_runs() {
    let server = Server::start(Options::default());
    let made: Value =
        serde_json::from_str(&server.home.stdout(&["keys", "create", "--json", "--name", "till 1"])).unwrap();
    let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    assert_eq!(server.get_as(key, "/v1/payment/intents").await.unwrap().0, 200);
    let listed: Value = serde_json::from_str(&server.home.stdout(&["keys", "list", "--json"])).unwrap();
    let found = listed["keys"]
        .as_array()
        .unwrap()
        .iter()
        .find(|key| key["id"] == id)
        .unwrap();
    assert_eq!(
        (found["name"].as_str(), found["status"].as_str()),
        (Some("till 1"), Some("valid"))
    );
    assert!(!listed.to_string().contains(key), "lists hold no secrets");
    server.home.stdout(&["keys", "revoke", id]);
    let revoked = Instant::now();
    while server.get_as(key, "/v1/payment/intents").await.unwrap().0 != 401 {
        assert!(
            revoked.elapsed() < Duration::from_millis(1_200),
            "a revoked key is refused within a second"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let again = server.home.run(&["keys", "revoke", id]);
    assert_eq!(again.status.code(), Some(1));
    let admin = server.home.stdout(&["keys", "create", "--family", "admin"]);
    assert_eq!(server.get_as(admin.trim(), "/admin/v1/project").await.unwrap().0, 200);
    if server.home.database_url().is_none() {
        let socket = fs::metadata(server.home.data_dir().join("control.sock")).unwrap();
        assert_eq!(socket.permissions().mode() & 0o777, 0o600);
        let mistaken = server
            .home
            .run(&["keys", "create", "--database-url", "sqlite:another.db"]);
        assert!(
            String::from_utf8(mistaken.stderr)
                .unwrap()
                .contains("uses the database")
        );
    }
}

#[tokio::test]
async fn keys_are_made_without_a_server_and_after_a_crash() {
    let mut server = Server::start(Options::default());
    server.kill9();
    let key = server.home.stdout(&["keys", "create"]);
    assert!(server.home.stdout(&["keys", "list"]).contains("made by hand"));
    server.restart();
    assert_eq!(server.get_as(key.trim(), "/v1/payment/intents").await.unwrap().0, 200);
    let after_restart = server.home.stdout(&["keys", "create"]);
    assert_eq!(
        server
            .get_as(after_restart.trim(), "/v1/payment/intents")
            .await
            .unwrap()
            .0,
        200
    );
}

#[test]
fn a_deep_data_folder_has_a_control_socket_too() {
    let mut home = Home::new();
    if home.database_url().is_some() {
        return;
    }
    let outer = tempfile::tempdir().unwrap();
    let deep = outer.path().join("d".repeat(120));
    fs::create_dir(&deep).unwrap();
    home.folder = std::sync::Arc::new(tempfile::tempdir_in(&deep).unwrap());
    let server = Server::start_in(home, Options::default());
    server.home.stdout(&["keys", "create"]);
}

#[tokio::test]
async fn doctor_finds_a_healthy_house_healthy_and_says_what_is_not() {
    let server = Server::start(Options::default());
    support::eventually("the house beats", async || {
        let report: Value = serde_json::from_slice(&server.home.run(&["doctor", "--json"]).stdout).unwrap();
        let find = |name: &str| {
            report["findings"]
                .as_array()
                .unwrap()
                .iter()
                .find(|f| f["check"] == name)
                .cloned()
        };
        report["ok"] == true && find("processes").is_some_and(|found| found["level"] == "ok")
    })
    .await;
    let report = server.home.stdout(&["doctor"]);
    assert!(report.contains("Nothing is wrong."), "{report}");
    fs::set_permissions(server.home.data_dir().join("kek"), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(server.home.stdout(&["doctor"]).contains("chmod 600"));
    fs::remove_file(server.home.data_dir().join("kek")).unwrap();
    let ill = server.home.run(&["doctor"]);
    assert_eq!(ill.status.code(), Some(1));
    let report = String::from_utf8(ill.stdout).unwrap();
    assert!(report.contains("WRONG") && report.contains("--kek-file"), "{report}");
    let nowhere = tempfile::tempdir().unwrap();
    let output = program()
        .args(["doctor", "--data-dir"])
        .arg(nowhere.path().join("none"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(!nowhere.path().join("none").exists(), "looking makes nothing");
}

#[tokio::test]
async fn what_waits_for_a_person_is_listed() {
    let server = Server::start(Options::default());
    assert!(server.home.stdout(&["attention"]).contains("Nothing waits"));
    let id = server.pay("144").await; // the operator takes another amount
    support::eventually("the list names the payment", async || {
        let list: Value = serde_json::from_str(&server.home.stdout(&["attention", "--json"])).unwrap();
        list["attention"]
            .as_array()
            .unwrap()
            .iter()
            .any(|item| item["kind"] == "amount_mismatch" && item["payment_id"] == id)
    })
    .await;
    let text = server.home.stdout(&["attention"]);
    assert!(text.contains("amount_mismatch") && text.contains("1 of 1"), "{text}");
    let list: Value =
        serde_json::from_str(&server.home.stdout(&["attention", "--environment", "sandbox", "--json"])).unwrap();
    let item = list["attention"][0]["id"].as_str().unwrap().to_owned();
    let live = ["attention", "--environment", "live"];
    assert!(!server.home.run(&live).status.success(), "that environment is not open");
    let told = server
        .home
        .stdout(&["attention", "resolve", &item, "--note", "Collected the rest."]);
    assert!(told.contains("off the list"), "{told}");
    assert!(server.home.stdout(&["attention"]).contains("Nothing waits"));
    assert!(
        server
            .home
            .stdout(&["audit", "--action", "attention"])
            .contains("Collected the rest.")
    );
}

#[test]
fn an_address_is_shown_whole_or_not_at_all() {
    let mut server = Server::start(Options::default());
    server.kill9();
    let list = |command: &mut std::process::Command| {
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let list: Value = serde_json::from_slice(&output.stdout).unwrap();
        list["accounts"][0].clone()
    };
    let words = ["accounts", "list", "--json"];
    let unknown = list(&mut server.home.command(&words));
    assert_eq!(
        unknown["callback_url"],
        Value::Null,
        "no server runs, and nobody said how it is reached"
    );
    let shown = server
        .home
        .stdout(&["accounts", "show", unknown["id"].as_str().unwrap()]);
    assert!(
        shown.contains("--public-url") && !shown.contains("/callbacks/"),
        "{shown}"
    );
    let url = "https://pay.example.com";
    let file = server.home.data_dir().join("settings.toml");
    fs::write(&file, format!("public-url = '{url}'")).unwrap();
    let ways = [
        list(server.home.command(&words).env("COWRY_PUBLIC_URL", format!("{url}/"))),
        list(server.home.command(&words).args(["--public-url", url])),
        list(server.home.command(&words).arg("--config").arg(&file)),
    ];
    for way in ways {
        let address = way["callback_url"].as_str().unwrap().to_owned();
        assert!(address.starts_with(&format!("{url}/callbacks/")), "{address}");
    }
}

#[test]
fn migrate_tells_where_the_schema_stood_and_stands() {
    let home = Home::new();
    if home.database_url().is_some() {
        assert!(home.stdout(&["migrate"]).contains("nothing to do"));
        return;
    }
    assert!(home.stdout(&["migrate"]).contains("made in an empty database"));
    assert!(home.stdout(&["migrate"]).contains("nothing to do"));
    let server = Server::start_in(home, Options::default());
    let refused = server.home.run(&["migrate"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        String::from_utf8(refused.stderr)
            .unwrap()
            .contains("in use by another process")
    );
}

#[test]
fn postgresql_is_migrated_when_asked() {
    let Some(database) = support::EmptyDatabase::new() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let run = |words: &[&str]| {
        let mut command = program();
        command
            .args(words)
            .arg("--data-dir")
            .arg(folder.path())
            .arg("--database-url")
            .arg(&database.url);
        command.output().unwrap()
    };
    let refused = run(&["serve", "--json", "--listen", "127.0.0.1:0"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("cowry migrate"));
    let migrated = run(&["migrate"]);
    assert!(
        String::from_utf8(migrated.stdout)
            .unwrap()
            .contains("made in an empty database")
    );
    assert!(
        String::from_utf8(run(&["migrate"]).stdout)
            .unwrap()
            .contains("nothing to do")
    );
}

#[test]
fn flags_go_before_variables_before_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("cowry.toml");
    let said = |flags: &[&str], variable: Option<&str>| {
        let mut command = program();
        command.args(["keys", "list", "--config"]).arg(&config).args(flags);
        command.envs(variable.map(|value| ("COWRY_DATA_DIR", value)));
        String::from_utf8(command.output().unwrap().stderr).unwrap()
    };
    fs::write(&config, "data-dir = '/from-file'\n").unwrap();
    assert!(said(&[], None).contains("/from-file/cowry.db"));
    assert!(said(&[], Some("/from-variable")).contains("/from-variable/cowry.db"));
    assert!(said(&["--data-dir", "/from-flag"], Some("/from-variable")).contains("/from-flag/cowry.db"));
    fs::write(&config, "data-dirr = '/from-file'\n").unwrap();
    assert!(said(&[], None).contains("unknown field `data-dirr`"));
}
