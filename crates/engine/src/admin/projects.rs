//! Projects and their environments: make, list, change, open for real money.

use std::sync::Arc;

use domain::ids::ProjectId;
use domain::intent::{LatePolicy, LateSuccess};
use domain::rights::Right;
use domain::routing::Policy;
use domain::scope::{Environment, Scope};
use store::projects::{self, EnvironmentRow, Project};
use store::{Tx, api_keys, rules};

use super::keys::needs_given_kek;
use super::{Actor, Admin, AdminRefusal, Change, Members, audit, members};
use crate::Engine;
use crate::draws::Draws;
use crate::house::held;
use crate::set_up::{SandboxKeys, Seeds, make_environment, make_project};

/// A project and its environments.
#[derive(Clone, Debug)]
pub struct ProjectView {
    /// Which.
    pub id: ProjectId,
    /// Name for people.
    pub name: String,
    /// Milliseconds UTC.
    pub created_at_ms: i64,
    /// Its sandbox, and live once it is open.
    pub environments: Vec<EnvironmentView>,
}

/// One environment and its policies.
#[derive(Clone, Copy, Debug)]
pub struct EnvironmentView {
    /// Which.
    pub environment: Environment,
    /// Default of `fail_with_attempt`.
    pub fail_with_attempt: bool,
    /// What happens with money that comes after the end.
    pub late_success: LateSuccess,
}

/// What is to be other than it is.
#[derive(Clone, Debug, Default)]
pub struct ProjectChanges {
    /// Name for people, of the whole project.
    pub name: Option<String>,
    /// Default of `fail_with_attempt` in this environment.
    pub fail_with_attempt: Option<bool>,
    /// Money after failed or expired in this environment.
    pub late_after_end: Option<LatePolicy>,
    /// Money after a cancel in this environment.
    pub late_after_cancel: Option<LatePolicy>,
}

/// A project to be made.
#[derive(Clone, Debug)]
pub struct ProjectOrder {
    /// Name for people.
    pub name: String,
    /// Whether its sandbox gets keys at once.
    pub keys: SandboxKeysWanted,
}

/// Whether a new project gets keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SandboxKeysWanted {
    /// One for each API.
    Yes,
    /// None.
    No,
}

impl Engine {
    /// Every project, oldest first.
    ///
    /// # Errors
    /// An [`AdminRefusal`] of the database.
    pub async fn projects(&self) -> Result<Vec<ProjectView>, AdminRefusal> {
        self.house
            .store
            .read(|tx| {
                let environments = projects::all_environments(tx)?;
                let all = projects::all(tx)?.into_iter();
                Ok(all.map(|project| view(project, &environments)).collect())
            })
            .await
    }

    /// The project of a scope with its environments.
    ///
    /// # Errors
    /// [`AdminRefusal::Unknown`].
    pub async fn project(&self, scope: Scope) -> Result<ProjectView, AdminRefusal> {
        self.house.store.read(move |tx| read(tx, &scope)).await
    }

    /// Whether a scope can be worked in.
    ///
    /// # Errors
    /// [`AdminRefusal::Unknown`] without such a project, a conflict `environment_not_open` before it is opened.
    pub async fn open_environment(&self, scope: Scope) -> Result<(), AdminRefusal> {
        let found = self
            .house
            .store
            .read(move |tx| Ok::<_, AdminRefusal>((projects::get(tx, &scope)?, projects::environment(tx, &scope)?)))
            .await?;
        match found {
            (Some(_), Some(_)) => Ok(()),
            (Some(_), None) => Err(AdminRefusal::conflict(
                "environment_not_open",
                "The live environment of this project is not open yet.",
            )),
            (None, _) => Err(AdminRefusal::Unknown("project")),
        }
    }

    /// Makes a project with a sandbox like the first one's: simulated accounts and rules for every method.
    ///
    /// # Errors
    /// An [`AdminRefusal`] of the database.
    pub async fn create_project(
        &self,
        actor: &Actor,
        order: ProjectOrder,
    ) -> Result<(ProjectView, Option<SandboxKeys>), AdminRefusal> {
        let (house, actor) = (Arc::clone(&self.house), actor.clone());
        let draws = Draws::new(&house.world);
        let seeds = match order.keys {
            SandboxKeysWanted::Yes => Some(Seeds::of_project(&house)),
            SandboxKeysWanted::No => None,
        };
        let (name, rows) = (order.name, seeds.clone());
        let made = self
            .house
            .store
            .write(move |tx| {
                let (mut draws, at_ms) = (draws.clone(), store::clock(tx)?);
                let id = make_project(tx, &house, &mut draws, (&name, &actor))?;
                let scope = sandbox(id);
                for row in rows.iter().flat_map(Seeds::rows) {
                    let row = api_keys::ApiKey {
                        scope,
                        created_at_ms: at_ms,
                        ..row.clone()
                    };
                    super::keys::insert(tx, &mut draws, &actor, row)?;
                }
                read(tx, &scope)
            })
            .await?;
        tracing::info!(event = "project_created", project = %made.id);
        Ok((made, seeds.map(Seeds::into_keys)))
    }

    /// Changes the name of a project or the policies of one of its environments.
    ///
    /// # Errors
    /// [`AdminRefusal::Unknown`].
    pub async fn change_project(
        &self,
        actor: &Actor,
        scope: Scope,
        changes: ProjectChanges,
    ) -> Result<ProjectView, AdminRefusal> {
        let (draws, actor) = (Draws::new(&self.house.world), actor.clone());
        let changed = self
            .house
            .store
            .write(move |tx| {
                let unknown = || AdminRefusal::Unknown("project");
                let project = projects::get(tx, &scope)?.ok_or_else(unknown)?;
                let row = projects::environment(tx, &scope)?.ok_or_else(unknown)?;
                let before = told(&project, &row);
                let project = Project {
                    name: changes.name.clone().unwrap_or(project.name),
                    ..project
                };
                let row = with(row, &changes);
                projects::rename(tx, &scope, &project.name)?;
                projects::set_policies(tx, &scope, row.fail_with_attempt, row.late_success)?;
                let change = Change {
                    actor: &actor,
                    action: "project.update",
                    subject_id: project.id.to_string(),
                    before: Some(before),
                    after: Some(told(&project, &row)),
                };
                audit(tx, &mut draws.clone(), &scope, change)?;
                read(tx, &scope)
            })
            .await?;
        held(&self.house.tenants).remove(&scope);
        Ok(changed)
    }

    /// Opens the live environment of a project, without accounts and rules. Does nothing when it is open.
    ///
    /// # Errors
    /// A conflict `kek_required` unless the key-encryption key was given.
    pub async fn open_live(&self, actor: &Actor, scope: Scope) -> Result<ProjectView, AdminRefusal> {
        needs_given_kek(&self.house)?;
        let (house, actor) = (Arc::clone(&self.house), actor.clone());
        let draws = Draws::new(&house.world);
        let live = Scope {
            environment: Environment::Live,
            ..scope
        };
        self.house
            .store
            .write(move |tx| {
                let view = read(tx, &live)?;
                if projects::environment(tx, &live)?.is_some() {
                    return Ok(view);
                }
                let mut draws = draws.clone();
                make_environment(tx, &house, &mut draws, &live)?;
                let at_ms = store::clock(tx)?;
                rules::begin_revision(tx, &live, &Policy::default(), at_ms)?;
                let change = Change {
                    actor: &actor,
                    action: "project.open_live",
                    subject_id: view.id.to_string(),
                    before: None,
                    after: Some(members([("environment", live.environment.code().to_owned())])),
                };
                audit(tx, &mut draws, &live, change)?;
                read(tx, &live)
            })
            .await
    }

    /// The project that a command without `--project` means: the only one.
    ///
    /// # Errors
    /// [`AdminRefusal::Invalid`] when there are several, [`AdminRefusal::Unknown`] when there is none.
    pub async fn only_project(&self) -> Result<ProjectId, AdminRefusal> {
        let all = self
            .house
            .store
            .read(|tx| Ok::<_, AdminRefusal>(projects::all(tx)?))
            .await?;
        match all.as_slice() {
            [] => Err(AdminRefusal::Unknown("project")),
            [only] => Ok(only.id),
            several => Err(AdminRefusal::field(
                "Cowry-Project",
                format!("There are {} projects: say which one is meant.", several.len()),
            )),
        }
    }
}

impl Admin {
    /// Refuses without this right.
    ///
    /// # Errors
    /// [`AdminRefusal::MissingRight`].
    pub fn needs(&self, right: Right) -> Result<(), AdminRefusal> {
        match self.rights.include(right) {
            true => Ok(()),
            false => Err(AdminRefusal::MissingRight(right)),
        }
    }
}

fn sandbox(project_id: ProjectId) -> Scope {
    Scope {
        project_id,
        environment: Environment::Sandbox,
    }
}

fn read(tx: &mut Tx<'_>, scope: &Scope) -> Result<ProjectView, AdminRefusal> {
    let project = projects::get(tx, scope)?.ok_or(AdminRefusal::Unknown("project"))?;
    let mut rows = Vec::new();
    for environment in [Environment::Sandbox, Environment::Live] {
        let scope = Scope { environment, ..*scope };
        rows.extend(projects::environment(tx, &scope)?);
    }
    Ok(view(project, &rows))
}

fn view(project: Project, environments: &[EnvironmentRow]) -> ProjectView {
    let own = environments.iter().filter(|row| row.scope.project_id == project.id);
    ProjectView {
        id: project.id,
        name: project.name,
        created_at_ms: project.created_at_ms,
        environments: own
            .map(|row| EnvironmentView {
                environment: row.scope.environment,
                fail_with_attempt: row.fail_with_attempt,
                late_success: row.late_success,
            })
            .collect(),
    }
}

fn with(row: EnvironmentRow, changes: &ProjectChanges) -> EnvironmentRow {
    let late = row.late_success;
    EnvironmentRow {
        fail_with_attempt: changes.fail_with_attempt.unwrap_or(row.fail_with_attempt),
        late_success: LateSuccess {
            after_end: changes.late_after_end.unwrap_or(late.after_end),
            after_cancel: changes.late_after_cancel.unwrap_or(late.after_cancel),
        },
        ..row
    }
}

fn told(project: &Project, row: &EnvironmentRow) -> Members {
    members([
        ("name", project.name.clone()),
        ("fail_with_attempt", row.fail_with_attempt.to_string()),
        ("late_success.after_end", row.late_success.after_end.code().to_owned()),
        (
            "late_success.after_cancel",
            row.late_success.after_cancel.code().to_owned(),
        ),
    ])
}
