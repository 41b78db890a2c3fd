//! Let go of what is kept too long: stored answers, settled callbacks, what went over the wire and the log of deliveries
//! after thirty days, idempotency keys after four hundred. Money rows are never among it.

use std::sync::Arc;

use domain::attention::AttentionKind;
use domain::scope::Scope;
use store::attention::{self, Item};
use store::{StoreError, Tx, deliveries, exchanges, idempotency, inbox, rates};

use crate::draws::Draws;
use crate::house::House;
use crate::refusal::Refusal;

const DAY_MS: i64 = 86_400_000;

/// Stored answers are kept for this long; a repeat is then answered from the present state.
const ANSWERS_MS: i64 = 30 * DAY_MS;

/// What went over the wire is kept for this long.
const EXCHANGES_MS: i64 = 30 * DAY_MS;

/// Callbacks that were settled are emptied after this time.
const CALLBACKS_MS: i64 = 30 * DAY_MS;

/// The log of deliveries is kept for this long, and what waits longer, because its endpoint stays disabled, is given up.
const DELIVERIES_MS: i64 = 30 * DAY_MS;

/// Deliveries forgotten in one transaction.
const DELIVERIES_AT_A_TIME: i64 = 5_000;

/// Idempotency keys are kept for this long.
const KEYS_MS: i64 = 400 * DAY_MS;

/// Time between two runs.
pub(crate) const EVERY_MS: i64 = 3_600_000;

/// How far a run looks back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Everything: after a start, because nobody may have run for long.
    All,
    /// What has become too old since about yesterday.
    Lately,
}

/// Empties and forgets what is over its time.
pub(crate) async fn tidy_up(house: &Arc<House>, reach: Reach) -> Result<(), Refusal> {
    let (answers, keys, exchanges, callbacks) = house
        .store
        .write(move |tx| {
            let now_ms = store::clock(tx)?;
            let from_ms = match reach {
                Reach::All => 0,
                Reach::Lately => now_ms - ANSWERS_MS - DAY_MS,
            };
            let answers = idempotency::forget_answers(tx, from_ms..now_ms - ANSWERS_MS)?;
            let keys = idempotency::forget_keys(tx, now_ms - KEYS_MS)?;
            let exchanges = exchanges::forget(tx, now_ms - EXCHANGES_MS)?;
            rates::forget(tx, now_ms - DAY_MS)?;
            let callbacks = inbox::empty_settled(tx, now_ms - CALLBACKS_MS)?;
            Ok::<_, Refusal>((answers, keys, exchanges, callbacks))
        })
        .await?;
    let deliveries = forget_deliveries(house).await?;
    if answers + keys + exchanges + callbacks + deliveries > 0 {
        tracing::info!(event = "tidied_up", answers, keys, exchanges, callbacks, deliveries);
    }
    Ok(())
}

/// In several transactions: there may be millions.
async fn forget_deliveries(house: &Arc<House>) -> Result<u64, Refusal> {
    let mut forgotten = 0;
    loop {
        let draws = Draws::new(&house.world);
        let write = house.store.write(move |tx| {
            let now_ms = store::clock(tx)?;
            let before_ms = now_ms - DELIVERIES_MS;
            let given_up = give_up_old(tx, &mut draws.clone(), before_ms)?;
            let some = deliveries::forget(tx, before_ms, DELIVERIES_AT_A_TIME)?;
            Ok::<_, Refusal>((given_up, some))
        });
        let (given_up, some) = write.await?;
        forgotten += some;
        if given_up > 0 {
            tracing::warn!(event = "webhooks_given_up", deliveries = given_up);
        }
        if given_up + some == 0 {
            return Ok(forgotten);
        }
    }
}

/// Gives up what has waited too long, and tells people which endpoints lost it.
fn give_up_old(tx: &mut Tx<'_>, draws: &mut Draws, before_ms: i64) -> Result<u64, StoreError> {
    let now_ms = store::clock(tx)?;
    let given_up = deliveries::give_up_old(tx, before_ms, now_ms)?;
    if given_up == 0 {
        return Ok(0);
    }
    for (project_id, environment, endpoint_id, count) in deliveries::given_up_at(tx, before_ms, now_ms)? {
        let item = Item {
            scope: Scope {
                project_id,
                environment,
            },
            id: draws.id(now_ms),
            kind: AttentionKind::WebhookGivenUp,
            subject_id: endpoint_id.to_string(),
            intent_id: None,
            evidence: format!("at least {count} deliveries had waited for 30 days"),
            created_at_ms: now_ms,
        };
        attention::insert(tx, &item)?;
    }
    Ok(given_up)
}
