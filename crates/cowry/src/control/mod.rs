//! Orders to a running server on SQLite, through a Unix socket in its data folder: one JSON line asks, one answers. Owns
//! the words and their meaning; `server` and `client` carry them. Never open to another user.

mod client;
mod folder;
mod server;

use std::path::PathBuf;

use engine::Engine;
use engine::admin::{Actor, Admin, AdminRefusal, KeyOrder};
use engine::domain::rights::Rights;
use engine::domain::scope::{ApiFamily, Environment, Scope};
use engine::store::projects;
use serde::{Deserialize, Serialize};

pub(crate) use client::ask;
pub(crate) use server::Control;

use crate::failure::Failure;

/// Longest line that is read, in bytes.
const LINE_BYTES_MAX: u64 = 64 * 1024;

/// What travels to the server.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    /// Which database is meant: a folder may hold a server that uses another.
    pub(crate) database: PathBuf,
    /// What is to be done.
    pub(crate) order: Order,
}

/// What the command line may ask for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Order {
    /// Make a sandbox key of the first project.
    CreateKey {
        /// Stored spelling of the family.
        family: String,
        /// Name for people.
        name: String,
    },
    /// Refuse a key from now on.
    RevokeKey {
        /// Its public part.
        id: String,
    },
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "was", rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// A key was made; this is the only time that it is shown.
    KeyCreated {
        /// Its public part.
        id: String,
        /// The whole key.
        key: String,
    },
    /// The key is refused from now on.
    KeyRevoked,
    /// There is no valid key of that id.
    NoSuchKey,
    /// Nothing was done.
    Refused {
        /// Why, for a person.
        reason: String,
    },
}

/// Carries out an order.
pub(crate) async fn perform(engine: &Engine, order: Order) -> Outcome {
    let done = match order {
        Order::CreateKey { family, name } => create_key(engine, &family, name).await,
        Order::RevokeKey { id } => revoke_key(engine, &id).await,
    };
    done.unwrap_or_else(|failure| Outcome::Refused {
        reason: failure.to_string(),
    })
}

async fn create_key(engine: &Engine, family: &str, name: String) -> Result<Outcome, Failure> {
    let family = ApiFamily::parse(family).ok_or_else(|| Failure::usage(format!("no API family is called {family}")))?;
    let all = engine.store().read(|tx| Ok::<_, Failure>(projects::all(tx)?)).await?;
    let project = all
        .first()
        .ok_or_else(|| Failure::new("there is no project yet: start `cowry serve` once"))?;
    let scope = Scope {
        project_id: project.id,
        environment: Environment::Sandbox,
    };
    let order = KeyOrder {
        scope,
        family,
        name,
        rights: None,
        expires_at_ms: None,
    };
    let (_, made) = engine.create_api_key(&admin(), order).await.map_err(failed)?;
    Ok(Outcome::KeyCreated {
        id: made.id,
        key: made.text,
    })
}

async fn revoke_key(engine: &Engine, id: &str) -> Result<Outcome, Failure> {
    let scope = Scope {
        project_id: engine.only_project().await.map_err(failed)?,
        environment: Environment::Sandbox,
    };
    match engine.revoke_api_key(&admin(), scope, id).await {
        Ok(_) => Ok(Outcome::KeyRevoked),
        Err(AdminRefusal::Unknown(_) | AdminRefusal::Conflict { .. }) => Ok(Outcome::NoSuchKey),
        Err(other) => Err(failed(other)),
    }
}

fn admin() -> Admin {
    Admin {
        actor: Actor::CommandLine,
        rights: Rights::all(),
    }
}

fn failed(refusal: AdminRefusal) -> Failure {
    Failure::new(refusal.to_string())
}
