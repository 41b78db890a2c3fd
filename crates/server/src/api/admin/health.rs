//! How the gateway accounts do, by our own traffic.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use engine::admin::HealthView;
use engine::domain::country::Country;
use engine::domain::method::MethodCode;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::Example;
use super::caller::AdminCaller;
use crate::api::Api;
use crate::api::payment::render::time;
use crate::api::payment::requests::fields::Problems;
use crate::envelope::{self, Problem};
use crate::openapi::errors::AdminListErrors;
use crate::query::Query;

const FILTERS: [&str; 3] = ["account_id", "method_code", "country"];

/// How everything does.
#[derive(Serialize, ToSchema)]
#[schema(as = HealthList)]
struct HealthsBody {
    /// By account, method and country.
    data: Vec<HealthBody>,
}

/// How an account does for a method in a country.
#[derive(Serialize, ToSchema)]
#[schema(as = Health)]
struct HealthBody {
    /// `acc_…`
    account_id: String,
    /// The account's name for people.
    account_name: String,
    /// Code of its gateway.
    gateway_code: String,
    /// For example `momo_mtn`.
    method_code: &'static str,
    /// ISO 3166-1 alpha-2.
    country: &'static str,
    /// `healthy`, `degraded` (it works, with outages) or `down` (routing passes it over).
    standing: &'static str,
    /// Since when routing takes it, or passes it over.
    changed_at: String,
    /// While it is down: from when one payment may try whether it works again.
    next_probe_at: Option<String>,
    /// Recent success in percent, by the payments of the last half hour or so; 75 when nothing is known.
    success_percent: i64,
    /// How long the provider took lately, in milliseconds.
    latency_ms: i64,
}

/// List health
///
/// Of every account, method and country of the chosen environment that had traffic.
#[utoipa::path(get, path = "/admin/v1/health", tag = "Admin: routing", operation_id = "list_health",
    params(
        ("account_id" = Option<String>, Query, description = "Of one account."),
        ("method_code" = Option<String>, Query, description = "Of one method."),
        ("country" = Option<String>, Query, description = "Of one country."),
    ),
    responses((status = 200, description = "All of it.", body = HealthsBody), AdminListErrors))]
pub(super) async fn list(
    State(api): State<Api>,
    caller: AdminCaller,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let mut problems = Problems::default();
    let query = Query::read(&query.unwrap_or_default(), &FILTERS, &mut problems);
    let account_is = query.get("account_id");
    let method_is = query.value("method_code", MethodCode::parse, &mut problems);
    let country_is = query.value("country", Country::parse, &mut problems);
    problems.conclude(Some(()))?;
    let rows = api.engine.health(caller.scope).await?;
    let is_wanted = |row: &&HealthView| {
        account_is.is_none_or(|id| row.subject.account_id.to_string() == id)
            && method_is.is_none_or(|method| row.subject.method == method)
            && country_is.is_none_or(|country| row.subject.country == country)
    };
    let data = rows.iter().filter(is_wanted).map(HealthBody::of).collect();
    Ok(envelope::json(StatusCode::OK, &HealthsBody { data }))
}

impl HealthBody {
    fn of(view: &HealthView) -> Self {
        Self {
            account_id: view.subject.account_id.to_string(),
            account_name: view.account_name.clone(),
            gateway_code: view.gateway_code.clone(),
            method_code: view.subject.method.code(),
            country: view.subject.country.code(),
            standing: view.standing.code(),
            changed_at: time::iso(view.since_ms),
            next_probe_at: view.next_probe_ms.map(time::iso),
            success_percent: (view.success_permille + 5) / 10,
            latency_ms: view.latency_ms,
        }
    }
}

/// Example answers.
pub(super) fn examples() -> Vec<Example> {
    let health = json!({
        "account_id": "acc_01jxa5qj0c8z6t9y3m4n5p6r7s", "account_name": "First account", "gateway_code": "gateway_a",
        "method_code": "momo_mtn", "country": "CI", "standing": "down", "changed_at": "2026-06-08T12:00:00+00:00",
        "next_probe_at": "2026-06-08T12:00:05+00:00", "success_percent": 21, "latency_ms": 8400,
    });
    vec![("list_health", 200, json!({"data": [health]}))]
}
