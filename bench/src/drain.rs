//! A merchant's server comes back after a while: how fast it gets what it missed. Owns the order of that; the pace is Cowry's.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::task::JoinSet;

use crate::Result;
use crate::arguments::Cell;
use crate::clock::{self, micros};
use crate::connection::Peer;
use crate::figures::{Figures, ratio};
use crate::load::{self, Work};
use crate::meter::Meter;
use crate::receiver::{self, Arrival, Reserved, Taken};
use crate::works::{Pay, Tell};

/// Clients that make the payments.
const CLIENTS: u32 = 16;
/// So long the receiver is away at least: after less it would not count as having been away.
const AWAY: Duration = Duration::from_secs(6);
/// Connections of the floor: as many as letters are under way to one place at most.
const FLOOR_CONNECTIONS: u32 = 32;
/// Without a letter for so long, none comes any more: longer than the wait for a second try, twice.
const PATIENCE: Duration = Duration::from_secs(60);
/// After the last letter that is waited for: whether others come.
const AFTERWARDS: Duration = Duration::from_millis(500);

/// What a drain came to.
#[derive(Serialize)]
pub(crate) struct Drain {
    /// Events that waited for the receiver.
    pub(crate) letters: u64,
    /// Letters that came more than once.
    pub(crate) repeated: usize,
    /// From the first letter to the last.
    pub(crate) window_us: u64,
    /// CPU time of the server meanwhile.
    pub(crate) cpu_us: u64,
    /// The same letters to the same receiver from a client that does nothing else.
    pub(crate) floor: Figures,
}

impl Drain {
    /// Letters per second.
    pub(crate) fn per_second(&self) -> u64 {
        ratio(self.letters, 1_000_000, self.window_us)
    }

    /// The rate in per cent of the floor.
    pub(crate) fn percent_of_floor(&self) -> u64 {
        ratio(self.per_second(), 100, self.floor.per_second())
    }

    /// The server's CPU time for a letter, in microseconds.
    pub(crate) fn cpu_us_each(&self) -> u64 {
        ratio(self.cpu_us, 1, self.letters)
    }
}

/// Makes payments whose receiver is away, lets it come back, and waits until it has every event.
///
/// # Errors
/// When an event is lost or has two ids, or nothing comes any more.
pub(crate) async fn run(payments: u32, merchant: &Peer, (meter, measured): (Meter, Duration)) -> Result<Drain> {
    let away = Reserved::new()?;
    let url: Arc<str> = format!("{}/hook", away.url()?).into();
    let receiver = Peer::new(&away.url()?)?;
    let began = clock::now();
    fill(merchant, &url, payments).await?;
    clock::pause(AWAY.saturating_sub(began.elapsed())).await;
    let taken = Taken::nothing();
    away.take(&taken)?;
    let cpu_before_us = meter.cpu_us()?;
    // The first letter that is taken brings the others; those that have failed wait for their next try.
    pay(merchant, &url, (CLIENTS, 1)).await?;
    until_told(&taken, usize::try_from(payments)? + 1).await?;
    let cpu_us = meter.cpu_us()?.saturating_sub(cpu_before_us);
    clock::pause(AFTERWARDS).await;
    let arrivals = taken.take_out();
    let repeated = receiver::repeated(&arrivals)?;
    let (Some(first), Some(last)) = (arrivals.first(), arrivals.last()) else {
        return Err("no letter came".into());
    };
    Ok(Drain {
        letters: u64::try_from(arrivals.len() - repeated)?,
        repeated,
        window_us: micros(last.at - first.at),
        cpu_us,
        floor: floor(&receiver, first, measured).await?,
    })
}

async fn fill(merchant: &Peer, url: &Arc<str>, payments: u32) -> Result<()> {
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let share = payments / CLIENTS + u32::from(number < payments % CLIENTS);
        let (merchant, url) = (merchant.clone(), Arc::clone(url));
        clients.spawn(async move { pay(&merchant, &url, (number, share)).await });
    }
    while let Some(done) = clients.join_next().await {
        done??;
    }
    Ok(())
}

/// So many payments by one client.
async fn pay(merchant: &Peer, url: &Arc<str>, (worker, payments): (u32, u32)) -> Result<()> {
    let mut client = Pay::new(merchant.connect().await?, 0, worker);
    client.webhook_url = Some(Arc::clone(url));
    for _ in 0..payments {
        client.once().await?;
    }
    Ok(())
}

async fn until_told(taken: &Taken, payments: usize) -> Result<()> {
    let (mut count, mut since) = (0, clock::now());
    while taken.last_events() < payments {
        clock::pause(Duration::from_millis(20)).await;
        if taken.count() > count {
            (count, since) = (taken.count(), clock::now());
        }
        if since.elapsed() > PATIENCE {
            return Err(format!("after {count} letters no other came").into());
        }
    }
    Ok(())
}

async fn floor(receiver: &Peer, like: &Arrival, measured: Duration) -> Result<Figures> {
    let cell = Cell {
        connections: FLOOR_CONNECTIONS,
        measured,
    };
    let mut workers = Vec::new();
    for _ in 0..cell.connections {
        workers.push(Tell {
            connection: receiver.connect().await?,
            body: String::from_utf8_lossy(&like.body).into_owned(),
        });
    }
    Ok(load::run(cell, workers, Meter::own()).await?.0)
}
