//! Calls are counted together, whoever counts them.

use domain::scope::Environment;
use store::rates;
use tokio::task::JoinSet;

use crate::house::{House, NOON_MS, Tenant};

#[tokio::test]
async fn a_window_counts_every_call_of_everybody_once() {
    let house = House::empty();
    let tenant = Tenant::new(1, Environment::Live);
    house.settle(tenant).await;
    let mut counting = JoinSet::new();
    for _ in 0..40 {
        let store = house.store.clone();
        counting.spawn(async move {
            store
                .write(move |tx| rates::count(tx, &tenant.scope, "a", NOON_MS))
                .await
        });
    }
    let mut counted: Vec<i64> = counting.join_all().await.into_iter().map(Result::unwrap).collect();
    counted.sort_unstable();
    assert!(counted.into_iter().eq(1..=40));
    let count = |bucket, window_ms| house.write(move |tx| rates::count(tx, &tenant.scope, bucket, window_ms));
    assert_eq!(count("b", NOON_MS).await, 1, "another bucket");
    assert_eq!(count("a", NOON_MS + 60_000).await, 1, "another window");
}

#[tokio::test]
async fn a_bucket_gives_its_burst_and_then_what_it_regains() {
    let house = House::empty();
    let tenant = Tenant::new(1, Environment::Live);
    house.settle(tenant).await;
    let take = |now_ms| house.write(move |tx| rates::take(tx, &tenant.scope, "a", (10, 5), now_ms));
    let mut taken = 0;
    for _ in 0..9 {
        taken += take(NOON_MS).await;
    }
    assert_eq!(taken, 5);
    assert_eq!(
        (
            take(NOON_MS + 9).await,
            take(NOON_MS + 10).await,
            take(NOON_MS + 10).await
        ),
        (0, 1, 0)
    );
    assert_eq!(house.write(|tx| rates::forget(tx, NOON_MS)).await, 0);
    assert_eq!(house.write(|tx| rates::forget(tx, NOON_MS + 1_000)).await, 1);
}
