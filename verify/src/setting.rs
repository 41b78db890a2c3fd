//! What a run is set in: the server as it is started, and the routing that a plan puts in force. Knows nothing of faults.

use std::pin::Pin;
use std::sync::Arc;

use domain::country::Country;
use domain::ids::RuleId;
use domain::method::MethodCode;
use domain::routing::Policy;
use domain::scope::Scope;
use engine::http::{Http, InProcess};
use engine::vault::SecretKey;
use engine::webhooks::{Answer, Letter, Receiver, SendFailure, Sender};
use engine::{Engine, KekOrigin, Sandbox, Settings};
use store::rules::{self, Direction, Match, Rule, RuleAccount};
use store::{Memory, Store, StoreError, Tx};
use world::World;

use crate::operators::URL;
use crate::plan::Plan;
use crate::render::Plain;

/// Starts the server on a memory.
pub(crate) async fn start(memory: &Memory, world: &World, carrier: &Arc<dyn InProcess>) -> Result<Engine, String> {
    let settings = Settings {
        store: Store::open_inline(memory, world.clone()).map_err(|error| error.to_string())?,
        http: Http::in_process(world.clone(), Arc::clone(carrier)),
        sender: Sender::in_process(Arc::new(NobodyListens)),
        postman: None,
        world: world.clone(),
        kek: SecretKey::new([9; 32]),
        kek_origin: KekOrigin::Given,
        render: Arc::new(Plain),
        public_url: "http://cowry.test".to_owned(),
        sandbox: Sandbox {
            speed: 1,
            simulator_url: Some(URL.to_owned()),
        },
        version: "verify".to_owned(),
    };
    Engine::start(settings).await.map_err(|error| error.to_string())
}

/// Merchants' receivers play no part here: events are written, and nobody delivers them.
struct NobodyListens;

impl Receiver for NobodyListens {
    fn receive(&self, _: Letter) -> Pin<Box<dyn Future<Output = Result<Answer, SendFailure>> + Send>> {
        Box::pin(async { Err(SendFailure::Unreachable) })
    }
}

/// Puts the plan's routing in force.
pub(crate) fn route_by(tx: &mut Tx<'_>, scope: &Scope, plan: &Plan, at_ms: i64) -> Result<(), StoreError> {
    let policy = Policy {
        strategy: plan.strategy,
        ..Policy::default()
    };
    let mut accounts = store::accounts::all(tx, scope)?;
    accounts.sort_by(|one, other| one.gateway_code.cmp(&other.gateway_code));
    let accounts: Vec<RuleAccount> = accounts
        .iter()
        .take(plan.accounts)
        .map(|account| RuleAccount {
            account_id: account.id,
            weight: 50,
        })
        .collect();
    let revision = rules::begin_revision(tx, scope, &policy, at_ms)?;
    for (number, code) in (1..).zip(["momo_mtn", "momo_orange", "wallet_wave"]) {
        let Ok(method) = MethodCode::parse(code) else {
            continue;
        };
        let rule = Rule {
            id: RuleId::new(0, number),
            matches: Match {
                direction: Direction::Payment,
                method,
                country: Country::parse("CI").ok(),
            },
            accounts: accounts.clone(),
            created_at_ms: at_ms,
        };
        rules::insert(tx, scope, revision, &rule)?;
    }
    Ok(())
}
