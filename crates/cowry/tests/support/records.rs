//! What the database says of a payment, for what the API does not tell.

use engine::domain::ids::{IntentId, ProjectId};
use engine::domain::routing::breaker::Standing;
use engine::domain::scope::{Environment, Scope};
use store::calls::Call;
use store::permits::Permit;
use store::{Store, StoreError};

use super::Server;

/// Reads along in the sandbox of a server's project.
pub struct Records {
    store: Store,
    scope: Scope,
}

impl Records {
    pub fn of(server: &Server) -> Self {
        Self {
            store: server.home.store(),
            scope: Scope {
                project_id: ProjectId::from_public(&server.project_id).unwrap(),
                environment: Environment::Sandbox,
            },
        }
    }

    /// Charges that are under way.
    pub async fn calls_open(&self) -> i64 {
        self.store.read(store::calls::count_open).await.unwrap()
    }

    /// Whether everything that was seen of the accounts has been taken into account.
    pub async fn nothing_unheeded(&self) -> bool {
        !self.store.read(store::health::is_waiting).await.unwrap()
    }

    /// Whether no account is passed over.
    pub async fn nobody_is_down(&self) -> bool {
        let scope = self.scope;
        let known = self.store.read(move |tx| store::health::all(tx, &scope)).await.unwrap();
        known.iter().all(|health| health.breaker.standing() != Standing::Down)
    }

    /// The permits of an intent in their order, each with its charge call.
    pub async fn permits(&self, id: &str) -> Vec<(Permit, Call)> {
        let (scope, id) = (self.scope, IntentId::from_public(id).unwrap());
        let read = self.store.read(move |tx| {
            let mut found = Vec::new();
            for permit in store::permits::of_intent(tx, &scope, id)? {
                let call = store::calls::charge_of(tx, &scope, permit.id)?.unwrap();
                found.push((permit, call));
            }
            Ok::<_, StoreError>(found)
        });
        read.await.unwrap()
    }
}
