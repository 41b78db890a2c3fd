//! Customers: list, read, change. They come into being with their first payment.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use engine::Refusal;
use engine::admin::Beyond;
use engine::commands::CustomerFilter;
use engine::domain::country::Country;
use engine::domain::ids::CustomerId;
use engine::views::Customer;

use super::render::customer::{CustomerDetailsBody, changed};
use super::requests::fields::{Problems, sentence};
use super::requests::shapes::UpdateCustomerShape;
use super::requests::{address, customer};
use super::write::Write;
use crate::api::Api;
use crate::authentication::PaymentCaller;
use crate::envelope::{self, Problem, Single, Written};
use crate::error_codes::ErrorCode;
use crate::openapi::errors::{CustomerErrors, ListErrors, ReadErrors};
use crate::pagination::{Asked, Listed};
use crate::query::{List, Query, beyond, first_ms, last_ms};
use crate::segment::Segment;

const PATH: &str = "/v1/customers";
const FILTERS: [&str; 4] = ["email", "phone", "created_at[gte]", "created_at[lte]"];

/// List customers
///
/// Newest first; walking the pages while customers are being added neither skips nor repeats one. A customer's payments are
/// at `GET /v1/payment/intents?customer_id=cus_…`.
#[utoipa::path(get, path = "/v1/customers", tag = "Customers", operation_id = "list_customers",
    params(
        ("per_page" = Option<i64>, Query, description = "Rows per page, 1 to 100; 10 when absent.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "Opaque: `next_cursor` or `prev_cursor` of an earlier page with the same filters."),
        ("email" = Option<String>, Query, description = "With exactly this e-mail address, whatever its case: one customer at most."),
        ("phone" = Option<String>, Query, description = "With exactly this phone, in international form with a plus and any separators."),
        ("created_at[gte]" = Option<String>, Query, description = "Made at or after: RFC 3339 with offset, or a date."),
        ("created_at[lte]" = Option<String>, Query, description = "Made at or before: RFC 3339 with offset, or a date, which means the end of that day, UTC."),
    ),
    responses((status = 200, description = "A page of customers.", body = Listed<CustomerDetailsBody>), ListErrors))]
pub(super) async fn list(
    State(api): State<Api>,
    PaymentCaller(scope): PaymentCaller,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let list = api.list_of(scope).await?;
    let (asked, filter, page) = listing(&list, &query.unwrap_or_default())?;
    let rows = api.engine.customers(scope, filter, page, asked.limit()).await?;
    let place = |row: &Customer| format!("{}:{}", row.created_at_ms, row.id.stored());
    let page = asked.page(rows, place, CustomerDetailsBody::of);
    Ok(envelope::json(StatusCode::OK, &page))
}

/// Read a customer
///
/// Their payments are at `GET /v1/payment/intents?customer_id=cus_…`.
#[utoipa::path(get, path = "/v1/customers/{id}", tag = "Customers", operation_id = "get_customer",
    params(("id" = String, Path, description = "Id of the customer.", example = "cus_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    responses((status = 200, description = "The customer.", body = Single<CustomerDetailsBody>), ReadErrors))]
pub(super) async fn read(
    State(api): State<Api>,
    PaymentCaller(scope): PaymentCaller,
    Segment(id): Segment,
) -> Result<Response, Problem> {
    let customer = api.engine.customer(scope, read_id(&id)?).await.map_err(told)?;
    let data = CustomerDetailsBody::of(&customer);
    Ok(envelope::json(StatusCode::OK, &Single { data }))
}

/// Change a customer
///
/// A member that is absent stays as it is; `null` takes its value away. A customer is known by the e-mail address, or without
/// one by the phone, and no two are known by the same: a change that would make it so is answered 409 `customer_exists` with
/// the other one's id. Payments stay with the customer that they were made for, and show them as they are now.
#[utoipa::path(patch, path = "/v1/customers/{id}", tag = "Customers", operation_id = "update_customer",
    params(
        ("id" = String, Path, description = "Id of the customer.", example = "cus_01jxa5qj0c8z6t9y3m4n5p6r7s"),
        ("X-Idempotency-Key" = Option<String>, Header, description = "8 to 128 characters. The same key and body again returns the stored answer. `Idempotency-Key` is an alias."),
    ),
    request_body(content = UpdateCustomerShape, description = "What is to change."),
    responses((status = 200, description = "The customer as they are now.", body = Written<CustomerDetailsBody>), CustomerErrors))]
pub(super) async fn update(State(api): State<Api>, write: Write, Segment(id): Segment) -> Result<Response, Problem> {
    if let Some(stored) = write.replay(&api).await? {
        return Ok(stored);
    }
    let id = read_id(&id)?;
    let known = api.engine.customer(write.scope, id).await.map_err(told)?;
    let home = known
        .person
        .country
        .as_deref()
        .and_then(|code| Country::parse(code).ok());
    let command = customer::read_changes(&write.body, home)?;
    let answer = api
        .engine
        .update_customer(write.scope, id, command, (write.claim, changed))
        .await;
    answer.map(envelope::answered).map_err(told)
}

fn listing(list: &List<'_>, query: &str) -> Result<(Asked, CustomerFilter, Beyond<CustomerId>), Problem> {
    let mut problems = Problems::default();
    let query = Query::read(query, &FILTERS, &mut problems);
    let filter = CustomerFilter {
        email: query.value("email", email, &mut problems),
        phone: query.value("phone", customer::wanted_phone, &mut problems),
        created_from_ms: query.value("created_at[gte]", first_ms, &mut problems),
        created_to_ms: query.value("created_at[lte]", last_ms, &mut problems),
    };
    let asked = query.asked(list, PATH.to_owned(), &mut problems);
    let page = beyond(&asked, CustomerId::from_stored, &mut problems);
    problems.conclude(page.map(|page| (asked, filter, page)))
}

fn email(text: &str) -> Result<String, String> {
    address::email(text).map_err(|error| sentence(&error.to_string()))
}

/// One that cannot exist is answered exactly like one that does not.
fn read_id(text: &str) -> Result<CustomerId, Problem> {
    CustomerId::from_public(text).ok_or_else(|| told(Refusal::UnknownCustomer(String::new())))
}

/// Here a customer is what the address names, not a member of a body.
fn told(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::UnknownCustomer(_) => Problem::saying(ErrorCode::NotFound, "No such customer."),
        other => other.into(),
    }
}
