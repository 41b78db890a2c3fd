//! The pages on which payers pay: rendered here, without a script from start to paid; a small script only makes waiting
//! pleasant. Owns the addresses, what protects them, and turning every refusal into a page; never decides about money.

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tower_http::compression::CompressionLayer;

use crate::api::Api;
use crate::envelope::Problem;
use crate::error_codes::ErrorCode;
use crate::request;

pub(crate) mod assets;
mod brand;
pub(crate) mod frame;
pub(crate) mod headers;
mod limits;
pub(crate) mod origin;
pub(crate) mod pay;
pub(crate) mod screens;
mod standing;
pub(crate) mod visitor;
mod watch;
mod way_back;

use visitor::Visitor;

/// The pages, and what they are made of.
pub(crate) fn routes(api: &Api) -> Router<Api> {
    let pages = Router::new()
        .route("/c/{token}", get(show).post(pay::receive))
        .route("/c/{token}/events", get(watch::follow))
        .route("/pay/{token}", get(show).post(pay::receive))
        .route("/pay/{token}/events", get(watch::follow))
        .layer(axum::Extension(watch::Streams::default()));
    let assets = Router::new()
        .route("/assets/{file}", get(assets::show))
        .route("/assets/brand/{file}", get(assets::show_brand));
    dressed(api, pages).merge(assets.layer(CompressionLayer::new()))
}

/// Pages for payers: protected, compressed, and with a page for every refusal and every fault.
pub(crate) fn dressed(api: &Api, pages: Router<Api>) -> Router<Api> {
    pages
        .method_not_allowed_fallback(wrong_method)
        .layer(tower_http::catch_panic::CatchPanicLayer::custom(request::panicked))
        .layer(from_fn_with_state(api.clone(), dress))
        .layer(CompressionLayer::new())
}

/// `GET /c/{token}` and `GET /pay/{token}`: the payment as it stands.
async fn show(State(api): State<Api>, visitor: Visitor) -> Result<Response, Problem> {
    let visit = api.engine.visit(&visitor.door).await?;
    screens::draw(&api, &visit, &visitor).await
}

async fn wrong_method() -> Result<Response, Problem> {
    Err(Problem::new(ErrorCode::MethodNotAllowed))
}

/// Gives a refusal its page, and every page its protection.
async fn dress(State(api): State<Api>, visitor: Visitor, request: Request, next: Next) -> Response {
    let turnstile = limits::Turnstile::of(&api, &request);
    let mut response = match turnstile.enter(&api).await {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    if let Some(mut problem) = response.extensions_mut().remove::<Problem>() {
        if let Some(instead) = turnstile.refused(&api, &problem).await {
            response = instead.clone().into_response();
            problem = instead;
        }
        let kept = std::mem::take(response.headers_mut());
        response = screens::of_problem(visitor.texts_alone(), &problem);
        for (name, value) in kept.iter() {
            response.headers_mut().entry(name).or_insert_with(|| value.clone());
        }
    }
    headers::protect(&mut response, &api.config.public_url);
    response
}
