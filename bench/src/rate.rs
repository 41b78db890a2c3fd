//! An open loop: payments begin at their time whether or not earlier ones have ended, as payers come. Owns when they begin
//! and how long they took from then; never what became of the accounts.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;

use crate::Result;
use crate::clock::{self, micros};
use crate::connection::Peer;
use crate::load::Work;
use crate::works::{Paid, Pay};

/// One payment.
pub(crate) struct Payment {
    /// When it was to begin, since the beginning of the load.
    pub(crate) due: Duration,
    /// How long it took from then until it was paid or given up.
    pub(crate) took_us: u64,
    /// What was paid, or what went wrong.
    pub(crate) outcome: std::result::Result<Paid, String>,
}

/// Clients with their connections: those that are free now.
type Idle = Arc<Mutex<Vec<Pay>>>;

/// Makes payments at a steady rate for a time and waits for the last one. In the order in which they were due. Their events
/// go to these URLs in turn.
///
/// # Errors
/// When a client ends by itself; payments that fail are in the result.
pub(crate) async fn run(
    merchant: &Peer,
    (per_second, length): (u32, Duration),
    webhook_urls: &[Option<Arc<str>>],
) -> Result<Vec<Payment>> {
    let idle = Idle::default();
    let mut running = JoinSet::new();
    let began = clock::now();
    let mut urls = webhook_urls.iter().cycle();
    for number in 0_u32.. {
        let due = Duration::from_secs(1) * number / per_second;
        if due >= length {
            break;
        }
        clock::pause(due.saturating_sub(began.elapsed())).await;
        let (merchant, idle) = (merchant.clone(), Arc::clone(&idle));
        let webhook_url = urls.next().cloned().flatten();
        running.spawn(async move {
            let outcome = pay(&merchant, &idle, (number, webhook_url)).await;
            Payment {
                due,
                took_us: micros(began.elapsed().saturating_sub(due)),
                outcome: outcome.map_err(|error| error.to_string()),
            }
        });
    }
    let mut payments = Vec::new();
    while let Some(ended) = running.join_next().await {
        payments.push(ended?);
    }
    payments.sort_by_key(|payment| payment.due);
    Ok(payments)
}

/// A client whose connection the server has kept.
fn free(idle: &Idle) -> Option<Pay> {
    let mut idle = idle.lock().unwrap_or_else(PoisonError::into_inner);
    idle.retain(|client| client.connection.is_open());
    idle.pop()
}

async fn pay(merchant: &Peer, idle: &Idle, (number, webhook_url): (u32, Option<Arc<str>>)) -> Result<Paid> {
    let free = free(idle);
    let mut client = match free {
        Some(client) => client,
        None => Pay::new(merchant.connect().await?, 0, number),
    };
    client.webhook_url = webhook_url;
    client.once().await?;
    let paid = client.paid.pop().ok_or("a payment without a reference")?;
    idle.lock().unwrap_or_else(PoisonError::into_inner).push(client);
    Ok(paid)
}
