//! Gateway accounts: a merchant's credentials at one provider. Secrets come in and are never shown again.

use std::collections::BTreeMap;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use engine::admin::{
    AccountChanges, AccountOrder, AccountState, AccountView, AdminRefusal, Check, Given, IsSet, SecretString,
    SettingValue,
};
use engine::domain::ids::AccountId;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::caller::{AdminCaller, AdminWrite};
use super::projects::name;
use super::{Example, whole_list};
use crate::api::Api;
use crate::api::payment::render::time;
use crate::api::payment::requests::fields::{Fields, Problems};
use crate::envelope::{self, Problem, Single, Written};
use crate::openapi::errors::{AccountErrors, AdminListErrors, AdminReadErrors, AdminWriteErrors};
use crate::pagination::Listed;
use crate::query::{Query, beyond};
use crate::segment::Segment;

const PATH: &str = "/admin/v1/gateway-accounts";
const ID: &str = "acc_01jxa5qj0c8z6t9y3m4n5p6r7s";

/// A gateway account.
#[derive(Serialize, ToSchema)]
#[schema(as = GatewayAccount)]
struct AccountBody {
    /// `acc_…`
    id: String,
    /// Code of its gateway.
    gateway_code: String,
    /// Name for people.
    name: String,
    /// `active`, or `closed` to new attempts.
    state: &'static str,
    /// Raised whenever its settings change.
    version: i64,
    /// By name: a text, null when there is none, and of a secret only `{"set": true}` or `{"set": false}`.
    #[schema(value_type = Object)]
    settings: BTreeMap<&'static str, Value>,
    /// Where the provider is to call back, if it does not learn that with each charge. Give it to nobody else.
    callback_url: String,
    /// When it was made.
    created_at: String,
}

/// What came of trying an account's credentials.
#[derive(Serialize, ToSchema)]
#[schema(as = GatewayAccountTest)]
struct TestBody {
    /// `working`, `credentials_refused`, `unreachable` or `unclear`.
    result: &'static str,
    /// What happened, in a stable spelling; null when there is nothing to add.
    detail: Option<String>,
    /// How long the provider took, in milliseconds.
    took_ms: i64,
}

/// An account to be made in the chosen environment.
#[derive(ToSchema)]
#[schema(as = GatewayAccountInput, example = json!({
    "gateway_code": "gateway_a", "name": "Second account", "settings": {"api_key": "…"}
}))]
#[expect(dead_code, reason = "described, never constructed")]
pub(crate) struct AccountShape {
    /// One of `GET /admin/v1/gateways`.
    gateway_code: String,
    /// Name for people.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Texts by name, as the gateway declares them.
    settings: BTreeMap<String, String>,
}

/// What is to be other than it is.
#[derive(ToSchema)]
#[schema(as = GatewayAccountChangeInput, example = json!({"settings": {"api_key": "…"}}))]
#[expect(dead_code, reason = "described, never constructed")]
pub(crate) struct ChangeShape {
    /// Name for people.
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
    /// Settings that get another value; the others keep theirs.
    settings: Option<BTreeMap<String, String>>,
}

/// List gateway accounts
///
/// Those of the chosen environment, newest first.
#[utoipa::path(get, path = "/admin/v1/gateway-accounts", tag = "Admin: gateways", operation_id = "list_gateway_accounts",
    params(
        ("per_page" = Option<i64>, Query, description = "Rows per page, 1 to 100; 10 when absent.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "Opaque: `next_cursor` or `prev_cursor` of an earlier page with the same filters."),
        ("gateway_code" = Option<String>, Query, description = "Of one gateway."),
        ("state" = Option<String>, Query, description = "`active` or `closed`."),
    ),
    responses((status = 200, description = "A page of accounts.", body = Listed<AccountBody>), AdminListErrors))]
pub(super) async fn list(
    State(api): State<Api>,
    caller: AdminCaller,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let list = api.list_of(caller.scope).await?;
    let mut problems = Problems::default();
    let query = Query::read(&query.unwrap_or_default(), &["gateway_code", "state"], &mut problems);
    let (code, state) = (query.get("gateway_code"), query.value("state", state, &mut problems));
    let asked = query.asked(&list, PATH.to_owned(), &mut problems);
    let page = beyond(&asked, AccountId::from_stored, &mut problems);
    let page = problems.conclude(page)?;
    let mut rows = api.engine.accounts(caller.scope).await?;
    rows.retain(|row| code.is_none_or(|code| row.gateway_code == code) && state.is_none_or(|state| row.state == state));
    let rows = whole_list::from(&asked, page, rows, |row| (row.created_at_ms, row.id));
    let place = |row: &AccountView| format!("{}:{}", row.created_at_ms, row.id.stored());
    Ok(envelope::json(
        StatusCode::OK,
        &asked.page(rows, place, AccountBody::of),
    ))
}

/// Make a gateway account
///
/// The settings are held against the gateway's declaration; everything wrong is named at once. They are kept sealed, and
/// secrets are never shown again. No rule names the account yet.
#[utoipa::path(post, path = "/admin/v1/gateway-accounts", tag = "Admin: gateways", operation_id = "create_gateway_account",
    request_body(content = AccountShape, description = "The account to be made."),
    responses((status = 201, description = "The account.", body = Written<AccountBody>), AdminWriteErrors))]
pub(super) async fn create(State(api): State<Api>, write: AdminWrite) -> Result<Response, Problem> {
    let mut problems = Problems::default();
    let order = Fields::of_body(&write.body, &mut problems).and_then(|fields| {
        fields.require(&["gateway_code", "name"], &mut problems);
        let settings = settings(&fields, &mut problems);
        let gateway_code = fields.string("gateway_code", &mut problems).map(str::to_owned);
        Some(AccountOrder {
            name: name(&fields, &mut problems)?,
            gateway_code: gateway_code?,
            settings,
        })
    });
    let order = problems.conclude(order)?;
    let made = api
        .engine
        .create_account(&write.admin.actor, write.scope, order)
        .await?;
    Ok(written(StatusCode::CREATED, "Gateway account made.", &made))
}

/// Read a gateway account
#[utoipa::path(get, path = "/admin/v1/gateway-accounts/{id}", tag = "Admin: gateways", operation_id = "get_gateway_account",
    params(("id" = String, Path, description = "Id of the account.", example = "acc_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    responses((status = 200, description = "The account.", body = Single<AccountBody>), AdminReadErrors))]
pub(super) async fn read(
    State(api): State<Api>,
    caller: AdminCaller,
    Segment(account): Segment,
) -> Result<Response, Problem> {
    let view = api.engine.account(caller.scope, id(&account)?).await?;
    let data = AccountBody::of(&view);
    Ok(envelope::json(StatusCode::OK, &Single { data }))
}

/// Change a gateway account
///
/// Its name, and settings that open the account, such as a new key. What says whose account it is cannot be changed.
#[utoipa::path(patch, path = "/admin/v1/gateway-accounts/{id}", tag = "Admin: gateways", operation_id = "change_gateway_account",
    params(("id" = String, Path, description = "Id of the account.", example = "acc_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    request_body(content = ChangeShape, description = "What is to be other than it is."),
    responses((status = 200, description = "The account.", body = Written<AccountBody>), AccountErrors))]
pub(super) async fn change(
    State(api): State<Api>,
    write: AdminWrite,
    Segment(account): Segment,
) -> Result<Response, Problem> {
    let mut problems = Problems::default();
    let changes = Fields::of_body(&write.body, &mut problems).map(|fields| AccountChanges {
        name: name(&fields, &mut problems),
        settings: settings(&fields, &mut problems),
    });
    let (id, changes) = (id(&account)?, problems.conclude(changes)?);
    let changed = api
        .engine
        .change_account(&write.admin.actor, write.scope, id, changes)
        .await?;
    Ok(written(StatusCode::OK, "Gateway account changed.", &changed))
}

/// Close a gateway account
///
/// To new attempts, from now on; routing passes over it. What runs on it goes on, and the provider is asked about it as
/// before. Accounts are never deleted.
#[utoipa::path(post, path = "/admin/v1/gateway-accounts/{id}/close", tag = "Admin: gateways", operation_id = "close_gateway_account",
    params(("id" = String, Path, description = "Id of the account.", example = "acc_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    responses((status = 200, description = "The account.", body = Written<AccountBody>), AdminWriteErrors))]
pub(super) async fn close(
    State(api): State<Api>,
    caller: AdminCaller,
    Segment(account): Segment,
) -> Result<Response, Problem> {
    let view = set_state(&api, &caller, &account, AccountState::Closed).await?;
    Ok(written(
        StatusCode::OK,
        "Gateway account closed to new attempts.",
        &view,
    ))
}

/// Reopen a gateway account
#[utoipa::path(post, path = "/admin/v1/gateway-accounts/{id}/reopen", tag = "Admin: gateways", operation_id = "reopen_gateway_account",
    params(("id" = String, Path, description = "Id of the account.", example = "acc_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    responses((status = 200, description = "The account.", body = Written<AccountBody>), AdminWriteErrors))]
pub(super) async fn reopen(
    State(api): State<Api>,
    caller: AdminCaller,
    Segment(account): Segment,
) -> Result<Response, Problem> {
    let view = set_state(&api, &caller, &account, AccountState::Active).await?;
    Ok(written(StatusCode::OK, "Gateway account open to new attempts.", &view))
}

/// Test a gateway account
///
/// Asks the provider whether it takes the credentials. Moves no money and changes nothing.
#[utoipa::path(post, path = "/admin/v1/gateway-accounts/{id}/test", tag = "Admin: gateways", operation_id = "test_gateway_account",
    params(("id" = String, Path, description = "Id of the account.", example = "acc_01jxa5qj0c8z6t9y3m4n5p6r7s")),
    responses((status = 200, description = "What the provider said.", body = Written<TestBody>), AdminWriteErrors))]
pub(super) async fn test(
    State(api): State<Api>,
    caller: AdminCaller,
    Segment(account): Segment,
) -> Result<Response, Problem> {
    let checked = api.engine.test_account(caller.scope, id(&account)?).await?;
    let (message, result, detail) = match checked.check {
        Check::Working => ("The provider takes the credentials.", "working", None),
        Check::CredentialsRefused => ("The provider refuses the credentials.", "credentials_refused", None),
        Check::Unreachable { why } => ("The provider was not reached.", "unreachable", Some(why)),
        Check::Unclear { why } => ("Nothing can be said about the credentials.", "unclear", Some(why)),
    };
    let data = TestBody {
        result,
        detail,
        took_ms: checked.took_ms,
    };
    let message = message.to_owned();
    Ok(envelope::json(StatusCode::OK, &Written { message, data }))
}

async fn set_state(api: &Api, caller: &AdminCaller, account: &str, to: AccountState) -> Result<AccountView, Problem> {
    let (engine, actor) = (&api.engine, &caller.admin.actor);
    Ok(engine.set_account_state(actor, caller.scope, id(account)?, to).await?)
}

fn id(text: &str) -> Result<AccountId, AdminRefusal> {
    AccountId::from_public(text).ok_or(AdminRefusal::Unknown("gateway account"))
}

fn state(text: &str) -> Result<AccountState, &'static str> {
    AccountState::parse(text).ok_or("Must be active or closed.")
}

fn settings(fields: &Fields<'_>, problems: &mut Problems) -> Given {
    let Some(settings) = fields.object("settings", problems) else {
        return Given::new();
    };
    let given = settings.names().filter_map(|name| {
        let value = settings.string(name, problems)?;
        Some((name.to_owned(), SecretString::from(value)))
    });
    given.collect()
}

fn written(status: StatusCode, message: &str, view: &AccountView) -> Response {
    let (message, data) = (message.to_owned(), AccountBody::of(view));
    envelope::json(status, &Written { message, data })
}

impl AccountBody {
    fn of(view: &AccountView) -> Self {
        let settings = view.settings.iter().map(|(name, value)| {
            let shown = match value {
                SettingValue::Public(value) => value.as_ref().map_or(Value::Null, |text| json!(text)),
                SettingValue::Secret(is_set) => json!({"set": *is_set == IsSet::Yes}),
            };
            (*name, shown)
        });
        Self {
            id: view.id.to_string(),
            gateway_code: view.gateway_code.clone(),
            name: view.name.clone(),
            state: view.state.code(),
            version: view.version,
            settings: settings.collect(),
            callback_url: view.callback_url.clone(),
            created_at: time::iso(view.created_at_ms),
        }
    }
}

/// Example answers.
pub(super) fn examples() -> Vec<Example> {
    let account = json!({
        "id": ID, "gateway_code": "gateway_a", "name": "Second account", "state": "active", "version": 1,
        "settings": {"api_key": {"set": true}, "base_url": null},
        "callback_url": "https://pay.example.com/callbacks/…", "created_at": "2026-06-08T12:00:00+00:00",
    });
    let written = |operation, status, message: &str| (operation, status, json!({"message": message, "data": account}));
    vec![
        (
            "list_gateway_accounts",
            200,
            json!({"data": [account], "pagination": super::audit_log::one_page(PATH)}),
        ),
        ("get_gateway_account", 200, json!({"data": account})),
        written("create_gateway_account", 201, "Gateway account made."),
        written("change_gateway_account", 200, "Gateway account changed."),
        written("close_gateway_account", 200, "Gateway account closed to new attempts."),
        written("reopen_gateway_account", 200, "Gateway account open to new attempts."),
        (
            "test_gateway_account",
            200,
            json!({"message": "The provider takes the credentials.",
                "data": {"result": "working", "detail": null, "took_ms": 212}}),
        ),
    ]
}
