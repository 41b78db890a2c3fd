//! Payment links, for administrators: the same as the payment API has them, told to the audit log.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::Example;
use super::audit_log;
use super::caller::{AdminCaller, AdminWrite};
use crate::api::Api;
use crate::api::payment::links::{listing, page, which};
use crate::api::payment::render::link::LinkBody;
use crate::api::payment::requests::link;
use crate::api::payment::requests::link_shapes::{CreateLinkShape, UpdateLinkShape};
use crate::envelope::{self, Problem, Single, Written};
use crate::openapi::errors::{AdminListErrors, AdminReadErrors, AdminWriteErrors};
use crate::pagination::Listed;
use crate::segment::Segment;

const PATH: &str = "/admin/v1/links";

/// List payment links
///
/// Those of the chosen environment, newest first.
#[utoipa::path(get, path = "/admin/v1/links", tag = "Admin: payment links", operation_id = "list_links",
    params(
        ("per_page" = Option<i64>, Query, description = "Rows per page, 1 to 100; 10 when absent.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "Opaque: `next_cursor` or `prev_cursor` of an earlier page with the same filters."),
        ("active" = Option<String>, Query, description = "`true` or `false`: whether the merchant lets it be paid."),
        ("usage" = Option<String>, Query, description = "`reusable` or `single`."),
        ("created_at[gte]" = Option<String>, Query, description = "Made at or after: RFC 3339 with offset, or a date."),
        ("created_at[lte]" = Option<String>, Query, description = "Made at or before: RFC 3339 with offset, or a date, which means the end of that day, UTC."),
    ),
    responses((status = 200, description = "A page of links.", body = Listed<LinkBody>), AdminListErrors))]
pub(super) async fn list(
    State(api): State<Api>,
    caller: AdminCaller,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let list = api.list_of(caller.scope).await?;
    let (asked, filter) = listing(&list, &query.unwrap_or_default(), PATH)?;
    page(&api, &list, asked, filter).await
}

/// Make a payment link
///
/// An address that can be printed, sent or shown as a QR code: whoever goes on from it gets a checkout of their own.
#[utoipa::path(post, path = "/admin/v1/links", tag = "Admin: payment links", operation_id = "create_link",
    request_body(content = CreateLinkShape, description = "What is paid through it, how often, and how its pages look."),
    responses((status = 201, description = "The link.", body = Written<LinkBody>), AdminWriteErrors))]
pub(super) async fn create(State(api): State<Api>, write: AdminWrite) -> Result<Response, Problem> {
    let command = link::read(&write.body, api.engine.now_ms())?;
    let actor = &write.admin.actor;
    let view = api.engine.create_link_as(actor, write.scope, command).await?;
    let body = LinkBody::written(&view, &api.config.public_url, "Payment link made.");
    Ok(envelope::json(StatusCode::CREATED, &body))
}

/// Read a payment link
#[utoipa::path(get, path = "/admin/v1/links/{id}", tag = "Admin: payment links", operation_id = "get_link",
    params(("id" = String, Path, description = "Id of the link.", example = "lnk_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    responses((status = 200, description = "The link.", body = Single<LinkBody>), AdminReadErrors))]
pub(super) async fn read(
    State(api): State<Api>,
    caller: AdminCaller,
    Segment(id): Segment,
) -> Result<Response, Problem> {
    let view = api.engine.link(caller.scope, which(&id)?).await?;
    let data = LinkBody::of(&view, &api.config.public_url);
    Ok(envelope::json(StatusCode::OK, &Single { data }))
}

/// Change a payment link
///
/// Switches it off and on, gives it another description or another end. A member that is absent stays as it is.
#[utoipa::path(patch, path = "/admin/v1/links/{id}", tag = "Admin: payment links", operation_id = "change_link",
    params(("id" = String, Path, description = "Id of the link.", example = "lnk_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    request_body(content = UpdateLinkShape, description = "What is to change."),
    responses((status = 200, description = "The link as it is now.", body = Written<LinkBody>), AdminWriteErrors))]
pub(super) async fn change(
    State(api): State<Api>,
    write: AdminWrite,
    Segment(id): Segment,
) -> Result<Response, Problem> {
    let (id, command) = (which(&id)?, link::read_changes(&write.body, api.engine.now_ms())?);
    let actor = &write.admin.actor;
    let view = api.engine.change_link_as(actor, write.scope, id, command).await?;
    let body = LinkBody::written(&view, &api.config.public_url, "Payment link changed.");
    Ok(envelope::json(StatusCode::OK, &body))
}

/// Example answers.
pub(super) fn examples() -> Vec<Example> {
    let link = sample();
    let mut inactive = link.clone();
    if let Some(members) = inactive.as_object_mut() {
        members.insert("status".to_owned(), json!("inactive"));
        members.insert("active".to_owned(), json!(false));
    }
    let page = |path: &str| json!({"data": [link.clone()], "pagination": audit_log::one_page(path)});
    let made = json!({"message": "Payment link made.", "data": link});
    let changed = json!({"message": "Payment link changed.", "data": inactive});
    vec![
        ("list_links", 200, page(PATH)),
        ("get_link", 200, json!({"data": link})),
        ("create_link", 201, made.clone()),
        ("change_link", 200, changed.clone()),
        ("list_payment_links", 200, page("/v1/payment/links")),
        ("get_payment_link", 200, json!({"data": link})),
        ("create_payment_link", 201, made),
        ("update_payment_link", 200, changed),
    ]
}

fn sample() -> Value {
    json!({
        "id": "lnk_01jxa5qj0c8z6t9y3m4n5p6r7s", "status": "active", "active": true,
        "url": "https://pay.example.com/l/kX0nVb3vJYl2mQe5sT8wRz1a", "usage": "reusable", "currency": "XOF",
        "amount": {"value": 500_000, "formatted": "5000.00 XOF", "short": "5000 XOF", "currency": "XOF", "decimal": "5000"},
        "amount_min": null, "amount_max": null, "description": "Yoga, one month", "receipt": "optional",
        "return_url": null, "metadata": {}, "restriction": null,
        "customization": {"color": "#1f6f5c", "brand": "Studio Awa"}, "locale": "fr", "times_paid": 12,
        "expires_at": null, "created_at": "2026-06-08T12:00:00+00:00",
    })
}
