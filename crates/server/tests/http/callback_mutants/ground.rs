//! Where mutants are let loose: a server in which only callbacks move payments, the genuine callbacks of its payments held
//! back, and accounts elsewhere whose keys are known.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode};
use engine::KekOrigin;
use engine::domain::ids::AccountId;
use engine::domain::intent::LateSuccess;
use engine::domain::scope::{Environment, Scope};
use engine::store::accounts::{AccountRow, AccountState};
use engine::store::projects::EnvironmentRow;
use engine::store::{self, StoreError, Tx};
use engine::vault::SecretKey;
use serde_json::{Value, json};
use server::{Config, RateLimits, Router};
use tokio::net::TcpListener;
use tower::ServiceExt;

use crate::app::{App, attempt, order};

/// Digits, the attempt's and the intent's status once the callbacks are in, and how many there are.
const PAYMENTS: [(&str, &str, &str, usize); 8] = [
    ("001", "completed", "completed", 1),
    ("100", "completed", "completed", 1),
    ("110", "failed", "pending", 1),
    ("111", "failed", "pending", 1),
    ("141", "completed", "completed", 5),
    ("143", "completed", "completed", 2),
    ("144", "processing", "pending", 1),
    ("145", "completed", "completed", 3),
];

/// A callback on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Letter {
    /// The unguessable part of the address.
    pub(super) path: String,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) body: Vec<u8>,
}

/// An account that the genuine callbacks are not for.
#[derive(Clone, Debug)]
pub(super) struct Foreign {
    pub(super) path: String,
    pub(super) key: String,
}

pub(super) struct Ground {
    pub(super) router: Router,
    pub(super) foreign: Vec<Foreign>,
    app: App,
    payments: Vec<String>,
    held_back: Arc<Mutex<Vec<Letter>>>,
}

impl Letter {
    pub(super) fn header(&self, name: &str) -> Option<&HeaderValue> {
        self.headers
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value)
    }

    pub(super) async fn post(self, router: Router) -> StatusCode {
        let mut request = Request::post(format!("/callbacks/{}", self.path))
            .body(Body::from(self.body))
            .unwrap();
        for (name, value) in self.headers {
            request.headers_mut().append(name, value);
        }
        router.oneshot(request).await.unwrap().status()
    }
}

impl Ground {
    pub(super) async fn open() -> Self {
        let held_back = Arc::default();
        let url = hold_back(Arc::clone(&held_back)).await;
        let app = App::start_idle(KekOrigin::Given, Some(url)).await;
        let mut payments = Vec::new();
        for (digits, ..) in PAYMENTS {
            let mut body = order();
            body["attempt"] = attempt(digits);
            let reply = app.post("/v1/payment/intents", &body).await;
            assert_eq!(reply.status, 201, "{}", reply.text());
            payments.push(reply.json()["data"]["id"].as_str().unwrap().to_owned());
        }
        let foreign = vec![
            beside(&app, "sim_b").await,
            beside(&app, "sim_a").await,
            elsewhere(&app).await,
        ];
        let config = Config {
            public_url: app.url.clone(),
            simulator_url: None,
            rate_limits: RateLimits::Default,
            rates: server::Rates::default(),
            trusted_proxies: server::TrustedProxies::default(),
        };
        Self {
            router: server::router(app.engine.clone(), config),
            foreign,
            app,
            payments,
            held_back,
        }
    }

    /// Every callback of the payments, once all have come.
    pub(super) async fn genuine(&self) -> Vec<Letter> {
        let all: usize = PAYMENTS.iter().map(|(.., callbacks)| callbacks).sum();
        until("the operators call back", async || {
            self.held_back.lock().unwrap().len() == all
        })
        .await;
        let mut letters = self.held_back.lock().unwrap().clone();
        // What comes first differs from run to run; what a seed does with them must not.
        letters.sort_by_key(|letter| {
            let body: Value = serde_json::from_slice(&letter.body).unwrap();
            body["transaction"]["phone"].to_string() + &body["event_id"].to_string()
        });
        letters
    }

    /// Waits until so many callbacks have been processed, and none of these accounts waits.
    pub(super) async fn processed(&self, wanted: usize) {
        let count = "SELECT COUNT(*) FROM inbox WHERE state = 'processed'";
        until("processed", async || {
            self.count(count).await == i64::try_from(wanted).unwrap()
        })
        .await;
        self.settle_down().await;
        assert_eq!(self.count(count).await, i64::try_from(wanted).unwrap());
    }

    /// Waits until nothing is under way.
    pub(super) async fn settle_down(&self) {
        self.app.engine.drain(Duration::from_secs(20)).await;
    }

    pub(super) async fn check_endings(&self) {
        for (id, (digits, attempt, status, _)) in self.payments.iter().zip(PAYMENTS) {
            let intent = self.app.get(&format!("/v1/payment/intents/{id}")).await.json()["data"].take();
            assert_eq!(
                (&intent["active_attempt"]["status"], &intent["status"]),
                (&json!(attempt), &json!(status)),
                "{digits}: {intent:#}"
            );
        }
    }

    /// Every row about money, as text.
    pub(super) async fn dump(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for table in [
            "intents",
            "attempts",
            "permits",
            "facts",
            "outbox",
            "journal",
            "refunds",
            "calls",
            "attention",
        ] {
            let columns = match self.app.engine.store().engine_name() {
                "sqlite" => format!("SELECT name FROM pragma_table_info('{table}')"),
                _ => format!(
                    "SELECT column_name::TEXT FROM information_schema.columns WHERE table_name = '{table}'
                    ORDER BY ordinal_position"
                ),
            };
            let columns = self.all(columns).await;
            assert!(columns.len() > 5, "{table}: {columns:?}");
            let cells: Vec<String> = columns
                .iter()
                .map(|column| format!("COALESCE(CAST({column} AS TEXT), '-')"))
                .collect();
            let line = cells.join(" || '|' || ");
            lines.push(table.to_owned());
            lines.extend(self.all(format!("SELECT {line} FROM {table} ORDER BY 1")).await);
        }
        lines
    }

    /// Refused callbacks of the account that has most of them.
    pub(super) async fn most_refused(&self) -> i64 {
        self.count("SELECT COUNT(*) FROM inbox WHERE state = 'refused' GROUP BY account_id ORDER BY 1 DESC LIMIT 1")
            .await
    }

    async fn all(&self, text: String) -> Vec<String> {
        let text: &'static str = text.leak();
        let read = self
            .app
            .engine
            .store()
            .read(move |tx: &mut Tx<'_>| tx.sql(text).all::<String>());
        read.await.unwrap()
    }

    async fn count(&self, text: &'static str) -> i64 {
        let read = self
            .app
            .engine
            .store()
            .read(move |tx: &mut Tx<'_>| tx.sql(text).one::<i64>());
        read.await.unwrap()
    }
}

async fn until(what: &str, wanted: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    while !wanted().await {
        assert!(begun.elapsed() < Duration::from_secs(40), "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Where operators believe to call us back: takes everything and keeps it.
async fn hold_back(letters: Arc<Mutex<Vec<Letter>>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let take = async |State(letters): State<Arc<Mutex<Vec<Letter>>>>, Path(path), headers: HeaderMap, body: Bytes| {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let body = body.to_vec();
        letters.lock().unwrap().push(Letter { path, headers, body });
    };
    let door = Router::new()
        .route("/callbacks/{path}", axum::routing::post(take))
        .with_state(letters);
    tokio::spawn(async move { axum::serve(listener, door).await.unwrap() });
    url
}

/// Another account of the same environment.
async fn beside(app: &App, gateway: &str) -> Foreign {
    let key = format!("key-of-another-{gateway}");
    let made = json!({"gateway_code": gateway, "name": "Another", "settings": {"api_key": key}});
    let made = app.admin("POST", "/gateway-accounts", &made).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let url = made.json()["data"]["callback_url"].as_str().unwrap().to_owned();
    let (_, path) = url.rsplit_once('/').unwrap();
    Foreign {
        path: path.to_owned(),
        key,
    }
}

/// An account in the other environment. No API makes a simulated one there, so it is written as it would be kept.
async fn elsewhere(app: &App) -> Foreign {
    let scope = Scope {
        environment: Environment::Live,
        ..app.scope
    };
    let (kek, data_key) = (SecretKey::new([9; 32]), SecretKey::new([5; 32]));
    let place = format!("environments.data_key {} live", scope.project_id);
    let environment = EnvironmentRow {
        scope,
        data_key: kek.seal(&place, [1; 24], &data_key.expose()).unwrap(),
        fail_with_attempt: false,
        late_success: LateSuccess::default(),
        routing_revision: 0,
        created_at_ms: 1,
    };
    let id = AccountId::new(1, 1);
    let foreign = Foreign {
        path: "path-in-the-other-environment".to_owned(),
        key: "key-in-the-other-environment".to_owned(),
    };
    let settings = format!("api_key={}\n", foreign.key);
    let account = AccountRow {
        id,
        gateway_code: "sim_a".to_owned(),
        name: "Elsewhere".to_owned(),
        settings: data_key
            .derive("columns")
            .seal(&format!("accounts.settings {id}"), [2; 24], settings.as_bytes())
            .unwrap(),
        version: 1,
        callback_path: foreign.path.clone(),
        state: AccountState::Active,
        created_at_ms: 1,
    };
    let write = move |tx: &mut Tx<'_>| {
        store::projects::insert_environment(tx, &environment)?;
        store::accounts::insert(tx, &scope, &account)?;
        Ok::<_, StoreError>(())
    };
    app.engine.store().write(write).await.unwrap();
    foreign
}
