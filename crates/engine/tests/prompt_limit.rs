//! How often one number may be prompted with live keys. Prompts are written down as if a provider had been asked: simulated
//! ones are never live.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use domain::ids::{AccountId, IntentId, PermitId};
use domain::permit::PermitState;
use domain::scope::{ApiFamily, Environment, Scope};
use engine::Refusal;
use engine::admin::Actor;
use store::accounts;
use store::permits::{self, Permit};
use support::{House, attempt, id_of, intent};

const MINUTE_MS: i64 = 60_000;

impl House {
    /// The live environment, with an account.
    async fn live(&self) -> (Scope, AccountId) {
        let project_id = self.scope.project_id;
        self.engine.open_live(&Actor::CommandLine, self.scope).await.unwrap();
        let scope = Scope {
            project_id,
            environment: Environment::Live,
        };
        let mut account = self.accounts().await.remove(0);
        account.id = AccountId::new(1, 1);
        account.callback_path = "live".to_owned();
        let id = account.id;
        let written = self.store.write(move |tx| accounts::insert(tx, &scope, &account)).await;
        written.unwrap();
        (scope, id)
    }

    async fn start(&self, scope: Scope) -> Result<IntentId, Refusal> {
        let id = id_of(&self.engine.create_intent(scope, intent(), None).await?);
        let command = attempt("momo_mtn", "approve");
        self.engine
            .start_attempt(scope, id, command, (ApiFamily::Payment, None))
            .await?;
        Ok(id)
    }

    /// A payment whose prompt left at a time, milliseconds UTC.
    async fn prompted(&self, (scope, account_id): (Scope, AccountId), at_ms: i64) {
        let id = self.start(scope).await.unwrap();
        let tried = self.engine.attempts(scope, id, i64::MAX, 1).await.unwrap().remove(0);
        let permit = Permit {
            id: PermitId::new(at_ms, u128::from_str_radix(&id.stored()[16..], 36).unwrap()),
            intent_id: id,
            attempt_id: tried.attempt.id,
            number: 1,
            account_id,
            merchant_ref: id.stored(),
            amount: tried.attempt.amount,
            state: PermitState::Open,
            acknowledged: false,
            external_id: None,
            captured_minor: 0,
            refund_reserved_minor: 0,
            sent_at_ms: None,
            ended_at_ms: None,
            asked_after_death: 0,
            created_at_ms: at_ms,
        };
        let write = move |tx: &mut store::Tx<'_>| {
            permits::insert(tx, &scope, &permit)?;
            permits::send(tx, &scope, permit.id, at_ms)
        };
        assert_eq!(self.store.write(write).await.unwrap(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sixth_prompt_in_ten_minutes_is_refused_with_live_keys() {
    let house = House::open().await;
    let (live, now_ms) = (house.live().await, house.engine.now_ms());
    for minutes_ago in [11, 4, 3, 2, 1] {
        house.prompted(live, now_ms - minutes_ago * MINUTE_MS).await;
    }
    house.start(live.0).await.unwrap();
    house.prompted(live, now_ms).await;
    match house.start(live.0).await {
        Err(Refusal::TooManyPrompts { retry_after_ms }) => {
            assert!(
                (5 * MINUTE_MS..=6 * MINUTE_MS).contains(&retry_after_ms),
                "{retry_after_ms}"
            );
        }
        other => panic!("{other:?}"),
    }
    house.start(house.scope).await.unwrap();
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_twenty_first_prompt_of_a_day_is_refused_with_live_keys() {
    let house = House::open().await;
    let (live, now_ms) = (house.live().await, house.engine.now_ms());
    for hours_ago in (1..=20).rev() {
        house.prompted(live, now_ms - hours_ago * 60 * MINUTE_MS).await;
    }
    let refused = house.start(live.0).await;
    assert!(matches!(refused, Err(Refusal::TooManyPrompts { .. })), "{refused:?}");
    house.close().await;
}
