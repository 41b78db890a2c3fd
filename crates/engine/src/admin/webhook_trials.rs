//! Try an endpoint with one letter that tells of nothing. Owns that it goes once and stands in no log of deliveries; what it
//! says is the caller's.

use std::sync::Arc;

use domain::announcement::Announcement;
use domain::ids::{EndpointId, EventId, IntentId};
use domain::scope::{ApiFamily, Scope};
use domain::webhook::TryOutcome;

use super::resends::IN_CLEAR;
use super::webhook_endpoints::find;
use super::{Actor, AdminRefusal, Change, audit};
use crate::Engine;
use crate::deliver::letter::{Addressee, AddresseeKind, Told, letter};
use crate::deliver::secrets::{self, Owner};
use crate::deliver::{may_get, outcome_of, outcome_without_answer};

/// What came of trying an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tested {
    /// How it ended.
    pub outcome: TryOutcome,
    /// Status of the answer.
    pub status: Option<u16>,
    /// First 16 KiB of the answer.
    pub answer: Vec<u8>,
    /// Milliseconds.
    pub took_ms: i64,
}

impl Engine {
    /// Sends an endpoint one letter now, signed like a real one, about a payment that does not exist. `body` makes what it
    /// says. It is not tried again and stands in no log but the audit log.
    ///
    /// # Errors
    /// [`AdminRefusal::Unknown`]; a conflict when it may get nothing.
    pub async fn test_webhook_endpoint(
        &self,
        actor: &Actor,
        scope: Scope,
        (family, id): (ApiFamily, EndpointId),
        (announcement, body): (Announcement, impl FnOnce(EventId, IntentId) -> Vec<u8>),
    ) -> Result<Tested, AdminRefusal> {
        let (bench, actor) = (self.bench(scope).await?, actor.clone());
        let tenant = Arc::clone(&bench.tenant);
        let noted = self.house.store.write(move |tx| {
            let endpoint = find(tx, &scope, family, id)?;
            if !may_get(&endpoint, &scope) {
                return Err(AdminRefusal::conflict("conflict", IN_CLEAR));
            }
            let mut draws = bench.draws.clone();
            let now_ms = store::clock(tx)?;
            let (event_id, intent_id): (EventId, IntentId) = (draws.id(now_ms), draws.id(now_ms));
            let change = Change {
                actor: &actor,
                action: "webhook_endpoint.test",
                subject_id: id.to_string(),
                before: None,
                after: None,
            };
            audit(tx, &mut draws, &scope, change)?;
            Ok::<_, AdminRefusal>((endpoint, event_id, intent_id, now_ms))
        });
        let (endpoint, event_id, intent_id, now_ms) = noted.await?;
        let to = Addressee {
            url: endpoint.url.clone(),
            kind: AddresseeKind::of(endpoint.family),
            secrets: secrets::open(&tenant, Owner::Endpoint(id), &endpoint.secrets, now_ms)?,
        };
        let told = Told {
            event_id,
            announcement,
            intent_id,
            body: body(event_id, intent_id),
        };
        Ok(match self.house.sender.send(letter(&to, told, now_ms)).await {
            Ok(answer) => Tested {
                outcome: outcome_of(answer.status),
                status: Some(answer.status),
                answer: answer.body,
                took_ms: answer.took_ms,
            },
            Err((failure, took_ms)) => Tested {
                outcome: outcome_without_answer(failure),
                status: None,
                answer: Vec::new(),
                took_ms,
            },
        })
    }
}
