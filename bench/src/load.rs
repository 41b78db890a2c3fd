//! A closed loop: each worker does its work again as soon as it is done. Owns when requests count and how long they
//! took; never what they are.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use hdrhistogram::Histogram;
use tokio::task::JoinSet;

use crate::Result;
use crate::arguments::Cell;
use crate::clock::{self, micros};
use crate::figures::Figures;
use crate::meter::Meter;

/// After so many failures a worker stops: the cell has failed anyway.
const ERRORS_MAX: u64 = 20;

/// One client.
pub(crate) trait Work: Send + 'static {
    /// Does it once. The error is what went wrong, in words.
    fn once(&mut self) -> impl Future<Output = Result<()>> + Send;
}

/// Where a cell stands.
#[derive(Default)]
struct Phase(AtomicU8);

const WARM_UP: u8 = 0;
const COUNTING: u8 = 1;
const OVER: u8 = 2;

impl Phase {
    fn now(&self) -> u8 {
        self.0.load(Ordering::Acquire)
    }

    fn enter(&self, phase: u8) {
        self.0.store(phase, Ordering::Release);
    }
}

/// What one worker saw.
struct Seen {
    served: u64,
    errors: u64,
    first_error: Option<String>,
    times_us: Histogram<u64>,
}

/// Runs the workers for the time of a cell, each at least once, and gives them back when all have ended. `meter` is the
/// process that serves them.
///
/// # Errors
/// When the process cannot be measured or a worker ends by itself; failed requests are in the figures.
pub(crate) async fn run<W: Work>(cell: Cell, workers: Vec<W>, meter: Meter) -> Result<(Figures, Vec<W>)> {
    let phase = Arc::new(Phase(AtomicU8::new(WARM_UP)));
    let mut running = JoinSet::new();
    for worker in workers {
        running.spawn(repeat(worker, Arc::clone(&phase)));
    }
    clock::pause(cell.warm_up()).await;
    let cpu_before_us = meter.cpu_us()?;
    let began = clock::now();
    phase.enter(COUNTING);
    clock::pause(cell.measured).await;
    phase.enter(OVER);
    let window_us = micros(began.elapsed());
    let cpu_us = meter.cpu_us()?.saturating_sub(cpu_before_us);
    let resident_bytes = meter.resident_bytes()?;
    let mut workers = Vec::new();
    let mut seen = Seen::nothing()?;
    while let Some(ended) = running.join_next().await {
        let (worker, own) = ended??;
        workers.push(worker);
        seen.add(own)?;
    }
    let figures = Figures {
        connections: cell.connections,
        served: seen.served,
        errors: seen.errors,
        first_error: seen.first_error,
        counted: seen.times_us.len(),
        window_us,
        p50_us: seen.times_us.value_at_quantile(0.50),
        p99_us: seen.times_us.value_at_quantile(0.99),
        cpu_us,
        resident_bytes,
    };
    Ok((figures, workers))
}

async fn repeat<W: Work>(mut worker: W, phase: Arc<Phase>) -> Result<(W, Seen)> {
    let mut seen = Seen::nothing()?;
    loop {
        let began = clock::now();
        let done = worker.once().await;
        let phase = phase.now();
        match done {
            Ok(()) => {
                seen.served += 1;
                if phase == COUNTING {
                    seen.times_us.record(micros(began.elapsed()))?;
                }
            }
            Err(error) => {
                seen.errors += 1;
                seen.first_error.get_or_insert_with(|| error.to_string());
            }
        }
        if phase == OVER || seen.errors >= ERRORS_MAX {
            return Ok((worker, seen));
        }
    }
}

impl Seen {
    fn nothing() -> Result<Self> {
        Ok(Self {
            served: 0,
            errors: 0,
            first_error: None,
            times_us: Histogram::new(3)?,
        })
    }

    fn add(&mut self, other: Self) -> Result<()> {
        self.served += other.served;
        self.errors += other.errors;
        self.first_error = self.first_error.take().or(other.first_error);
        self.times_us.add(&other.times_us)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    struct Slow(u32);

    impl Work for Slow {
        async fn once(&mut self) -> Result<()> {
            self.0 += 1;
            clock::pause(Duration::from_millis(5)).await;
            if self.0.is_multiple_of(2) {
                Err("every second one".into())
            } else {
                Ok(())
            }
        }
    }

    #[tokio::test]
    async fn what_ends_in_the_measured_time_counts_and_failures_do_not() {
        let cell = Cell {
            connections: 2,
            measured: Duration::from_millis(100),
        };
        let (figures, workers) = run(cell, vec![Slow(0), Slow(0)], Meter::own()).await.unwrap();
        let done: u64 = workers.iter().map(|worker| u64::from(worker.0)).sum();
        assert_eq!(figures.served + figures.errors, done);
        assert!(figures.errors > 0 && figures.counted > 0 && figures.counted < figures.served);
        assert!(figures.p50_us >= 5_000 && figures.window_us >= 100_000);
        assert_eq!(figures.first_error.as_deref(), Some("every second one"));
    }
}
