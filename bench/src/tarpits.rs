//! Merchants' servers that accept and never answer, beside as many that are well: whether the well ones notice. Owns the two
//! runs and what is told of them.

use std::sync::Arc;
use std::time::Duration;

use domain::ids::EventId;
use hdrhistogram::Histogram;
use serde::Serialize;

use crate::Result;
use crate::clock;
use crate::connection::Peer;
use crate::figures::ratio;
use crate::rate;
use crate::receiver::{Reserved, Taken};

/// The load.
const PER_SECOND: u32 = 40;
/// Servers that are well, and as many that are not.
const SERVERS: usize = 10;
/// The last letters may take so long.
const PATIENCE: Duration = Duration::from_secs(20);

/// Half of the payments tell servers that are well; the other half tell nobody, or tarpits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OtherHalf {
    /// Nobody.
    Nobody,
    /// Servers that accept and never answer.
    Tarpits,
}

/// Both runs.
#[derive(Serialize)]
pub(crate) struct Tarpits {
    /// Servers that are well, and as many tarpits.
    pub(crate) servers: usize,
    /// Without tarpits.
    pub(crate) without: Times,
    /// With as many tarpits as others.
    pub(crate) with: Times,
}

/// How long letters took to servers that are well, from the event to its arrival.
#[derive(Serialize)]
pub(crate) struct Times {
    pub(crate) letters: u64,
    pub(crate) p50_ms: u64,
    pub(crate) p99_ms: u64,
}

impl Tarpits {
    pub(crate) fn of(without: Times, with: Times) -> Self {
        Self {
            servers: SERVERS,
            without,
            with,
        }
    }

    /// The time with tarpits that 99 of 100 letters took at most, in per cent of that without.
    pub(crate) fn percent_p99(&self) -> u64 {
        ratio(self.with.p99_ms, 100, self.without.p99_ms)
    }

    /// The same of one half of the letters.
    pub(crate) fn percent_p50(&self) -> u64 {
        ratio(self.with.p50_ms, 100, self.without.p50_ms)
    }
}

/// Payments at a steady rate on a fresh house.
///
/// # Errors
/// When a payment fails or a letter is lost.
pub(crate) async fn run(other: OtherHalf, merchant: &Peer, length: Duration) -> Result<Times> {
    let taken = Taken::nothing();
    let mut places = Vec::new();
    for _ in 0..SERVERS {
        let well = Reserved::new()?;
        places.push(Some(Arc::from(well.url()?)));
        well.take(&taken)?;
        places.push(match other {
            OtherHalf::Nobody => None,
            OtherHalf::Tarpits => {
                let tarpit = Reserved::new()?;
                let url = tarpit.url()?;
                tarpit.keep_silent()?;
                Some(Arc::from(url))
            }
        });
    }
    let payments = rate::run(merchant, (PER_SECOND, length), &places).await?;
    if let Some(error) = payments.iter().find_map(|payment| payment.outcome.as_ref().err()) {
        return Err(format!("a payment failed: {error}").into());
    }
    // Every second payment, the first one among them, tells a server that is well.
    let told = payments.len().div_ceil(2);
    let began = clock::now();
    while taken.last_events() < told {
        if began.elapsed() > PATIENCE {
            return Err(format!("{} of {told} payments were told", taken.last_events()).into());
        }
        clock::pause(Duration::from_millis(20)).await;
    }
    let mut times_ms = Histogram::<u64>::new(3)?;
    for arrival in taken.take_out() {
        let id = EventId::from_public(&arrival.id).ok_or("a letter without a webhook-id")?;
        // The id was made in the transaction that made it true.
        times_ms.record(u64::try_from(arrival.at_ms - id.at_ms()).unwrap_or_default())?;
    }
    Ok(Times {
        letters: times_ms.len(),
        p50_ms: times_ms.value_at_quantile(0.50),
        p99_ms: times_ms.value_at_quantile(0.99),
    })
}
