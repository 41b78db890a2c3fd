//! An account goes down under a steady load and comes back. Owns the three minutes and what is told of each; what routing
//! does about it is Cowry's business.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;
use serde_json::json;

use crate::Result;
use crate::clock;
use crate::connection::Peer;
use crate::figures::ratio;
use crate::rate::{self, Payment};
use crate::works::Paid;

/// The load.
const PER_SECOND: u32 = 50;
/// The account that goes down, and the one after it in the rule.
const FIRST: &str = "sim_a";
const SECOND: &str = "sim_b";
const TITLES: [&str; 3] = ["before", "sim_a is down", "after"];

/// What an outage looked like.
#[derive(Serialize)]
pub(crate) struct Outage {
    /// Payments that began per second.
    pub(crate) per_second: u32,
    /// When the account went down, since the beginning.
    pub(crate) down_ms: u64,
    /// When it could be reached again.
    pub(crate) up_ms: u64,
    /// When the first payment began that it took after that.
    pub(crate) returned_ms: Option<u64>,
    /// What went wrong first.
    pub(crate) first_error: Option<String>,
    /// Before, during and after.
    pub(crate) minutes: Vec<Minute>,
}

/// The payments that began in one of the three minutes, which are shorter than real ones.
#[derive(Serialize)]
pub(crate) struct Minute {
    /// What it is.
    pub(crate) title: &'static str,
    /// Its beginning, since that of the load.
    pub(crate) from_ms: u64,
    /// Payments.
    pub(crate) payments: u64,
    /// Those that were paid.
    pub(crate) paid: u64,
    /// Those that the account took which goes down.
    pub(crate) on_first: u64,
    /// Those that the other one took.
    pub(crate) on_second: u64,
    /// Half of those that were paid took at most this long.
    pub(crate) p50_us: u64,
    /// 99 of 100 took at most this long.
    pub(crate) p99_us: u64,
}

/// Three minutes of payments. Returns what they looked like, and what was paid.
///
/// # Errors
/// When the operators take no orders, or a client ends by itself.
pub(crate) async fn run(minute: Duration, merchant: &Peer, operators: &Peer) -> Result<(Outage, Vec<Paid>)> {
    let mut operators = operators.connect().await?;
    let switches = async {
        let began = clock::now();
        let mut at = Vec::new();
        for (number, mode) in [(1, "down"), (2, "normal")] {
            clock::pause((minute * number).saturating_sub(began.elapsed())).await;
            let order = json!({"gateway": FIRST, "mode": mode}).to_string();
            operators.tell("/control", order).await?;
            at.push(millis(began.elapsed()));
        }
        Result::Ok(at)
    };
    let load = rate::run(merchant, (PER_SECOND, minute * 3), &[]);
    let (switched, payments) = tokio::join!(switches, load);
    let (switched, payments) = (switched?, payments?);
    let (down_ms, up_ms) = match switched.as_slice() {
        [down_ms, up_ms] => (*down_ms, *up_ms),
        _ => return Err("the account was not switched twice".into()),
    };
    let returned = payments
        .iter()
        .find(|payment| millis(payment.due) >= up_ms && payment.is_on(FIRST));
    let outage = Outage {
        per_second: PER_SECOND,
        down_ms,
        up_ms,
        returned_ms: returned.map(|payment| millis(payment.due)),
        first_error: payments
            .iter()
            .find_map(|payment| payment.outcome.as_ref().err().cloned()),
        minutes: minutes(minute, &payments)?,
    };
    let paid = payments.into_iter().filter_map(|payment| payment.outcome.ok());
    Ok((outage, paid.collect()))
}

fn minutes(length: Duration, payments: &[Payment]) -> Result<Vec<Minute>> {
    let mut minutes = Vec::new();
    for (title, number) in TITLES.into_iter().zip(0_u32..) {
        let (from, to) = (length * number, length * (number + 1));
        let within: Vec<&Payment> = payments
            .iter()
            .filter(|payment| (from..to).contains(&payment.due))
            .collect();
        let mut times_us = Histogram::<u64>::new(3)?;
        for payment in within.iter().filter(|payment| payment.outcome.is_ok()) {
            times_us.record(payment.took_us)?;
        }
        let count = |what: &dyn Fn(&Payment) -> bool| within.iter().filter(|payment| what(payment)).count();
        minutes.push(Minute {
            title,
            from_ms: millis(from),
            payments: u64::try_from(within.len())?,
            paid: times_us.len(),
            on_first: u64::try_from(count(&|payment| payment.is_on(FIRST)))?,
            on_second: u64::try_from(count(&|payment| payment.is_on(SECOND)))?,
            p50_us: times_us.value_at_quantile(0.50),
            p99_us: times_us.value_at_quantile(0.99),
        });
    }
    Ok(minutes)
}

impl Payment {
    fn is_on(&self, gateway: &str) -> bool {
        self.outcome.as_ref().is_ok_and(|paid| paid.gateway == gateway)
    }
}

impl Minute {
    /// Of 100 payments, how many were paid.
    pub(crate) fn percent_paid(&self) -> u64 {
        ratio(self.paid, 100, self.payments)
    }

    /// Of 100 payments, how many the account took that goes down.
    pub(crate) fn percent_on_first(&self) -> u64 {
        ratio(self.on_first, 100, self.payments)
    }

    /// Of 100 payments, how many the other one took.
    pub(crate) fn percent_on_second(&self) -> u64 {
        ratio(self.on_second, 100, self.payments)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
