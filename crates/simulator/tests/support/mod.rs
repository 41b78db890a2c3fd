//! A simulator, a caller and somebody who listens for callbacks.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    dead_code
)]
#![allow(clippy::disallowed_methods, reason = "these tests run in real time")]

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use simulator::{Config, Simulator};
use tokio::net::TcpListener;

pub(crate) const KEY: &str = "any key at all";
/// Fast enough for tests: 2 s are 50 ms, 120 s are 3 s.
pub(crate) const SPEED: u32 = 40;

pub(crate) async fn start(config: Config) -> Simulator {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    Simulator::start(listener, config).await.unwrap()
}

pub(crate) fn fast() -> Config {
    Config {
        speed: SPEED,
        ..Config::default()
    }
}

/// An answer with its status and, if it was JSON, its body.
pub(crate) type Answer = Result<(u16, Value), reqwest::Error>;

#[derive(Clone)]
pub(crate) struct Caller {
    http: reqwest::Client,
    base: String,
}

impl Caller {
    pub(crate) fn of(simulator: &Simulator) -> Caller {
        let redirects = reqwest::redirect::Policy::none();
        let http = reqwest::Client::builder()
            .redirect(redirects)
            .timeout(Duration::from_secs(8))
            .build()
            .unwrap();
        Caller {
            http,
            base: simulator.url().to_owned(),
        }
    }

    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let text = answer.text().await?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.send(self.http.get(format!("{}{path}", self.base)).header("X-Api-Key", KEY))
            .await
            .unwrap()
    }

    /// A page in the wanted language, with the headers of its answer.
    pub(crate) async fn page(&self, path: &str, language: &str) -> (u16, HeaderMap, String) {
        let request = self.http.get(format!("{}{path}", self.base));
        let answer = request.header("Accept-Language", language).send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        (status, headers, answer.text().await.unwrap())
    }

    /// Both steps under one scenario at one phone; the reference is `<scenario>-<digits of the phone>`.
    pub(crate) async fn ask(&self, scenario: &str, flow: &str, phone: &str) -> Answer {
        let mut opening = session(Some(scenario), flow);
        opening["phone"] = json!(phone);
        let opened = self.open("sim_a", opening).await;
        let mut body = order(
            &format!("{scenario}-{}", phone.trim_start_matches('+')),
            "http://127.0.0.1:1/",
        );
        body["phone"] = json!(phone);
        self.charge(opened["charge_url"].as_str().unwrap(), &body).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}{path}", self.base)
        };
        self.send(self.http.post(url).header("X-Api-Key", KEY).json(&body))
            .await
            .unwrap()
    }

    pub(crate) async fn post_form(&self, url: &str, form: impl Into<String>) -> (u16, String) {
        let request = self
            .http
            .post(url)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form.into());
        let answer = request.send().await.unwrap();
        let location = answer
            .headers()
            .get("location")
            .map(|value| value.to_str().unwrap().to_owned());
        (answer.status().as_u16(), location.unwrap_or_default())
    }

    pub(crate) async fn open(&self, gateway: &str, session: Value) -> Value {
        let (status, body) = self.post(&format!("/{gateway}/session"), session).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    pub(crate) async fn charge(&self, url: &str, body: &Value) -> Answer {
        let request = self
            .http
            .post(url)
            .header("X-Api-Key", KEY)
            .timeout(Duration::from_millis(2_500));
        self.send(request.json(body)).await
    }

    /// Both steps under one scenario, the reference being its name.
    pub(crate) async fn play(&self, scenario: &str, callback_url: &str) -> Answer {
        let session = self.open("sim_a", session(Some(scenario), "prompt")).await;
        self.charge(session["charge_url"].as_str().unwrap(), &order(scenario, callback_url))
            .await
    }

    pub(crate) async fn transactions(&self, reference: &str) -> (u16, Value) {
        self.get(&format!("/sim_a/transactions/{reference}")).await
    }

    /// The ledger's lines under one reference.
    pub(crate) async fn lines(&self, reference: &str) -> Vec<Value> {
        let (_, ledger) = self.get(&format!("/ledger?reference={reference}")).await;
        ledger["charges"].as_array().unwrap().clone()
    }

    /// `status/reason/amount` of each line.
    pub(crate) async fn truth(&self, reference: &str) -> Vec<String> {
        let part = |line: &Value, name: &str| line[name].as_str().unwrap_or("-").to_owned();
        let lines = self.lines(reference).await;
        lines
            .iter()
            .map(|l| [part(l, "status"), part(l, "reason"), part(l, "amount")].join("/"))
            .collect()
    }

    pub(crate) async fn until_truth(&self, reference: &str, wanted: &[&str]) {
        let deadline = Instant::now() + Duration::from_secs(8);
        loop {
            let truth = self.truth(reference).await;
            if truth == wanted {
                return;
            }
            assert!(Instant::now() < deadline, "{reference}: {truth:?}, wanted {wanted:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

pub(crate) fn session(scenario: Option<&str>, flow: &str) -> Value {
    json!({"reference": "r", "phone": "+2250700000000", "country": "CI", "method": "momo_mtn", "flow": flow,
        "scenario": scenario})
}

pub(crate) fn order(reference: &str, callback_url: &str) -> Value {
    json!({"reference": reference, "amount": "50", "currency": "XOF", "phone": "+2250700000000", "country": "CI",
        "method": "momo_mtn", "description": "Shoes", "callback_url": callback_url, "return_url": null, "otp": null})
}

#[derive(Default)]
struct Heard {
    events: Vec<Value>,
    refusals_left: usize,
    refused: usize,
}

/// Listens for callbacks and checks every signature.
#[derive(Clone)]
pub(crate) struct Listener {
    pub(crate) url: String,
    heard: Arc<Mutex<Heard>>,
}

impl Listener {
    pub(crate) async fn start() -> Listener {
        Listener::refusing(0).await
    }

    /// Answers 500 to so many callbacks first.
    pub(crate) async fn refusing(refusals_left: usize) -> Listener {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/callbacks", socket.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Heard {
            refusals_left,
            ..Heard::default()
        }));
        let router = Router::new().route("/callbacks", post(hear)).with_state(heard.clone());
        tokio::spawn(async move { axum::serve(socket, router).await.unwrap() });
        Listener { url, heard }
    }

    pub(crate) fn refused(&self) -> usize {
        self.heard.lock().unwrap().refused
    }

    /// Statuses heard under one reference, in order.
    pub(crate) fn statuses(&self, reference: &str) -> Vec<String> {
        let heard = self.heard.lock().unwrap();
        let of_it = heard.events.iter().filter(|event| event["reference"] == reference);
        of_it
            .map(|event| event["transaction"]["status"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Different values of one member of the events under one reference.
    pub(crate) fn different(&self, reference: &str, pointer: &str) -> usize {
        let heard = self.heard.lock().unwrap();
        let of_it = heard.events.iter().filter(|event| event["reference"] == reference);
        of_it
            .map(|event| event.pointer(pointer).unwrap().to_string())
            .collect::<std::collections::BTreeSet<_>>()
            .len()
    }

    pub(crate) async fn until(&self, reference: &str, wanted: &[&str]) {
        let deadline = Instant::now() + Duration::from_secs(8);
        while self.statuses(reference) != wanted {
            assert!(
                Instant::now() < deadline,
                "{reference}: {:?}, wanted {wanted:?}",
                self.statuses(reference)
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

async fn hear(State(heard): State<Arc<Mutex<Heard>>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(KEY.as_bytes()).unwrap();
    mac.update(&body);
    let expected = data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes());
    assert_eq!(headers["X-Sim-Signature"], expected.as_str());
    let mut heard = heard.lock().unwrap();
    if heard.refusals_left > 0 {
        heard.refusals_left -= 1;
        heard.refused += 1;
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    heard.events.push(serde_json::from_slice(&body).unwrap());
    StatusCode::NO_CONTENT
}
