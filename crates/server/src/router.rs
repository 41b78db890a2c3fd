//! The whole server on a screen. Owns which address is answered by whom; never answers itself.

use std::sync::Arc;

use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use engine::Engine;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;

use crate::api::admin::caller::FromCommandLine;
use crate::api::events::seats::Seats;
use crate::api::{Api, admin, payment, payment_intents};
use crate::config::Config;
use crate::envelope::Problem;
use crate::error_codes::ErrorCode;
use crate::pages::Pages;
use crate::{callbacks, checkout, health, icons, link_page, metrics, openapi, pages, request, sandbox, sandbox_mails};

/// Everything that is served, on an engine that runs.
pub fn router(engine: Engine, config: Config) -> Router {
    metrics::install();
    let public_url = config.public_url.trim_end_matches('/').to_owned();
    let config = Arc::new(Config { public_url, ..config });
    let (apis, described) = apis();
    let pages = Arc::new(Pages::new(
        openapi::completed(described, &config.public_url),
        &config.public_url,
    ));
    let api = Api {
        engine,
        config,
        pages,
        seats: Seats::default(),
    };
    apis.route("/callbacks/{path}", post(callbacks::receive))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
        .route("/icons/{file}", get(icons::show))
        .route("/openapi.json", get(pages::openapi))
        .route("/docs", get(pages::reference))
        .route("/docs/errors/{code}", get(pages::error))
        .route("/docs/payment-intents/errors", get(pages::intents_errors))
        .merge(checkout::routes(&api))
        .merge(link_page::routes(&api))
        .route("/sandbox/phone", get(sandbox::phone))
        .route("/sandbox/mails", get(sandbox_mails::list))
        .route("/sandbox/mails/{id}", get(sandbox_mails::show))
        .route("/sandbox/mails/{id}/html", get(sandbox_mails::frame))
        .route("/", get(pages::index))
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(CatchPanicLayer::custom(request::panicked))
        .layer(from_fn_with_state(api.clone(), request::surround))
        .with_state(api)
}

/// The APIs as the command line of this machine asks them. Whoever reaches this router may administer everything, so it is
/// served on nothing that another user can reach. Admin requests name their project by the header `Cowry-Project`, unless
/// there is only one; all others need their keys here as everywhere.
pub fn router_for_command_line(engine: Engine, config: Config) -> Router {
    let (routes, _) = apis();
    let api = Api {
        engine,
        config: Arc::new(config),
        pages: Arc::new(Pages::none()),
        seats: Seats::default(),
    };
    routes
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(Extension(FromCommandLine))
        .layer(CatchPanicLayer::custom(request::panicked))
        .layer(from_fn_with_state(api.clone(), request::surround))
        .with_state(api)
}

/// The APIs, and what their handlers say about themselves.
pub(crate) fn apis() -> (Router<Api>, utoipa::openapi::OpenApi) {
    OpenApiRouter::new()
        .merge(payment::routes())
        .merge(payment_intents::routes())
        .merge(admin::routes())
        .split_for_parts()
}

async fn unknown_path() -> Result<Response, Problem> {
    Err(Problem::new(ErrorCode::NotFound))
}

async fn wrong_method() -> Result<Response, Problem> {
    Err(Problem::new(ErrorCode::MethodNotAllowed))
}
