//! The payment API, `/v1`. Its shapes and words are a published promise: they only grow.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;

mod attempts;
mod cancel;
mod checkouts;
mod customers;
mod discovery;
mod events;
mod intents;
pub(crate) mod links;
mod otp;
pub(crate) mod path;
mod reconcile;
pub(crate) mod refusals;
pub(crate) mod render;
pub(crate) mod requests;
pub(crate) mod scenario;
mod write;

/// Every operation.
pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(intents::create, intents::list))
        .routes(routes!(intents::read))
        .routes(routes!(discovery::countries))
        .routes(routes!(discovery::methods))
        .routes(routes!(attempts::start))
        .routes(routes!(attempts::list))
        .routes(routes!(attempts::read))
        .routes(routes!(otp::submit))
        .routes(routes!(cancel::cancel))
        .routes(routes!(reconcile::reconcile))
        .routes(routes!(checkouts::create))
        .routes(routes!(checkouts::read))
        .routes(routes!(links::create, links::list))
        .routes(routes!(links::read, links::update))
        .routes(routes!(links::checkouts))
        .routes(routes!(customers::list))
        .routes(routes!(customers::read, customers::update))
        .routes(routes!(events::list))
        .routes(routes!(events::follow))
        .routes(routes!(events::read))
}
