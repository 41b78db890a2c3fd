//! Ten thousand mutants of genuine callbacks through the router, on the database under test: none changes anything about
//! money, none is answered by an error of ours, and none keeps the genuine ones from doing their work.

mod breed;
mod ground;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use tokio::task::JoinSet;

use breed::{Breeder, Expected, Mutant};
use ground::Ground;

const HALF: usize = 5_000;
/// Sent side by side.
const AT_ONCE: usize = 64;
const SEED: u64 = 0x00c0_ffee_d00d;

/// Sends all, and checks how each is answered.
async fn send(ground: &Ground, mutants: Vec<Mutant>) {
    let mut kinds: BTreeMap<(&'static str, u16), u32> = BTreeMap::new();
    let mut waiting = mutants.into_iter();
    let mut under_way = JoinSet::new();
    loop {
        while under_way.len() < AT_ONCE
            && let Some(mutant) = waiting.next()
        {
            let router = ground.router.clone();
            under_way.spawn(async move { (mutant.letter.clone().post(router).await, mutant) });
        }
        let Some(done) = under_way.join_next().await else { break };
        let (status, mutant) = done.unwrap();
        let wanted = match mutant.expected {
            Expected::Refused => StatusCode::UNAUTHORIZED,
            Expected::Nowhere => StatusCode::NOT_FOUND,
            Expected::Taken => StatusCode::OK,
        };
        assert_eq!(status, wanted, "{}: {:?}", mutant.kind, mutant.letter);
        *kinds.entry((mutant.kind, status.as_u16())).or_default() += 1;
    }
    println!("{kinds:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_mutants_change_nothing() {
    let begun = Instant::now();
    let ground = Ground::open().await;
    let genuine = ground.genuine().await;
    let mut breeder = Breeder::new(SEED, &ground, genuine.clone());

    // While every payment is undecided: each of these callbacks would decide one.
    let before = ground.dump().await;
    send(&ground, breeder.wrong(HALF)).await;
    ground.settle_down().await;
    assert_eq!(ground.dump().await, before, "a mutant moved an undecided payment");

    // The genuine ones are still taken, and do what they are for.
    for letter in &genuine {
        assert_eq!(letter.clone().post(ground.router.clone()).await, StatusCode::OK);
    }
    ground.processed(genuine.len()).await;
    ground.check_endings().await;

    // After the end, replays and what differs from them in nothing that matters among the mutants.
    let before = ground.dump().await;
    send(&ground, breeder.any(HALF)).await;
    ground.settle_down().await;
    assert_eq!(ground.dump().await, before, "a mutant moved a decided payment");
    ground.processed(genuine.len()).await;
    // Of several at once none counts the others.
    let refused = ground.most_refused().await;
    assert!(
        (1_000..=1_000 + i64::try_from(AT_ONCE).unwrap()).contains(&refused),
        "{refused}"
    );
    let took = begun.elapsed();
    println!("{} mutants in {took:?}", 2 * HALF);
    assert!(took < Duration::from_secs(120), "{took:?}");
}
