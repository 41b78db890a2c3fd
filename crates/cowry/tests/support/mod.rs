//! Real processes for tests: a server and a simulator, each in a data folder of its own, on the database under test
//! (`COWRY_TEST_DATABASE`: SQLite unless it is a `postgres://` URL).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    dead_code,
    unused_imports,
    missing_docs,
    unreachable_pub
)]

mod home;
mod process;
mod receiver;
mod records;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

pub use home::{EmptyDatabase, Home, program};
pub use process::Process;
pub use receiver::{Letter, Manner, Receiver};
pub use records::Records;

/// Faster than life by this factor, unless a test wants otherwise.
pub const SPEED: u32 = 20;
/// Nothing that a test waits for takes longer.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How a server is started.
#[derive(Clone)]
pub struct Options {
    /// Sandbox speed.
    pub speed: u32,
    /// `embedded`, `off` or the URL of a [`Simulator`].
    pub simulator: String,
    /// More arguments of `serve`.
    pub args: Vec<String>,
    /// Environment variables.
    pub env: Vec<(String, String)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            speed: SPEED,
            simulator: "embedded".to_owned(),
            args: Vec::new(),
            env: Vec::new(),
        }
    }
}

/// A running server. Killed when dropped.
pub struct Server {
    /// How it is reached: the same after every restart.
    pub url: String,
    pub simulator_url: Option<String>,
    pub project_id: String,
    /// Keys of the first start.
    pub keys: Keys,
    /// The line that the latest start printed.
    pub line: Value,
    pub home: Home,
    pub client: reqwest::Client,
    options: Options,
    port: u16,
    process: Process,
}

#[derive(Clone, Debug, Default)]
pub struct Keys {
    pub payment: String,
    pub payment_intents: String,
    pub admin: String,
}

impl Server {
    /// A server on a new database, ready.
    pub fn start(options: Options) -> Self {
        Self::start_in(Home::new(), options)
    }

    /// A server on a database that may have been served before (then `keys` are empty unless `--new-keys` is given).
    pub fn start_in(home: Home, options: Options) -> Self {
        let port = free_ports();
        let (process, line) = spawn(&home, &options, port);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            url: text(&line["url"]),
            simulator_url: line["simulator_url"].as_str().map(str::to_owned),
            project_id: text(&line["project_id"]),
            keys: Keys {
                payment: text(&line["keys"]["payment"]),
                payment_intents: text(&line["keys"]["payment_intents"]),
                admin: text(&line["keys"]["admin"]),
            },
            line,
            client: client(),
            home,
            options,
            port,
            process,
        }
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Ends the process without warning, and waits until it is gone.
    pub fn kill9(&mut self) {
        self.process.kill9();
    }

    /// Asks for an orderly stop and waits for the end.
    pub fn stop(&mut self) -> ExitStatus {
        self.process.signal("TERM");
        self.process.wait(Duration::from_secs(12))
    }

    pub fn signal(&self, name: &str) {
        self.process.signal(name);
    }

    pub fn wait(&mut self) -> ExitStatus {
        self.process.wait(Duration::from_secs(12))
    }

    /// Starts again on the same ports, folder and database. Returns how long it took to be ready.
    pub fn restart(&mut self) -> Duration {
        let begun = Instant::now();
        (self.process, self.line) = spawn(&self.home, &self.options, self.port);
        assert_eq!(self.line["url"], self.url, "a restart keeps the address");
        self.client = client(); // the connections of the old one are dead
        begun.elapsed()
    }

    /// Everything the latest process wrote to stderr.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Everything the latest process wrote to stdout after its first line.
    pub fn more_stdout(&self) -> Vec<String> {
        self.process.more_lines()
    }

    /// `POST` with the payment key. Returns status and body; panics when nothing answers.
    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.post_as(&self.keys.payment, path, body).await.unwrap()
    }

    /// `POST` with a key and further headers as the caller likes: see [`Server::client`].
    pub async fn post_as(&self, key: &str, path: &str, body: &Value) -> reqwest::Result<(u16, Value)> {
        let request = self
            .client
            .post(format!("{}{path}", self.url))
            .bearer_auth(key)
            .json(body);
        read(request.send().await?).await
    }

    /// `GET` with the payment key.
    pub async fn get(&self, path: &str) -> (u16, Value) {
        self.get_as(&self.keys.payment, path).await.unwrap()
    }

    pub async fn get_as(&self, key: &str, path: &str) -> reqwest::Result<(u16, Value)> {
        read(
            self.client
                .get(format!("{}{path}", self.url))
                .bearer_auth(key)
                .send()
                .await?,
        )
        .await
    }

    /// Creates an intent with its attempt, whose scenario the phone's last three digits choose. Returns its id.
    pub async fn pay(&self, digits: &str) -> String {
        let (status, body) = self.post("/v1/payment/intents", &payment(digits)).await;
        assert_eq!(status, 201, "{body}");
        body["data"]["id"].as_str().unwrap().to_owned()
    }

    /// The intent as it is now.
    pub async fn intent(&self, id: &str) -> Value {
        let (status, mut body) = self.get(&format!("/v1/payment/intents/{id}")).await;
        assert_eq!(status, 200, "{body}");
        body["data"].take()
    }

    /// The attempts of an intent, newest first.
    pub async fn attempts(&self, id: &str) -> Vec<Value> {
        let (status, body) = self
            .get(&format!("/v1/payment/intents/{id}/attempts?per_page=100"))
            .await;
        assert_eq!(status, 200, "{body}");
        body["data"].as_array().unwrap().clone()
    }

    /// Waits until an intent has a status.
    pub async fn until(&self, id: &str, wanted: &str) -> Value {
        let begun = Instant::now();
        loop {
            let intent = self.intent(id).await;
            if intent["status"] == wanted {
                return intent;
            }
            assert!(begun.elapsed() < PATIENCE, "not {wanted}: {intent:#}\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// The simulated operators in a process of their own. Killed when dropped.
pub struct Simulator {
    pub url: String,
    pub folder: TempDir,
    process: Process,
}

impl Simulator {
    pub fn start(speed: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = program();
        command.args([
            "simulator",
            "--json",
            "--listen",
            "127.0.0.1:0",
            "--sandbox-speed",
            &speed.to_string(),
        ]);
        command.arg("--data-dir").arg(folder.path().join("simulator"));
        let (process, line) = Process::spawn(command, &folder.path().join("simulator.log"));
        let line: Value = serde_json::from_str(&line.expect("the simulator says where it is")).unwrap();
        Self {
            url: line["simulator_url"].as_str().unwrap().to_owned(),
            folder,
            process,
        }
    }

    /// Sets a fault of an operator (`down`, `hold`, …), or `normal`, until further notice.
    pub async fn control(&self, gateway: &str, mode: &str) {
        let request = client().post(format!("{}/control", self.url));
        let answer = request.json(&json!({"gateway": gateway, "mode": mode})).send().await;
        assert_eq!(answer.unwrap().status().as_u16(), 200);
    }

    /// Asks for an orderly stop and waits for the end.
    pub fn stop(&mut self) -> ExitStatus {
        self.process.signal("TERM");
        self.process.wait(Duration::from_secs(12))
    }

    pub fn log(&self) -> String {
        self.process.log()
    }
}

/// The operators' rows: `filter` is `reference=…`, `phone=…` or nothing.
pub async fn charges(simulator_url: &str, filter: &str) -> Vec<Value> {
    let answer = client()
        .get(format!("{simulator_url}/ledger?{filter}"))
        .send()
        .await
        .unwrap();
    let ledger: Value = answer.json().await.unwrap();
    ledger["charges"].as_array().unwrap().clone()
}

/// A payment of 50 XOF by MTN in Côte d'Ivoire, from a number that ends in these digits.
pub fn payment(digits: &str) -> Value {
    json!({
        "amount": 50, "currency": "XOF", "description": "Order 1024",
        "customer": {"email": "payer@example.com", "first_name": "Awa"},
        "attempt": {"method_code": "momo_mtn", "country": "CI",
            "phone": {"number": format!("+2250500000{digits}"), "country": "CI"}}
    })
}

/// Waits until something is so.
pub async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < PATIENCE, "never: {what}");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

pub fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .timeout(Duration::from_secs(20))
        .no_proxy()
        .build()
        .unwrap()
}

async fn read(answer: reqwest::Response) -> reqwest::Result<(u16, Value)> {
    let status = answer.status().as_u16();
    Ok((status, answer.json().await.unwrap_or(Value::Null)))
}

fn spawn(home: &Home, options: &Options, port: u16) -> (Process, Value) {
    let mut command = home.command(&["serve", "--json"]);
    command.arg("--listen").arg(format!("127.0.0.1:{port}"));
    command.arg("--sandbox-speed").arg(options.speed.to_string());
    command.arg("--simulator").arg(&options.simulator).args(&options.args);
    command.envs(options.env.clone());
    let log = log_file(home.folder.path());
    let (process, line) = Process::spawn(command, &log);
    let Some(line) = line else {
        panic!("the server did not start: {}", process.log())
    };
    (process, serde_json::from_str(&line).unwrap())
}

fn log_file(folder: &Path) -> PathBuf {
    let names = (1..).map(|number| folder.join(format!("serve-{number}.log")));
    names.into_iter().find(|path| !path.exists()).unwrap()
}

/// Two ports side by side that nobody uses, below those that the system hands out by itself: a restart finds them free.
pub fn free_ports() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % 1_000).unwrap() * 11;
    for _ in 0..5_000 {
        let port = 20_000 + (first + NEXT.fetch_add(2, Ordering::Relaxed)) % 12_000;
        let free = |port| TcpListener::bind(("127.0.0.1", port)).is_ok();
        if free(port) && free(port + 1) {
            return port;
        }
    }
    panic!("no free ports");
}

/// [`eventually`] without a runtime.
pub fn blocking_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "never: {what}");
        std::thread::sleep(Duration::from_millis(25));
    }
}
