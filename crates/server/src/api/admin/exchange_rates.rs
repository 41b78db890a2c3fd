//! Exchange rates of a project: by which attempts in another currency are priced.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use engine::admin::{AdminRefusal, RateFilter, RateOrder, RateRow};
use engine::domain::currency::Currency;
use engine::domain::exchange_rate::{CorrectionRate, ExchangeRate};
use engine::domain::ids::ExchangeRateId;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::Example;
use super::caller::{AdminCaller, AdminWrite};
use super::rate_table;
use crate::api::Api;
use crate::api::payment::render::time;
use crate::api::payment::requests::fields::{Fields, Problems};
use crate::body;
use crate::envelope::{self, Problem, Single, Written};
use crate::openapi::errors::{AdminListErrors, AdminReadErrors, AdminWriteErrors};
use crate::pagination::Listed;
use crate::query::{Query, beyond, first_ms};
use crate::segment::Segment;

const PATH: &str = "/admin/v1/exchange-rates";

/// A rate: one unit of `base_currency` is `rate` units of `quote_currency`.
#[derive(Serialize, ToSchema)]
#[schema(as = ExchangeRate)]
pub(super) struct RateBody {
    /// `fx_…`
    id: String,
    /// ISO 4217.
    base_currency: &'static str,
    /// ISO 4217.
    quote_currency: &'static str,
    /// Exact decimal text.
    rate: String,
    /// The merchant's factor on top; exact decimal text.
    correction_rate: String,
    /// From when it holds.
    valid_from: String,
    /// When it ends.
    expires_at: String,
    /// Since when it is not used any more; null while it is.
    withdrawn_at: Option<String>,
    /// When it was given.
    created_at: String,
}

/// A rate to be given.
#[derive(ToSchema)]
#[schema(as = ExchangeRateInput, example = json!({
    "base_currency": "XOF", "quote_currency": "EUR", "rate": "0.00152", "correction_rate": "1.02", "expires_at": "2099-01-01"
}))]
#[expect(dead_code, reason = "described, never constructed")]
pub(super) struct RateShape {
    /// ISO 4217.
    #[schema(example = "XOF")]
    base_currency: String,
    /// ISO 4217; another one.
    #[schema(example = "EUR")]
    quote_currency: String,
    /// Units of `quote_currency` per unit of `base_currency`: decimal text, greater than 0, at most 8 decimals.
    #[schema(example = "0.00152")]
    rate: String,
    /// Factor on top, 0.5 to 2; 1 when absent.
    #[schema(example = "1.02")]
    correction_rate: Option<String>,
    /// RFC 3339 with offset, or a date; now when absent.
    #[schema(example = "2026-06-08")]
    valid_from: Option<String>,
    /// RFC 3339 with offset, or a date.
    #[schema(example = "2099-01-01")]
    expires_at: String,
}

/// What a table brought.
#[derive(Serialize, ToSchema)]
#[schema(as = ExchangeRateImport)]
pub(super) struct ImportBody {
    /// Rates that were given.
    rates: usize,
}

/// List exchange rates
///
/// Newest first, withdrawn ones too.
#[utoipa::path(get, path = "/admin/v1/exchange-rates", tag = "Admin: exchange rates", operation_id = "list_exchange_rates",
    params(
        ("per_page" = Option<i64>, Query, description = "Rows per page, 1 to 100; 10 when absent.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "Opaque: `next_cursor` or `prev_cursor` of an earlier page with the same filters."),
        ("base_currency" = Option<String>, Query, description = "From this currency."),
        ("quote_currency" = Option<String>, Query, description = "To this currency."),
        ("at" = Option<String>, Query, description = "In use at this time: RFC 3339 with offset, or a date."),
    ),
    responses((status = 200, description = "A page of rates.", body = Listed<RateBody>), AdminListErrors))]
pub(super) async fn list(
    State(api): State<Api>,
    caller: AdminCaller,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let list = api.list_of(caller.scope).await?;
    let mut problems = Problems::default();
    let names = ["base_currency", "quote_currency", "at"];
    let query = Query::read(&query.unwrap_or_default(), &names, &mut problems);
    let filter = RateFilter {
        base: query.value("base_currency", Currency::parse, &mut problems),
        quote: query.value("quote_currency", Currency::parse, &mut problems),
        at_ms: query.value("at", first_ms, &mut problems),
    };
    let asked = query.asked(&list, PATH.to_owned(), &mut problems);
    let page = beyond(&asked, ExchangeRateId::from_stored, &mut problems);
    let page = problems.conclude(page)?;
    let rows = api
        .engine
        .exchange_rates(caller.scope, filter, page, asked.limit())
        .await?;
    let place = |row: &RateRow| format!("{}:{}", row.created_at_ms, row.id.stored());
    Ok(envelope::json(StatusCode::OK, &asked.page(rows, place, RateBody::of)))
}

/// Give an exchange rate
///
/// Attempts that start from now on in `quote_currency`, for intents in `base_currency`, are priced by it while it holds. Of
/// several that hold, the one that began last is used.
#[utoipa::path(post, path = "/admin/v1/exchange-rates", tag = "Admin: exchange rates", operation_id = "create_exchange_rate",
    request_body(content = RateShape, description = "The rate."),
    responses((status = 201, description = "The rate.", body = Written<RateBody>), AdminWriteErrors))]
pub(super) async fn create(State(api): State<Api>, write: AdminWrite) -> Result<Response, Problem> {
    let mut problems = Problems::default();
    let order = Fields::of_body(&write.body, &mut problems).and_then(|fields| order(&fields, &mut problems));
    let orders = vec![problems.conclude(order)?];
    let made = api
        .engine
        .create_exchange_rates(&write.admin.actor, write.scope, orders)
        .await?;
    let data = made
        .first()
        .map(RateBody::of)
        .ok_or(AdminRefusal::Unknown("exchange rate"))?;
    let message = "Exchange rate given.".to_owned();
    Ok(envelope::json(StatusCode::CREATED, &Written { message, data }))
}

/// Give a table of exchange rates
///
/// All rows or none. What is wrong is told by line and column. At most 10 000 rows and 1 MiB of comma-separated text in UTF-8;
/// the first line names the columns `base_currency`, `quote_currency`, `rate`, `expires_at` and, where wanted,
/// `correction_rate` and `valid_from`.
#[utoipa::path(post, path = "/admin/v1/exchange-rates/import", tag = "Admin: exchange rates", operation_id = "import_exchange_rates",
    request_body(content = String, content_type = "text/csv", description = "The table.",
        example = "base_currency,quote_currency,rate,expires_at\nXOF,EUR,0.00152,2099-01-01\n"),
    responses((status = 201, description = "How many rates there were.", body = Written<ImportBody>), AdminWriteErrors))]
pub(super) async fn import(State(api): State<Api>, caller: AdminCaller, parts: Parts) -> Result<Response, Problem> {
    let text = body::table(&parts)?;
    let mut problems = Problems::default();
    let rows = rate_table::read(&text, &mut problems);
    let rows = problems.conclude(rows)?;
    let lines: Vec<u64> = rows.iter().map(|row| row.line).collect();
    let orders = rows.into_iter().map(|row| row.order).collect();
    let made = api
        .engine
        .create_exchange_rates(&caller.admin.actor, caller.scope, orders)
        .await
        .map_err(|refusal| rate_table::by_line(refusal, &lines))?;
    let data = ImportBody { rates: made.len() };
    let message = "Exchange rates given.".to_owned();
    Ok(envelope::json(StatusCode::CREATED, &Written { message, data }))
}

/// Read an exchange rate
#[utoipa::path(get, path = "/admin/v1/exchange-rates/{id}", tag = "Admin: exchange rates", operation_id = "get_exchange_rate",
    params(("id" = String, Path, description = "Id of the rate.", example = "fx_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    responses((status = 200, description = "The rate.", body = Single<RateBody>), AdminReadErrors))]
pub(super) async fn read(
    State(api): State<Api>,
    caller: AdminCaller,
    Segment(rate): Segment,
) -> Result<Response, Problem> {
    let data = RateBody::of(&api.engine.exchange_rate(caller.scope, id(&rate)?).await?);
    Ok(envelope::json(StatusCode::OK, &Single { data }))
}

/// Withdraw an exchange rate
///
/// It is not used any more; attempts that were priced by it keep their price.
#[utoipa::path(delete, path = "/admin/v1/exchange-rates/{id}", tag = "Admin: exchange rates", operation_id = "withdraw_exchange_rate",
    params(("id" = String, Path, description = "Id of the rate.", example = "fx_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    responses((status = 200, description = "The rate.", body = Written<RateBody>), AdminWriteErrors))]
pub(super) async fn withdraw(
    State(api): State<Api>,
    caller: AdminCaller,
    Segment(rate): Segment,
) -> Result<Response, Problem> {
    let actor = &caller.admin.actor;
    let row = api
        .engine
        .withdraw_exchange_rate(actor, caller.scope, id(&rate)?)
        .await?;
    let (message, data) = ("Exchange rate withdrawn.".to_owned(), RateBody::of(&row));
    Ok(envelope::json(StatusCode::OK, &Written { message, data }))
}

fn id(text: &str) -> Result<ExchangeRateId, AdminRefusal> {
    ExchangeRateId::from_public(text).ok_or(AdminRefusal::Unknown("exchange rate"))
}

fn order(fields: &Fields<'_>, problems: &mut Problems) -> Option<RateOrder> {
    fields.require(&["base_currency", "quote_currency", "rate", "expires_at"], problems);
    let base = fields.read("base_currency", Currency::parse, problems);
    let quote = fields.read("quote_currency", Currency::parse, problems);
    let rate = fields.read("rate", ExchangeRate::parse, problems);
    let correction = fields.read("correction_rate", CorrectionRate::parse, problems);
    let valid_from_ms = fields.read("valid_from", first_ms, problems);
    let expires_at_ms = fields.read("expires_at", first_ms, problems);
    Some(RateOrder {
        base: base?,
        quote: quote?,
        rate: rate?,
        correction: correction.unwrap_or_else(CorrectionRate::none),
        valid_from_ms,
        expires_at_ms: expires_at_ms?,
    })
}

impl RateBody {
    fn of(row: &RateRow) -> Self {
        Self {
            id: row.id.to_string(),
            base_currency: row.base.code(),
            quote_currency: row.quote.code(),
            rate: row.rate.to_string(),
            correction_rate: row.correction.to_string(),
            valid_from: time::iso(row.valid_from_ms),
            expires_at: time::iso(row.expires_at_ms),
            withdrawn_at: row.withdrawn_at_ms.map(time::iso),
            created_at: time::iso(row.created_at_ms),
        }
    }
}

/// Example answers.
pub(super) fn examples() -> Vec<Example> {
    let rate = json!({
        "id": "fx_01jxa5qj0c8z6t9y3m4n5p6r7s", "base_currency": "XOF", "quote_currency": "EUR", "rate": "0.00152",
        "correction_rate": "1.02", "valid_from": "2026-06-08T00:00:00+00:00", "expires_at": "2099-01-01T00:00:00+00:00",
        "withdrawn_at": null, "created_at": "2026-06-08T12:00:00+00:00",
    });
    let written = |operation, status, message: &str| (operation, status, json!({"message": message, "data": rate}));
    vec![
        (
            "list_exchange_rates",
            200,
            json!({"data": [rate], "pagination": super::audit_log::one_page(PATH)}),
        ),
        ("get_exchange_rate", 200, json!({"data": rate})),
        written("create_exchange_rate", 201, "Exchange rate given."),
        (
            "import_exchange_rates",
            201,
            json!({"message": "Exchange rates given.", "data": {"rates": 1}}),
        ),
        written("withdraw_exchange_rate", 200, "Exchange rate withdrawn."),
    ]
}
