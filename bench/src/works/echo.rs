//! Posts an order to the echo.

use crate::Result;
use crate::connection::Connection;
use crate::load::Work;
use crate::order::Order;

/// A client of the echo.
pub(crate) struct Echo {
    pub(crate) connection: Connection,
    pub(crate) cell: u32,
    pub(crate) worker: u32,
    pub(crate) number: u64,
}

impl Work for Echo {
    async fn once(&mut self) -> Result<()> {
        self.number += 1;
        let order = Order::new(self.cell, self.worker, self.number);
        let body = order.create().to_string();
        self.connection.post("/", order.key(), body).await.map(drop)
    }
}
