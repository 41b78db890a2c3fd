//! Reads intents that exist, one after the other.

use std::sync::Arc;

use crate::Result;
use crate::connection::Connection;
use crate::load::Work;

/// A merchant who looks intents up.
pub(crate) struct Retrieve {
    pub(crate) connection: Connection,
    pub(crate) paths: Arc<[String]>,
    pub(crate) next: usize,
}

impl Work for Retrieve {
    async fn once(&mut self) -> Result<()> {
        let path = self
            .next
            .checked_rem(self.paths.len())
            .and_then(|index| self.paths.get(index));
        self.next += 1;
        let path = path.ok_or("there is no intent to read")?;
        self.connection.get(path).await.map(drop)
    }
}
