//! What happens without a request: due timers and calls of dead processes. Owns the loop; each kind of work is a verb of its
//! own.

use std::sync::Arc;
use std::time::Duration;

use domain::attention::AttentionKind;
use domain::ids::{AttemptId, AttentionId, InboxId, IntentId, PermitId};
use domain::{planted, schedule};
use store::Tx;
use store::attention::{self, Item};
use store::timers::{self, Parked, Timer, TimerKind};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::Engine;
use crate::case::Bench;
use crate::close::close_superseded;
use crate::complete_calls::complete_calls;
use crate::expire::expire;
use crate::fall_back::fall_back;
use crate::fold_health::fold_health;
use crate::house::House;
use crate::look_up::{Asked, Cause, look_up};
use crate::receive_callback;
use crate::refusal::Refusal;
use crate::request::bench_for;
use crate::tidy_up::{EVERY_MS, Reach, tidy_up};
use crate::unpark::{self, Unparking};

/// Timers claimed at a time, and worked on side by side.
const BATCH: i64 = 64;

/// Longest sleep of the loop: another process may have set a timer.
const LONGEST_SLEEP_MS: i64 = 250;

/// Least time between two foldings of what payments observed.
const FOLD_MS: i64 = 100;

impl Engine {
    /// Runs the worker until `stop`. What is under way then is finished or left to the next process.
    pub async fn work(&self, stop: CancellationToken) {
        let house = &self.house;
        let room = Arc::new(Semaphore::new(usize::try_from(BATCH).unwrap_or(1)));
        let mut complete = true;
        let mut tidied_ms = None;
        let mut folded_ms = None;
        let mut unparking = Unparking::default();
        while !stop.is_cancelled() {
            tidy_up_in_time(house, &mut tidied_ms).await;
            fold_in_time(house, &mut folded_ms).await;
            unparking.in_time(house).await;
            let claimed = match turn(house, &mut complete).await {
                Ok(claimed) => claimed,
                Err(refusal) => {
                    tracing::error!(event = "worker_failed", error = %refusal);
                    house.world.sleep(Duration::from_millis(500)).await;
                    continue;
                }
            };
            let idle = claimed.is_empty();
            for timer in claimed {
                let Ok(place) = Arc::clone(&room).acquire_owned().await else {
                    return;
                };
                let house = Arc::clone(house);
                self.house.running.spawn(async move {
                    run(&house, timer).await;
                    drop(place);
                });
            }
            if idle {
                rest(house, &stop).await;
            }
        }
    }
}

async fn tidy_up_in_time(house: &Arc<House>, last_ms: &mut Option<i64>) {
    let now_ms = house.world.monotonic_ms();
    if last_ms.is_some_and(|last_ms| now_ms - last_ms < EVERY_MS) {
        return;
    }
    let reach = if last_ms.is_none() { Reach::All } else { Reach::Lately };
    *last_ms = Some(now_ms);
    if let Err(refusal) = tidy_up(house, reach).await {
        tracing::warn!(event = "tidy_up_failed", error = %refusal);
    }
}

async fn fold_in_time(house: &Arc<House>, last_ms: &mut Option<i64>) {
    let now_ms = house.world.monotonic_ms();
    if last_ms.is_some_and(|last_ms| now_ms - last_ms < FOLD_MS) {
        return;
    }
    *last_ms = Some(now_ms);
    if let Err(refusal) = fold_health(house).await {
        tracing::warn!(event = "fold_failed", error = %refusal);
    }
}

/// One turn: calls of dead processes first, then due timers. Reads before it writes: an idle house writes nothing, and so
/// does one that was declared dead.
async fn turn(house: &Arc<House>, complete: &mut bool) -> Result<Vec<Timer>, Refusal> {
    if house.fence.is_raised() {
        return Ok(Vec::new());
    }
    if !planted::is("calls_not_taken_up") && *complete {
        *complete = complete_calls(house).await? > 0;
    }
    let due = house
        .store
        .read(|tx| {
            let now_ms = store::clock(tx)?;
            Ok::<_, Refusal>(timers::next_due(tx)?.is_some_and(|due_ms| due_ms <= now_ms))
        })
        .await?;
    if !due {
        return Ok(Vec::new());
    }
    let epoch = house.epoch;
    house
        .store
        .write(move |tx| {
            let now_ms = store::clock(tx)?;
            Ok::<_, Refusal>(timers::claim(tx, epoch, now_ms, BATCH)?)
        })
        .await
}

async fn rest(house: &Arc<House>, stop: &CancellationToken) {
    let now = house
        .store
        .read(|tx| Ok::<_, Refusal>((store::clock(tx)?, timers::next_due(tx)?)))
        .await;
    let wait_ms = match now {
        Ok((now_ms, Some(due_ms))) => (due_ms - now_ms).clamp(1, LONGEST_SLEEP_MS),
        Ok((_, None)) | Err(_) => LONGEST_SLEEP_MS,
    };
    let sleep = house
        .world
        .sleep(Duration::from_millis(u64::try_from(wait_ms).unwrap_or(1)));
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        () = house.wake.notified() => {}
        () = sleep => {}
    }
}

async fn run(house: &Arc<House>, timer: Timer) {
    let done = work_on(house, &timer).await;
    let (scope, epoch) = (timer.scope, house.epoch);
    let ended = match &done {
        Ok(()) => {
            let finished = timer.clone();
            house
                .store
                .write(move |tx| {
                    timers::finish(tx, &finished, epoch)
                        .map(|_| Parked::No)
                        .map_err(Refusal::from)
                })
                .await
        }
        Err(refusal) => {
            tracing::warn!(event = "timer_failed", kind = timer.kind.code(), subject = %timer.aggregate_id, error = %refusal);
            let failed = timer.clone();
            match bench_for(house, scope).await {
                Ok(bench) => house.store.write(move |tx| fail(tx, &bench, &failed)).await,
                Err(refusal) => Err(refusal),
            }
        }
    };
    match ended {
        Ok(Parked::Yes) => {
            tracing::error!(event = "timer_parked", kind = timer.kind.code(), subject = %timer.aggregate_id)
        }
        Ok(Parked::No) => {}
        Err(refusal) => tracing::error!(event = "timer_unfinished", kind = timer.kind.code(), error = %refusal),
    }
}

async fn work_on(house: &Arc<House>, timer: &Timer) -> Result<(), Refusal> {
    let unreadable = || Refusal::Unavailable(format!("a timer without an id: {}", timer.aggregate_id));
    match timer.kind {
        TimerKind::LookUp => {
            let id = PermitId::from_stored(&timer.aggregate_id).ok_or_else(unreadable)?;
            let Asked::TooSoon { wait_ms } = look_up(house, timer.scope, id, Cause::Timer).await? else {
                return Ok(());
            };
            let scope = timer.scope;
            house
                .store
                .write(move |tx| {
                    let due_ms = store::clock(tx)? + wait_ms;
                    Ok::<_, Refusal>(timers::set(tx, &scope, TimerKind::LookUp, &id.stored(), due_ms)?)
                })
                .await
        }
        TimerKind::Expire => {
            let id = IntentId::from_stored(&timer.aggregate_id).ok_or_else(unreadable)?;
            expire(house, timer.scope, id).await
        }
        TimerKind::FallBack => {
            let id = AttemptId::from_stored(&timer.aggregate_id).ok_or_else(unreadable)?;
            fall_back(house, timer.scope, id).await
        }
        TimerKind::ClosePage => {
            let id = AttemptId::from_stored(&timer.aggregate_id).ok_or_else(unreadable)?;
            close_superseded(house, timer.scope, id).await
        }
        TimerKind::ProcessCallback => {
            let id = InboxId::from_stored(&timer.aggregate_id).ok_or_else(unreadable)?;
            receive_callback::process(house, timer.scope, id).await
        }
    }
}

fn fail(tx: &mut Tx<'_>, bench: &Bench, timer: &Timer) -> Result<Parked, Refusal> {
    let now_ms = store::clock(tx)?;
    let due_at_ms = now_ms + schedule::next_try_ms(timer.tries + 1);
    let parked = timers::fail(tx, timer, bench.house.epoch, due_at_ms)?;
    if parked == Parked::Yes {
        let id: AttentionId = bench.draws.clone().id(now_ms);
        let item = Item {
            scope: timer.scope,
            id,
            kind: AttentionKind::TimerParked,
            subject_id: unpark::subject(timer.kind, &timer.aggregate_id),
            intent_id: None,
            evidence: format!("tried {} times", timer.tries + 1),
            created_at_ms: now_ms,
        };
        attention::insert(tx, &item)?;
    }
    Ok(parked)
}
