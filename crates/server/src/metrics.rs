//! The process's figures in Prometheus' text format. Owns the recorder and what is counted about requests; never labels
//! anything with a value that callers choose.

use std::sync::OnceLock;
use std::time::Duration;

use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// Upper ends of the buckets of durations, in seconds.
const BUCKETS_S: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// Installs the recorder of the process, once; later calls find it there.
pub(crate) fn install() {
    HANDLE.get_or_init(|| {
        let builder = PrometheusBuilder::new();
        let recorder = builder.set_buckets(&BUCKETS_S).unwrap_or_default().build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another recorder of metrics is installed; /metrics shows nothing");
        }
        handle
    });
}

/// Empties the queues of measured durations into their buckets; to be called now and then.
pub(crate) fn keep_up() {
    if let Some(handle) = HANDLE.get() {
        handle.run_upkeep();
    }
}

/// Counts an answered request.
pub(crate) fn count(method: &'static str, route: &str, status: u16, ms: i64) {
    let route = route.to_owned();
    let duration = Duration::from_millis(u64::try_from(ms).unwrap_or(0));
    metrics::counter!("http_requests_total", "method" => method, "route" => route.clone(), "status" => status.to_string())
        .increment(1);
    metrics::histogram!("http_request_duration_seconds", "method" => method, "route" => route)
        .record(duration.as_secs_f64());
}

/// The name of a method; one word for all that we do not serve.
pub(crate) fn method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "OTHER",
    }
}

/// `GET /metrics`.
pub(crate) async fn show() -> impl IntoResponse {
    let text = HANDLE.get().map(PrometheusHandle::render).unwrap_or_default();
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}
