//! Secrets that are easy to recognise go through a server that tells everything in its log. Afterwards none of them is in
//! the database, the log or an answer, neither as it is nor encoded: no provider credential, no API key, no key of keys.
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
use std::path::Path;
use std::process::Command;

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use serde_json::{Value, json};
use support::{Home, Options, Server, Simulator, payment};

/// Credentials of accounts, as a merchant enters them.
const FIRST: &str = "canary-Yellow-first-7d1f03a96b";
const SECOND: &str = "canary-Yellow-second-58c2e44d0";
const CHANGED: &str = "canary-Yellow-changed-91b7ca3f";
const WRONG: &str = "refused-canary-Yellow-0c6e5d28";
/// Credentials that a merchant enters where they do not belong.
const MISPLACED: &str = "canary-Yellow-misplaced-3fa90b";
const BROKEN: &str = "canary-Yellow-broken-json-6e12";
/// A credential that the command line reads from a file.
const FROM_FILE: &str = "canary-Yellow-from-file-a4471e";

/// A server that is watched.
struct House {
    server: Server,
    simulator: Simulator,
    /// What must be nowhere.
    secrets: Vec<String>,
    /// Every answer of the admin API.
    answers: Vec<String>,
}

impl House {
    fn start() -> Self {
        let simulator = Simulator::start(support::SPEED);
        let server = Server::start(Options {
            simulator: simulator.url.clone(),
            env: vec![("RUST_LOG".to_owned(), "trace".to_owned())],
            ..Options::default()
        });
        let keys = &server.keys;
        let mut secrets: Vec<String> = [FIRST, SECOND, CHANGED, WRONG, MISPLACED, BROKEN, FROM_FILE]
            .map(str::to_owned)
            .into();
        secrets.extend([&keys.payment, &keys.payment_intents, &keys.admin].map(|key| secret_part(key)));
        let kek = fs::read_to_string(server.home.data_dir().join("kek")).unwrap();
        secrets.push(kek.trim().to_owned());
        Self {
            server,
            simulator,
            secrets,
            answers: Vec::new(),
        }
    }

    /// A request to the admin API under an idempotency key. Its answer is kept, except for the one place where a key
    /// is shown.
    async fn admin(&mut self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let url = format!("{}/admin/v1/{path}", self.server.url);
        let request = self.server.client.request(method.parse().unwrap(), url);
        let request = request
            .bearer_auth(&self.server.keys.admin)
            .header("X-Idempotency-Key", format!("canary-{}", self.answers.len()));
        let request = if method == "GET" { request } else { request.json(body) };
        let answer = request.send().await.unwrap();
        let (status, mut body) = (answer.status().as_u16(), answer.json::<Value>().await.unwrap());
        if let Some(key) = body["data"]["key"].as_str().map(str::to_owned) {
            self.secrets.push(secret_part(&key));
            let mut shown = body.clone();
            shown["data"]["key"] = Value::Null;
            self.answers.push(shown.to_string());
        } else {
            self.answers.push(body.to_string());
        }
        (status, body["data"].take())
    }

    async fn make(&mut self, path: &str, body: Value) -> Value {
        let (status, made) = self.admin("POST", path, &body).await;
        assert!(matches!(status, 200 | 201), "{path}: {status} {made}");
        made
    }

    /// Accounts with canaries, changed, tried and misused, and a rule that sends payments to them.
    async fn set_up_accounts(&mut self) {
        let account = |gateway: &str, key: &str| json!({"gateway_code": gateway, "name": "Canary account", "settings": {"api_key": key}});
        let first = self.make("gateway-accounts", account("sim_a", FIRST)).await;
        let second = self.make("gateway-accounts", account("sim_b", SECOND)).await;
        let wrong = self.make("gateway-accounts", account("sim_a", WRONG)).await;
        let id = |account: &Value| account["id"].as_str().unwrap().to_owned();
        let path = format!("gateway-accounts/{}", id(&first));
        let changed = json!({"settings": {"api_key": CHANGED}});
        assert_eq!(self.admin("PATCH", &path, &changed).await.0, 200);
        for tried in [&first, &wrong] {
            self.make(&format!("gateway-accounts/{}/test", id(tried)), json!({}))
                .await;
        }
        let misplaced = json!({"gateway_code": "sim_a", "name": "x", "settings": {"api_token": MISPLACED}});
        assert_eq!(self.admin("POST", "gateway-accounts", &misplaced).await.0, 422);
        let broken = self
            .server
            .client
            .post(format!("{}/admin/v1/gateway-accounts", self.server.url));
        let broken = broken
            .bearer_auth(&self.server.keys.admin)
            .body(format!("{{\"api_key\": \"{BROKEN}\","));
        let broken = broken.header("Content-Type", "application/json").send().await.unwrap();
        assert_eq!(broken.status().as_u16(), 400);
        self.answers.push(broken.text().await.unwrap());
        self.set_up_by_command_line();
        let rule = json!({"method_code": "momo_mtn", "country": "CI",
            "accounts": [{"account_id": id(&first)}, {"account_id": id(&second)}]});
        self.make("routing-rules", rule).await;
        for path in [
            path.as_str(),
            "gateway-accounts",
            "routing-rules",
            "audit-log?per_page=100",
            "gateways",
        ] {
            assert_eq!(self.admin("GET", path, &Value::Null).await.0, 200, "{path}");
        }
    }

    /// An account whose credential the command line reads from a file, explained, listed and tried.
    fn set_up_by_command_line(&mut self) {
        let home = self.server.home.clone();
        let file = home.folder.path().join("credential");
        fs::write(&file, FROM_FILE).unwrap();
        let setting = format!("api_key=@{}", file.display());
        let words = [
            "accounts",
            "create",
            "--gateway",
            "sim_a",
            "--name",
            "By hand",
            "--setting",
        ];
        let made = home.stdout(&[words.as_slice(), &[&setting, "--json"]].concat());
        let made_as_json: Value = serde_json::from_str(&made).unwrap();
        let id = made_as_json["id"].as_str().unwrap();
        self.answers.push(home.stdout(&["accounts", "show", id]));
        self.answers.push(home.stdout(&["accounts", "list"]));
        let tried = home.run(&["accounts", "test", id]);
        self.answers
            .push(String::from_utf8([tried.stdout, tried.stderr].concat()).unwrap());
        self.answers.push(made);
    }

    /// Keys that are made, used, rotated and revoked, by the API and by the command line; and some that open nothing.
    async fn use_keys(&mut self) {
        let made = self
            .make("api-keys", json!({"family": "payment", "name": "Canary key"}))
            .await;
        let (key, id) = (
            made["key"].as_str().unwrap().to_owned(),
            made["id"].as_str().unwrap().to_owned(),
        );
        let (status, _) = self.server.get_as(&key, "/v1/payment/intents").await.unwrap();
        assert_eq!(status, 200);
        let successor = self
            .make(&format!("api-keys/{id}/rotate"), json!({"overlap_hours": 1}))
            .await;
        let successor = successor["key"].as_str().unwrap().to_owned();
        let (status, _) = self
            .server
            .post_as(&successor, "/v1/payment/intents", &payment("100"))
            .await
            .unwrap();
        assert_eq!(status, 201);
        assert_eq!(
            self.admin("DELETE", &format!("api-keys/{id}"), &Value::Null).await.0,
            200
        );
        let printed = self.server.home.stdout(&["keys", "create", "--json"]);
        let printed: Value = serde_json::from_str(&printed).unwrap();
        let key = find_key(&printed).expect("the command line prints the key");
        self.secrets.push(secret_part(&key));
        let forged = format!("{}{}", &key[..key.len() - 43], "Z".repeat(43));
        for wrong in [forged.as_str(), &self.server.keys.payment_intents] {
            let (status, _) = self.server.get_as(wrong, "/v1/payment/intents").await.unwrap();
            assert!(matches!(status, 401 | 403), "{status}");
        }
        self.secrets.push("Z".repeat(43));
    }

    /// Payments that are charged, asked about and tried again, with the changed credentials and those of the fallback.
    async fn pay(&mut self) {
        let mut ids = Vec::new();
        for digits in ["001", "100", "110", "130", "132", "133", "134", "141"] {
            ids.push(self.server.pay(digits).await);
        }
        for (number, id) in ids.iter().enumerate() {
            let wanted = if number == 2 { "failed" } else { "completed" };
            support::eventually(wanted, async || {
                self.server.intent(id).await["active_attempt"]["status"] == wanted
            })
            .await;
        }
        for id in ids {
            let (status, told) = self.admin("GET", &format!("payments/{id}/explain"), &Value::Null).await;
            assert_eq!(status, 200, "{told}");
            self.answers
                .push(self.server.home.stdout(&["payments", "explain", &id]));
        }
    }
}

/// The part of a key that is not public.
fn secret_part(key: &str) -> String {
    key[key.len() - 43..].to_owned()
}

/// The member of a JSON value that looks like a whole key.
fn find_key(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.starts_with("sk_test_") && text.len() > 50 => Some(text.clone()),
        Value::Object(members) => members.values().find_map(find_key),
        Value::Array(items) => items.iter().find_map(find_key),
        _ => None,
    }
}

/// Everything in the database: the files of SQLite, or every row of every table as text.
fn dump(home: &Home) -> String {
    let Some(url) = home.database_url() else {
        let mut bytes = Vec::new();
        read_folder(&home.data_dir(), &mut bytes);
        return String::from_utf8_lossy(&bytes).into_owned();
    };
    let ask = |statement: &str| {
        let output = Command::new("psql").args([&url, "-AtXc", statement]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let tables = "SELECT quote_ident(table_name) FROM information_schema.tables WHERE table_schema = 'public'";
    let tables = ask(tables);
    assert!(tables.lines().count() > 10, "{tables}");
    tables
        .lines()
        .map(|table| ask(&format!("SELECT t::text FROM {table} t")))
        .collect()
}

/// Every file but the one whose purpose is to hold a secret.
fn read_folder(folder: &Path, bytes: &mut Vec<u8>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_folder(&path, bytes);
        } else if path.is_file() && path.file_name().unwrap() != "kek" {
            bytes.extend(fs::read(path).unwrap());
        }
    }
}

/// A secret as it is, and as it would look in the usual encodings.
fn spellings(secret: &str) -> Vec<String> {
    let bytes = secret.as_bytes();
    let mut spellings = vec![secret.to_owned(), HEXLOWER.encode(bytes)];
    // Within a longer text the encoding begins at any of three places; what is left of the ends is the same.
    for skipped in 0..3 {
        let inner = &bytes[skipped..];
        let whole = &inner[..inner.len() / 3 * 3];
        spellings.push(BASE64.encode(whole));
        spellings.push(BASE64URL_NOPAD.encode(whole));
    }
    spellings
}

fn assert_absent(place: &str, text: &str, secrets: &[String]) {
    for secret in secrets {
        for spelling in spellings(secret) {
            assert!(!text.contains(&spelling), "{spelling} (of {secret}) is in {place}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_the_database_the_log_or_an_answer() {
    let mut house = House::start();
    house.set_up_accounts().await;
    house.use_keys().await;
    house.pay().await;

    let book = fs::read_to_string(house.simulator.folder.path().join("simulator/ledger.jsonl")).unwrap();
    assert!(
        book.contains(CHANGED) && book.contains(SECOND),
        "the canaries were used"
    );
    let running = dump(&house.server.home);
    assert!(
        running.contains("Canary account") && running.contains("Canary key"),
        "the dump is whole"
    );
    assert_absent("the database of a running server", &running, &house.secrets);
    assert!(house.server.stop().success());
    assert_absent("the database", &dump(&house.server.home), &house.secrets);
    assert_absent("an answer", &house.answers.concat(), &house.secrets);
    let log = house.server.log();
    assert!(log.contains("\"event\":\"charge\""), "the log tells of payments");
    assert_absent("the log", &log, &house.secrets);
    for personal in ["0500000130", "500000132", "payer@example.com"] {
        assert!(!log.contains(personal), "{personal} is in the log");
    }
}
