//! The first run on a new database: one project with a sandbox, simulated gateways for every method of the catalogue,
//! and its keys. Owns what a newcomer finds; changes nothing on a database that has a project.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use domain::ids::{AccountId, ProjectId};
use domain::intent::LateSuccess;
use domain::method::MethodCode;
use domain::routing::Policy;
use domain::scope::{ApiFamily, Environment, Scope};
use gateways::contract::Reach;
use store::accounts::{AccountRow, AccountState};
use store::projects::{self, EnvironmentRow, Project};
use store::rules::{self, Direction, Match, Rule, RuleAccount};
use store::{StoreError, Tx, api_keys};

use crate::Engine;
use crate::authenticate::{KeyRequest, NewKey, draw_key};
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
        let drawn: Vec<SeedKey> = [ApiFamily::Payment, ApiFamily::PaymentIntents, ApiFamily::Admin]
            .into_iter()
            .map(|family| SeedKey::draw(&house, family))
            .collect();
        let written: Arc<Vec<SeedKey>> = Arc::new(drawn);
        let kept = Arc::clone(&written);
        let (project_id, made) = self
            .house
            .store
            .write(move |tx| set_up(tx, &house, &draws, (&kept, wanted)))
            .await?;
        let fresh = made == Made::Now || wanted == KeysWanted::Always;
        let keys = match written.as_slice() {
            [payment, intents, admin] if fresh => Some(SandboxKeys {
                payment: payment.new.clone(),
                payment_intents: intents.new.clone(),
                admin: admin.new.clone(),
            }),
            _ => None,
        };
        Ok(FirstRun { project_id, made, keys })
    }
}

struct SeedKey {
    new: NewKey,
    row: api_keys::ApiKey,
}

impl SeedKey {
    /// The scope is filled in when the project is known.
    fn draw(house: &House, family: ApiFamily) -> Self {
        let scope = Scope {
            project_id: ProjectId::new(0, 0),
            environment: Environment::Sandbox,
        };
        let (new, row) = draw_key(
            house,
            &KeyRequest {
                scope,
                family,
                name: "first keys".to_owned(),
            },
        );
        Self { new, row }
    }
}

fn set_up(
    tx: &mut Tx<'_>,
    house: &House,
    draws: &Draws,
    keys: (&[SeedKey], KeysWanted),
) -> Result<(ProjectId, Made), Refusal> {
    let (seeds, wanted) = keys;
    let at_ms = store::clock(tx)?;
    let (project_id, made) = match projects::all(tx)?.first() {
        Some(project) => (project.id, Made::Before),
        None => (make_project(tx, house, &mut draws.clone(), at_ms)?, Made::Now),
    };
    if made == Made::Now || wanted == KeysWanted::Always {
        let scope = Scope {
            project_id,
            environment: Environment::Sandbox,
        };
        for seed in seeds {
            api_keys::insert(
                tx,
                &api_keys::ApiKey {
                    scope,
                    created_at_ms: at_ms,
                    ..seed.row.clone()
                },
            )?;
        }
    }
    Ok((project_id, made))
}

fn make_project(tx: &mut Tx<'_>, house: &House, draws: &mut Draws, at_ms: i64) -> Result<ProjectId, Refusal> {
    let project = Project {
        id: draws.id(at_ms),
        name: "My project".to_owned(),
        created_at_ms: at_ms,
    };
    projects::insert(tx, &project)?;
    let scope = Scope {
        project_id: project.id,
        environment: Environment::Sandbox,
    };
    let data_key = SecretKey::new(draws.bytes());
    let wrapped = house
        .kek
        .seal(&data_key_place(&scope), draws.nonce(), &data_key.expose())
        .map_err(sealed)?;
    projects::insert_environment(
        tx,
        &EnvironmentRow {
            scope,
            data_key: wrapped,
            fail_with_attempt: false,
            late_success: LateSuccess::default(),
            routing_revision: 0,
            created_at_ms: at_ms,
        },
    )?;
    make_sandbox(tx, house, draws, (&scope, &ScopeKeys::of(&data_key)), at_ms)?;
    Ok(project.id)
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
