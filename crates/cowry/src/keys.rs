//! `cowry keys`: makes, lists and revokes API keys. Goes through the running server on SQLite, else to the database
//! itself. A key is printed once and kept nowhere.

use std::process::ExitCode;

use engine::domain::scope::ApiFamily;
use engine::domain::scope::{Environment, Scope};
use engine::store::api_keys::{self, ApiKey, KeyFilter};
use engine::store::page::Beyond;
use engine::store::projects;
use engine::world::World;
use serde::Serialize;
use serde_json::json;

use crate::command_line::{CreateKeyArgs, KeyFamily, KeysCommand, ListArgs, RevokeKeyArgs};
use crate::control::{self, Order, Outcome, Request};
use crate::failure::Failure;
use crate::place::Place;
use crate::{house, output};

/// Runs one of the commands.
pub(crate) async fn run(command: KeysCommand) -> Result<ExitCode, Failure> {
    match command {
        KeysCommand::Create(args) => create(args).await?,
        KeysCommand::List(args) => list(args).await?,
        KeysCommand::Revoke(args) => revoke(args).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn create(args: CreateKeyArgs) -> Result<(), Failure> {
    let family = family(args.family).code();
    let order = Order::CreateKey {
        family: family.to_owned(),
        name: args.name,
    };
    match carry_out(&Place::of(&args.data)?, order).await? {
        Outcome::KeyCreated { id, key } if args.json => output::json(&json!({"id": id, "family": family, "key": key})),
        Outcome::KeyCreated { key, .. } => {
            output::line(&key);
            eprintln!("Keep it now: it is shown this once.");
            Ok(())
        }
        other => Err(unexpected(&other)),
    }
}

async fn revoke(args: RevokeKeyArgs) -> Result<(), Failure> {
    let id = key_id(&args.id).to_owned();
    match carry_out(&Place::of(&args.data)?, Order::RevokeKey { id: id.clone() }).await? {
        Outcome::KeyRevoked => {
            output::line(&format!("Key {id} is refused from now on."));
            Ok(())
        }
        Outcome::NoSuchKey => Err(Failure::new(format!(
            "there is no valid key {id}: see `cowry keys list`"
        ))),
        other => Err(unexpected(&other)),
    }
}

/// Through the server that runs on this database, or else by ourselves.
async fn carry_out(place: &Place, order: Order) -> Result<Outcome, Failure> {
    let order = match place.control_socket() {
        Some((socket, database)) => {
            let request = Request { database, order };
            if let Some(outcome) = control::ask(&socket, &request).await? {
                return refusals_fail(outcome);
            }
            request.order
        }
        None => order,
    };
    let engine = house::start_for_an_order(place).await?;
    let outcome = control::perform(&engine, order).await;
    engine.close().await;
    refusals_fail(outcome)
}

fn refusals_fail(outcome: Outcome) -> Result<Outcome, Failure> {
    match outcome {
        Outcome::Refused { reason } => Err(Failure::new(reason)),
        other => Ok(other),
    }
}

fn unexpected(outcome: &Outcome) -> Failure {
    let what = match outcome {
        Outcome::KeyCreated { .. } => "a key was made",
        Outcome::KeyRevoked => "a key was revoked",
        Outcome::NoSuchKey => "no such key",
        Outcome::Refused { .. } => "refused",
    };
    Failure::new(format!(
        "the server answered something else ({what}): are both of the same version?"
    ))
}

#[derive(Serialize)]
struct Shown {
    id: String,
    family: &'static str,
    environment: &'static str,
    name: String,
    status: &'static str,
    created_at: String,
    project_id: String,
}

async fn list(args: ListArgs) -> Result<(), Failure> {
    let store = house::look(&Place::of(&args.data)?)?;
    let keys: Result<Vec<ApiKey>, Failure> = store
        .read(|tx| {
            let Some(project) = projects::all(tx)?.into_iter().next() else {
                return Ok(Vec::new());
            };
            let scope = Scope {
                project_id: project.id,
                environment: Environment::Sandbox,
            };
            Ok(api_keys::list(tx, &scope, &KeyFilter::default(), Beyond::First, 1_000)?)
        })
        .await;
    store.close().await;
    let now_ms = World::system().now_ms();
    let shown: Vec<Shown> = keys?.into_iter().map(|key| show(key, now_ms)).collect();
    if args.json {
        return output::json(&json!({ "keys": shown }));
    }
    let mut table = output::table(&["id", "family", "environment", "status", "created", "name"]);
    for key in &shown {
        table.add_row([
            &key.id,
            key.family,
            key.environment,
            key.status,
            &key.created_at,
            &key.name,
        ]);
    }
    output::line(&table.to_string());
    Ok(())
}

fn show(key: ApiKey, now_ms: i64) -> Shown {
    let is_expired = key.expires_at_ms.is_some_and(|at_ms| at_ms <= now_ms);
    Shown {
        id: key.id,
        family: key.family.code(),
        environment: key.scope.environment.code(),
        name: key.name,
        status: match (key.revoked_at_ms, is_expired) {
            (Some(_), _) => "revoked",
            (None, true) => "expired",
            (None, false) => "valid",
        },
        created_at: output::moment(key.created_at_ms),
        project_id: key.scope.project_id.to_string(),
    }
}

fn family(asked: KeyFamily) -> ApiFamily {
    match asked {
        KeyFamily::Payment => ApiFamily::Payment,
        KeyFamily::PaymentIntents => ApiFamily::PaymentIntents,
        KeyFamily::Admin => ApiFamily::Admin,
    }
}

/// The id, also when somebody pastes a whole key, whose secret part is then dropped here.
fn key_id(text: &str) -> &str {
    let prefixes = ["sk_test_", "sk_live_", "ik_test_", "ik_live_", "adm_"];
    let rest = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix));
    rest.and_then(|rest| rest.split('_').next()).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::key_id;

    #[test]
    fn a_pasted_key_is_reduced_to_its_id() {
        assert_eq!(key_id("sk_test_abcdefgh_secret_part"), "abcdefgh");
        assert_eq!(key_id("adm_abcdefgh_secret"), "abcdefgh");
        assert_eq!(key_id("abcdefgh"), "abcdefgh");
    }
}
