//! The admin API, `/admin/v1`: for the people and machines that run a project. Opened by `adm_` keys, and by the command
//! line of the same machine. One file per noun.

use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;

mod api_keys;
mod attention;
mod audit_log;
pub(crate) mod caller;
mod events;
mod exchange_rates;
mod gateway_accounts;
mod gateways;
mod health;
mod links;
mod payments;
mod projects;
mod rate_table;
mod refusals;
mod routing;
mod routing_rules;
mod webhook_deliveries;
mod webhook_endpoints;
mod webhook_secret;
mod whole_list;

/// Every operation.
pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(projects::list, projects::create))
        .routes(routes!(projects::read, projects::change))
        .routes(routes!(projects::open_live))
        .routes(routes!(api_keys::list, api_keys::create))
        .routes(routes!(api_keys::read, api_keys::revoke))
        .routes(routes!(api_keys::rotate))
        .routes(routes!(gateways::list))
        .routes(routes!(gateway_accounts::list, gateway_accounts::create))
        .routes(routes!(gateway_accounts::read, gateway_accounts::change))
        .routes(routes!(gateway_accounts::close))
        .routes(routes!(gateway_accounts::reopen))
        .routes(routes!(gateway_accounts::test))
        .routes(routes!(routing_rules::list, routing_rules::create))
        .routes(routes!(
            routing_rules::read,
            routing_rules::replace,
            routing_rules::delete
        ))
        .routes(routes!(routing::read, routing::change))
        .routes(routes!(health::list))
        .routes(routes!(exchange_rates::list, exchange_rates::create))
        .routes(routes!(exchange_rates::import))
        .routes(routes!(exchange_rates::read, exchange_rates::withdraw))
        .routes(routes!(payments::explain))
        .routes(routes!(links::list, links::create))
        .routes(routes!(links::read, links::change))
        .routes(routes!(events::list))
        .routes(routes!(events::follow))
        .routes(routes!(events::read))
        .routes(routes!(webhook_deliveries::resend_event))
        .routes(routes!(webhook_endpoints::list, webhook_endpoints::create))
        .routes(routes!(
            webhook_endpoints::read,
            webhook_endpoints::change,
            webhook_endpoints::delete
        ))
        .routes(routes!(webhook_endpoints::enable))
        .routes(routes!(webhook_endpoints::disable))
        .routes(routes!(webhook_endpoints::rotate_secret))
        .routes(routes!(webhook_endpoints::test))
        .routes(routes!(webhook_deliveries::resend_events))
        .routes(routes!(webhook_deliveries::list))
        .routes(routes!(webhook_deliveries::read))
        .routes(routes!(webhook_deliveries::resend))
        .routes(routes!(webhook_secret::reveal))
        .routes(routes!(webhook_secret::rotate))
        .routes(routes!(webhook_secret::development))
        .routes(routes!(attention::list))
        .routes(routes!(attention::resolve))
        .routes(routes!(audit_log::list))
}

/// An example answer for the OpenAPI document: operation, status, body.
pub(crate) type Example = (&'static str, u16, Value);

/// An example answer of every operation.
pub(crate) fn examples() -> Vec<Example> {
    [
        projects::examples(),
        api_keys::examples(),
        attention::examples(),
        audit_log::examples(),
        gateways::examples(),
        gateway_accounts::examples(),
        routing_rules::examples(),
        routing::examples(),
        health::examples(),
        exchange_rates::examples(),
        payments::examples(),
        links::examples(),
        webhook_endpoints::examples(),
        webhook_deliveries::examples(),
        webhook_secret::examples(),
    ]
    .concat()
}
