//! The first run on a new database: one project with a sandbox, simulated gateways for every method of the catalogue,
//! and its keys. Owns what a newcomer finds; changes nothing on a database that has a project.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use domain::ids::{AccountId, ProjectId};
use domain::intent::LateSuccess;
use domain::method::MethodCode;
use domain::rights::Rights;
use domain::routing::Policy;
use domain::scope::{ApiFamily, Environment, Scope};
use gateways::contract::Reach;
use store::accounts::{AccountRow, AccountState};
use store::api_keys::ApiKey;
use store::projects::{self, EnvironmentRow, Project};
use store::rules::{self, Direction, Match, Rule, RuleAccount};
use store::{StoreError, Tx};

use crate::Engine;
use crate::admin::{self, Actor, AdminRefusal, Change, audit, blank, members};
use crate::authenticate::{NewKey, draw_key};
use crate::draws::Draws;
use crate::house::{House, sealed, settings_place, write_settings};
use crate::refusal::Refusal;
use crate::vault::{ScopeKeys, SecretKey, data_key_place};

/// What the first run made or a later one found.
#[derive(Clone)]
pub struct FirstRun {
    /// The (first) project.
    pub project_id: ProjectId,
    /// Whether this run made it.
    pub made: Made,
    /// Fresh sandbox keys, when they were made.
    pub keys: Option<SandboxKeys>,
}

/// Whether a run found or made the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// This run made it.
    Now,
    /// It was there.
    Before,
}

/// Whether a run is to make keys although the project has some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeysWanted {
    /// Only with a new project.
    WithProject,
    /// In any case.
    Always,
}

/// The three keys of a sandbox.
#[derive(Clone)]
pub struct SandboxKeys {
    /// `sk_test_…`
    pub payment: NewKey,
    /// `ik_test_…`
    pub payment_intents: NewKey,
    /// `adm_…`
    pub admin: NewKey,
}

impl Engine {
    /// Makes the first project unless there is one, and keys as wanted.
    ///
    /// # Errors
    /// A [`Refusal`] of the database.
    pub async fn set_up(&self, wanted: KeysWanted) -> Result<FirstRun, Refusal> {
        let house = Arc::clone(&self.house);
        let draws = Draws::new(&house.world);
        let seeds = Seeds::of_installation(&house);
        let rows = seeds.clone();
        let (project_id, made) = self
            .house
            .store
            .write(move |tx| set_up(tx, &house, &mut draws.clone(), (&rows, wanted)))
            .await
            .map_err(refused)?;
        let fresh = made == Made::Now || wanted == KeysWanted::Always;
        let keys = fresh.then(|| seeds.into_keys());
        Ok(FirstRun { project_id, made, keys })
    }
}

/// One key of each family for a sandbox, drawn before they are written. The scope is filled in then.
#[derive(Clone)]
pub(crate) struct Seeds {
    payment: (NewKey, ApiKey),
    payment_intents: (NewKey, ApiKey),
    admin: (NewKey, ApiKey),
}

impl Seeds {
    /// The admin key may do everything in its project.
    pub(crate) fn of_project(house: &House) -> Self {
        Self::drawn(house, Rights::of_project())
    }

    /// The admin key may do everything in every project.
    fn of_installation(house: &House) -> Self {
        Self::drawn(house, Rights::all())
    }

    fn drawn(house: &House, admin: Rights) -> Self {
        let scope = Scope {
            project_id: ProjectId::new(0, 0),
            environment: Environment::Sandbox,
        };
        let row = |family| blank(scope, family, "first keys");
        Self {
            payment: draw_key(house, row(ApiFamily::Payment)),
            payment_intents: draw_key(house, row(ApiFamily::PaymentIntents)),
            admin: draw_key(
                house,
                ApiKey {
                    rights: admin,
                    ..row(ApiFamily::Admin)
                },
            ),
        }
    }

    pub(crate) fn rows(&self) -> [&ApiKey; 3] {
        [&self.payment.1, &self.payment_intents.1, &self.admin.1]
    }

    pub(crate) fn into_keys(self) -> SandboxKeys {
        SandboxKeys {
            payment: self.payment.0,
            payment_intents: self.payment_intents.0,
            admin: self.admin.0,
        }
    }
}

/// A first run concerns nobody's fields: whatever refuses is the database.
fn refused(refusal: AdminRefusal) -> Refusal {
    match refusal {
        AdminRefusal::Unavailable(refusal) => refusal,
        other => Refusal::Unavailable(other.to_string()),
    }
}

fn set_up(
    tx: &mut Tx<'_>,
    house: &House,
    draws: &mut Draws,
    keys: (&Seeds, KeysWanted),
) -> Result<(ProjectId, Made), AdminRefusal> {
    let (seeds, wanted) = keys;
    let (project_id, made) = match projects::all(tx)?.first() {
        Some(project) => (project.id, Made::Before),
        None => (
            make_project(tx, house, draws, ("My project", &Actor::System))?,
            Made::Now,
        ),
    };
    if made == Made::Now || wanted == KeysWanted::Always {
        let created_at_ms = store::clock(tx)?;
        let scope = Scope {
            project_id,
            environment: Environment::Sandbox,
        };
        for seed in seeds.rows() {
            let row = ApiKey {
                scope,
                created_at_ms,
                ..seed.clone()
            };
            admin::insert_key(tx, draws, &Actor::System, row)?;
        }
    }
    Ok((project_id, made))
}

/// A project with a sandbox like the first one's.
pub(crate) fn make_project(
    tx: &mut Tx<'_>,
    house: &House,
    draws: &mut Draws,
    (name, actor): (&str, &Actor),
) -> Result<ProjectId, AdminRefusal> {
    let at_ms = store::clock(tx)?;
    let project = Project {
        id: draws.id(at_ms),
        name: name.to_owned(),
        created_at_ms: at_ms,
    };
    projects::insert(tx, &project)?;
    let scope = Scope {
        project_id: project.id,
        environment: Environment::Sandbox,
    };
    let keys = make_environment(tx, house, draws, &scope)?;
    make_sandbox(tx, house, draws, (&scope, &keys), at_ms)?;
    let change = Change {
        actor,
        action: "project.create",
        subject_id: project.id.to_string(),
        before: None,
        after: Some(members([("name", project.name)])),
    };
    audit(tx, draws, &scope, change)?;
    Ok(project.id)
}

/// An environment with a data key of its own and the usual policies. Its routing does not begin here.
pub(crate) fn make_environment(
    tx: &mut Tx<'_>,
    house: &House,
    draws: &mut Draws,
    scope: &Scope,
) -> Result<ScopeKeys, AdminRefusal> {
    let at_ms = store::clock(tx)?;
    let data_key = SecretKey::new(draws.bytes());
    let wrapped = house
        .kek
        .seal(&data_key_place(scope), draws.nonce(), &data_key.expose())
        .map_err(sealed)?;
    let row = EnvironmentRow {
        scope: *scope,
        data_key: wrapped,
        fail_with_attempt: false,
        late_success: LateSuccess::default(),
        routing_revision: 0,
        created_at_ms: at_ms,
    };
    projects::insert_environment(tx, &row)?;
    Ok(ScopeKeys::of(&data_key))
}

/// An account at every simulated gateway, and a rule for every method: the first gateway, then the second.
fn make_sandbox(
    tx: &mut Tx<'_>,
    house: &House,
    draws: &mut Draws,
    tenant: (&Scope, &ScopeKeys),
    at_ms: i64,
) -> Result<(), Refusal> {
    let (scope, keys) = tenant;
    let mut accounts: Vec<RuleAccount> = Vec::new();
    for gateway in house
        .registry
        .all()
        .filter(|gateway| gateway.contract().reach == Reach::SandboxOnly)
    {
        let id: AccountId = draws.id(at_ms);
        let api_key = BASE64URL_NOPAD.encode(&draws.bytes());
        let settings = write_settings([("api_key", api_key.as_str())].into_iter());
        let settings = keys
            .columns
            .seal(&settings_place(id), draws.nonce(), settings.as_bytes())
            .map_err(sealed)?;
        let code = gateway.contract().code;
        let account = AccountRow {
            id,
            gateway_code: code.to_owned(),
            name: format!("Simulated operators ({code})"),
            settings,
            version: 1,
            callback_path: BASE64URL_NOPAD.encode(&draws.bytes()),
            state: AccountState::Active,
            created_at_ms: at_ms,
        };
        store::accounts::insert(tx, scope, &account)?;
        accounts.push(RuleAccount {
            account_id: id,
            weight: 50,
        });
    }
    if accounts.is_empty() {
        return Err(StoreError::Other("this build has no simulated gateway".to_owned()).into());
    }
    let revision = rules::begin_revision(tx, scope, &Policy::default(), at_ms)?;
    for method in MethodCode::all() {
        let rule = Rule {
            id: draws.id(at_ms),
            matches: Match {
                direction: Direction::Payment,
                method,
                country: None,
            },
            accounts: accounts.clone(),
            created_at_ms: at_ms,
        };
        rules::insert(tx, scope, revision, &rule)?;
    }
    Ok(())
}
