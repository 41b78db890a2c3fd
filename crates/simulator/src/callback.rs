//! What the operator tells the caller unasked, how it signs that, and how often it tries.
//!
//! Owns the callback's body, signature and tries. Never changes a transaction.

use std::sync::Arc;

use bytes::Bytes;
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::Sha256;
use tokio::task::JoinSet;

use crate::caller::Post;
use crate::clock;
use crate::ledger::{Row, Status};
use crate::operator::Shared;
use crate::scenario::Callbacks;
use crate::transactions::Transaction;

/// Tries per callback, until one is answered with 2xx.
const TRIES: u32 = 5;
/// Between two tries, in real time.
const BETWEEN_TRIES_MS: u64 = 1_000;
/// How many "pending" callbacks follow the final one in `out_of_order`.
const STALE_CALLBACKS: u32 = 2;

#[derive(Serialize)]
struct Event<'a> {
    event_id: String,
    reference: &'a str,
    gateway: &'static str,
    transaction: Transaction<'a>,
}

/// Sends every callback that this final status demands; returns when each was delivered or given up.
pub(crate) async fn announce(operator: &Shared, row: &Arc<Row>) {
    match row.scenario.callbacks {
        Callbacks::Never => {}
        Callbacks::Once | Callbacks::BeforeAnswer => deliver(operator, row, 1).await,
        Callbacks::FiveInParallel => {
            let mut calls = JoinSet::new();
            for number in 1..=5 {
                let (operator, row) = (Arc::clone(operator), Arc::clone(row));
                calls.spawn(async move { deliver(&operator, &row, number).await });
            }
            while calls.join_next().await.is_some() {}
        }
        Callbacks::FinalThenPending => {
            deliver(operator, row, 1).await;
            let stale = Row {
                status: Status::Pending,
                reason: None,
                at_ms: row.opened_at_ms,
                ..Row::clone(row)
            };
            for number in 1..=STALE_CALLBACKS {
                deliver(operator, &stale, number).await;
            }
        }
    }
}

/// One callback, up to five tries.
async fn deliver(operator: &Shared, row: &Row, number: u32) {
    let Some(post) = compose(row, number) else {
        tracing::warn!(reference = row.reference, "a callback address cannot be used");
        return;
    };
    for number in 1..=TRIES {
        if number > 1 {
            clock::sleep_ms(BETWEEN_TRIES_MS).await;
        }
        match operator.caller.send(&post).await {
            Ok(status) if status.is_success() => return,
            Ok(status) => tracing::debug!(reference = row.reference, number, %status, "a callback was refused"),
            Err(error) => tracing::debug!(reference = row.reference, number, %error, "a callback was not answered"),
        }
    }
}

/// The same event has the same id and bytes in every life of the simulator.
fn compose(row: &Row, number: u32) -> Option<Post> {
    let to = row.callback.as_ref()?;
    let event = Event {
        event_id: format!("{}-{}-{number}", row.id, row.status.name()),
        reference: &row.reference,
        gateway: row.gateway.name(),
        transaction: Transaction::of(row),
    };
    let body = serde_json::to_vec(&event).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(to.key.as_bytes()).ok()?;
    mac.update(&body);
    let signature = HEXLOWER.encode(&mac.finalize().into_bytes());
    Some(Post {
        url: to.url.parse().ok()?,
        signature,
        body: Bytes::from(body),
    })
}
