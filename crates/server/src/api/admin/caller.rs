//! Who administers, and where: the key, the project and the environment of a request. Reads need the right `read`, all
//! else `write`; more than that is asked by the operation.

use axum::extract::FromRequestParts;
use axum::http::HeaderName;
use axum::http::request::Parts;
use engine::admin::{Actor, Admin, AdminRefusal};
use engine::domain::ids::ProjectId;
use engine::domain::rights::{Right, Rights};
use engine::domain::scope::{ApiFamily, Environment, Scope};

use crate::api::Api;
use crate::authentication::{caller, needed};
use crate::body;
use crate::envelope::Problem;
use crate::json::Json;

/// Chooses another project than the key's own.
const PROJECT: HeaderName = HeaderName::from_static("cowry-project");
/// Chooses the environment.
const ENVIRONMENT: HeaderName = HeaderName::from_static("cowry-environment");

/// Marks requests of the command line. It stands in no header: nobody can send it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FromCommandLine;

/// Somebody who may administer, wherever.
pub(crate) struct Administrator(pub(crate) Admin);

/// Somebody who may administer the chosen project and environment.
pub(crate) struct AdminCaller {
    /// Who, and what they may do.
    pub(crate) admin: Admin,
    /// The chosen project and environment, which is open.
    pub(crate) scope: Scope,
}

/// A change of the chosen project and environment.
pub(crate) struct AdminWrite {
    /// Who, and what they may do.
    pub(crate) admin: Admin,
    /// The chosen project and environment, which is open.
    pub(crate) scope: Scope,
    /// The body.
    pub(crate) body: Json,
}

impl FromRequestParts<Api> for Administrator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        identify(parts, api).await.map(|(admin, _)| Self(admin))
    }
}

impl FromRequestParts<Api> for AdminCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let (admin, own) = identify(parts, api).await?;
        let scope = Scope {
            environment: environment(parts)?,
            project_id: project(parts, api, &admin, own).await?,
        };
        api.engine.open_environment(scope).await?;
        Ok(Self { admin, scope })
    }
}

impl FromRequestParts<Api> for AdminWrite {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let AdminCaller { admin, scope } = AdminCaller::from_request_parts(parts, api).await?;
        let body = body::json(parts)?;
        Ok(Self { admin, scope, body })
    }
}

/// Who acts, and the project of the key; the command line has none of its own.
async fn identify(parts: &Parts, api: &Api) -> Result<(Admin, Option<ProjectId>), Problem> {
    if parts.extensions.get::<FromCommandLine>().is_some() {
        let admin = Admin {
            actor: Actor::CommandLine,
            rights: Rights::all(),
        };
        return Ok((admin, None));
    }
    let caller = caller(parts, api, ApiFamily::Admin).await?;
    let admin = Admin {
        actor: Actor::Key(caller.key_id),
        rights: caller.rights,
    };
    admin.needs(needed(&parts.method))?;
    Ok((admin, Some(caller.scope.project_id)))
}

async fn project(parts: &Parts, api: &Api, admin: &Admin, own: Option<ProjectId>) -> Result<ProjectId, Problem> {
    match (parts.headers.get(PROJECT), own) {
        (Some(named), own) => {
            let named = named.to_str().ok().and_then(ProjectId::from_public);
            if named.is_none() || named != own {
                admin.needs(Right::Installation)?;
            }
            Ok(named.ok_or(AdminRefusal::Unknown("project"))?)
        }
        (None, Some(own)) => Ok(own),
        (None, None) => Ok(api.engine.only_project().await?),
    }
}

fn environment(parts: &Parts) -> Result<Environment, Problem> {
    let Some(named) = parts.headers.get(ENVIRONMENT) else {
        return Ok(Environment::Sandbox);
    };
    let known = named.to_str().ok().and_then(Environment::parse);
    known.ok_or_else(|| Problem::field("Cowry-Environment", "Must be sandbox or live."))
}
