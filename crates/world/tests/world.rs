//! Both worlds keep the same promises; the manual one keeps them on command.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use world::{ManualClock, World};

const START_MS: i64 = 1_700_000_000_000;

#[tokio::test]
async fn the_system_clocks_move_forward_and_a_sleep_lasts_at_least_as_long_as_asked() {
    let world = World::system();
    assert!(world.now_ms() > START_MS);
    let before_ms = world.monotonic_ms();
    world.sleep(Duration::from_millis(20)).await;
    world.sleep_blocking(Duration::from_millis(5));
    assert!(world.monotonic_ms() - before_ms >= 25);
}

#[test]
fn the_system_gives_different_random_bytes_each_time() {
    let world = World::system();
    assert_ne!(world.random_u128(), world.random_u128());
}

#[test]
fn the_manual_clocks_stand_still_until_told() {
    let (world, clock) = World::manual(START_MS, 1);
    assert_eq!((world.now_ms(), world.monotonic_ms()), (START_MS, 0));
    clock.advance(Duration::from_micros(1_500));
    clock.advance(Duration::from_micros(1_500));
    assert_eq!((world.now_ms(), world.monotonic_ms()), (START_MS + 3, 3));
    clock.jump_wall(-60_000);
    assert_eq!((world.now_ms(), world.monotonic_ms()), (START_MS + 3 - 60_000, 3));
}

#[tokio::test]
async fn manual_sleepers_wake_in_due_order_and_not_before_their_time() {
    let (world, clock) = World::manual(START_MS, 1);
    let woken = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = Vec::new();
    for delay_ms in [30_u64, 10, 20, 500] {
        let (world, woken) = (world.clone(), Arc::clone(&woken));
        tasks.push(tokio::spawn(async move {
            world.sleep(Duration::from_millis(delay_ms)).await;
            woken.lock().unwrap().push(delay_ms);
        }));
    }
    wait_for_sleepers(&clock, 4).await;
    assert_eq!(clock.next_due_in(), Some(Duration::from_millis(10)));
    clock.jump_wall(1_000_000);
    tokio::task::yield_now().await;
    assert!(woken.lock().unwrap().is_empty(), "the wall clock wakes nobody");
    clock.advance(Duration::from_millis(30));
    let late = tasks.pop().unwrap();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(*woken.lock().unwrap(), [10, 20, 30]);
    late.abort();
    assert!(late.await.is_err());
    assert_eq!(clock.sleepers(), 0, "a dropped sleep leaves no trace");
}

#[test]
fn a_blocked_thread_sleeps_until_the_manual_clock_gets_there() {
    let (world, clock) = World::manual(START_MS, 1);
    let sleeper = {
        let world = world.clone();
        std::thread::spawn(move || {
            world.sleep_blocking(Duration::from_secs(3600));
            world.monotonic_ms()
        })
    };
    while clock.sleepers() == 0 {
        std::thread::yield_now();
    }
    clock.advance(Duration::from_secs(3600));
    assert_eq!(sleeper.join().unwrap(), 3_600_000);
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let draw = |seed| {
        let (world, _) = World::manual(START_MS, seed);
        let mut bytes = [0; 13];
        world.fill(&mut bytes);
        (bytes, world.random_u128())
    };
    assert_eq!(draw(7), draw(7));
    assert_ne!(draw(7), draw(8));
}

async fn wait_for_sleepers(clock: &ManualClock, count: usize) {
    while clock.sleepers() < count {
        tokio::task::yield_now().await;
    }
}
