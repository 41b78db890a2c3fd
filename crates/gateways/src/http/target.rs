//! From a request to the place it goes to and the message that is written there.
//!
//! Parsing is the validation: what cannot be written exactly as asked is refused before any connection.

use bytes::Bytes;
use http_body_util::Full;
use hyper::HeaderMap;
use hyper::header::{self, HeaderName, HeaderValue};
use url::{Host, Url};

use super::{NotSentReason, Request};

/// Headers that this module writes itself.
const RESERVED: [HeaderName; 8] = [
    header::HOST,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::ACCEPT_ENCODING,
    header::TE,
    header::EXPECT,
    header::UPGRADE,
];

/// Where a request goes.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) security: Security,
    pub(super) host: Host<String>,
    pub(super) port: u16,
    /// The value of the `Host` header: the port only when it is not the scheme's own.
    authority: String,
    path_and_query: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Security {
    Plain,
    Tls,
}

/// Whether `request` could be written at all.
pub(super) fn check(request: &Request) -> Result<(), NotSentReason> {
    Target::of(&request.url)?;
    header_map(&request.headers)?;
    Ok(())
}

/// The place and the message of `request`.
pub(super) fn prepare(request: Request) -> Result<(Target, hyper::Request<Full<Bytes>>), NotSentReason> {
    let target = Target::of(&request.url)?;
    let mut headers = header_map(&request.headers)?;
    let authority = HeaderValue::from_str(&target.authority).map_err(|_| NotSentReason::BadUrl)?;
    headers.insert(header::HOST, authority);
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    let mut message = hyper::Request::new(Full::new(Bytes::from(request.body)));
    *message.method_mut() = request.method;
    *message.uri_mut() = target.path_and_query.parse().map_err(|_| NotSentReason::BadUrl)?;
    *message.headers_mut() = headers;
    Ok((target, message))
}

impl Target {
    fn of(text: &str) -> Result<Self, NotSentReason> {
        let url = Url::parse(text).map_err(|_| NotSentReason::BadUrl)?;
        let security = match url.scheme() {
            "http" => Security::Plain,
            "https" => Security::Tls,
            _ => return Err(NotSentReason::BadUrl),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(NotSentReason::BadUrl);
        }
        let (Some(host), Some(name), Some(port)) = (url.host(), url.host_str(), url.port_or_known_default()) else {
            return Err(NotSentReason::BadUrl);
        };
        let authority = url
            .port()
            .map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"));
        let path_and_query = url
            .query()
            .map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        Ok(Self {
            security,
            host: host.to_owned(),
            port,
            authority,
            path_and_query,
        })
    }
}

fn header_map(headers: &[(String, String)]) -> Result<HeaderMap, NotSentReason> {
    let mut map = HeaderMap::with_capacity(headers.len() + 3);
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| NotSentReason::BadHeader)?;
        let value = HeaderValue::from_str(value).map_err(|_| NotSentReason::BadHeader)?;
        if RESERVED.contains(&name) {
            return Err(NotSentReason::BadHeader);
        }
        map.append(name, value);
    }
    Ok(map)
}
