//! Creates an intent, each with a customer and an idempotency key of its own.

use crate::Result;
use crate::connection::Connection;
use crate::load::Work;
use crate::order::Order;

use super::INTENTS;

/// A merchant who creates intents.
pub(crate) struct Create {
    pub(crate) connection: Connection,
    pub(crate) cell: u32,
    pub(crate) worker: u32,
    pub(crate) number: u64,
}

impl Work for Create {
    async fn once(&mut self) -> Result<()> {
        self.number += 1;
        let order = Order::new(self.cell, self.worker, self.number);
        let body = order.create().to_string();
        self.connection.post(INTENTS, order.key(), body).await.map(drop)
    }
}
