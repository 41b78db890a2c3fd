//! Try steps again that failed until they were parked: when a worker starts, because the cause may be mended, and when a person
//! says so. What went through is taken off the attention list. Never parks anything.

use std::sync::Arc;

use domain::attention::AttentionKind;
use domain::scope::Scope;
use store::attention::{self, Item};
use store::timers::{self, TimerKind};
use store::{StoreError, Tx};

use crate::house::House;
use crate::refusal::Refusal;

/// Least time between two looks at what may be taken off the list.
const LOOK_EVERY_MS: i64 = 5_000;

/// What a worker has done of it.
#[derive(Default)]
pub(crate) struct Unparking {
    /// Monotonic milliseconds of the last look; `None` before the release of the start.
    looked_ms: Option<i64>,
}

impl Unparking {
    /// Releases everything once, then looks now and then at what went through.
    pub(crate) async fn in_time(&mut self, house: &Arc<House>) {
        let now_ms = house.world.monotonic_ms();
        let done = match self.looked_ms {
            None => release_all(house).await,
            Some(looked_ms) if now_ms - looked_ms < LOOK_EVERY_MS => return,
            Some(_) => take_off(house).await,
        };
        match done {
            Ok(()) => self.looked_ms = Some(now_ms),
            Err(refusal) => tracing::warn!(event = "unpark_failed", error = %refusal),
        }
    }
}

async fn release_all(house: &Arc<House>) -> Result<(), Refusal> {
    let parked = house
        .store
        .read(|tx| Ok::<_, Refusal>(timers::count_parked(tx)?))
        .await?;
    if parked == 0 {
        return Ok(());
    }
    let released = house.store.write(|tx| {
        let now_ms = store::clock(tx)?;
        Ok::<_, Refusal>(timers::release_all(tx, now_ms)?)
    });
    let released = released.await?;
    tracing::warn!(event = "timers_unparked", released);
    Ok(())
}

async fn take_off(house: &Arc<House>) -> Result<(), Refusal> {
    let kind = AttentionKind::TimerParked;
    let listed = house
        .store
        .read(move |tx| Ok::<_, Refusal>(attention::count_open_of(tx, kind)?));
    if listed.await? == 0 {
        return Ok(());
    }
    let taken_off = house.store.write(|tx| {
        let now_ms = store::clock(tx)?;
        Ok::<_, Refusal>(attention::resolve_unparked(tx, now_ms)?)
    });
    taken_off.await.map(|_| ())
}

/// How the item of a parked timer names it.
pub(crate) fn subject(kind: TimerKind, aggregate_id: &str) -> String {
    format!("{} {aggregate_id}", kind.code())
}

/// Releases the timer that an item is about, if it is about one.
pub(crate) fn release(tx: &mut Tx<'_>, scope: &Scope, item: &Item, now_ms: i64) -> Result<(), StoreError> {
    let named = item.subject_id.split_once(' ');
    let timer = named.and_then(|(kind, id)| Some((TimerKind::parse(kind)?, id)));
    if let (AttentionKind::TimerParked, Some((kind, aggregate_id))) = (item.kind, timer) {
        timers::release(tx, scope, kind, aggregate_id, now_ms)?;
    }
    Ok(())
}
