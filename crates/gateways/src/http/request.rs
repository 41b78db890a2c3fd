//! What goes out. Printing one shows neither header values nor bodies nor query strings.

use std::fmt;

use hyper::Method;
use serde::Serialize;

use super::{Failure, NotSentReason};

/// One request. `Host`, `Connection`, `Content-Length`, `Transfer-Encoding` and `Accept-Encoding` are written by this
/// module and may not be given.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// An absolute http or https URL without user-info.
    pub url: String,
    /// Names and values, in order. Names may repeat.
    pub headers: Vec<(String, String)>,
    /// The body as it is written.
    pub body: Vec<u8>,
    /// Who named the host.
    pub named_by: NamedBy,
}

/// Who named the host that a request goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedBy {
    /// We did: it is a provider's own, or this server's simulator.
    House,
    /// A merchant did, in the settings of an account: see [`super::Http::guarded`].
    Merchant,
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
            named_by: NamedBy::House,
        }
    }

    /// A `GET` of `url`.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::GET, url)
    }

    /// A `POST` to `url`.
    pub fn post(url: impl Into<String>) -> Self {
        Self::new(Method::POST, url)
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Says who named the host.
    #[must_use]
    pub fn named_by(mut self, who: NamedBy) -> Self {
        self.named_by = who;
        self
    }

    /// Sets the body, with its media type.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", content_type)
    }

    /// Sets a JSON body, with its media type.
    ///
    /// # Errors
    /// `NotSent(BadBody)` when `value` does not serialise.
    pub fn json(self, value: &impl Serialize) -> Result<Self, Failure> {
        let body = serde_json::to_vec(value).map_err(|_| Failure::NotSent(NotSentReason::BadBody))?;
        Ok(self.body("application/json", body))
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("url", &without_secrets(&self.url))
            .field("headers", &names)
            .field("body_bytes", &self.body.len())
            .field("named_by", &self.named_by)
            .finish()
    }
}

fn without_secrets(text: &str) -> String {
    match url::Url::parse(text) {
        Ok(url) => format!("{}{}", url.origin().ascii_serialization(), url.path()),
        Err(_) => "(not a URL)".to_owned(),
    }
}
