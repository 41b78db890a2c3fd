//! Payment links: make, list, read, change, and what visitors made of one.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use engine::Refusal;
use engine::domain::ids::{CheckoutId, LinkId};
use engine::links::{LinkFilter, LinkView, ShowLink};
use engine::views::PaymentView;

use super::render::checkout::CheckoutBody;
use super::render::link::LinkBody;
use super::requests::fields::Problems;
use super::requests::link;
use super::requests::link_shapes::{CreateLinkShape, UpdateLinkShape};
use super::write::Write;
use crate::api::Api;
use crate::authentication::PaymentCaller;
use crate::envelope::{self, Problem, Single, Written};
use crate::openapi::errors::{LinkErrors, ListErrors, ReadErrors};
use crate::pagination::{Asked, Listed};
use crate::query::{List, Query, beyond, first_ms, last_ms};
use crate::segment::Segment;

const PATH: &str = "/v1/payment/links";
const FILTERS: [&str; 4] = ["active", "usage", "created_at[gte]", "created_at[lte]"];

/// Make a payment link
///
/// An address that can be printed, sent or shown as a QR code. Looking at it makes nothing; whoever goes on gets a checkout of
/// their own, with a payment of its own. Completed ones are told by webhook like all others.
#[utoipa::path(post, path = "/v1/payment/links", tag = "Payment links", operation_id = "create_payment_link",
    params(
        ("X-Idempotency-Key" = Option<String>, Header, description = "8 to 128 characters. The same key and body again returns the stored answer. `Idempotency-Key` is an alias."),
    ),
    request_body(content = CreateLinkShape, description = "What is paid through it, how often, and how its pages look."),
    responses((status = 201, description = "The link.", body = Written<LinkBody>), LinkErrors))]
pub(super) async fn create(State(api): State<Api>, write: Write) -> Result<Response, Problem> {
    if let Some(stored) = write.replay(&api).await? {
        return Ok(stored);
    }
    let command = link::read(&write.body, api.engine.now_ms())?;
    let show = show(&api, (201, "Payment link made."));
    let answer = api.engine.create_link(write.scope, command, (write.claim, show)).await;
    Ok(envelope::answered(answer?))
}

/// List payment links
///
/// Newest first; walking the pages while links are being added neither skips nor repeats one.
#[utoipa::path(get, path = "/v1/payment/links", tag = "Payment links", operation_id = "list_payment_links",
    params(
        ("per_page" = Option<i64>, Query, description = "Rows per page, 1 to 100; 10 when absent.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "Opaque: `next_cursor` or `prev_cursor` of an earlier page with the same filters."),
        ("active" = Option<String>, Query, description = "`true` or `false`: whether the merchant lets it be paid."),
        ("usage" = Option<String>, Query, description = "`reusable` or `single`."),
        ("created_at[gte]" = Option<String>, Query, description = "Made at or after: RFC 3339 with offset, or a date."),
        ("created_at[lte]" = Option<String>, Query, description = "Made at or before: RFC 3339 with offset, or a date, which means the end of that day, UTC."),
    ),
    responses((status = 200, description = "A page of links.", body = Listed<LinkBody>), ListErrors))]
pub(super) async fn list(
    State(api): State<Api>,
    PaymentCaller(scope): PaymentCaller,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let list = api.list_of(scope).await?;
    let (asked, filter) = listing(&list, &query.unwrap_or_default(), PATH)?;
    page(&api, &list, asked, filter).await
}

/// Read a payment link
#[utoipa::path(get, path = "/v1/payment/links/{id}", tag = "Payment links", operation_id = "get_payment_link",
    params(("id" = String, Path, description = "Id of the link.", example = "lnk_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    responses((status = 200, description = "The link.", body = Single<LinkBody>), ReadErrors))]
pub(super) async fn read(
    State(api): State<Api>,
    PaymentCaller(scope): PaymentCaller,
    Segment(id): Segment,
) -> Result<Response, Problem> {
    let view = api.engine.link(scope, which(&id)?).await?;
    let data = LinkBody::of(&view, &api.config.public_url);
    Ok(envelope::json(StatusCode::OK, &Single { data }))
}

/// Change a payment link
///
/// Switches it off and on, gives it another description or another end. A member that is absent stays as it is. Checkouts that
/// visitors have open already keep what they say and can be paid until their own end: an hour after they were made, or when
/// their link was to end at that time. To end one sooner, cancel its payment.
#[utoipa::path(patch, path = "/v1/payment/links/{id}", tag = "Payment links", operation_id = "update_payment_link",
    params(
        ("id" = String, Path, description = "Id of the link.", example = "lnk_01jxa5qj0c8z6t9y3m4n5p6r7s"),
        ("X-Idempotency-Key" = Option<String>, Header, description = "8 to 128 characters. The same key and body again returns the stored answer. `Idempotency-Key` is an alias."),
    ),
    request_body(content = UpdateLinkShape, description = "What is to change."),
    responses((status = 200, description = "The link as it is now.", body = Written<LinkBody>), LinkErrors))]
pub(super) async fn update(State(api): State<Api>, write: Write, Segment(id): Segment) -> Result<Response, Problem> {
    if let Some(stored) = write.replay(&api).await? {
        return Ok(stored);
    }
    let id = which(&id)?;
    let command = link::read_changes(&write.body, api.engine.now_ms())?;
    let spoken = (write.claim, show(&api, (200, "Payment link changed.")));
    let answer = api.engine.update_link(write.scope, id, command, spoken).await;
    Ok(envelope::answered(answer?))
}

/// List the checkouts of a payment link
///
/// Those that its visitors got, newest first, each with its payment.
#[utoipa::path(get, path = "/v1/payment/links/{id}/checkouts", tag = "Payment links", operation_id = "list_checkouts_of_payment_link",
    params(
        ("id" = String, Path, description = "Id of the link.", example = "lnk_01jxa5qj0c8z6t9y3m4n5p6r7s"),
        ("per_page" = Option<i64>, Query, description = "Rows per page, 1 to 100; 10 when absent.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "Opaque: `next_cursor` or `prev_cursor` of an earlier page."),
    ),
    responses((status = 200, description = "A page of checkouts.", body = Listed<CheckoutBody>), ListErrors))]
pub(super) async fn checkouts(
    State(api): State<Api>,
    PaymentCaller(scope): PaymentCaller,
    Segment(id): Segment,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let id = which(&id)?;
    let (list, mut problems) = (api.list_of(scope).await?, Problems::default());
    let query = Query::read(&query.unwrap_or_default(), &[], &mut problems);
    let asked = query.asked(&list, format!("{PATH}/{id}/checkouts"), &mut problems);
    let from = beyond(&asked, CheckoutId::from_stored, &mut problems);
    let from = problems.conclude(from)?;
    let rows = api.engine.payments_of_link(scope, id, from, asked.limit()).await?;
    let shown = |row: &PaymentView| CheckoutBody::of(row, &api.config.public_url);
    Ok(envelope::json(StatusCode::OK, &asked.page(rows, place, shown)))
}

/// The page of links that is asked for.
pub(crate) async fn page(
    api: &Api,
    list: &List<'_>,
    (asked, page): (Asked, engine::admin::Beyond<LinkId>),
    filter: LinkFilter,
) -> Result<Response, Problem> {
    let rows = api.engine.links(list.scope, filter, page, asked.limit()).await?;
    let place = |row: &LinkView| format!("{}:{}", row.link.created_at_ms, row.link.id.stored());
    let shown = |row: &LinkView| LinkBody::of(row, &api.config.public_url);
    Ok(envelope::json(StatusCode::OK, &asked.page(rows, place, shown)))
}

/// Reads the query of a list of links at `path`.
pub(crate) fn listing(
    list: &List<'_>,
    query: &str,
    path: &str,
) -> Result<((Asked, engine::admin::Beyond<LinkId>), LinkFilter), Problem> {
    let mut problems = Problems::default();
    let query = Query::read(query, &FILTERS, &mut problems);
    let active = |text: &str| match text {
        "true" => Ok(link::switch(true)),
        "false" => Ok(link::switch(false)),
        _ => Err("Must be true or false."),
    };
    let filter = LinkFilter {
        switch: query.value("active", active, &mut problems),
        usage: query.value(
            "usage",
            |text| link::usage(text).map_err(|_| "Must be reusable or single."),
            &mut problems,
        ),
        from_ms: query.value("created_at[gte]", first_ms, &mut problems),
        to_ms: query.value("created_at[lte]", last_ms, &mut problems),
    };
    let asked = query.asked(list, path.to_owned(), &mut problems);
    let page = beyond(&asked, LinkId::from_stored, &mut problems);
    problems.conclude(page.map(|page| ((asked, page), filter)))
}

/// One that cannot exist is answered exactly like one that does not.
pub(crate) fn which(text: &str) -> Result<LinkId, Problem> {
    LinkId::from_public(text).ok_or_else(|| Refusal::UnknownLink(String::new()).into())
}

fn show(api: &Api, (status, message): (u16, &'static str)) -> ShowLink {
    let public_url = api.config.public_url.clone();
    Arc::new(move |view| LinkBody::rendered(view, &public_url, (status, message)))
}

/// Where a payment stands among those of its link.
fn place(row: &PaymentView) -> String {
    let checkout = row.checkout.as_ref();
    checkout.map_or_else(String::new, |checkout| {
        format!("{}:{}", checkout.created_at_ms, checkout.id.stored())
    })
}
