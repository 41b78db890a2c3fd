//! Events as both APIs show them: the list, one event, and the stream. Owns their shape and their queries; never who may
//! read them.

use axum::http::StatusCode;
use axum::response::Response;
use engine::domain::ids::EventId;
use engine::domain::scope::{ApiFamily, Scope};
use engine::events::EventView;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::api::Api;
use crate::api::payment::render::time;
use crate::envelope::{self, Problem, Single};
use crate::error_codes::ErrorCode;

pub(crate) mod example;
mod query;
pub(crate) mod seats;
pub(crate) mod stream;

/// Whose events are read, and on whose behalf.
#[derive(Clone, Debug)]
pub(crate) struct Audience {
    /// Project and environment.
    pub(crate) scope: Scope,
    /// Only those in the shape of this API; `None` for all.
    pub(crate) family: Option<ApiFamily>,
    /// Public part of the key; `None` for the command line.
    pub(crate) key_id: Option<String>,
}

/// An event: the same that webhooks tell.
#[derive(Serialize, ToSchema)]
#[schema(as = Event)]
pub(crate) struct EventBody {
    /// `evt_…`; the `webhook-id` of every delivery.
    pub(crate) id: String,
    /// What happened, such as `payment.completed`.
    pub(crate) event: &'static str,
    /// Of which payment.
    pub(crate) payment_id: String,
    /// 1 for the first event of its payment.
    pub(crate) sequence: i64,
    /// When it happened.
    pub(crate) created_at: String,
    /// What webhooks carry, to the byte.
    #[schema(value_type = Object)]
    pub(crate) body: Box<RawValue>,
}

impl EventBody {
    /// Shows an event.
    pub(crate) fn of(view: &EventView) -> Self {
        let body = String::from_utf8(view.body.clone()).unwrap_or_default();
        Self {
            id: view.id.to_string(),
            event: view.announcement.code(),
            payment_id: view.intent_id.to_string(),
            sequence: view.sequence,
            created_at: time::iso(view.created_at_ms),
            body: RawValue::from_string(body).unwrap_or_else(|_| RawValue::NULL.to_owned()),
        }
    }
}

/// A page of the list at `path`.
pub(crate) async fn list(
    api: &Api,
    audience: &Audience,
    path: &str,
    query: Option<String>,
) -> Result<Response, Problem> {
    let list = api.list_of(audience.scope).await?;
    let (asked, filter, page) = query::listing(&list, audience.family, path, &query.unwrap_or_default())?;
    let rows = api.engine.events(audience.scope, filter, page, asked.limit()).await?;
    let place = |row: &EventView| format!("{}:{}", row.stream_no, row.id.stored());
    Ok(envelope::json(StatusCode::OK, &asked.page(rows, place, EventBody::of)))
}

/// The event that an address names.
pub(crate) async fn find(api: &Api, audience: &Audience, id: &str) -> Result<EventView, Problem> {
    let found = match EventId::from_public(id) {
        Some(id) => api.engine.event(audience.scope, audience.family, id).await?,
        None => None,
    };
    found.ok_or_else(|| Problem::saying(ErrorCode::NotFound, "No such event."))
}

/// One event as an answer.
pub(crate) fn shown(view: &EventView) -> Response {
    let data = EventBody::of(view);
    envelope::json(StatusCode::OK, &Single { data })
}
