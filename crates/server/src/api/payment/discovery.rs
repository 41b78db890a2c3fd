//! Where, and with what, an intent can be paid: the steps before an attempt.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use engine::domain::country::Country;
use engine::domain::currency::Currency;

use super::path::{CountryPath, IntentPath};
use super::render::discovery::{CountriesBody, PayableMethodsBody};
use super::requests::fields::{Problems, sentence};
use crate::api::Api;
use crate::authentication::PaymentCaller;
use crate::envelope::{self, Problem};
use crate::error_codes::ErrorCode;
use crate::language::Wanted;
use crate::openapi::errors::{ListErrors, ReadErrors};
use crate::query::Query;

/// List the countries in which an intent can be paid
///
/// Those that the project's routing rules cover, most likely first: where the payer paid before, where they are at home,
/// where the intent's currency is the usual one. Names are in the language that `Accept-Language` wants, English or French.
#[utoipa::path(get, path = "/v1/payment/intents/{id}/countries", tag = "Payment intents", operation_id = "list_payable_countries",
    params(("id" = String, Path, description = "Id of the intent.", example = "TRX01JXA5QJ0C8Z6T9Y3M4N5P6R7S")),
    responses((status = 200, description = "The countries.", body = CountriesBody), ReadErrors))]
pub(super) async fn countries(
    State(api): State<Api>,
    PaymentCaller(scope): PaymentCaller,
    IntentPath(id): IntentPath,
    Wanted(language): Wanted,
) -> Result<Response, Problem> {
    let found = api.engine.payable_countries(scope, id).await?;
    let body = CountriesBody::of(&found, language);
    Ok(envelope::json(StatusCode::OK, &body))
}

/// List the methods with which an intent can be paid in a country
///
/// Those that the project's routing rules cover, most likely first, each with its limits and how well it works right now.
/// Without `currency`: in every currency that this intent can be paid in.
#[utoipa::path(get, path = "/v1/payment/intents/{id}/countries/{cc}/methods", tag = "Payment intents", operation_id = "list_payable_methods",
    params(
        ("id" = String, Path, description = "Id of the intent.", example = "TRX01JXA5QJ0C8Z6T9Y3M4N5P6R7S"),
        ("cc" = String, Path, description = "ISO 3166-1 alpha-2, upper case.", example = "CI"),
        ("currency" = Option<String>, Query, description = "ISO 4217: only methods that take this currency."),
    ),
    responses((status = 200, description = "The methods.", body = PayableMethodsBody), ListErrors))]
pub(super) async fn methods(
    State(api): State<Api>,
    PaymentCaller(scope): PaymentCaller,
    CountryPath(id, cc): CountryPath,
    RawQuery(query): RawQuery,
    Wanted(language): Wanted,
) -> Result<Response, Problem> {
    let currency = currency_of(&query.unwrap_or_default())?;
    let country =
        Country::parse(&cc).map_err(|error| Problem::saying(ErrorCode::NotFound, sentence(&error.to_string())))?;
    let found = api.engine.payable_methods(scope, id, (country, currency)).await?;
    let body = PayableMethodsBody::of(&found, &api.config.public_url, language);
    Ok(envelope::json(StatusCode::OK, &body))
}

fn currency_of(query: &str) -> Result<Option<Currency>, Problem> {
    let mut problems = Problems::default();
    let query = Query::read(query, &["currency"], &mut problems);
    let currency = query.value("currency", Currency::parse, &mut problems);
    problems.conclude(Some(currency))
}
