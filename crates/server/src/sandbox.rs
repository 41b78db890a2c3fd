//! The way to the sandbox phone, which the simulator serves: a person plays the payer there. Never shows a phone itself; where
//! this server has no simulator it says so.

use axum::extract::{RawQuery, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use engine::domain::language::Language;

use crate::api::Api;
use crate::language::Wanted;

const POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const NO_PHONE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>No sandbox phone</title>\
    <h1>No sandbox phone</h1><p>This server runs without a simulator (<code>--simulator off</code>), so there is no phone \
    to play the payer on.</p></html>";

const PAS_DE_TELEPHONE: &str = "<!doctype html><html lang=\"fr\"><meta charset=\"utf-8\">\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Pas de téléphone d’essai</title>\
    <h1>Pas de téléphone d’essai</h1><p>Ce serveur tourne sans simulateur (<code>--simulator off</code>) : aucun téléphone \
    ne permet d’y jouer le payeur.</p></html>";

/// `GET /sandbox/phone`, the query kept: 303 to the simulator's phone, or a page with 404 where there is none.
pub(crate) async fn phone(State(api): State<Api>, RawQuery(query): RawQuery, Wanted(language): Wanted) -> Response {
    let phone = api.config.simulator_url.as_deref().map(|url| {
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        HeaderValue::from_str(&format!("{}/phone{query}", url.trim_end_matches('/')))
    });
    match phone {
        Some(Ok(phone)) => (StatusCode::SEE_OTHER, [(LOCATION, phone)]).into_response(),
        Some(Err(_)) | None => {
            let page = match language {
                Language::French => PAS_DE_TELEPHONE,
                Language::English => NO_PHONE,
            };
            let headers = [
                (CONTENT_TYPE, "text/html; charset=utf-8"),
                (CACHE_CONTROL, "no-store"),
                (CONTENT_SECURITY_POLICY, POLICY),
            ];
            (StatusCode::NOT_FOUND, headers, page).into_response()
        }
    }
}
