//! Gateway accounts, rules and routing by the command line: with a server, without one, and from elsewhere; and the guide
//! about them, as it is written.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod support;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use support::{Home, Options, Server};

const SECRET: &str = "canary-51c7";

fn json(home: &Home, words: &[&str]) -> Value {
    let words: Vec<&str> = words.iter().copied().chain(["--json"]).collect();
    serde_json::from_str(&home.stdout(&words)).unwrap()
}

fn account_of(home: &Home, gateway: &str) -> String {
    let list = json(home, &["accounts", "list", "--gateway", gateway]);
    list["accounts"][0]["id"].as_str().unwrap().to_owned()
}

/// Makes an account whose secret comes by standard input.
fn create(home: &Home) -> String {
    let words = [
        "accounts",
        "create",
        "--gateway",
        "sim_b",
        "--name",
        "Second",
        "--setting",
        "api_key=-",
        "--json",
    ];
    let mut child = home
        .command(&words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(format!("{SECRET}\n").as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && !text.contains(SECRET), "{text}");
    let made: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(made["settings"]["api_key"]["set"], true);
    made["id"].as_str().unwrap().to_owned()
}

/// Tries the credentials; the exit code. On PostgreSQL only the server itself knows where its simulator is.
fn test(server: &Server, account: &str) -> Option<i32> {
    let mut command = server.home.command(&["accounts", "test", account]);
    if server.home.database_url().is_some() {
        command
            .args(["--url", &server.url])
            .env("COWRY_ADMIN_KEY", &server.keys.admin);
    }
    command.output().unwrap().status.code()
}

#[tokio::test]
async fn a_second_account_takes_payments_by_command_line() {
    let server = Server::start(Options::default());
    let home = &server.home;
    assert!(home.stdout(&["gateways"]).contains("api_key"));
    let (first, second) = (account_of(home, "sim_a"), create(home));
    assert_eq!(test(&server, &second), Some(0));
    let set = |accounts: [&str; 2]| {
        let [one, two] = accounts;
        json(
            home,
            &[
                "rules",
                "set",
                "--method",
                "momo_mtn",
                "--country",
                "CI",
                "--account",
                one,
                "--account",
                two,
            ],
        )
    };
    let made = set([&second, &format!("{first}:0")]);
    assert_eq!(
        (&made["accounts"][0]["gateway_code"], &made["accounts"][1]["weight"]),
        (&Value::from("sim_b"), &Value::from(0))
    );
    let intent = server.intent(&server.pay("100").await).await;
    assert_eq!(intent["active_attempt"]["gateway"]["code"], "sim_b");
    let turned = set([&first, &second]);
    assert_eq!(turned["id"], made["id"], "a rule that is there is replaced");
    let routing = json(home, &["routing", "set", "--no-fallback-after", "gateway_unavailable"]);
    assert_eq!(routing["no_fallback_after"][0], "gateway_unavailable");
    let alone = server.intent(&server.pay("132").await).await;
    assert_eq!(alone["active_attempt"]["gateway"]["code"], "sim_a");
    let routing = json(
        home,
        &[
            "routing",
            "set",
            "--no-fallback-after",
            "none",
            "--strategy",
            "load_balanced",
        ],
    );
    assert_eq!(
        (&routing["no_fallback_after"], &routing["strategy"]),
        (&serde_json::json!([]), &Value::from("load_balanced"))
    );
    home.stdout(&["accounts", "update", &second, "--setting", "api_key=refused"]);
    assert_eq!(test(&server, &second), Some(1));
    let moved = home.run(&[
        "accounts",
        "update",
        &second,
        "--setting",
        "base_url=http://127.0.0.1:1",
    ]);
    assert!(String::from_utf8(moved.stderr).unwrap().contains("make a new account"));
    assert_eq!(json(home, &["accounts", "close", &second])["state"], "closed");
    home.stdout(&["rules", "remove", made["id"].as_str().unwrap()]);
    support::eventually("health is shown", async || home.stdout(&["health"]).contains("healthy")).await;
    assert!(!server.log().contains(SECRET), "no secret is logged");
}

#[tokio::test]
async fn accounts_are_changed_without_a_server_and_from_elsewhere() {
    let mut server = Server::start(Options::default());
    let admin = server.keys.admin.clone();
    let mut elsewhere = support::program();
    elsewhere.args(["accounts", "list", "--json", "--url", &server.url]);
    let output = elsewhere.env("COWRY_ADMIN_KEY", &admin).output().unwrap();
    let list: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(list["accounts"].as_array().unwrap().len(), 2);
    server.kill9();
    let second = create(&server.home);
    let closed = json(&server.home, &["accounts", "close", &account_of(&server.home, "sim_a")]);
    assert_eq!(closed["state"], "closed");
    server.restart();
    let intent = server.intent(&server.pay("100").await).await;
    assert_eq!(intent["active_attempt"]["gateway"]["code"], "sim_b");
    assert_eq!(account_of(&server.home, "sim_b"), second, "the newest comes first");
}

#[tokio::test]
async fn an_account_leads_to_no_server_inside_but_to_our_own_simulator() {
    let server = Server::start(Options::default());
    let create = |base_url: &str| {
        let setting = format!("base_url={base_url}");
        let words = [
            "accounts",
            "create",
            "--gateway",
            "sim_b",
            "--name",
            "x",
            "--setting",
            "api_key=x",
        ];
        let mut command = server.home.command(&words);
        command.args(["--setting", &setting, "--url", &server.url]);
        command.env("COWRY_ADMIN_KEY", &server.keys.admin).output().unwrap()
    };
    for inside in [
        "http://127.0.0.1:1",
        "http://localhost:1",
        "http://169.254.169.254/latest",
    ] {
        let refused = create(inside);
        let text = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success(), "{inside}");
        assert!(text.contains("base_url") && text.contains("public internet"), "{text}");
    }
    let ours = create(server.simulator_url.as_deref().unwrap());
    assert!(ours.status.success(), "{}", String::from_utf8_lossy(&ours.stderr));
}

/// The commands of the guide, in the order in which they stand there.
fn commands_of(guide: &Path) -> String {
    let text = std::fs::read_to_string(guide).unwrap();
    let blocks = text.split("```sh\n").skip(1);
    let commands: Vec<&str> = blocks.map(|block| block.split("```").next().unwrap()).collect();
    assert!(commands.len() >= 6);
    commands.join("\n")
}

#[tokio::test]
async fn the_guide_works_as_it_is_written() {
    let server = Server::start(Options::default());
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides/second-account.md");
    let script = commands_of(&guide).replace("http://127.0.0.1:8600", &server.url);
    let program = Path::new(env!("CARGO_BIN_EXE_cowry")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let folder = tempfile::tempdir().unwrap();
    let mut shell = Command::new("sh");
    shell
        .args(["-euc", &script])
        .current_dir(folder.path())
        .env("PATH", path);
    match server.home.database_url() {
        None => shell.env("COWRY_DATA_DIR", server.home.data_dir()),
        Some(_) => shell
            .env("COWRY_URL", &server.url)
            .env("COWRY_ADMIN_KEY", &server.keys.admin),
    };
    let output = shell.output().unwrap();
    let (told, failed) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    );
    assert!(output.status.success(), "{failed}\n{told}");
    assert!(told.contains(r#""is_fallback":true"#), "{told}");
    assert!(told.contains(r#""result":"working""#), "{told}");
    assert!(
        !told.contains("my-second-secret") && !told.contains("my-third-secret"),
        "{told}"
    );
    let rules = json(&server.home, &["rules", "list", "--country", "CI"]);
    assert_eq!(rules["rules"].as_array().unwrap().len(), 2);
    assert_eq!(json(&server.home, &["routing", "show"])["strategy"], "rules");
}
