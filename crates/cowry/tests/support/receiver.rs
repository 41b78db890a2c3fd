//! A merchant's server in the process of the test: places that take letters, and answers as the test wants them.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::HeaderMap;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// A letter that came.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The name of the place where it came.
    pub place: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub at: Instant,
}

impl Letter {
    /// A header as text; empty when it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap_or_default())
    }

    /// Its `webhook-id`.
    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }
}

/// What becomes of a letter.
#[derive(Clone, Copy, Debug)]
pub enum Manner {
    /// It is answered with this status.
    Answered(u16),
    /// It is taken with 200, after this time.
    TakenLate(Duration),
    /// The connection is closed without an answer.
    CutOff,
}

impl Manner {
    pub fn is_taken(self) -> bool {
        matches!(self, Self::Answered(200..=299) | Self::TakenLate(_))
    }
}

type Choose = dyn Fn(&Letter) -> Manner + Send + Sync;

/// Takes letters at any number of places.
#[derive(Clone)]
pub struct Receiver {
    came: Arc<Mutex<Vec<(Letter, Manner)>>>,
    choose: Arc<Choose>,
}

impl Receiver {
    /// A receiver whose answers `choose` decides.
    pub fn new(choose: impl Fn(&Letter) -> Manner + Send + Sync + 'static) -> Self {
        Self {
            came: Arc::default(),
            choose: Arc::new(choose),
        }
    }

    /// Opens a place on a port of its own; its URL.
    pub async fn open(&self, place: &str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let (receiver, place) = (self.clone(), place.to_owned());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (receiver, place) = (receiver.clone(), place.clone());
                tokio::spawn(async move {
                    let service = service_fn(|request| receiver.clone().take(place.clone(), request));
                    // An exchange that is cut off ends in an error on purpose.
                    let _ = http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        url
    }

    /// Every letter that came, in its order, with what became of it.
    pub fn came(&self) -> Vec<(Letter, Manner)> {
        self.came.lock().unwrap().clone()
    }

    /// When the first letter came to a place after that moment.
    pub fn first_after(&self, place: &str, moment: Instant) -> Option<Instant> {
        let came = self.came.lock().unwrap();
        let mut letters = came.iter().map(|(letter, _)| letter);
        letters
            .find(|letter| letter.at > moment && letter.place == place)
            .map(|letter| letter.at)
    }

    async fn take(self, place: String, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, &'static str> {
        let (head, body) = request.into_parts();
        let Ok(body) = body.collect().await else {
            return Err("the sender is gone");
        };
        let letter = Letter {
            place,
            headers: head.headers,
            body: body.to_bytes(),
            at: Instant::now(),
        };
        let manner = (self.choose)(&letter);
        self.came.lock().unwrap().push((letter, manner));
        let status = match manner {
            Manner::Answered(status) => status,
            Manner::TakenLate(pause) => {
                tokio::time::sleep(pause).await;
                200
            }
            Manner::CutOff => return Err("cut off"),
        };
        Ok(Response::builder().status(status).body(Full::default()).unwrap())
    }
}
