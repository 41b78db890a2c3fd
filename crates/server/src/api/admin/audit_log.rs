//! The audit log of an environment: who changed what, before and after.

use std::collections::BTreeMap;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use engine::admin::{AuditFilter, Beyond};
use engine::domain::ids::AuditId;
use engine::views::AuditRow;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::Example;
use super::caller::AdminCaller;
use crate::api::Api;
use crate::api::payment::render::time;
use crate::api::payment::requests::fields::Problems;
use crate::envelope::{self, Problem};
use crate::openapi::errors::AdminListErrors;
use crate::pagination::{Asked, Listed};
use crate::query::{List, Query, beyond, first_ms, last_ms};

const PATH: &str = "/admin/v1/audit-log";

/// One change by an administrator.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEntry)]
struct EntryBody {
    /// `aud_…`
    id: String,
    /// `key <id>`, `command line` or `system`.
    actor: String,
    /// Such as `api_key.revoke`.
    action: String,
    /// Id of what was changed.
    subject_id: String,
    /// Its facts before; null when it was made. Of a secret only `set` or `changed` is told.
    before: Option<BTreeMap<String, String>>,
    /// Its facts afterwards; null when it is gone.
    after: Option<BTreeMap<String, String>>,
    /// When.
    created_at: String,
}

/// List changes
///
/// What administrators changed in the chosen environment, newest first. The log is append-only.
#[utoipa::path(get, path = "/admin/v1/audit-log", tag = "Admin: audit log", operation_id = "list_audit_log",
    params(
        ("per_page" = Option<i64>, Query, description = "Rows per page, 1 to 100; 10 when absent.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "Opaque: `next_cursor` or `prev_cursor` of an earlier page with the same filters."),
        ("action" = Option<String>, Query, description = "What actions begin with, such as `api_key` or `api_key.revoke`."),
        ("subject_id" = Option<String>, Query, description = "Id of what was changed."),
        ("actor" = Option<String>, Query, description = "`key <id>`, `command line` or `system`."),
        ("created_at[gte]" = Option<String>, Query, description = "At or after: RFC 3339 with offset, or a date."),
        ("created_at[lte]" = Option<String>, Query, description = "At or before: RFC 3339 with offset, or a date, which means the end of that day, UTC."),
    ),
    responses((status = 200, description = "A page of changes.", body = Listed<EntryBody>), AdminListErrors))]
pub(super) async fn list(
    State(api): State<Api>,
    caller: AdminCaller,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let list = api.list_of(caller.scope).await?;
    let (asked, filter, page) = read(&list, &query.unwrap_or_default())?;
    let rows = api.engine.audit_log(caller.scope, filter, page, asked.limit()).await?;
    let place = |row: &AuditRow| format!("{}:{}", row.at_ms, row.id.stored());
    Ok(envelope::json(StatusCode::OK, &asked.page(rows, place, EntryBody::of)))
}

fn read(list: &List<'_>, query: &str) -> Result<(Asked, AuditFilter, Beyond<AuditId>), Problem> {
    let mut problems = Problems::default();
    let names = ["action", "subject_id", "actor", "created_at[gte]", "created_at[lte]"];
    let query = Query::read(query, &names, &mut problems);
    let text = |name| query.get(name).map(str::to_owned);
    let filter = AuditFilter {
        action_prefix: text("action"),
        subject_id: text("subject_id"),
        actor: text("actor"),
        from_ms: query.value("created_at[gte]", first_ms, &mut problems),
        to_ms: query.value("created_at[lte]", last_ms, &mut problems),
    };
    for name in ["action", "subject_id", "actor"] {
        if query.get(name).is_some_and(|text| text.contains('\0')) {
            problems.add(name, "Must not contain NUL characters.");
        }
    }
    let asked = query.asked(list, PATH.to_owned(), &mut problems);
    let page = beyond(&asked, AuditId::from_stored, &mut problems);
    problems.conclude(page.map(|page| (asked, filter, page)))
}

impl EntryBody {
    fn of(row: &AuditRow) -> Self {
        Self {
            id: row.id.to_string(),
            actor: row.actor.clone(),
            action: row.action.clone(),
            subject_id: row.subject_id.clone(),
            before: row.before.clone(),
            after: row.after.clone(),
            created_at: time::iso(row.at_ms),
        }
    }
}

/// The pagination of an example that is a page by itself.
pub(super) fn one_page(path: &str) -> Value {
    json!({
        "count": 1, "path": format!("https://pay.example.com{path}"), "per_page": 10, "next_cursor": null,
        "next_page_url": null, "prev_cursor": null, "prev_page_url": null, "has_more_pages": false, "has_pages": false,
    })
}

/// Example answers.
pub(super) fn examples() -> Vec<Example> {
    let facts = json!({"family": "payment", "name": "Till 1", "rights": "read write"});
    let entry = json!({
        "id": AuditId::new(1_780_920_000_000, 0x0123_4567_89ab_cdef_0123).to_string(), "actor": "key abcd2345",
        "action": "api_key.create", "subject_id": "k3v9xw2a", "before": null, "after": facts,
        "created_at": "2026-06-08T12:00:00+00:00",
    });
    vec![(
        "list_audit_log",
        200,
        json!({"data": [entry], "pagination": one_page(PATH)}),
    )]
}
