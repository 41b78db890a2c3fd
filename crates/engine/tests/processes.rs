//! What one process does about the calls of others, about its own lost ones, and once it was declared dead itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod support;

use std::time::Duration;

use domain::ids::{CallId, IntentId, PermitId};
use domain::permit::PermitState;
use domain::scope::Scope;
use store::calls::{self, Call, CallKind};
use store::permits::{self, Permit};
use store::timers::{self, TimerKind};
use store::{Tx, instances};
use support::{House, attempt, attempt_code, id_of, intent};

/// The simulated gateway's horizon at the speed of these tests.
const HORIZON_MS: i64 = 3_000;

impl House {
    async fn permits(&self, id: IntentId) -> Vec<Permit> {
        let scope = self.scope;
        let read = move |tx: &mut Tx<'_>| permits::of_intent(tx, &scope, id);
        self.store.read(read).await.unwrap()
    }

    async fn change(&self, sql: &'static str, subject: String) {
        let write = move |tx: &mut Tx<'_>| tx.sql(sql).bind(&subject).execute();
        assert_eq!(self.store.write(write).await.unwrap(), 1, "{sql}");
    }

    async fn epoch(&self) -> i64 {
        let all = self.store.read(instances::all).await.unwrap();
        all[0].epoch
    }
}

/// A living neighbour sent the charge; this process, which is older than the horizon, asks about it.
#[tokio::test(flavor = "multi_thread")]
async fn not_found_is_no_proof_before_the_horizon_whoever_sent_the_charge() {
    let house = House::open().await;
    tokio::time::sleep(Duration::from_millis(HORIZON_MS.unsigned_abs())).await;
    let id = house.pay("reset_midway").await;
    let permit = house.permits(id).await.remove(0);
    house
        .change(
            "UPDATE calls SET epoch = epoch + 1000 WHERE permit_id = ?1 AND kind = 'charge'",
            permit.id.stored(),
        )
        .await;
    house
        .until(id, "the second account pays", |view| {
            view.intent.state.code() == "completed"
        })
        .await;
    let first = house.permits(id).await.remove(0);
    assert!(matches!(first.state, PermitState::Dead(_)), "{:?}", first.state);
    let lived_ms = first.ended_at_ms.unwrap() - first.sent_at_ms.unwrap();
    assert!(lived_ms >= HORIZON_MS, "dead after {lived_ms} ms");
    house.close().await;
}

/// A call of this process whose task is gone, as after a commit whose answer was lost.
async fn lost_call(house: &House, scope: Scope) -> IntentId {
    let id = id_of(&house.engine.create_intent(scope, intent(), None).await.unwrap());
    let spoken = (domain::scope::ApiFamily::Payment, None);
    let otp = attempt("momo_mtn", "otp");
    house.engine.start_attempt(scope, id, otp, spoken).await.unwrap();
    let open = house.permits(id).await.remove(0);
    let epoch = house.epoch().await;
    let write = move |tx: &mut Tx<'_>| {
        let at_ms = store::clock(tx)? - 31_000;
        let call = Call {
            id: CallId::new(at_ms, 1),
            permit_id: open.id,
            kind: CallKind::Charge,
            account_version: 1,
            epoch,
            monotonic_ms: 0,
            started_at_ms: at_ms,
        };
        permits::send(tx, &scope, open.id, at_ms)?;
        calls::insert(tx, &scope, &call)
    };
    house.store.write(write).await.unwrap();
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_only_answers_takes_up_its_own_lost_calls() {
    let house = House::answering().await;
    let id = lost_call(&house, house.scope).await;
    let mut known = String::new();
    for _ in 0..200 {
        known = format!("{:?}", house.permits(id).await[0].state);
        if known.contains("Unknown") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(known.contains("Unknown"), "{known}");
    let (scope, permit): (Scope, PermitId) = (house.scope, house.permits(id).await[0].id);
    let read = move |tx: &mut Tx<'_>| timers::is_set(tx, &scope, TimerKind::LookUp, &permit.stored());
    assert!(house.store.read(read).await.unwrap(), "the provider is asked");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_was_declared_dead_does_nothing_more() {
    let house = House::open().await;
    let id = house.pay("ignore").await;
    let epoch = house.epoch().await;
    let fence = move |tx: &mut Tx<'_>| {
        tx.sql("UPDATE instances SET fenced_at = 1 WHERE epoch = ?1")
            .bind(epoch)
            .execute()
    };
    assert_eq!(house.store.write(fence).await.unwrap(), 1);
    for _ in 0..200 {
        if house.engine.is_fenced() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(house.engine.is_fenced());
    let other = id_of(&house.engine.create_intent(house.scope, intent(), None).await.unwrap());
    house
        .change(
            "UPDATE timers SET due_at = 0 WHERE kind = 'expire' AND aggregate_id = ?1",
            other.stored(),
        )
        .await;
    tokio::time::sleep(Duration::from_millis(1_000)).await;
    let scope = house.scope;
    let claimed: i64 = house
        .store
        .read(move |tx| {
            tx.sql("SELECT COUNT(*) FROM timers WHERE project_id = ?1 AND lease_until > 0 AND due_at = 0")
                .bind(scope.project_id)
                .one()
        })
        .await
        .unwrap();
    assert_eq!(claimed, 0, "nothing is claimed");
    let read = move |tx: &mut Tx<'_>| timers::is_set(tx, &scope, TimerKind::Expire, &other.stored());
    assert!(
        house.store.read(read).await.unwrap(),
        "its timer waits for another process"
    );
    assert_eq!(attempt_code(&house.view(id).await), "action_required");
    house.close().await;
}
