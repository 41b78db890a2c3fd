//! What waits for a person in an environment, and taking it off the list.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use engine::admin::{AdminRefusal, AttentionEntry, AttentionFilter, AttentionStanding, Beyond};
use engine::domain::attention::AttentionKind;
use engine::domain::ids::AttentionId;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::Example;
use super::audit_log::one_page;
use super::caller::{AdminCaller, AdminWrite};
use crate::api::Api;
use crate::api::payment::render::time;
use crate::api::payment::requests::fields::{Fields, Problems};
use crate::envelope::{self, Problem, Written};
use crate::json::Json;
use crate::openapi::errors::{AdminListErrors, AdminWriteErrors};
use crate::pagination::{Asked, Listed};
use crate::query::{List, Query, beyond};
use crate::segment::Segment;

const PATH: &str = "/admin/v1/attention";

/// Most characters of a note.
const NOTE_MAX: usize = 500;

/// Something that waits for a person, or did.
#[derive(Serialize, ToSchema)]
#[schema(as = AttentionItem)]
struct ItemBody {
    /// `itm_…`
    id: String,
    /// Why a person is needed, such as `undecided` or `surplus_capture`.
    kind: &'static str,
    /// `open` or `resolved`.
    state: &'static str,
    /// Id of what it is about.
    subject_id: String,
    /// The payment, when it is about one.
    payment_id: Option<String>,
    /// What is known.
    evidence: String,
    /// What to do.
    advice: &'static str,
    /// What the person who resolved it wrote; null when that happened by itself.
    note: Option<String>,
    /// When it was put on the list.
    created_at: String,
    /// When it was taken off.
    resolved_at: Option<String>,
}

/// How an item is taken off the list.
#[derive(ToSchema)]
#[schema(as = ResolveAttention, example = json!({"note": "Collected the rest by hand."}))]
#[expect(dead_code, reason = "described, never constructed")]
pub(super) struct ResolveShape {
    /// What was done about it, in 1 to 500 characters; it is told to the audit log.
    #[schema(min_length = 1, max_length = 500)]
    note: String,
}

/// List what waits for a person
///
/// In the chosen environment, newest first. Much of it leaves the list by itself once the trouble is over.
#[utoipa::path(get, path = "/admin/v1/attention", tag = "Admin: attention", operation_id = "list_attention",
    params(
        ("per_page" = Option<i64>, Query, description = "Rows per page, 1 to 100; 10 when absent.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "Opaque: `next_cursor` or `prev_cursor` of an earlier page with the same filters."),
        ("state" = Option<String>, Query, description = "`open` or `resolved`; both when absent."),
        ("kind" = Option<String>, Query, description = "Why a person is needed, such as `undecided`."),
    ),
    responses((status = 200, description = "A page of items.", body = Listed<ItemBody>), AdminListErrors))]
pub(super) async fn list(
    State(api): State<Api>,
    caller: AdminCaller,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let list = api.list_of(caller.scope).await?;
    let (asked, filter, page) = read(&list, &query.unwrap_or_default())?;
    let rows = api
        .engine
        .attention_list(caller.scope, filter, page, asked.limit())
        .await?;
    let place = |row: &AttentionEntry| format!("{}:{}", row.item.created_at_ms, row.item.id.stored());
    Ok(envelope::json(StatusCode::OK, &asked.page(rows, place, ItemBody::of)))
}

/// Resolve an item
///
/// Takes it off the list. A step of ours that was given up (`timer_parked`) is tried again at once. An item that is off the list
/// already stays as it is.
#[utoipa::path(post, path = "/admin/v1/attention/{id}/resolve", tag = "Admin: attention", operation_id = "resolve_attention",
    params(("id" = String, Path, description = "Id of the item.", example = "itm_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    request_body(content = ResolveShape, description = "What was done about it."),
    responses((status = 200, description = "The item as it is now.", body = Written<ItemBody>), AdminWriteErrors))]
pub(super) async fn resolve(
    State(api): State<Api>,
    write: AdminWrite,
    Segment(id): Segment,
) -> Result<Response, Problem> {
    let note = read_note(&write.body)?;
    let id = AttentionId::from_public(&id).ok_or(AdminRefusal::Unknown("attention item"))?;
    let actor = &write.admin.actor;
    let entry = api.engine.resolve_attention(actor, write.scope, id, note).await?;
    let (message, data) = ("Item resolved.".to_owned(), ItemBody::of(&entry));
    Ok(envelope::json(StatusCode::OK, &Written { message, data }))
}

fn read(list: &List<'_>, query: &str) -> Result<(Asked, AttentionFilter, Beyond<AttentionId>), Problem> {
    let mut problems = Problems::default();
    let query = Query::read(query, &["state", "kind"], &mut problems);
    let standing = |text: &str| AttentionStanding::parse(text).ok_or("Must be open or resolved.");
    let kind = |text: &str| AttentionKind::parse(text).ok_or("There is no such kind.");
    let filter = AttentionFilter {
        standing: query.value("state", standing, &mut problems),
        kind: query.value("kind", kind, &mut problems),
    };
    let asked = query.asked(list, PATH.to_owned(), &mut problems);
    let page = beyond(&asked, AttentionId::from_stored, &mut problems);
    problems.conclude(page.map(|page| (asked, filter, page)))
}

fn read_note(body: &Json) -> Result<String, Problem> {
    let mut problems = Problems::default();
    let note = Fields::of_body(body, &mut problems).and_then(|fields| {
        fields.require(&["note"], &mut problems);
        fields.text("note", NOTE_MAX, &mut problems)
    });
    if note.as_ref().is_some_and(|note| note.trim().is_empty()) {
        problems.add("note", "Must say what was done.");
    }
    problems.conclude(note)
}

impl ItemBody {
    fn of(entry: &AttentionEntry) -> Self {
        let item = &entry.item;
        Self {
            id: item.id.to_string(),
            kind: item.kind.code(),
            state: entry.standing().code(),
            subject_id: item.subject_id.clone(),
            payment_id: item.intent_id.map(|id| id.to_string()),
            evidence: item.evidence.clone(),
            advice: item.kind.advice(),
            note: entry.note.clone(),
            created_at: time::iso(item.created_at_ms),
            resolved_at: entry.resolved_at_ms.map(time::iso),
        }
    }
}

/// Example answers.
pub(super) fn examples() -> Vec<Example> {
    let item = |state: &str, note: Value, resolved_at: Value| {
        json!({
            "id": "itm_01jxa5qj0c8z6t9y3m4n5p6r7s", "kind": "contradiction", "state": state,
            "subject_id": "txn_01jxa5qj0c8z6t9y3m4n5p6r7s", "payment_id": "TRX01JXA5QJ0C8Z6T9Y3M4N5P6R7S",
            "evidence": "the provider names another payer's number",
            "advice": AttentionKind::Contradiction.advice(), "note": note,
            "created_at": "2026-06-08T12:00:00+00:00", "resolved_at": resolved_at,
        })
    };
    let open = item("open", Value::Null, Value::Null);
    let note = json!("The operator corrected its report.");
    let resolved = item("resolved", note, json!("2026-06-08T15:00:00+00:00"));
    vec![
        (
            "list_attention",
            200,
            json!({"data": [open], "pagination": one_page(PATH)}),
        ),
        (
            "resolve_attention",
            200,
            json!({"message": "Item resolved.", "data": resolved}),
        ),
    ]
}
