//! What surrounds every request: its id, its body, its log line, its measurement, and the bytes of a refusal. Never looks
//! into a body and logs none, nor keys, nor query strings.

use std::sync::{Arc, OnceLock};

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

use crate::api::{Api, payment_intents};
use crate::envelope::{self, Problem};
use crate::error_codes::ErrorCode;
use crate::rate_limits::QuotaNote;
use crate::{body, limits, metrics, segment, versions};

/// Carries the id of the request.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The same in the words of the payment-intents API.
const IKAWAARI_REQUEST_ID: HeaderName = HeaderName::from_static("ikawaari-request-id");

/// What becomes known of a request on its way and belongs in its log line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Note(Arc<OnceLock<String>>);

impl Note {
    /// Whose request it is. The first word holds.
    pub(crate) fn set_project(&self, project: String) {
        let _ = self.0.set(project);
    }
}

/// What the log line says that is known before the answer.
struct Told {
    method: &'static str,
    route: String,
    intent: String,
    note: Note,
    quota: QuotaNote,
    begun_ms: i64,
    /// Whether the payment-intents API is asked, which has shapes of its own.
    is_of_intents: bool,
    /// Whether the payment API is asked, whose answers name their version.
    is_versioned: bool,
}

/// Answers one request with everything around it.
pub(crate) async fn surround(State(api): State<Api>, request: Request, next: Next) -> Response {
    let request_id = api.engine.new_request_id();
    let (mut parts, body) = request.into_parts();
    let told = told(&mut parts, api.engine.now_ms()).await;
    let span = tracing::info_span!("request", request_id);
    let response = async {
        let read = body::read(body, parts.uri.path()).await;
        let known_version = if told.is_versioned {
            versions::check(&parts.headers)
        } else {
            Ok(())
        };
        if let Err(problem) = limits::check_head(&parts).and(known_version) {
            return problem.into_response();
        }
        parts.extensions.insert(read);
        parts.extensions.insert(told.note.clone());
        parts.extensions.insert(told.quota.clone());
        next.run(Request::from_parts(parts, Body::empty())).await
    };
    let response = response.instrument(span).await;
    let mut response = match told.is_of_intents {
        true => finished_for_intents(response, &request_id, &told.quota),
        false => finished(response, &request_id, &api.config.public_url),
    };
    if told.is_versioned {
        versions::tell(response.headers_mut());
    }
    tell(&told, &response, &request_id, api.engine.now_ms());
    response
}

async fn told(parts: &mut Parts, begun_ms: i64) -> Told {
    let id = segment::named(parts, "id").await;
    Told {
        method: metrics::method(&parts.method),
        route: parts
            .extensions
            .get::<MatchedPath>()
            .map_or("none", MatchedPath::as_str)
            .to_owned(),
        intent: id.chars().filter(char::is_ascii_alphanumeric).take(40).collect(),
        note: Note::default(),
        quota: QuotaNote::default(),
        begun_ms,
        is_of_intents: parts.uri.path().starts_with(payment_intents::PREFIX),
        is_versioned: versions::covers(parts.uri.path()),
    }
}

/// As [`finished`], in the shape of the payment-intents API.
fn finished_for_intents(response: Response, request_id: &str, quota: &QuotaNote) -> Response {
    let mut response = response;
    quota.tell(&mut response);
    let (mut parts, mut body) = response.into_parts();
    if let Some(problem) = parts.extensions.remove::<Problem>() {
        let (status, bytes) = payment_intents::errors::told(&problem);
        let (told, bytes) = envelope::json_bytes(status, bytes).into_parts();
        parts.status = status;
        parts.headers.extend(told.headers);
        body = bytes;
    }
    if let Ok(value) = HeaderValue::from_str(request_id) {
        parts.headers.insert(IKAWAARI_REQUEST_ID, value);
    }
    finished(Response::from_parts(parts, body), request_id, "")
}

/// Gives a refusal its bytes, and every answer its headers.
fn finished(response: Response, request_id: &str, public_url: &str) -> Response {
    let (mut parts, mut body) = response.into_parts();
    if let Some(problem) = parts.extensions.remove::<Problem>() {
        let (told, bytes) = envelope::json_bytes(parts.status, problem.body(request_id, public_url)).into_parts();
        parts.headers.extend(told.headers);
        body = bytes;
    }
    parts
        .headers
        .insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    parts
        .headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(request_id) {
        parts.headers.insert(REQUEST_ID, value);
    }
    Response::from_parts(parts, body)
}

fn tell(told: &Told, response: &Response, request_id: &str, ended_ms: i64) {
    let (status, ms) = (
        response.status().as_u16(),
        ended_ms.saturating_sub(told.begun_ms).max(0),
    );
    metrics::count(told.method, &told.route, status, ms);
    let project = told.note.0.get().map_or("", String::as_str);
    tracing::info!(
        event = "request",
        request_id,
        method = told.method,
        route = told.route,
        status,
        ms,
        project,
        intent = told.intent,
    );
}

/// What a panic is answered with. Its message goes to the log, not to the caller.
pub(crate) fn panicked(payload: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let text = payload.downcast_ref::<&'static str>().copied().map(str::to_owned);
    let why = text
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    tracing::error!(event = "panic", why);
    Problem::new(ErrorCode::InternalError).into_response()
}
