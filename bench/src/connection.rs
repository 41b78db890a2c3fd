//! One HTTP/1.1 connection that is kept, as a merchant's client keeps it. Never opens a second one or tries again.

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tokio::net::TcpStream;

use crate::Result;

/// Where a server is and who we are to it.
#[derive(Clone)]
pub(crate) struct Peer {
    authority: String,
    bearer: Option<String>,
    scenario: Option<&'static str>,
}

impl Peer {
    /// The server at `url` (`http://host:port`), for anybody.
    pub(crate) fn new(url: &str) -> Result<Self> {
        let authority = url.strip_prefix("http://").ok_or("bench speaks plain HTTP only")?;
        Ok(Self {
            authority: authority.trim_end_matches('/').to_owned(),
            bearer: None,
            scenario: None,
        })
    }

    /// The same server, with a key.
    pub(crate) fn with_key(self, key: &str) -> Self {
        Self {
            bearer: Some(format!("Bearer {key}")),
            ..self
        }
    }

    /// The same server, whose sandbox plays a scenario for every payment.
    pub(crate) fn with_scenario(self, name: &'static str) -> Self {
        Self {
            scenario: Some(name),
            ..self
        }
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.authority)
    }

    /// Opens a connection.
    pub(crate) async fn connect(&self) -> Result<Connection> {
        let stream = TcpStream::connect(&self.authority).await?;
        stream.set_nodelay(true)?;
        let (sender, driver) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(driver);
        Ok(Connection {
            peer: self.clone(),
            sender,
        })
    }
}

/// An open connection.
pub(crate) struct Connection {
    peer: Peer,
    sender: SendRequest<Full<Bytes>>,
}

impl Connection {
    /// Whether the server has kept it too.
    pub(crate) fn is_open(&self) -> bool {
        !self.sender.is_closed()
    }

    /// Posts JSON under an idempotency key; the answer must have the given status.
    pub(crate) async fn post(&mut self, path: &str, key: &str, body: String) -> Result<Bytes> {
        let request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-idempotency-key", key)
            .body(Full::from(body))?;
        self.send(request, StatusCode::CREATED).await
    }

    /// Posts JSON to something that is not a merchant's; the answer must be 200.
    pub(crate) async fn tell(&mut self, path: &str, body: String) -> Result<Bytes> {
        let request = self.request(Method::POST, path).body(Full::from(body))?;
        self.send(request, StatusCode::OK).await
    }

    /// Gets what stands at a path; it must be there.
    pub(crate) async fn get(&mut self, path: &str) -> Result<Bytes> {
        let request = self.request(Method::GET, path).body(Full::default())?;
        self.send(request, StatusCode::OK).await
    }

    fn request(&self, method: Method, path: &str) -> http::request::Builder {
        let builder = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, &self.peer.authority);
        let builder = match &self.peer.bearer {
            Some(bearer) => builder.header(header::AUTHORIZATION, bearer),
            None => builder,
        };
        match self.peer.scenario {
            Some(scenario) => builder.header("x-sandbox-scenario", scenario),
            None => builder,
        }
    }

    async fn send(&mut self, request: Request<Full<Bytes>>, expected: StatusCode) -> Result<Bytes> {
        self.sender.ready().await?;
        let answer = self.sender.send_request(request).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        if status == expected {
            Ok(body)
        } else {
            Err(format!("{status}: {}", String::from_utf8_lossy(&body)).into())
        }
    }
}

/// Reads a JSON answer.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_json::from_slice(body).map_err(|error| format!("{error} in {}", String::from_utf8_lossy(body)).into())
}
