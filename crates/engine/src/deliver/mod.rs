//! Tell merchants what happened: events are published, and every place that wants them gets them, again and again for seven
//! days. One process works on a place at a time, so that a slow one holds up nobody but itself. Owns the loop; never the plan
//! of the tries (the domain's) nor what is in a letter.

mod lane;
pub(crate) mod letter;
mod publish;
mod record;
pub(crate) mod secrets;
mod send;

pub(crate) use publish::may_get;
pub(crate) use record::answer_place;
pub(crate) use send::{outcome_of, outcome_without_answer};

use std::sync::Arc;
use std::time::Duration;

use store::webhook_lanes::{self, Lane};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::Engine;
use crate::house::House;
use crate::measure::measure_in_time;
use crate::refusal::Refusal;
use lane::{Rooms, work_on};

/// Places worked on at a time by one process.
const LANES_MAX: usize = 512;

/// A place is held for this long without a sign of life, in milliseconds.
const LEASE_MS: i64 = 30_000;

/// Longest pause between two looks for events, in milliseconds: events are committed by every node.
const LOOK_EVERY_MS: i64 = 100;

impl Engine {
    /// Publishes and delivers events until `stop`. What is under way then is finished for a few seconds, or tried again
    /// by the next process.
    pub async fn deliver(&self, stop: CancellationToken) {
        let house = &self.house;
        let rooms = Rooms::default();
        let mut lanes = JoinSet::new();
        let mut measured_ms = None;
        while !stop.is_cancelled() {
            measure_in_time(house, &mut measured_ms).await;
            while lanes.try_join_next().is_some() {}
            let room = LANES_MAX.saturating_sub(lanes.len());
            let turned = turn(house, (room, rooms.failing_lanes().min(room))).await;
            let (published, claimed) = turned.unwrap_or_else(|refusal| {
                tracing::error!(event = "delivery_failed", error = %refusal);
                (0, Vec::new())
            });
            let idle = published == 0 && claimed.is_empty();
            for lane in claimed {
                let (house, rooms, stop) = (Arc::clone(house), rooms.clone(), stop.clone());
                let place = rooms.place_for(&lane);
                lanes.spawn(async move {
                    work_on(&house, lane, &rooms, &stop).await;
                    drop(place);
                });
            }
            if idle {
                rest(house, &stop).await;
            }
        }
        while lanes.join_next().await.is_some() {}
    }
}

/// Publishes what was committed, then claims places at which something is due, as many as there is room for: of those that are
/// well, and of those that fail.
async fn turn(house: &Arc<House>, (well, failing): (usize, usize)) -> Result<(usize, Vec<Lane>), Refusal> {
    if house.fence.is_raised() {
        return Ok((0, Vec::new()));
    }
    let published = publish::publish(house).await?;
    let limit = |room: usize| i64::try_from(room).unwrap_or(0);
    let limits = (limit(well), limit(failing));
    let due = house
        .store
        .read(|tx| {
            let now_ms = store::clock(tx)?;
            Ok::<_, Refusal>(webhook_lanes::next_due(tx, now_ms)?.is_some_and(|due_ms| due_ms <= now_ms))
        })
        .await?;
    if !due || well == 0 {
        return Ok((published, Vec::new()));
    }
    let epoch = house.epoch;
    let claimed = house.store.write(move |tx| {
        let now_ms = store::clock(tx)?;
        Ok::<_, Refusal>(webhook_lanes::claim(tx, epoch, now_ms, now_ms + LEASE_MS, limits)?)
    });
    Ok((published, claimed.await?))
}

async fn rest(house: &Arc<House>, stop: &CancellationToken) {
    let pause = house.world.sleep(span(LOOK_EVERY_MS));
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        () = house.deliver_now.notified() => {}
        () = pause => {}
    }
}

fn span(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}
