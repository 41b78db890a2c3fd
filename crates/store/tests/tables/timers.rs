//! Timers are leased to one process at a time, and nothing that was set is lost.

use store::timers::{self, LEASE_MS, Parked, TRIES_MAX, Timer, TimerKind, Waiting};

use crate::house::{House, Tenant};

const NOW_MS: i64 = 1_000;

impl House {
    async fn set(&self, tenant: Tenant, name: &'static str, due_at_ms: i64) {
        self.write(move |tx| timers::set(tx, &tenant.scope, TimerKind::LookUp, name, due_at_ms))
            .await;
    }

    async fn claim(&self, epoch: i64, now_ms: i64, limit: i64) -> Vec<Timer> {
        self.write(move |tx| timers::claim(tx, epoch, now_ms, limit)).await
    }

    async fn finish(&self, timer: &Timer, epoch: i64) -> u64 {
        let timer = timer.clone();
        self.write(move |tx| timers::finish(tx, &timer, epoch)).await
    }

    async fn fail(&self, timer: &Timer, epoch: i64, due_at_ms: i64) -> Parked {
        let timer = timer.clone();
        self.write(move |tx| timers::fail(tx, &timer, epoch, due_at_ms)).await
    }

    /// Lets the timer that is due first fail until it is parked.
    async fn park(&self, now_ms: i64) {
        for _ in 0..TRIES_MAX {
            let claimed = self.claim(1, now_ms, 1).await;
            self.fail(&claimed[0], 1, 0).await;
        }
    }

    async fn bring_forward(&self, tenant: Tenant, due_at_ms: i64) -> u64 {
        self.write(move |tx| timers::bring_forward(tx, &tenant.scope, TimerKind::LookUp, "a", due_at_ms))
            .await
    }

    async fn next_due(&self) -> Option<i64> {
        self.write(timers::next_due).await
    }
}

fn names(timers: &[Timer]) -> Vec<&str> {
    timers.iter().map(|timer| timer.aggregate_id.as_str()).collect()
}

#[tokio::test]
async fn a_claim_takes_what_is_due_and_gives_it_back_when_its_lease_is_over() {
    let (house, tenant) = House::with_tenant().await;
    for (name, due_at_ms) in [("c", 30), ("a", 10), ("later", NOW_MS + 1), ("b", 20), ("now", NOW_MS)] {
        house.set(tenant, name, due_at_ms).await;
    }
    assert_eq!(house.write(|tx| timers::backlog(tx, NOW_MS)).await, (4, Some(10)));
    assert_eq!(
        names(&house.claim(1, NOW_MS, 2).await),
        ["a", "b"],
        "the longest overdue first"
    );
    assert_eq!(
        names(&house.claim(2, NOW_MS, 9).await),
        ["c", "now"],
        "none of the first claim"
    );
    assert_eq!(house.claim(1, NOW_MS, 9).await, []);
    assert_eq!(
        house.next_due().await,
        Some(NOW_MS + 1),
        "leased ones do not wake the worker"
    );

    let over_ms = NOW_MS + LEASE_MS + 1;
    let again = house.claim(3, over_ms, 9).await;
    let mut back = names(&again);
    back.sort_unstable();
    assert_eq!(
        back,
        ["a", "b", "c", "later", "now"],
        "what process 1 and 2 left behind"
    );
    let first = again.iter().find(|timer| timer.aggregate_id == "a").unwrap();
    assert_eq!(house.finish(first, 1).await, 0, "its lease was over");
    assert_eq!((house.finish(first, 3).await, house.finish(first, 3).await), (1, 0));
    assert!(
        !names(&house.claim(4, over_ms + LEASE_MS + 1, 9).await).contains(&"a"),
        "done"
    );
}

#[tokio::test]
async fn a_timer_that_was_set_anew_is_not_ended_by_whoever_had_claimed_it() {
    let (house, tenant) = House::with_tenant().await;
    house.set(tenant, "a", 10).await;
    let claimed = house.claim(1, NOW_MS, 9).await;
    house.set(tenant, "a", NOW_MS + 50).await;
    assert_eq!(house.finish(&claimed[0], 1).await, 0);
    assert_eq!(house.fail(&claimed[0], 1, 7).await, Parked::No);
    assert_eq!(house.next_due().await, Some(NOW_MS + 50), "neither ended nor moved");
    assert_eq!(names(&house.claim(2, NOW_MS + 50, 9).await), ["a"]);
}

#[tokio::test]
async fn a_later_claim_of_the_same_process_is_not_ended_by_its_earlier_one() {
    let (house, tenant) = House::with_tenant().await;
    house.set(tenant, "a", NOW_MS).await;
    let earlier = house.claim(1, NOW_MS, 9).await.remove(0);
    house.set(tenant, "a", NOW_MS).await;
    let later = house.claim(1, NOW_MS + 5, 9).await.remove(0);
    assert_eq!(house.finish(&earlier, 1).await, 0);
    assert_eq!(house.fail(&earlier, 1, NOW_MS).await, Parked::No);
    assert_eq!(house.finish(&later, 1).await, 1);
    assert_eq!(house.next_due().await, None);
}

#[tokio::test]
async fn the_last_failure_parks_a_timer_until_it_is_set_again() {
    let (house, tenant) = House::with_tenant().await;
    house.set(tenant, "a", 10).await;
    let is_set = || house.write(move |tx| timers::is_set(tx, &tenant.scope, TimerKind::LookUp, "a"));
    for failure in 1..=TRIES_MAX {
        let due_at_ms = NOW_MS + failure;
        let claimed = house.claim(1, due_at_ms, 9).await;
        assert_eq!((claimed.len(), claimed[0].tries), (1, failure - 1));
        assert_eq!(house.fail(&claimed[0], 2, 0).await, Parked::No, "not its lease");
        let expected = if failure == TRIES_MAX { Parked::Yes } else { Parked::No };
        assert_eq!(house.fail(&claimed[0], 1, due_at_ms + 1).await, expected);
    }
    assert_eq!(house.claim(1, i64::MAX / 2, 9).await, []);
    assert_eq!((house.next_due().await, is_set().await), (None, false));
    assert_eq!(house.write(timers::count_parked).await, 1);
    assert_eq!(house.bring_forward(tenant, 1).await, 0);
    house.set(tenant, "a", 10).await;
    assert_eq!(house.write(timers::count_parked).await, 0);
    assert_eq!(house.claim(1, NOW_MS, 9).await[0].tries, 0, "it starts over");
    assert!(is_set().await);
}

#[tokio::test]
async fn a_parked_timer_is_due_again_once_it_is_released() {
    let (house, tenant) = House::with_tenant().await;
    let now_ms = NOW_MS + 100;
    let one = || {
        let kind = TimerKind::LookUp;
        house.write(move |tx| timers::release(tx, &tenant.scope, kind, "a", now_ms))
    };
    let all = || house.write(move |tx| timers::release_all(tx, now_ms));
    house.set(tenant, "a", 10).await;
    house.set(tenant, "b", 20).await;
    assert_eq!((one().await, all().await), (0, 0), "they are not parked");
    house.park(NOW_MS).await;
    house.park(NOW_MS).await;
    assert_eq!((one().await, one().await, house.next_due().await), (1, 0, Some(now_ms)));
    assert_eq!((all().await, all().await), (1, 0));
    let claimed = house.claim(1, now_ms, 9).await;
    assert_eq!(claimed.iter().map(|timer| timer.tries).collect::<Vec<_>>(), [1, 1]);
}

#[tokio::test]
async fn every_timer_of_a_thing_is_told() {
    let (house, tenant) = House::with_tenant().await;
    let kinds = [
        (TimerKind::FallBack, 10),
        (TimerKind::LookUp, 20),
        (TimerKind::ProcessCallback, 30),
        (TimerKind::Expire, 40),
    ];
    house
        .write(move |tx| {
            for (kind, due_at_ms) in kinds.iter().rev() {
                timers::set(tx, &tenant.scope, *kind, "a", *due_at_ms)?;
            }
            timers::set(tx, &tenant.scope, TimerKind::Expire, "b", 5)
        })
        .await;
    let of = |name| house.write(move |tx| timers::of(tx, &tenant.scope, name));
    let told: Vec<_> = of("a").await.iter().map(|one| (one.kind, one.due_at_ms)).collect();
    assert_eq!(told, kinds, "the next one first");
    house.park(5).await;
    let parked = Waiting {
        kind: TimerKind::Expire,
        due_at_ms: of("b").await[0].due_at_ms,
        tries: TRIES_MAX,
        parked: Parked::Yes,
    };
    assert_eq!((of("b").await, of("c").await), (vec![parked], vec![]));
}

#[tokio::test]
async fn a_timer_is_brought_forward_but_neither_put_off_nor_taken_from_its_owner() {
    let (house, tenant) = House::with_tenant().await;
    assert_eq!(house.bring_forward(tenant, 1).await, 0, "there is none");
    house.set(tenant, "a", 500).await;
    for (due_at_ms, rows, then_ms) in [(501, 0, 500), (500, 0, 500), (499, 1, 499)] {
        assert_eq!(house.bring_forward(tenant, due_at_ms).await, rows);
        assert_eq!(house.next_due().await, Some(then_ms));
    }
    let claimed = house.claim(1, NOW_MS, 9).await;
    assert_eq!(house.bring_forward(tenant, 1).await, 0, "leased");
    assert_eq!(house.next_due().await, Some(NOW_MS + LEASE_MS));
    assert_eq!(house.finish(&claimed[0], 1).await, 1);
    house.set(tenant, "a", 500).await;
    let clear = || house.write(move |tx| timers::clear(tx, &tenant.scope, TimerKind::LookUp, "a"));
    assert_eq!((clear().await, clear().await, house.next_due().await), (1, 0, None));
}
