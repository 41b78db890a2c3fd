//! A post office in this process: receivers of many hosts, each of which behaves as a test wants, under a virtual clock.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::webhooks::{Answer, Letter, Receiver, SendFailure};
use serde_json::Value;
use world::World;

/// How a host answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// With this status, at once.
    Answers(u16),
    /// With 500 to the events of this name, with 200 to all others.
    Refuses(&'static str),
    /// With 429 and a wish for this many seconds.
    Later(u64),
    /// Never: the deadline of 15 s passes.
    Tarpit,
    /// There is nobody.
    Nobody,
}

/// A letter that came.
#[derive(Clone, Debug)]
pub struct Came {
    pub at_ms: i64,
    pub id: String,
    pub signature: String,
    pub payment: String,
    pub event: String,
    pub sequence: i64,
    pub body: Vec<u8>,
    pub headers: BTreeMap<String, String>,
}

/// A try: milliseconds UTC, and the payment.
type Tried = (i64, String);

/// All receivers.
pub struct Post {
    world: World,
    manners: Mutex<BTreeMap<String, Manner>>,
    came: Mutex<BTreeMap<String, Vec<Came>>>,
    tries: Mutex<BTreeMap<String, Vec<Tried>>>,
}

impl Post {
    pub fn new(world: &World) -> Arc<Self> {
        Arc::new(Self {
            world: world.clone(),
            manners: Mutex::default(),
            came: Mutex::default(),
            tries: Mutex::default(),
        })
    }

    /// From now on a host behaves so; at first every host answers 200.
    pub fn behaves(&self, host: &str, manner: Manner) {
        self.manners.lock().unwrap().insert(host.to_owned(), manner);
    }

    /// What a host has taken, in the order in which it came.
    pub fn at(&self, host: &str) -> Vec<Came> {
        self.came.lock().unwrap().get(host).cloned().unwrap_or_default()
    }

    /// When a host was tried, milliseconds UTC.
    pub fn tries(&self, host: &str) -> Vec<i64> {
        let tries = self.tries.lock().unwrap();
        tries.get(host).into_iter().flatten().map(|(at_ms, _)| *at_ms).collect()
    }

    /// How often a host was tried for a payment.
    pub fn tries_of(&self, host: &str, payment: &str) -> usize {
        let tries = self.tries.lock().unwrap();
        let of = tries.get(host).into_iter().flatten();
        of.filter(|(_, tried)| tried == payment).count()
    }

    async fn take(&self, letter: Letter) -> Result<Answer, SendFailure> {
        let host = letter.url.split('/').nth(2).unwrap().to_owned();
        let at_ms = self.world.now_ms();
        let header = |wanted: &str| {
            let found = letter.headers.iter().find(|(name, _)| *name == wanted);
            found.map_or_else(String::new, |(_, value)| value.clone())
        };
        let tried = (at_ms, header("x-payment-id"));
        self.tries.lock().unwrap().entry(host.clone()).or_default().push(tried);
        let manner = self.manners.lock().unwrap().get(&host).copied();
        let (status, retry_after_s) = match manner.unwrap_or(Manner::Answers(200)) {
            Manner::Answers(status) => (status, None),
            Manner::Refuses(event) if header("x-payment-event") == event => (500, None),
            Manner::Refuses(_) => (200, None),
            Manner::Later(s) => (429, Some(s)),
            Manner::Nobody => return Err(SendFailure::Unreachable),
            Manner::Tarpit => {
                self.world.sleep(Duration::from_secs(15)).await;
                return Err(SendFailure::TimedOut);
            }
        };
        if (200..300).contains(&status) {
            self.keep(host, at_ms, letter);
        }
        Ok(Answer {
            status,
            retry_after_s,
            body: b"hello".to_vec(),
            took_ms: 1,
        })
    }

    fn keep(&self, host: String, at_ms: i64, letter: Letter) {
        let headers: BTreeMap<String, String> = letter
            .headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        let told: Value = serde_json::from_slice(&letter.body).unwrap();
        let came = Came {
            at_ms,
            id: headers["webhook-id"].clone(),
            signature: headers["webhook-signature"].clone(),
            payment: headers["x-payment-id"].clone(),
            event: headers["x-payment-event"].clone(),
            sequence: told["sequence"].as_i64().unwrap(),
            body: letter.body,
            headers,
        };
        self.came.lock().unwrap().entry(host).or_default().push(came);
    }
}

/// The door through which the engine sends.
pub struct Door(pub Arc<Post>);

impl Receiver for Door {
    fn receive(&self, letter: Letter) -> Pin<Box<dyn Future<Output = Result<Answer, SendFailure>> + Send>> {
        let post = Arc::clone(&self.0);
        Box::pin(async move { post.take(letter).await })
    }
}
