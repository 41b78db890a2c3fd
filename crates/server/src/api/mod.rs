//! The public APIs. Each parses requests into commands, calls one verb of the engine and renders its views; none decides.

use std::sync::Arc;

use engine::domain::scope::Scope;
use engine::{Engine, Refusal};

use crate::config::Config;
use crate::pages::Pages;
use crate::query::List;

pub(crate) mod admin;
pub(crate) mod events;
pub(crate) mod payment;
pub(crate) mod payment_intents;

/// What every handler is given.
#[derive(Clone)]
pub(crate) struct Api {
    /// Does what is asked.
    pub(crate) engine: Engine,
    /// How the server presents itself.
    pub(crate) config: Arc<Config>,
    /// The pages for people.
    pub(crate) pages: Arc<Pages>,
    /// Counts the streams that are open.
    pub(crate) seats: events::seats::Seats,
}

impl Api {
    /// What a list needs to read its query.
    async fn list_of(&self, scope: Scope) -> Result<List<'_>, Refusal> {
        let key = self.engine.cursor_key(scope).await?;
        Ok(List {
            public_url: &self.config.public_url,
            key,
            scope,
        })
    }
}
