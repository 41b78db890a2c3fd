//! One HTTP exchange over a stream that is open already. Never opens one.

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::Order;
use crate::failure::Failure;

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// Asks, and reads the whole answer.
pub(crate) async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    order: &Order,
    headers: &[(&'static str, String)],
) -> Result<Answer, Failure> {
    let request = request(order, headers, "cowry")?;
    let gone = |error: hyper::Error| Failure::new(format!("the running server went away while it was asked ({error})"));
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(gone)?;
    let driving = tokio::spawn(connection);
    let response = sender.send_request(request).await.map_err(gone)?;
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.map_err(gone)?.to_bytes().to_vec();
    driving.abort();
    Ok(Answer { status, body })
}

/// The order in HTTP.
pub(super) fn request(
    order: &Order,
    headers: &[(&'static str, String)],
    host: &str,
) -> Result<hyper::Request<Full<Bytes>>, Failure> {
    let mut request = hyper::Request::builder()
        .method(order.method.clone())
        .uri(&order.path)
        .header(HOST, host)
        .header(CONNECTION, "close");
    for (name, value) in order.headers(headers) {
        request = request.header(name, value);
    }
    if !order.body.is_empty() {
        request = request.header(CONTENT_TYPE, order.content_type);
    }
    request
        .body(Full::new(Bytes::from(order.body.clone())))
        .map_err(|error| Failure::usage(format!("this cannot be asked: {error}")))
}
