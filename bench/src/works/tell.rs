//! Posts the same letter again and again.

use crate::Result;
use crate::connection::Connection;
use crate::load::Work;

/// A sender that does nothing else.
pub(crate) struct Tell {
    pub(crate) connection: Connection,
    pub(crate) body: String,
}

impl Work for Tell {
    async fn once(&mut self) -> Result<()> {
        self.connection.tell("/hook", self.body.clone()).await.map(drop)
    }
}
