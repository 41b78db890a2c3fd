//! The routing policy of an environment, and the table of failures after which another account is tried.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use engine::admin::{FallsBack, PolicyChanges, RoutingView};
use engine::domain::failure::FailureCode;
use engine::domain::routing::Strategy;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::Example;
use super::caller::{AdminCaller, AdminWrite};
use crate::api::Api;
use crate::api::payment::requests::fields::{Fields, Problems};
use crate::envelope::{self, Problem, Single, Written};
use crate::json::Json;
use crate::openapi::errors::{AdminReadErrors, AdminWriteErrors};

const PERCENT: (i64, i64) = (0, 50);

/// The routing policy.
#[derive(Serialize, ToSchema)]
#[schema(as = Routing)]
struct RoutingBody {
    /// How the accounts of a rule are ordered: `rules` (as written), `success_rate` (the best recent success first) or
    /// `load_balanced` (by weight).
    strategy: &'static str,
    /// Share of payments, in percent, for which `success_rate` takes an account at random, to keep knowing how it does.
    exploration_percent: i64,
    /// Failures after which this project does not try another account, although the house would.
    no_fallback_after: Vec<&'static str>,
    /// Raised by every change of the policy or of a rule. A payment keeps to the revision of its first attempt.
    revision: i64,
    /// Every failure, and whether another account is tried after it.
    fallbacks: Vec<FallbackBody>,
}

/// A failure, and whether another account is tried after it.
#[derive(Serialize, ToSchema)]
#[schema(as = RoutingFallback)]
struct FallbackBody {
    /// As in `failure.code` of an attempt.
    code: &'static str,
    /// As in `failure.category` of an attempt.
    category: &'static str,
    /// Whether another account is tried, once it is proven that nothing was taken. Never without that proof.
    falls_back: bool,
    /// `house`, or `project` when the project has turned it off.
    decided_by: &'static str,
}

/// What is to be other than it is.
#[derive(ToSchema)]
#[schema(as = RoutingInput, example = json!({"strategy": "success_rate", "exploration_percent": 5}))]
#[expect(dead_code, reason = "described, never constructed")]
pub(crate) struct RoutingShape {
    /// `rules`, `success_rate` or `load_balanced`.
    strategy: Option<String>,
    /// Share of payments for which `success_rate` takes an account at random.
    #[schema(minimum = 0, maximum = 50)]
    exploration_percent: Option<i64>,
    /// Failures after which this project does not try another account: all of them, an empty list for none.
    no_fallback_after: Option<Vec<String>>,
}

/// Read the routing policy
#[utoipa::path(get, path = "/admin/v1/routing", tag = "Admin: routing", operation_id = "get_routing",
    responses((status = 200, description = "The policy of the chosen environment.", body = Single<RoutingBody>), AdminReadErrors))]
pub(super) async fn read(State(api): State<Api>, caller: AdminCaller) -> Result<Response, Problem> {
    let data = RoutingBody::of(&api.engine.routing(caller.scope).await?);
    Ok(envelope::json(StatusCode::OK, &Single { data }))
}

/// Change the routing policy
///
/// Members that are absent stay as they are. Payments that start from now on follow it.
#[utoipa::path(put, path = "/admin/v1/routing", tag = "Admin: routing", operation_id = "change_routing",
    request_body(content = RoutingShape, description = "What is to be other than it is."),
    responses((status = 200, description = "The policy of the chosen environment.", body = Written<RoutingBody>), AdminWriteErrors))]
pub(super) async fn change(State(api): State<Api>, write: AdminWrite) -> Result<Response, Problem> {
    let mut problems = Problems::default();
    let changes = Fields::of_body(&write.body, &mut problems).map(|fields| PolicyChanges {
        strategy: fields.read("strategy", strategy, &mut problems),
        exploration_percent: fields.whole("exploration_percent", PERCENT, &mut problems),
        no_fallback_after: codes(&fields, &mut problems),
    });
    let changes = problems.conclude(changes)?;
    let view = api
        .engine
        .change_routing(&write.admin.actor, write.scope, changes)
        .await?;
    let (message, data) = ("Routing changed.".to_owned(), RoutingBody::of(&view));
    Ok(envelope::json(StatusCode::OK, &Written { message, data }))
}

fn strategy(text: &str) -> Result<Strategy, &'static str> {
    Strategy::parse(text).ok_or("Must be rules, success_rate or load_balanced.")
}

fn codes(fields: &Fields<'_>, problems: &mut Problems) -> Option<Vec<FailureCode>> {
    let path = fields.path("no_fallback_after");
    let items = match fields.get("no_fallback_after")? {
        Json::List(items) => items,
        other => {
            problems.add(path, format!("Must be a list of failure codes, not {}.", other.kind()));
            return None;
        }
    };
    let mut codes = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let code = match item {
            Json::Text(text) => FailureCode::parse(text),
            _ => None,
        };
        match code {
            Some(code) => codes.push(code),
            None => problems.add(
                format!("{path}.{index}"),
                "Must be a failure code: GET this path lists them.",
            ),
        }
    }
    Some(codes)
}

impl RoutingBody {
    fn of(view: &RoutingView) -> Self {
        let fallback = |(code, falls_back): &(FailureCode, FallsBack)| FallbackBody {
            code: code.code(),
            category: code.category().code(),
            falls_back: *falls_back == FallsBack::Yes,
            decided_by: match falls_back {
                FallsBack::Yes | FallsBack::NotInThisHouse => "house",
                FallsBack::NotInThisProject => "project",
            },
        };
        Self {
            strategy: view.policy.strategy.code(),
            exploration_percent: view.policy.exploration_percent,
            no_fallback_after: view.policy.no_fallback_after.iter().map(|code| code.code()).collect(),
            revision: view.revision,
            fallbacks: view.table.iter().map(fallback).collect(),
        }
    }
}

/// Example answers.
pub(super) fn examples() -> Vec<Example> {
    let routing = json!({
        "strategy": "success_rate", "exploration_percent": 5, "no_fallback_after": ["gateway_limit_reached"], "revision": 3,
        "fallbacks": [
            {"code": "insufficient_funds", "category": "funds", "falls_back": false, "decided_by": "house"},
            {"code": "gateway_unavailable", "category": "gateway", "falls_back": true, "decided_by": "house"},
            {"code": "gateway_limit_reached", "category": "configuration", "falls_back": false, "decided_by": "project"},
        ],
    });
    vec![
        ("get_routing", 200, json!({"data": routing})),
        (
            "change_routing",
            200,
            json!({"message": "Routing changed.", "data": routing}),
        ),
    ]
}
