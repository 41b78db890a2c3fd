//! Projects: the chosen one, and all of them for those who run the installation.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use engine::SandboxKeys;
use engine::admin::{ProjectChanges, ProjectOrder, ProjectView, SandboxKeysWanted};
use engine::domain::ids::ProjectId;
use engine::domain::intent::LatePolicy;
use engine::domain::rights::Right;
use engine::domain::scope::Environment;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::Example;
use super::caller::{AdminCaller, AdminWrite, Administrator};
use crate::api::Api;
use crate::api::payment::render::time;
use crate::api::payment::requests::fields::{Fields, Problems};
use crate::body;
use crate::envelope::{self, Problem, Single, Written};
use crate::openapi::errors::{AdminReadErrors, AdminWriteErrors, OpenLiveErrors};

const NAME_CHARS_MAX: usize = 100;

/// A project.
#[derive(Serialize, ToSchema)]
#[schema(as = Project)]
struct ProjectBody {
    /// `prj_…`
    id: String,
    /// Name for people.
    name: String,
    /// `sandbox` or `live`: the chosen one, which the policies below are those of.
    environment: &'static str,
    /// Environments that are open.
    environments: Vec<&'static str>,
    /// Whether an intent made with an attempt fails when that does, unless the request says otherwise.
    fail_with_attempt: bool,
    /// What happens with money that comes after the end.
    late_success: LateSuccessBody,
    /// When it was made.
    created_at: String,
}

/// What happens with money that comes after the end of an intent: `accept` or `refund`.
#[derive(Serialize, ToSchema)]
#[schema(as = LateSuccess)]
struct LateSuccessBody {
    /// After it failed or expired.
    after_end: &'static str,
    /// After it was cancelled.
    after_cancel: &'static str,
}

/// A new project.
#[derive(Serialize, ToSchema)]
#[schema(as = NewProject)]
struct NewProjectBody {
    /// The project.
    #[serde(flatten)]
    project: ProjectBody,
    /// Its sandbox keys, shown this once; null unless `with_keys` was asked for.
    keys: Option<KeysBody>,
}

/// One key of each API.
#[derive(Serialize, ToSchema)]
#[schema(as = SandboxKeys)]
struct KeysBody {
    /// `sk_test_…`
    payment: String,
    /// `ik_test_…`
    payment_intents: String,
    /// `adm_…`
    admin: String,
}

/// A project to be made.
#[derive(ToSchema)]
#[schema(as = ProjectInput, example = json!({"name": "Second shop", "with_keys": true}))]
#[expect(dead_code, reason = "described, never constructed")]
pub(crate) struct ProjectShape {
    /// Name for people.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Whether to make sandbox keys and show them in the answer.
    with_keys: Option<bool>,
}

/// What is to be other than it is.
#[derive(ToSchema)]
#[schema(as = ProjectChangesInput, example = json!({"name": "My shop", "late_success": {"after_cancel": "refund"}}))]
#[expect(dead_code, reason = "described, never constructed")]
pub(crate) struct ProjectChangesShape {
    /// Name for people, of the project as a whole.
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
    /// Default of `fail_with_attempt`.
    fail_with_attempt: Option<bool>,
    /// What happens with money that comes after the end.
    late_success: Option<LateSuccessShape>,
}

/// `accept` or `refund`, each.
#[derive(ToSchema)]
#[schema(as = LateSuccessInput)]
#[expect(dead_code, reason = "described, never constructed")]
pub(crate) struct LateSuccessShape {
    /// After failed or expired.
    after_end: Option<String>,
    /// After a cancel.
    after_cancel: Option<String>,
}

/// All projects, which are few: they come on one page.
#[derive(Serialize, ToSchema)]
#[schema(as = Projects)]
struct ProjectsBody {
    /// Oldest first.
    data: Vec<ProjectBody>,
}

/// Read the project
///
/// The key's own, or the one that `Cowry-Project` names; with the policies of the chosen environment.
#[utoipa::path(get, path = "/admin/v1/project", tag = "Admin: projects", operation_id = "get_project",
    responses((status = 200, description = "The project.", body = Single<ProjectBody>), AdminReadErrors))]
pub(super) async fn read(State(api): State<Api>, caller: AdminCaller) -> Result<Response, Problem> {
    let view = api.engine.project(caller.scope).await?;
    let data = ProjectBody::of(&view, caller.scope.environment);
    Ok(envelope::json(StatusCode::OK, &Single { data }))
}

/// Change the project
///
/// The name belongs to the whole project, the policies to the chosen environment. Members left out stay as they are.
#[utoipa::path(patch, path = "/admin/v1/project", tag = "Admin: projects", operation_id = "change_project",
    request_body(content = ProjectChangesShape, description = "What is to be other than it is."),
    responses((status = 200, description = "The project.", body = Written<ProjectBody>), AdminWriteErrors))]
pub(super) async fn change(State(api): State<Api>, write: AdminWrite) -> Result<Response, Problem> {
    let mut problems = Problems::default();
    let changes = Fields::of_body(&write.body, &mut problems).map(|fields| changes(&fields, &mut problems));
    let changes = problems.conclude(changes)?;
    let view = api
        .engine
        .change_project(&write.admin.actor, write.scope, changes)
        .await?;
    let data = ProjectBody::of(&view, write.scope.environment);
    let message = "Project changed.".to_owned();
    Ok(envelope::json(StatusCode::OK, &Written { message, data }))
}

/// Open the live environment
///
/// For real money. It begins without gateway accounts and rules, and needs a key-encryption key that was given to the
/// server: not the one that the sandbox made itself in the data folder. Opening it again changes nothing.
#[utoipa::path(post, path = "/admin/v1/project/live", tag = "Admin: projects", operation_id = "open_live",
    responses((status = 200, description = "The project, with its live environment.", body = Written<ProjectBody>), OpenLiveErrors))]
pub(super) async fn open_live(State(api): State<Api>, caller: AdminCaller) -> Result<Response, Problem> {
    let view = api.engine.open_live(&caller.admin.actor, caller.scope).await?;
    let data = ProjectBody::of(&view, Environment::Live);
    let message = "The live environment is open.".to_owned();
    Ok(envelope::json(StatusCode::OK, &Written { message, data }))
}

/// List projects
///
/// Every project of the installation: needs the right `installation`.
#[utoipa::path(get, path = "/admin/v1/projects", tag = "Admin: projects", operation_id = "list_projects",
    responses((status = 200, description = "All projects, with the policies of their sandboxes.", body = ProjectsBody), AdminReadErrors))]
pub(super) async fn list(State(api): State<Api>, Administrator(admin): Administrator) -> Result<Response, Problem> {
    admin.needs(Right::Installation)?;
    let all = api.engine.projects().await?;
    let data = all
        .iter()
        .map(|view| ProjectBody::of(view, Environment::Sandbox))
        .collect();
    Ok(envelope::json(StatusCode::OK, &ProjectsBody { data }))
}

/// Make a project
///
/// With a sandbox like the first project's: a simulated gateway account and a rule for every method. Needs the right
/// `installation`. With `with_keys` the answer shows a key for each API, this once.
#[utoipa::path(post, path = "/admin/v1/projects", tag = "Admin: projects", operation_id = "create_project",
    request_body(content = ProjectShape, description = "The project to be made."),
    responses((status = 201, description = "The project.", body = Written<NewProjectBody>), AdminWriteErrors))]
pub(super) async fn create(
    State(api): State<Api>,
    Administrator(admin): Administrator,
    parts: Parts,
) -> Result<Response, Problem> {
    admin.needs(Right::Installation)?;
    let body = body::json(&parts)?;
    let mut problems = Problems::default();
    let order = Fields::of_body(&body, &mut problems).and_then(|fields| order(&fields, &mut problems));
    let order = problems.conclude(order)?;
    let (view, keys) = api.engine.create_project(&admin.actor, order).await?;
    let data = NewProjectBody {
        project: ProjectBody::of(&view, Environment::Sandbox),
        keys: keys.map(KeysBody::of),
    };
    let message = "Project made.".to_owned();
    Ok(envelope::json(StatusCode::CREATED, &Written { message, data }))
}

fn order(fields: &Fields<'_>, problems: &mut Problems) -> Option<ProjectOrder> {
    fields.require(&["name"], problems);
    let keys = match fields.boolean("with_keys", problems) {
        Some(true) => SandboxKeysWanted::Yes,
        Some(false) | None => SandboxKeysWanted::No,
    };
    Some(ProjectOrder {
        name: name(fields, problems)?,
        keys,
    })
}

fn changes(fields: &Fields<'_>, problems: &mut Problems) -> ProjectChanges {
    let late = fields.object("late_success", problems);
    let policy =
        |name: &str, problems: &mut Problems| late.as_ref().and_then(|late| late.read(name, late_policy, problems));
    ProjectChanges {
        name: name(fields, problems),
        fail_with_attempt: fields.boolean("fail_with_attempt", problems),
        late_after_end: policy("after_end", problems),
        late_after_cancel: policy("after_cancel", problems),
    }
}

/// A name for people: not blank.
pub(super) fn name(fields: &Fields<'_>, problems: &mut Problems) -> Option<String> {
    let text = fields.text("name", NAME_CHARS_MAX, problems)?;
    if text.trim().is_empty() {
        problems.add(fields.path("name"), "Must not be empty.");
        return None;
    }
    Some(text.trim().to_owned())
}

fn late_policy(text: &str) -> Result<LatePolicy, &'static str> {
    LatePolicy::parse(text).ok_or("Must be accept or refund.")
}

impl ProjectBody {
    fn of(view: &ProjectView, environment: Environment) -> Self {
        let chosen = view.environments.iter().find(|found| found.environment == environment);
        let late = chosen.map(|found| found.late_success).unwrap_or_default();
        Self {
            id: view.id.to_string(),
            name: view.name.clone(),
            environment: environment.code(),
            environments: view.environments.iter().map(|found| found.environment.code()).collect(),
            fail_with_attempt: chosen.is_some_and(|found| found.fail_with_attempt),
            late_success: LateSuccessBody {
                after_end: late.after_end.code(),
                after_cancel: late.after_cancel.code(),
            },
            created_at: time::iso(view.created_at_ms),
        }
    }
}

impl KeysBody {
    fn of(keys: SandboxKeys) -> Self {
        Self {
            payment: keys.payment.text,
            payment_intents: keys.payment_intents.text,
            admin: keys.admin.text,
        }
    }
}

/// Example answers.
pub(super) fn examples() -> Vec<Example> {
    let project = json!({
        "id": ProjectId::new(1_780_920_000_000, 0x0123_4567_89ab_cdef_0123).to_string(), "name": "My shop",
        "environment": "sandbox", "environments": ["sandbox"], "fail_with_attempt": false,
        "late_success": {"after_end": "accept", "after_cancel": "refund"}, "created_at": "2026-06-08T12:00:00+00:00",
    });
    let (mut live, mut made) = (project.clone(), project.clone());
    if let (Some(live), Some(made)) = (live.as_object_mut(), made.as_object_mut()) {
        live.insert("environment".to_owned(), json!("live"));
        live.insert("environments".to_owned(), json!(["sandbox", "live"]));
        made.insert("name".to_owned(), json!("Second shop"));
        made.insert("keys".to_owned(), json!(null));
    }
    vec![
        ("get_project", 200, json!({"data": project})),
        (
            "change_project",
            200,
            json!({"message": "Project changed.", "data": project}),
        ),
        (
            "open_live",
            200,
            json!({"message": "The live environment is open.", "data": live}),
        ),
        ("list_projects", 200, json!({"data": [project]})),
        ("create_project", 201, json!({"message": "Project made.", "data": made})),
    ]
}
