//! Routing rules: which accounts take a method in a country, in which order.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use engine::admin::{
    AdminRefusal, Direction, Match, NO_SUCH_ACCOUNT, RuleAccount, RuleAccountView, RuleOrder, RuleView,
};
use engine::domain::country::Country;
use engine::domain::ids::{AccountId, RuleId};
use engine::domain::method::MethodCode;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::caller::{AdminCaller, AdminWrite};
use super::{Example, whole_list};
use crate::api::Api;
use crate::api::payment::render::time;
use crate::api::payment::requests::fields::{Fields, Problems};
use crate::envelope::{self, Problem, Single, Written};
use crate::json::Json;
use crate::openapi::errors::{AdminListErrors, AdminReadErrors, AdminWriteErrors, RuleErrors};
use crate::pagination::Listed;
use crate::query::{Query, beyond};
use crate::segment::Segment;

const PATH: &str = "/admin/v1/routing-rules";
const FILTERS: [&str; 4] = ["direction", "method_code", "country", "account_id"];
const WEIGHTS: (i64, i64) = (0, 100);
const WEIGHT: i64 = 50;

/// A routing rule.
#[derive(Serialize, ToSchema)]
#[schema(as = RoutingRule)]
struct RuleBody {
    /// `rul_…`: the same for as long as the rule is there, whatever changes of it.
    id: String,
    /// `payment` or `payout`.
    direction: &'static str,
    /// For example `momo_mtn`.
    method_code: &'static str,
    /// ISO 3166-1 alpha-2; null for any country that has no rule of its own.
    country: Option<&'static str>,
    /// The primary account first, then its fallbacks.
    accounts: Vec<RuleAccountBody>,
    /// When it was last changed.
    changed_at: String,
}

/// An account of a rule.
#[derive(Serialize, ToSchema)]
#[schema(as = RoutingRuleAccount)]
struct RuleAccountBody {
    /// `acc_…`
    account_id: String,
    /// Its name for people.
    name: String,
    /// Code of its gateway.
    gateway_code: String,
    /// `active`, or `closed`: then it is passed over.
    state: &'static str,
    /// Its share under the strategy `load_balanced`.
    weight: i64,
}

/// A routing rule as it is to be.
#[derive(ToSchema)]
#[schema(as = RoutingRuleInput, example = json!({
    "method_code": "momo_mtn", "country": "CI",
    "accounts": [{"account_id": "acc_01jxa5qj0c8z6t9y3m4n5p6r7s"}, {"account_id": "acc_01jxa5qj0c8z6t9y3m4n5p6r7t"}]
}))]
#[expect(dead_code, reason = "described, never constructed")]
pub(crate) struct RuleShape {
    /// `payment` or `payout`.
    #[schema(default = "payment")]
    direction: Option<String>,
    /// For example `momo_mtn`.
    method_code: String,
    /// ISO 3166-1 alpha-2. Absent: any country that has no rule of its own.
    #[schema(min_length = 2, max_length = 2)]
    country: Option<String>,
    /// The primary account first, then its fallbacks.
    #[schema(min_items = 1, max_items = 3)]
    accounts: Vec<RuleAccountShape>,
}

/// An account of a rule.
#[derive(ToSchema)]
#[schema(as = RoutingRuleAccountInput)]
#[expect(dead_code, reason = "described, never constructed")]
pub(crate) struct RuleAccountShape {
    /// An account of the chosen environment that is active and takes the method.
    account_id: String,
    /// Its share under the strategy `load_balanced`; with 0 it is a fallback only.
    #[schema(minimum = 0, maximum = 100, default = 50)]
    weight: Option<i64>,
}

/// List routing rules
///
/// Those in force in the chosen environment, the last changed first.
#[utoipa::path(get, path = "/admin/v1/routing-rules", tag = "Admin: routing", operation_id = "list_routing_rules",
    params(
        ("per_page" = Option<i64>, Query, description = "Rows per page, 1 to 100; 10 when absent.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "Opaque: `next_cursor` or `prev_cursor` of an earlier page with the same filters."),
        ("direction" = Option<String>, Query, description = "`payment` or `payout`."),
        ("method_code" = Option<String>, Query, description = "Of one method."),
        ("country" = Option<String>, Query, description = "Of one country; `any` for rules of any country."),
        ("account_id" = Option<String>, Query, description = "That name this account."),
    ),
    responses((status = 200, description = "A page of rules.", body = Listed<RuleBody>), AdminListErrors))]
pub(super) async fn list(
    State(api): State<Api>,
    caller: AdminCaller,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let list = api.list_of(caller.scope).await?;
    let mut problems = Problems::default();
    let query = Query::read(&query.unwrap_or_default(), &FILTERS, &mut problems);
    let direction_is = query.value("direction", direction, &mut problems);
    let method_is = query.value("method_code", MethodCode::parse, &mut problems);
    let country_is = query.value("country", country_or_any, &mut problems);
    let account_is = query.get("account_id");
    let asked = query.asked(&list, PATH.to_owned(), &mut problems);
    let page = beyond(&asked, RuleId::from_stored, &mut problems);
    let page = problems.conclude(page)?;
    let mut rows = api.engine.rules(caller.scope).await?;
    rows.retain(|row| {
        let names = |id: &str| row.accounts.iter().any(|account| account.account_id.to_string() == id);
        direction_is.is_none_or(|direction| row.matches.direction == direction)
            && method_is.is_none_or(|method| row.matches.method == method)
            && country_is.is_none_or(|country| row.matches.country == country)
            && account_is.is_none_or(names)
    });
    let rows = whole_list::from(&asked, page, rows, |row| (row.changed_at_ms, row.id));
    let place = |row: &RuleView| format!("{}:{}", row.changed_at_ms, row.id.stored());
    Ok(envelope::json(StatusCode::OK, &asked.page(rows, place, RuleBody::of)))
}

/// Make a routing rule
///
/// One for each direction, method and country. Payments that start from now on follow it; those that have had an attempt
/// keep to the rules of that time.
#[utoipa::path(post, path = "/admin/v1/routing-rules", tag = "Admin: routing", operation_id = "create_routing_rule",
    request_body(content = RuleShape, description = "The rule to be made."),
    responses((status = 201, description = "The rule.", body = Written<RuleBody>), RuleErrors))]
pub(super) async fn create(State(api): State<Api>, write: AdminWrite) -> Result<Response, Problem> {
    let order = order(&write.body)?;
    let made = api.engine.create_rule(&write.admin.actor, write.scope, order).await?;
    Ok(written(StatusCode::CREATED, "Routing rule made.", &made))
}

/// Read a routing rule
#[utoipa::path(get, path = "/admin/v1/routing-rules/{id}", tag = "Admin: routing", operation_id = "get_routing_rule",
    params(("id" = String, Path, description = "Id of the rule.", example = "rul_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    responses((status = 200, description = "The rule.", body = Single<RuleBody>), AdminReadErrors))]
pub(super) async fn read(
    State(api): State<Api>,
    caller: AdminCaller,
    Segment(rule): Segment,
) -> Result<Response, Problem> {
    let view = api.engine.rule(caller.scope, id(&rule)?).await?;
    let data = RuleBody::of(&view);
    Ok(envelope::json(StatusCode::OK, &Single { data }))
}

/// Replace a routing rule
///
/// As a whole; its id stays.
#[utoipa::path(put, path = "/admin/v1/routing-rules/{id}", tag = "Admin: routing", operation_id = "replace_routing_rule",
    params(("id" = String, Path, description = "Id of the rule.", example = "rul_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    request_body(content = RuleShape, description = "The rule as it is to be."),
    responses((status = 200, description = "The rule.", body = Written<RuleBody>), RuleErrors))]
pub(super) async fn replace(
    State(api): State<Api>,
    write: AdminWrite,
    Segment(rule): Segment,
) -> Result<Response, Problem> {
    let (id, order) = (id(&rule)?, order(&write.body)?);
    let changed = api
        .engine
        .replace_rule(&write.admin.actor, write.scope, id, order)
        .await?;
    Ok(written(StatusCode::OK, "Routing rule changed.", &changed))
}

/// Delete a routing rule
///
/// Payments that start from now on do not see it.
#[utoipa::path(delete, path = "/admin/v1/routing-rules/{id}", tag = "Admin: routing", operation_id = "delete_routing_rule",
    params(("id" = String, Path, description = "Id of the rule.", example = "rul_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    responses((status = 200, description = "The rule as it was.", body = Written<RuleBody>), AdminWriteErrors))]
pub(super) async fn delete(
    State(api): State<Api>,
    caller: AdminCaller,
    Segment(rule): Segment,
) -> Result<Response, Problem> {
    let actor = &caller.admin.actor;
    let deleted = api.engine.delete_rule(actor, caller.scope, id(&rule)?).await?;
    Ok(written(StatusCode::OK, "Routing rule deleted.", &deleted))
}

fn id(text: &str) -> Result<RuleId, AdminRefusal> {
    RuleId::from_public(text).ok_or(AdminRefusal::Unknown("routing rule"))
}

fn direction(text: &str) -> Result<Direction, &'static str> {
    Direction::parse(text).ok_or("Must be payment or payout.")
}

fn country_or_any(text: &str) -> Result<Option<Country>, String> {
    match text {
        "any" => Ok(None),
        code => Country::parse(code).map(Some).map_err(|error| error.to_string()),
    }
}

fn order(body: &Json) -> Result<RuleOrder, Problem> {
    let mut problems = Problems::default();
    let order = Fields::of_body(body, &mut problems).and_then(|fields| order_of(&fields, &mut problems));
    problems.conclude(order)
}

fn order_of(fields: &Fields<'_>, problems: &mut Problems) -> Option<RuleOrder> {
    fields.require(&["method_code", "accounts"], problems);
    let direction = fields.read("direction", direction, problems);
    let country = fields.read("country", Country::parse, problems);
    let accounts = fields.objects("accounts", problems).unwrap_or_default();
    let accounts = accounts
        .iter()
        .filter_map(|account| account_of(account, problems))
        .collect();
    Some(RuleOrder {
        matches: Match {
            direction: direction.unwrap_or(Direction::Payment),
            method: fields.read("method_code", MethodCode::parse, problems)?,
            country,
        },
        accounts,
    })
}

fn account_of(fields: &Fields<'_>, problems: &mut Problems) -> Option<RuleAccount> {
    fields.require(&["account_id"], problems);
    let weight = fields.whole("weight", WEIGHTS, problems).unwrap_or(WEIGHT);
    let read = |text: &str| AccountId::from_public(text).ok_or(NO_SUCH_ACCOUNT);
    Some(RuleAccount {
        account_id: fields.read("account_id", read, problems)?,
        weight,
    })
}

fn written(status: StatusCode, message: &str, view: &RuleView) -> Response {
    let (message, data) = (message.to_owned(), RuleBody::of(view));
    envelope::json(status, &Written { message, data })
}

impl RuleBody {
    fn of(view: &RuleView) -> Self {
        Self {
            id: view.id.to_string(),
            direction: view.matches.direction.code(),
            method_code: view.matches.method.code(),
            country: view.matches.country.map(Country::code),
            accounts: view.accounts.iter().map(RuleAccountBody::of).collect(),
            changed_at: time::iso(view.changed_at_ms),
        }
    }
}

impl RuleAccountBody {
    fn of(view: &RuleAccountView) -> Self {
        Self {
            account_id: view.account_id.to_string(),
            name: view.name.clone(),
            gateway_code: view.gateway_code.clone(),
            state: view.state.code(),
            weight: view.weight,
        }
    }
}

/// Example answers.
pub(super) fn examples() -> Vec<Example> {
    let account = |id: &str, name: &str, gateway: &str| json!({"account_id": id, "name": name, "gateway_code": gateway, "state": "active", "weight": 50});
    let rule = json!({
        "id": "rul_01jxa5qj0c8z6t9y3m4n5p6r7s", "direction": "payment", "method_code": "momo_mtn", "country": "CI",
        "accounts": [
            account("acc_01jxa5qj0c8z6t9y3m4n5p6r7s", "First account", "gateway_a"),
            account("acc_01jxa5qj0c8z6t9y3m4n5p6r7t", "Second account", "gateway_b"),
        ],
        "changed_at": "2026-06-08T12:00:00+00:00",
    });
    let written = |operation, status, message: &str| (operation, status, json!({"message": message, "data": rule}));
    vec![
        (
            "list_routing_rules",
            200,
            json!({"data": [rule], "pagination": super::audit_log::one_page(PATH)}),
        ),
        ("get_routing_rule", 200, json!({"data": rule})),
        written("create_routing_rule", 201, "Routing rule made."),
        written("replace_routing_rule", 200, "Routing rule changed."),
        written("delete_routing_rule", 200, "Routing rule deleted."),
    ]
}
