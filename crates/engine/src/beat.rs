//! Signs of life: this process gives its own, declares silent ones dead, and takes up calls that nobody works on. Owns who may
//! judge whom.

use std::sync::Arc;
use std::time::Duration;

use domain::planted;
use store::{Tx, instances};
use tokio_util::sync::CancellationToken;

use crate::Engine;
use crate::authenticate::remember_uses;
use crate::complete_calls::complete_calls;
use crate::house::House;
use crate::refusal::Refusal;

/// Time between two signs of life.
const BEAT_MS: u64 = 2_000;

/// A process that gave no sign of life for this long is declared dead: longer than a send window and a deadline.
pub(crate) const SILENCE_MS: i64 = 20_000;

/// Between two signs of life there is less than this, by the process's own clock and by the database's.
const GAP_MS: i64 = SILENCE_MS / 2;

impl Engine {
    /// Gives signs of life and declares silent processes dead, until `stop` or until this process was declared dead itself:
    /// see [`Engine::is_fenced`]. Calls of this process that lost their task are taken up too, whether it works or only
    /// answers requests.
    pub async fn beat(&self, stop: CancellationToken) {
        let house = &self.house;
        let mut pulse = Pulse::default();
        while !self.is_fenced() {
            pulse = beat_once(house, pulse).await;
            remember_uses(house).await;
            let pause = house.world.sleep(Duration::from_millis(BEAT_MS));
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = pause => {}
            }
        }
    }

    /// Whether another process has declared this one dead. It sends nothing any more and must be started again.
    #[must_use]
    pub fn is_fenced(&self) -> bool {
        self.house.fence.is_raised()
    }
}

async fn beat_once(house: &Arc<House>, pulse: Pulse) -> Pulse {
    let (epoch, monotonic_ms) = (house.epoch, house.world.monotonic_ms());
    match house
        .store
        .write(move |tx| beat(tx, epoch, (pulse, monotonic_ms)))
        .await
    {
        Ok(Some(pulse)) => {
            if !planted::is("calls_not_taken_up")
                && let Err(refusal) = complete_calls(house).await
            {
                tracing::warn!(event = "calls_not_taken_up", error = %refusal);
            }
            pulse
        }
        Ok(None) => {
            house.fence.raise();
            tracing::error!(
                event = "fenced",
                epoch,
                "another process declared this one dead: nothing is sent any more, restart it"
            );
            Pulse::default()
        }
        Err(refusal) => {
            tracing::error!(event = "beat_failed", error = %refusal);
            Pulse::default()
        }
    }
}

/// `None` when this process was declared dead.
fn beat(tx: &mut Tx<'_>, epoch: i64, (pulse, monotonic_ms): (Pulse, i64)) -> Result<Option<Pulse>, Refusal> {
    let now_ms = store::clock(tx)?;
    let pulse = pulse.beaten(Moment {
        monotonic_ms,
        database_ms: now_ms,
    });
    if pulse.may_judge() {
        instances::fence_silent(tx, epoch, now_ms - SILENCE_MS, now_ms)?;
    }
    let is_alive = instances::beat(tx, epoch, now_ms)? == 1;
    Ok(is_alive.then_some(pulse))
}

/// A moment by two clocks, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Moment {
    monotonic_ms: i64,
    database_ms: i64,
}

/// How long this process has given signs of life without a gap. When the database was away, or its clock jumped, everybody
/// looks silent: whoever was silent itself cannot judge others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Pulse(Option<Unbroken>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Unbroken {
    since_monotonic_ms: i64,
    last: Moment,
}

impl Pulse {
    fn beaten(self, now: Moment) -> Self {
        let goes_on = self.0.filter(|unbroken| unbroken.last.is_soon_followed_by(now));
        Self(Some(Unbroken {
            since_monotonic_ms: goes_on.map_or(now.monotonic_ms, |unbroken| unbroken.since_monotonic_ms),
            last: now,
        }))
    }

    fn may_judge(self) -> bool {
        self.0
            .is_some_and(|unbroken| unbroken.last.monotonic_ms - unbroken.since_monotonic_ms >= SILENCE_MS)
    }
}

impl Moment {
    fn is_soon_followed_by(self, next: Self) -> bool {
        let here_ms = next.monotonic_ms - self.monotonic_ms;
        let there_ms = next.database_ms - self.database_ms;
        here_ms < GAP_MS && (there_ms - here_ms).abs() < GAP_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Beats at these times, (monotonic, database) in seconds.
    fn after(beats: impl IntoIterator<Item = (i64, i64)>) -> Pulse {
        beats.into_iter().fold(Pulse::default(), |pulse, (here, there)| {
            pulse.beaten(Moment {
                monotonic_ms: here * 1_000,
                database_ms: there * 1_000,
            })
        })
    }

    fn steadily(from: i64, to: i64) -> impl Iterator<Item = (i64, i64)> {
        (from..=to).step_by(2).map(|second| (second, 1_000 + second))
    }

    #[test]
    fn only_who_was_not_silent_itself_judges() {
        assert!(!after([]).may_judge() && !after(steadily(0, 18)).may_judge());
        assert!(after(steadily(0, 20)).may_judge());
        assert!(
            !after(steadily(0, 30).chain([(56, 1_056)])).may_judge(),
            "the database was away"
        );
        assert!(!after(steadily(0, 30).chain(steadily(56, 74))).may_judge());
        assert!(after(steadily(0, 30).chain(steadily(56, 76))).may_judge());
    }

    #[test]
    fn who_sees_the_clock_of_the_database_jump_judges_later() {
        for jump in [3_600, -3_600] {
            let jumped = |second| (second, 1_000 + second + jump);
            assert!(!after(steadily(0, 30).chain([jumped(32)])).may_judge(), "{jump}");
            let later = (32..=52).step_by(2).map(jumped);
            assert!(after(steadily(0, 30).chain(later)).may_judge(), "{jump}");
        }
    }
}
