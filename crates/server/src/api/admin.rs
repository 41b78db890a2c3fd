//! The admin API, `/admin/v1`: for the people and machines that run a project. Opened by `adm_` keys only.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::api::payment::render::time;
use crate::authentication::AdminCaller;
use crate::envelope::{self, Problem, Single};
use crate::openapi::errors::ReadErrors;

/// Every operation.
pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(project))
}

/// A project, as one of its keys sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = Project)]
struct ProjectBody {
    /// `prj_…`
    id: String,
    /// Name for people.
    name: String,
    /// `sandbox` or `live`: what the key belongs to.
    environment: &'static str,
    /// When it was made.
    created_at: String,
}

/// Read the project
///
/// Which project and environment the key belongs to.
#[utoipa::path(get, path = "/admin/v1/project", tag = "Admin", operation_id = "get_project",
    responses((status = 200, description = "The project.", body = Single<ProjectBody>), ReadErrors))]
async fn project(State(api): State<Api>, AdminCaller(scope): AdminCaller) -> Result<Response, Problem> {
    let project = api.engine.project(scope).await?;
    let data = ProjectBody {
        id: project.id.to_string(),
        name: project.name,
        environment: scope.environment.code(),
        created_at: time::iso(project.created_at_ms),
    };
    Ok(envelope::json(StatusCode::OK, &Single { data }))
}
