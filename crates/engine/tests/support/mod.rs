//! A whole house for tests: an engine on the database under test, a real simulator over HTTP, and a door for callbacks.
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

pub mod inline;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use domain::country::Country;
use domain::currency::Currency;
use domain::ids::{AccountId, IntentId, RuleId};
use domain::method::MethodCode;
use domain::money::Money;
use domain::phone::Phone;
use domain::routing::Policy;
use domain::scope::{ApiFamily, Environment, Scope};
use engine::commands::{Claim, CreateIntent, Person, StartAttempt};
use engine::http::{Http, Tls};
use engine::render::{Answer, EventToRender, Render, Rendered, Reply};
use engine::vault::SecretKey;
use engine::views::PaymentView;
use engine::webhooks::{Destinations, Sender};
use engine::{CallbackRefusal, CancellationToken, Engine, KeysWanted, Refusal, Sandbox, Settings};
use simulator::Simulator;
use store::Store;
use store::accounts::AccountRow;
use store::attempts::Attempt;
use store::rules::{self, Direction, Match, Rule, RuleAccount};
use tokio::net::TcpListener;
use world::World;

/// Renders just enough for tests: the intent's id, its state and that of its attempt.
pub struct PlainRender;

impl Render for PlainRender {
    fn reply(&self, _family: ApiFamily, reply: &Reply) -> Rendered {
        let view = match reply {
            Reply::Created(view)
            | Reply::Attempted(view)
            | Reply::CodeTaken(view)
            | Reply::Cancelled(view)
            | Reply::Updated(view)
            | Reply::CheckoutCreated(view) => view,
            Reply::Reconciled(reconciliation) => &reconciliation.after,
        };
        let attempt = view
            .active_attempt
            .as_ref()
            .map_or("none", |active| active.attempt.state.code());
        let body = format!("{} {} {attempt}", view.intent.id, view.intent.state.code());
        Rendered {
            status: 201,
            body: body.into_bytes(),
        }
    }

    fn event(&self, event: &EventToRender<'_>) -> Vec<u8> {
        format!("{} {}", event.announcement.code(), event.payment.intent.id).into_bytes()
    }
}

pub struct House {
    pub engine: Engine,
    pub store: Store,
    pub scope: Scope,
    pub simulator_url: String,
    pub client: reqwest::Client,
    stop: CancellationToken,
    simulator: Option<Simulator>,
    _database: store::testing::Guard,
}

/// The speed of the sandbox in tests.
pub const SPEED: u32 = 40;

impl House {
    pub async fn open() -> Self {
        let house = Self::answering().await;
        let (worker, token) = (house.engine.clone(), house.stop.clone());
        tokio::spawn(async move { worker.work(token).await });
        house
    }

    /// One that does nothing by itself but give signs of life.
    pub async fn answering() -> Self {
        let world = World::system();
        let (store, database) = store::testing::fresh(&world).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let config = simulator::Config {
            speed: SPEED,
            ..simulator::Config::default()
        };
        let simulator = Simulator::start(listener, config).await.unwrap();
        let simulator_url = simulator.url().to_owned();
        let callbacks = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let public_url = format!("http://{}", callbacks.local_addr().unwrap());
        let engine = Engine::start(Settings {
            store: store.clone(),
            world: world.clone(),
            sender: Sender::sockets(world.clone(), Destinations::PrivateToo).unwrap(),
            postman: None,
            http: Http::sockets(world, Tls::public().unwrap()),
            kek: SecretKey::new([9; 32]),
            kek_origin: engine::KekOrigin::Given,
            render: Arc::new(PlainRender),
            public_url,
            sandbox: Sandbox {
                speed: SPEED,
                simulator_url: Some(simulator_url.clone()),
            },
            version: "test".to_owned(),
        })
        .await
        .unwrap();
        let made = engine.set_up(KeysWanted::WithProject).await.unwrap();
        let stop = CancellationToken::new();
        let door = axum::Router::new()
            .route("/callbacks/{path}", axum::routing::post(callback))
            .with_state(engine.clone());
        tokio::spawn(async move { axum::serve(callbacks, door).await.unwrap() });
        let (beater, token) = (engine.clone(), stop.clone());
        tokio::spawn(async move { beater.beat(token).await });
        let scope = Scope {
            project_id: made.project_id,
            environment: Environment::Sandbox,
        };
        let client = reqwest::Client::new();
        Self {
            engine,
            store,
            scope,
            simulator_url,
            client,
            stop,
            simulator: Some(simulator),
            _database: database,
        }
    }

    /// Creates an intent of 50 XOF and starts an attempt with a scenario in one call.
    pub async fn pay(&self, scenario: &str) -> IntentId {
        let mut command = intent();
        command.attempt = Some(attempt("momo_mtn", scenario));
        let answer = self.engine.create_intent(self.scope, command, None).await.unwrap();
        id_of(&answer)
    }

    /// The sandbox's accounts by their gateways' codes.
    pub async fn accounts(&self) -> Vec<AccountRow> {
        let scope = self.scope;
        let found = self.store.read(move |tx| store::accounts::all(tx, &scope)).await;
        let mut accounts = found.unwrap();
        accounts.sort_by(|one, other| one.gateway_code.cmp(&other.gateway_code));
        accounts
    }

    /// Puts a policy in force, and a rule for `momo_mtn` in Côte d'Ivoire with these accounts and weights.
    pub async fn set_routing(&self, policy: Policy, accounts: &[(AccountId, i64)]) {
        let scope = self.scope;
        let accounts: Vec<RuleAccount> = accounts
            .iter()
            .map(|(account_id, weight)| RuleAccount {
                account_id: *account_id,
                weight: *weight,
            })
            .collect();
        let id = RuleId::new(1, 1);
        let write = move |tx: &mut store::Tx<'_>| {
            let revision = rules::begin_revision(tx, &scope, &policy, 1)?;
            rules::retire(tx, &scope, revision, id)?;
            let rule = Rule {
                id,
                matches: Match {
                    direction: Direction::Payment,
                    method: MethodCode::parse("momo_mtn").unwrap(),
                    country: Some(Country::parse("CI").unwrap()),
                },
                accounts: accounts.clone(),
                created_at_ms: 1,
            };
            rules::insert(tx, &scope, revision, &rule)
        };
        self.store.write(write).await.unwrap();
    }

    /// Every attempt of a payment, the first one first.
    pub async fn attempts(&self, id: IntentId) -> Vec<Attempt> {
        let newest_first = self.engine.attempts(self.scope, id, i64::MAX, 100).await.unwrap();
        newest_first.into_iter().rev().map(|view| view.attempt).collect()
    }

    pub async fn view(&self, id: IntentId) -> PaymentView {
        self.engine.payment(self.scope, id).await.unwrap()
    }

    /// Waits until a payment is as wanted.
    pub async fn until(&self, id: IntentId, what: &str, wanted: impl Fn(&PaymentView) -> bool) -> PaymentView {
        let begun = Instant::now();
        loop {
            let view = self.view(id).await;
            if wanted(&view) {
                return view;
            }
            assert!(begun.elapsed() < Duration::from_secs(40), "{what}: still {view:#?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The operator's rows for every reference that we gave for a payment.
    pub async fn ledger(&self, id: IntentId) -> Vec<serde_json::Value> {
        let scope = self.scope;
        let permits = self
            .store
            .read(move |tx| store::permits::of_intent(tx, &scope, id))
            .await
            .unwrap();
        let mut rows = Vec::new();
        for permit in permits {
            let url = format!("{}/ledger?reference={}", self.simulator_url, permit.merchant_ref);
            let text = self.client.get(url).send().await.unwrap().text().await.unwrap();
            let ledger: serde_json::Value = serde_json::from_str(&text).unwrap();
            rows.extend(ledger["charges"].as_array().unwrap().iter().cloned());
        }
        rows
    }

    /// Names of the events that were announced of a payment, in order.
    pub async fn announced(&self, id: IntentId) -> Vec<&'static str> {
        let scope = self.scope;
        let events = self
            .store
            .read(move |tx| store::outbox::of_intent(tx, &scope, id))
            .await
            .unwrap();
        for (event, expected) in events.iter().zip(1..) {
            assert_eq!(event.sequence, expected, "sequences have no gaps");
        }
        events.iter().map(|event| event.announcement.code()).collect()
    }

    /// Kinds of the open attention items of a payment.
    pub async fn attention(&self, id: IntentId) -> Vec<&'static str> {
        let scope = self.scope;
        let items = self
            .store
            .read(move |tx| store::attention::of_intent(tx, &scope, id))
            .await
            .unwrap();
        items.iter().map(|item| item.kind.code()).collect()
    }

    /// The journal is numbered without gaps and its hashes hold.
    pub async fn check_journal(&self, id: IntentId) {
        let scope = self.scope;
        let rows = self
            .store
            .read(move |tx| store::journal::of_intent(tx, &scope, id))
            .await
            .unwrap();
        let mut previous = String::new();
        for (row, expected) in rows.iter().zip(1..) {
            assert_eq!(row.seq, expected);
            assert_eq!(row.previous_hash, previous);
            assert_eq!(row.hash, row.expected_hash());
            previous = row.hash.clone();
        }
    }

    pub async fn close(mut self) {
        self.stop.cancel();
        self.engine.drain(Duration::from_secs(5)).await;
        self.engine.clone().close().await;
        if let Some(simulator) = self.simulator.take() {
            simulator.stop().await;
        }
    }
}

async fn callback(
    State(engine): State<Engine>,
    Path(path): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let headers = headers
        .iter()
        .map(|(n, v)| (n.as_str().to_owned(), v.to_str().unwrap_or("").to_owned()))
        .collect();
    match engine.receive_callback(&path, headers, body.to_vec()).await {
        Ok(()) => StatusCode::OK,
        Err(CallbackRefusal::UnknownPath) => StatusCode::NOT_FOUND,
        Err(CallbackRefusal::BadSignature) => StatusCode::UNAUTHORIZED,
        Err(CallbackRefusal::Unavailable(_)) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

pub fn money(text: &str) -> Money {
    Money::parse_major(text, Currency::parse("XOF").unwrap()).unwrap()
}

pub fn intent() -> CreateIntent {
    CreateIntent {
        family: ApiFamily::Payment,
        amount: money("50"),
        customer: Some(Person {
            email: Some("payer@example.com".to_owned()),
            ..Person::default()
        }),
        description: Some("Order 1".to_owned()),
        return_url: None,
        webhook_url: None,
        statement_descriptor: None,
        receipt_email: None,
        metadata: "{}".to_owned(),
        countries: engine::commands::Countries::default(),
        customer_id: None,
        lifetime_ms: 3_600_000,
        fail_with_attempt: None,
        attempt: None,
    }
}

pub fn attempt(method: &str, scenario: &str) -> StartAttempt {
    let country = Country::parse("CI").unwrap();
    StartAttempt {
        method: MethodCode::parse(method).unwrap(),
        country,
        phone: Some(Phone::read("+2250700000001", country).unwrap()),
        currency: None,
        card_token: None,
        return_url: None,
        scenario: Some(scenario.to_owned()),
    }
}

pub fn claim(key: &str) -> Claim {
    Claim {
        key: key.to_owned(),
        method: "POST".to_owned(),
        path: "/test".to_owned(),
        fingerprint: "same".to_owned(),
        family: ApiFamily::Payment,
    }
}

pub fn id_of(answer: &Answer) -> IntentId {
    let text = String::from_utf8(answer.rendered.body.clone()).unwrap();
    IntentId::from_public(text.split(' ').next().unwrap()).unwrap()
}

pub fn attempt_code(view: &PaymentView) -> &'static str {
    view.active_attempt
        .as_ref()
        .map_or("none", |active| active.attempt.state.code())
}

pub fn failure_code(view: &PaymentView) -> &'static str {
    let failure = view
        .active_attempt
        .as_ref()
        .and_then(|active| active.attempt.state.failure());
    failure.map_or("none", |failure| failure.code.code())
}

pub fn refusal<T: std::fmt::Debug>(result: Result<T, Refusal>) -> Refusal {
    result.expect_err("must be refused")
}
