//! API keys of a project. A key's text is in the answer that makes it, and nowhere else.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use engine::NewKey;
use engine::admin::{ApiKey, KeyFilter, KeyOrder, Overlap, Rotation};
use engine::domain::rights::{Right, Rights};
use engine::domain::scope::{ApiFamily, Environment};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::Example;
use super::caller::{AdminCaller, AdminWrite};
use super::projects::name;
use crate::api::Api;
use crate::api::payment::render::time;
use crate::api::payment::requests::fields::{Fields, Problems};
use crate::config::RateLimits;
use crate::envelope::{self, Problem, Single, Written};
use crate::error_codes::ErrorCode;
use crate::json::Json;
use crate::openapi::errors::{AdminListErrors, AdminReadErrors, KeyErrors, MakeKeyErrors};
use crate::pagination::Listed;
use crate::query::{Query, beyond, last_ms};
use crate::segment::Segment;

const FAMILIES: &str = "Must be payment, payment_intents or admin.";
const RIGHTS: &str = "Must be a list of read, write, money_out and installation.";

/// An API key, without its text.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKey)]
struct KeyBody {
    /// The public part of the key: eight characters.
    id: String,
    /// `payment`, `payment_intents` or `admin`: which API it opens.
    family: &'static str,
    /// `sandbox` or `live`; null for an admin key, which names the environment with each request.
    environment: Option<&'static str>,
    /// Name for people.
    name: String,
    /// Of `read`, `write`, `money_out` and `installation`.
    rights: Vec<&'static str>,
    /// `valid`, `expired` or `revoked`.
    status: &'static str,
    /// The last use, a minute exact.
    last_used_at: Option<String>,
    /// When it stops to open anything.
    expires_at: Option<String>,
    /// When it was revoked.
    revoked_at: Option<String>,
    /// When it was made.
    created_at: String,
}

/// A new API key.
#[derive(Serialize, ToSchema)]
#[schema(as = NewApiKey)]
struct NewKeyBody {
    /// What is known of it from now on.
    #[serde(flatten)]
    shown: KeyBody,
    /// The whole key: keep it now, it is shown this once.
    key: String,
}

/// A key to be made in the chosen environment.
#[derive(ToSchema)]
#[schema(as = ApiKeyInput, example = json!({"family": "payment", "name": "Till 1", "rights": ["read", "write"]}))]
#[expect(dead_code, reason = "described, never constructed")]
pub(crate) struct KeyShape {
    /// Which API it opens: `payment`, `payment_intents` or `admin`.
    family: String,
    /// Name for people.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Of `read`, `write`, `money_out`, and for admin keys `installation`. Absent: the first three, as far as you have
    /// them yourself. Nobody can give a right that they do not have.
    rights: Option<Vec<String>>,
    /// When it stops to open anything: RFC 3339 with offset, or a date, which means its end. Absent: never.
    expires_at: Option<String>,
}

/// How a key is rotated.
#[derive(ToSchema)]
#[schema(as = RotationInput, example = json!({"overlap_hours": 24}))]
#[expect(dead_code, reason = "described, never constructed")]
pub(crate) struct RotationShape {
    /// For how long the old key still opens.
    #[schema(minimum = 0, maximum = 720, default = 24)]
    overlap_hours: Option<i64>,
    /// When the successor stops to open anything: RFC 3339 with offset, or a date, which means its end. Absent: never.
    expires_at: Option<String>,
}

/// List API keys
///
/// Those of both environments, newest first. Their texts are not kept anywhere.
#[utoipa::path(get, path = "/admin/v1/api-keys", tag = "Admin: API keys", operation_id = "list_api_keys",
    params(
        ("per_page" = Option<i64>, Query, description = "Rows per page, 1 to 100; 10 when absent.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "Opaque: `next_cursor` or `prev_cursor` of an earlier page with the same filters."),
        ("environment" = Option<String>, Query, description = "`sandbox` or `live`. Admin keys are kept with the sandbox."),
        ("family" = Option<String>, Query, description = "`payment`, `payment_intents` or `admin`."),
    ),
    responses((status = 200, description = "A page of keys.", body = Listed<KeyBody>), AdminListErrors))]
pub(super) async fn list(
    State(api): State<Api>,
    caller: AdminCaller,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let list = api.list_of(caller.scope).await?;
    let mut problems = Problems::default();
    let query = Query::read(&query.unwrap_or_default(), &["environment", "family"], &mut problems);
    let filter = KeyFilter {
        environment: query.value("environment", environment, &mut problems),
        family: query.value("family", family, &mut problems),
    };
    let asked = query.asked(&list, "/admin/v1/api-keys".to_owned(), &mut problems);
    let page = beyond(&asked, |id| Some(id.to_owned()), &mut problems);
    let page = problems.conclude(page)?;
    let rows = api.engine.api_keys(caller.scope, filter, page, asked.limit()).await?;
    let now_ms = api.engine.now_ms();
    let place = |key: &ApiKey| format!("{}:{}", key.created_at_ms, key.id);
    let listed = asked.page(rows, place, |key| KeyBody::of(key, now_ms));
    Ok(envelope::json(StatusCode::OK, &listed))
}

/// Make an API key
///
/// The key's text is in this answer and nowhere else. A key for the live environment needs that environment to be open.
#[utoipa::path(post, path = "/admin/v1/api-keys", tag = "Admin: API keys", operation_id = "create_api_key",
    request_body(content = KeyShape, description = "The key to be made."),
    responses((status = 201, description = "The key, with its text.", body = Written<NewKeyBody>), MakeKeyErrors))]
pub(super) async fn create(State(api): State<Api>, write: AdminWrite) -> Result<Response, Problem> {
    let mut problems = Problems::default();
    let order = Fields::of_body(&write.body, &mut problems).and_then(|fields| order(&fields, &write, &mut problems));
    let order = problems.conclude(order)?;
    check_limits(&api, &order)?;
    let made = api.engine.create_api_key(&write.admin, order).await?;
    Ok(shown(&api, "API key made.", made))
}

/// Read an API key
#[utoipa::path(get, path = "/admin/v1/api-keys/{id}", tag = "Admin: API keys", operation_id = "get_api_key",
    params(("id" = String, Path, description = "The public part of the key.", example = "k3v9xw2a")),
    responses((status = 200, description = "The key, without its text.", body = Single<KeyBody>), AdminReadErrors))]
pub(super) async fn read(
    State(api): State<Api>,
    caller: AdminCaller,
    Segment(id): Segment,
) -> Result<Response, Problem> {
    let key = api.engine.api_key(caller.scope, &id).await?;
    let data = KeyBody::of(&key, api.engine.now_ms());
    Ok(envelope::json(StatusCode::OK, &Single { data }))
}

/// Revoke an API key
///
/// It opens nothing from now on: here at once, on other nodes within a second. An admin key with the right `installation`
/// is revoked only by one that has it too.
#[utoipa::path(delete, path = "/admin/v1/api-keys/{id}", tag = "Admin: API keys", operation_id = "revoke_api_key",
    params(("id" = String, Path, description = "The public part of the key.", example = "k3v9xw2a")),
    responses((status = 200, description = "The revoked key.", body = Written<KeyBody>), KeyErrors))]
pub(super) async fn revoke(
    State(api): State<Api>,
    caller: AdminCaller,
    Segment(id): Segment,
) -> Result<Response, Problem> {
    let key = api.engine.revoke_api_key(&caller.admin, caller.scope, &id).await?;
    let data = KeyBody::of(&key, api.engine.now_ms());
    let message = "API key revoked.".to_owned();
    Ok(envelope::json(StatusCode::OK, &Written { message, data }))
}

/// Rotate an API key
///
/// Makes a successor with the same name and rights, whose text is in this answer and nowhere else. The old key still opens
/// for the overlap. You must have every right of the key yourself.
#[utoipa::path(post, path = "/admin/v1/api-keys/{id}/rotate", tag = "Admin: API keys", operation_id = "rotate_api_key",
    params(("id" = String, Path, description = "The public part of the old key.", example = "k3v9xw2a")),
    request_body(content = RotationShape, description = "For how long the old key still opens."),
    responses((status = 201, description = "The successor, with its text.", body = Written<NewKeyBody>), MakeKeyErrors))]
pub(super) async fn rotate(
    State(api): State<Api>,
    write: AdminWrite,
    Segment(id): Segment,
) -> Result<Response, Problem> {
    let rotation = rotation(&write.body)?;
    let made = api
        .engine
        .rotate_api_key(&write.admin, write.scope, &id, rotation)
        .await?;
    Ok(shown(&api, "API key rotated.", made))
}

fn shown(api: &Api, message: &str, (key, new): (ApiKey, NewKey)) -> Response {
    let data = NewKeyBody {
        shown: KeyBody::of(&key, api.engine.now_ms()),
        key: new.text,
    };
    let message = message.to_owned();
    envelope::json(StatusCode::CREATED, &Written { message, data })
}

/// A server without limits serves no real money.
fn check_limits(api: &Api, order: &KeyOrder) -> Result<(), Problem> {
    let is_live = order.scope.environment == Environment::Live && order.family != ApiFamily::Admin;
    match (api.config.rate_limits, is_live) {
        (RateLimits::Off, true) => Err(Problem::new(ErrorCode::RateLimitsOff)),
        (RateLimits::Off, false) | (RateLimits::Default, _) => Ok(()),
    }
}

fn order(fields: &Fields<'_>, write: &AdminWrite, problems: &mut Problems) -> Option<KeyOrder> {
    fields.require(&["family", "name"], problems);
    let rights = rights(fields, problems);
    let expires_at_ms = fields.read("expires_at", last_ms, problems);
    let (family, name) = (fields.read("family", family, problems), name(fields, problems));
    Some(KeyOrder {
        scope: write.scope,
        family: family?,
        name: name?,
        rights,
        expires_at_ms,
    })
}

fn rights(fields: &Fields<'_>, problems: &mut Problems) -> Option<Rights> {
    let words = match fields.get("rights")? {
        Json::List(words) => words.iter().map(|word| match word {
            Json::Text(text) => Right::parse(text),
            _ => None,
        }),
        _ => {
            problems.add(fields.path("rights"), RIGHTS);
            return None;
        }
    };
    let rights = words.collect::<Option<Rights>>();
    if rights.is_none() {
        problems.add(fields.path("rights"), RIGHTS);
    }
    rights
}

fn rotation(body: &Json) -> Result<Rotation, Problem> {
    let mut problems = Problems::default();
    let rotation = Fields::of_body(body, &mut problems).and_then(|fields| {
        let hours = fields.whole("overlap_hours", (0, Overlap::HOURS_MAX), &mut problems);
        Some(Rotation {
            expires_at_ms: fields.read("expires_at", last_ms, &mut problems),
            overlap: Overlap::of_hours(hours.unwrap_or(Overlap::HOURS_DEFAULT))?,
        })
    });
    problems.conclude(rotation)
}

fn family(text: &str) -> Result<ApiFamily, &'static str> {
    ApiFamily::parse(text).ok_or(FAMILIES)
}

fn environment(text: &str) -> Result<Environment, &'static str> {
    Environment::parse(text).ok_or("Must be sandbox or live.")
}

impl KeyBody {
    fn of(key: &ApiKey, now_ms: i64) -> Self {
        let is_expired = key.expires_at_ms.is_some_and(|at_ms| at_ms <= now_ms);
        Self {
            id: key.id.clone(),
            family: key.family.code(),
            environment: match key.family {
                ApiFamily::Admin => None,
                ApiFamily::Payment | ApiFamily::PaymentIntents => Some(key.scope.environment.code()),
            },
            name: key.name.clone(),
            rights: key.rights.iter().map(Right::code).collect(),
            status: match (key.revoked_at_ms, is_expired) {
                (Some(_), _) => "revoked",
                (None, true) => "expired",
                (None, false) => "valid",
            },
            last_used_at: key.last_used_at_ms.map(time::iso),
            expires_at: key.expires_at_ms.map(time::iso),
            revoked_at: key.revoked_at_ms.map(time::iso),
            created_at: time::iso(key.created_at_ms),
        }
    }
}

/// Example answers.
pub(super) fn examples() -> Vec<Example> {
    let key = json!({
        "id": "k3v9xw2a", "family": "payment", "environment": "sandbox", "name": "Till 1", "rights": ["read", "write"],
        "status": "valid", "last_used_at": null, "expires_at": null, "revoked_at": null,
        "created_at": "2026-06-08T12:00:00+00:00",
    });
    let (mut new, mut revoked) = (key.clone(), key.clone());
    if let (Some(new), Some(revoked)) = (new.as_object_mut(), revoked.as_object_mut()) {
        new.insert("key".to_owned(), json!("sk_test_k3v9xw2a_…"));
        revoked.insert("status".to_owned(), json!("revoked"));
        revoked.insert("revoked_at".to_owned(), json!("2026-06-08T13:00:00+00:00"));
    }
    vec![
        (
            "list_api_keys",
            200,
            json!({"data": [key], "pagination": super::audit_log::one_page("/admin/v1/api-keys")}),
        ),
        ("create_api_key", 201, json!({"message": "API key made.", "data": new})),
        ("get_api_key", 200, json!({"data": key})),
        (
            "revoke_api_key",
            200,
            json!({"message": "API key revoked.", "data": revoked}),
        ),
        (
            "rotate_api_key",
            201,
            json!({"message": "API key rotated.", "data": new}),
        ),
    ]
}
