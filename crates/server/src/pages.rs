//! Pages for people: what this is, the reference drawn from the OpenAPI document, and one page per error code. Never says
//! anything that the document or the table of codes does not.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::Value;

use crate::api::Api;
use crate::api::payment_intents::errors::{self, Documented};
use crate::envelope::Problem;
use crate::error_codes::ErrorCode;
use crate::segment::Segment;

mod reference;

use reference::{Operation, Schema};

/// Nothing from elsewhere; styles and the one small script stand in the page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The pages, drawn once.
pub(crate) struct Pages {
    openapi: Bytes,
    reference: Bytes,
    index: Bytes,
}

#[derive(Template)]
#[template(path = "index.html")]
struct IndexPage<'a> {
    public_url: &'a str,
}

#[derive(Template)]
#[template(path = "reference.html")]
struct ReferencePage {
    operations: Vec<Operation>,
    schemas: Vec<Schema>,
    codes: &'static [ErrorCode],
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    code: ErrorCode,
}

#[derive(Template)]
#[template(path = "intents_errors.html")]
struct IntentsErrorsPage {
    errors: &'static [Documented],
}

impl Pages {
    /// Draws the pages of a completed document.
    pub(crate) fn new(document: Value, public_url: &str) -> Self {
        let reference = ReferencePage {
            operations: reference::operations(&document, public_url),
            schemas: reference::schemas(&document),
            codes: ErrorCode::ALL,
        };
        Self {
            openapi: Bytes::from(serde_json::to_vec(&document).unwrap_or_default()),
            reference: drawn(&reference),
            index: drawn(&IndexPage { public_url }),
        }
    }
}

impl Pages {
    /// No pages, where nobody looks at them.
    pub(crate) fn none() -> Self {
        Self {
            openapi: Bytes::new(),
            reference: Bytes::new(),
            index: Bytes::new(),
        }
    }
}

fn drawn(page: &impl Template) -> Bytes {
    Bytes::from(page.render().unwrap_or_default())
}

fn html(page: Bytes) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    ];
    (headers, page).into_response()
}

/// `GET /`.
pub(crate) async fn index(State(api): State<Api>) -> Response {
    html(api.pages.index.clone())
}

/// `GET /docs`.
pub(crate) async fn reference(State(api): State<Api>) -> Response {
    html(api.pages.reference.clone())
}

/// `GET /openapi.json`.
pub(crate) async fn openapi(State(api): State<Api>) -> Response {
    (
        [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache")],
        api.pages.openapi.clone(),
    )
        .into_response()
}

/// `GET /docs/errors/{code}`.
pub(crate) async fn error(Segment(code): Segment) -> Response {
    match ErrorCode::parse(&code) {
        Some(code) => html(drawn(&ErrorPage { code })),
        None => Problem::new(ErrorCode::NotFound).into_response(),
    }
}

/// `GET /docs/payment-intents/errors`.
pub(crate) async fn intents_errors() -> Response {
    html(drawn(&IntentsErrorsPage { errors: errors::ALL }))
}
