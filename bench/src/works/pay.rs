//! Creates an intent with an attempt and waits until it is paid.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;

use crate::Result;
use crate::clock;
use crate::connection::{Connection, parse};
use crate::load::Work;
use crate::order::Order;

use super::INTENTS;

/// Between two looks at a payment that was not paid in the answer.
const LOOK_AGAIN: Duration = Duration::from_millis(5);
/// So many looks: ten seconds.
const LOOKS_MAX: u32 = 2_000;

/// A merchant whose payers pay at once.
pub(crate) struct Pay {
    pub(crate) connection: Connection,
    pub(crate) cell: u32,
    pub(crate) worker: u32,
    pub(crate) number: u64,
    /// Where its events are to go.
    pub(crate) webhook_url: Option<Arc<str>>,
    /// What was paid.
    pub(crate) paid: Vec<Paid>,
}

/// A payment that the server called completed.
pub(crate) struct Paid {
    /// Our reference at the operator.
    pub(crate) reference: String,
    /// Whose account took it.
    pub(crate) gateway: String,
}

#[derive(Deserialize)]
struct Answer {
    data: Intent,
}

#[derive(Deserialize)]
struct Intent {
    id: String,
    status: String,
    active_attempt: Option<Attempt>,
}

#[derive(Deserialize)]
struct Attempt {
    gateway: Gateway,
}

#[derive(Deserialize)]
struct Gateway {
    code: String,
    transaction: Option<Transaction>,
}

#[derive(Deserialize)]
struct Transaction {
    reference: Option<String>,
}

impl Pay {
    /// A merchant who has made nothing yet.
    pub(crate) fn new(connection: Connection, cell: u32, worker: u32) -> Self {
        Self {
            connection,
            cell,
            worker,
            number: 0,
            webhook_url: None,
            paid: Vec::new(),
        }
    }
}

impl Work for Pay {
    async fn once(&mut self) -> Result<()> {
        self.number += 1;
        let order = Order::new(self.cell, self.worker, self.number);
        let body = order.pay(self.webhook_url.as_deref()).to_string();
        let mut answer = self.connection.post(INTENTS, order.key(), body).await?;
        for _ in 0..LOOKS_MAX {
            let intent = parse::<Answer>(&answer)?.data;
            match intent.status.as_str() {
                "completed" => {
                    self.paid.push(Paid::of(intent, &answer)?);
                    return Ok(());
                }
                "pending" => {
                    clock::pause(LOOK_AGAIN).await;
                    answer = self.connection.get(&format!("{INTENTS}/{}", intent.id)).await?;
                }
                _ => return Err(refused(&answer)),
            }
        }
        Err(refused(&answer))
    }
}

impl Paid {
    fn of(intent: Intent, answer: &Bytes) -> Result<Self> {
        let gateway = intent.active_attempt.map(|attempt| attempt.gateway);
        let Gateway { code, transaction } = gateway.ok_or_else(|| refused(answer))?;
        let reference = transaction.and_then(|transaction| transaction.reference);
        Ok(Self {
            reference: reference.ok_or_else(|| refused(answer))?,
            gateway: code,
        })
    }
}

fn refused(answer: &Bytes) -> Box<dyn std::error::Error + Send + Sync> {
    format!("not paid: {}", String::from_utf8_lossy(answer)).into()
}
