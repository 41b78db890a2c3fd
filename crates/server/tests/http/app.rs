//! A running server for one test, and a client that sends exactly the bytes it is told to.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use engine::admin::{Actor, Admin, KeyOrder};
use engine::domain::rights::Rights;
use engine::domain::scope::{ApiFamily, Environment, Scope};
use engine::http::{Http, Tls};
use engine::render::{EventToRender, Render, Rendered, Reply as Told};
use engine::store::testing::Guard;
use engine::vault::SecretKey;
use engine::webhooks::{Destinations, Sender};
use engine::world::World;
use engine::{CancellationToken, Engine, KekOrigin, KeysWanted, NewKey, Sandbox, SandboxKeys, Settings};
use serde_json::{Value, json};
use server::{Config, PaymentRender, RateLimits};
use simulator::Simulator;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

// Other tests take this file in from elsewhere.
#[path = "setting.rs"]
mod setting;

pub(crate) use setting::Setting;

/// Divides the sandbox's times.
const SPEED: u32 = 40;
const PATIENCE: Duration = Duration::from_secs(40);

pub(crate) struct App {
    pub(crate) engine: Engine,
    pub(crate) keys: SandboxKeys,
    pub(crate) scope: Scope,
    pub(crate) url: String,
    address: String,
    stop: CancellationToken,
    serving: JoinHandle<()>,
    events: Arc<Mutex<Vec<Value>>>,
    pub(crate) simulator: Simulator,
    _database: Guard,
}

/// An answer, read to its end.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl App {
    pub(crate) async fn start() -> Self {
        Self::start_with(KekOrigin::Given).await
    }

    pub(crate) async fn start_with(kek_origin: KekOrigin) -> Self {
        Self::start_as(Setting {
            kek_origin,
            ..Setting::default()
        })
        .await
    }

    pub(crate) async fn start_as(setting: Setting) -> Self {
        let app = Self::open(setting).await;
        app.work();
        app
    }

    /// A server in which nothing happens without a request or a callback: nobody asks operators, no timer fires and no
    /// event leaves. Operators call back at `callbacks_to`, or here.
    pub(crate) async fn start_idle(kek_origin: KekOrigin, callbacks_to: Option<String>) -> Self {
        Self::open(Setting {
            kek_origin,
            callbacks_to,
            ..Setting::default()
        })
        .await
    }

    async fn open(setting: Setting) -> Self {
        let world = World::system();
        let (store, database) = engine::store::testing::fresh(&world).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let config = simulator::Config {
            speed: SPEED,
            ..simulator::Config::default()
        };
        let simulator = Simulator::start(listener, config).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let url = format!("http://{address}");
        let events = Arc::default();
        let engine = Engine::start(Settings {
            store,
            http: Http::sockets(world.clone(), Tls::public().unwrap()),
            sender: Sender::sockets(world.clone(), Destinations::PrivateToo).unwrap(),
            postman: setting.postman,
            world,
            kek: SecretKey::new([9; 32]),
            kek_origin: setting.kek_origin,
            render: Arc::new(Recorder(PaymentRender::new(&url), Arc::clone(&events))),
            public_url: setting.callbacks_to.unwrap_or_else(|| url.clone()),
            sandbox: Sandbox {
                speed: SPEED,
                simulator_url: Some(simulator.url().to_owned()),
            },
            version: "test".to_owned(),
        })
        .await
        .unwrap();
        let made = engine.set_up(KeysWanted::WithProject).await.unwrap();
        let scope = Scope {
            project_id: made.project_id,
            environment: Environment::Sandbox,
        };
        let stop = CancellationToken::new();
        let serving = stop.clone();
        let router = server::router(
            engine.clone(),
            Config {
                public_url: format!("{url}/"),
                simulator_url: Some(simulator.url().to_owned()),
                rate_limits: RateLimits::Default,
                rates: server::Rates::default(),
                trusted_proxies: "127.0.0.1".parse().unwrap(),
            },
        );
        let reached_at = url.clone();
        let serving = tokio::spawn(async move {
            let served = server::serve(listener, (router, &reached_at), serving.cancelled());
            served.await.unwrap();
        });
        let keys = made.keys.unwrap();
        Self {
            engine,
            keys,
            scope,
            url,
            address,
            stop,
            serving,
            events,
            simulator,
            _database: database,
        }
    }

    fn work(&self) {
        let (worker, beater, deliverer) = (self.engine.clone(), self.engine.clone(), self.engine.clone());
        let (working, beating, delivering) = (self.stop.clone(), self.stop.clone(), self.stop.clone());
        tokio::spawn(async move { worker.work(working).await });
        tokio::spawn(async move { deliverer.deliver(delivering).await });
        tokio::spawn(async move { beater.beat(beating).await });
        let (sender, sending) = (self.engine.clone(), self.stop.clone());
        tokio::spawn(async move { sender.send_mails(sending).await });
    }

    /// Another key of the sandbox.
    pub(crate) async fn key(&self, family: ApiFamily) -> String {
        self.new_key(family, None).await.text
    }

    /// Another key of the sandbox with certain rights.
    pub(crate) async fn new_key(&self, family: ApiFamily, rights: Option<Rights>) -> NewKey {
        let order = KeyOrder {
            scope: self.scope,
            family,
            name: "test".to_owned(),
            rights,
            expires_at_ms: None,
        };
        self.engine.create_api_key(&admin(), order).await.unwrap().1
    }

    /// Sends bytes and reads until the server closes.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        // The server may answer and close before it was told everything.
        let _ = stream.write_all(bytes).await;
        let mut answer = Vec::new();
        let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer))
            .await
            .expect("the server answers");
        answer
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).await.unwrap()
    }

    /// One request with the payment key, on a connection of its own.
    pub(crate) async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let key = format!("Bearer {}", self.keys.payment.text);
        let mut all = vec![("Authorization", key.as_str())];
        all.extend_from_slice(headers);
        self.send_bare(method, path, &all, body).await
    }

    /// One request with these headers only.
    pub(crate) async fn send_bare(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        Reply::read(&self.raw(&[head.as_bytes(), body].concat()).await)
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], b"").await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(
            "POST",
            path,
            &[("Content-Type", "application/json")],
            body.to_string().as_bytes(),
        )
        .await
    }

    /// One request to the admin API with the first admin key.
    pub(crate) async fn admin(&self, method: &str, path: &str, body: &Value) -> Reply {
        self.admin_as(&self.keys.admin.text, &[], (method, path), body).await
    }

    /// One request to the admin API with a key and further headers. `null` is no body.
    pub(crate) async fn admin_as(
        &self,
        key: &str,
        headers: &[(&str, &str)],
        (method, path): (&str, &str),
        body: &Value,
    ) -> Reply {
        let key = format!("Bearer {key}");
        let mut all = vec![("Authorization", key.as_str())];
        all.extend_from_slice(headers);
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.send_bare(method, &format!("/admin/v1{path}"), &all, body.as_bytes())
            .await
    }

    /// Creates an intent without an attempt; its id.
    pub(crate) async fn intent(&self) -> String {
        let reply = self.post("/v1/payment/intents", &order()).await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json()["data"]["id"].as_str().unwrap().to_owned()
    }

    /// Reads an intent until it is as wanted.
    pub(crate) async fn until(&self, id: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let data = self.get(&format!("/v1/payment/intents/{id}")).await.json()["data"].take();
            if wanted(&data) {
                return data;
            }
            assert!(begun.elapsed() < PATIENCE, "still {data}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The events of a payment as merchants are told them.
    pub(crate) fn events(&self, id: &str) -> Vec<Value> {
        let all = self.events.lock().unwrap();
        all.iter()
            .filter(|event| event["payment"]["id"] == id)
            .cloned()
            .collect()
    }

    /// What the operators really took and were asked for under a reference.
    pub(crate) async fn ledger(&self, reference: &str) -> Vec<Value> {
        let address = self.simulator.url().trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request =
            format!("GET /ledger?reference={reference} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        Reply::read(&answer).json()["charges"].as_array().unwrap().clone()
    }

    /// Stops and waits until the server has returned.
    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        (&mut self.serving).await.unwrap();
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Reply {
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let end = bytes
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap_or_else(|| panic!("no head in {text:?}"));
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self {
            status,
            head,
            body: bytes[end + 4..].to_vec(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (other, value) = line.split_once(':')?;
            other.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// Checks that this is a refusal in the envelope, and returns its code.
    pub(crate) fn refused(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}\n{}", self.head, self.text());
        let body = self.json();
        let code = body["code"].as_str().unwrap().to_owned();
        assert!(!body["message"].as_str().unwrap().is_empty());
        assert!(
            body["doc_url"]
                .as_str()
                .unwrap()
                .ends_with(&format!("/docs/errors/{code}"))
        );
        assert_eq!(body["request_id"].as_str(), self.header("x-request-id"));
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(self.header("content-type"), Some("application/json"));
        code
    }

    /// Checks that fields are not valid, and names them.
    pub(crate) fn fields(&self) -> Vec<String> {
        assert_eq!(self.refused(422), "validation_failed");
        self.json()["errors"].as_object().unwrap().keys().cloned().collect()
    }
}

/// Renders as the server does, and keeps the events.
struct Recorder(PaymentRender, Arc<Mutex<Vec<Value>>>);

impl Render for Recorder {
    fn reply(&self, family: ApiFamily, reply: &Told) -> Rendered {
        self.0.reply(family, reply)
    }

    fn event(&self, event: &EventToRender<'_>) -> Vec<u8> {
        let body = self.0.event(event);
        self.1.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
        body
    }
}

/// Somebody who may do everything.
pub(crate) fn admin() -> Admin {
    Admin {
        actor: Actor::System,
        rights: Rights::all(),
    }
}

/// The published sample order, without an attempt.
pub(crate) fn order() -> Value {
    json!({
        "amount": 50, "currency": "XOF", "description": "Order 1024",
        "customer": {"email": "payer@example.com", "first_name": "Awa"}, "metadata": {"order_id": "1024"},
    })
}

/// An attempt that ends as the last digits of the number say.
pub(crate) fn attempt(digits: &str) -> Value {
    json!({"method_code": "momo_mtn", "country": "CI", "phone": {"number": format!("0700000{digits}"), "country": "CI"}})
}
