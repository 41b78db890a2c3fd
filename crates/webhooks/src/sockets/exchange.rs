//! From a letter to a request, from a body to its first bytes, and from an error to the word that a merchant sees.

use std::error::Error;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;

use super::connect::DialFailure;
use crate::{Letter, MAX_ANSWER_BYTES, SendFailure, WebhookUrl};

const OUR_NAME: &str = concat!("Cowry/", env!("CARGO_PKG_VERSION"), " (+webhooks)");

pub(super) type AnyError = Box<dyn Error + Send + Sync>;

/// The request of a letter. `Host` and `Content-Length` are written by the client.
pub(super) fn write(url: &WebhookUrl, letter: Letter) -> Result<http::Request<Full<Bytes>>, SendFailure> {
    let mut request = http::Request::post(url.as_str())
        .body(Full::new(Bytes::from(letter.body)))
        .map_err(|_| SendFailure::Unreachable)?;
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, HeaderValue::from_static(OUR_NAME));
    for (name, value) in letter.headers {
        let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(&value)) else {
            tracing::error!(event = "webhook.not_sent", reason = "header", name);
            return Err(SendFailure::Broken);
        };
        headers.insert(name, value);
    }
    Ok(request)
}

/// The first [`MAX_ANSWER_BYTES`] of a body. What is longer is left unread, and its connection is closed.
pub(super) async fn read(mut body: Incoming) -> Result<Vec<u8>, hyper::Error> {
    let mut kept = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame?;
        let Some(data) = frame.data_ref() else { continue };
        let room = MAX_ANSWER_BYTES - kept.len();
        kept.extend(data.iter().take(room));
        if data.len() > room {
            break;
        }
    }
    Ok(kept)
}

/// What a merchant is told of an error.
pub(super) fn failure(error: &(dyn Error + 'static)) -> SendFailure {
    let dial = causes(error).find_map(|cause| cause.downcast_ref::<DialFailure>());
    match dial {
        Some(DialFailure::NoAddress | DialFailure::NotAllowed | DialFailure::Refused(_)) => SendFailure::Unreachable,
        Some(DialFailure::Tls(_)) => SendFailure::Tls,
        Some(DialFailure::TimedOut) => SendFailure::TimedOut,
        None => SendFailure::Broken,
    }
}

/// The whole chain of an error, for our own log.
pub(super) fn reasons(error: &(dyn Error + 'static)) -> String {
    let texts: Vec<String> = causes(error).map(ToString::to_string).collect();
    texts.join(": ")
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&cause: &&'a (dyn Error + 'static)| cause.source())
}
