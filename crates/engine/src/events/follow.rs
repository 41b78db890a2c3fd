//! Follow events: every one once and in the order of their numbers, from now on or from after one that is known. Owns where
//! a reader stands and when to look again; never holds a transaction open while it waits.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use domain::ids::EventId;
use domain::scope::{ApiFamily, Scope};
use domain::webhook::EventSelection;
use store::outbox::{self, Event, EventFilter};
use store::page::Beyond;
use world::Sleep;

use super::{EventView, opened, published};
use crate::Engine;
use crate::refusal::{AuthRefusal, Refusal};

/// Time between two looks for what another node has published.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// After this process has published something: what comes right behind it is read in the same look.
const GATHER: Duration = Duration::from_millis(10);

/// Events read at a time.
const BATCH: i64 = 100;

/// Which events are to be followed.
#[derive(Clone, Debug)]
pub struct Follow {
    /// In the shape of this API; `None` for all.
    pub family: Option<ApiFamily>,
    /// What they tell.
    pub events: EventSelection,
    /// Those after this one; `None` for those that are published from now on.
    pub after: Option<EventId>,
    /// Public part of the key on whose behalf; it ends with the key.
    pub key_id: Option<String>,
}

/// A reader on its way through the events.
pub struct Following {
    engine: Engine,
    scope: Scope,
    order: Follow,
    /// Every event up to this number has been told or passed over.
    told_no: i64,
}

/// What a reader is told.
#[derive(Debug)]
pub enum News {
    /// The next events, at least one.
    Events(Vec<EventView>),
    /// Nothing came in the time that was given.
    Quiet,
    /// Nothing more will come: the key is revoked or has expired.
    Over,
}

/// What one look found.
struct Look {
    newest_no: i64,
    rows: Vec<Event>,
}

impl Engine {
    /// Begins to follow events; `None` when there is no event [`Follow::after`].
    ///
    /// # Errors
    /// A [`Refusal`] of the database.
    pub async fn follow(&self, scope: Scope, order: Follow) -> Result<Option<Following>, Refusal> {
        let (family, after) = (order.family, order.after);
        let read = self.house.store.read(move |tx| {
            let told_no = match after {
                Some(id) => published(tx, &scope, family, id)?.and_then(|event| event.stream_no),
                None => Some(outbox::last_no(tx, &scope)?),
            };
            Ok::<_, Refusal>(told_no)
        });
        Ok(read.await?.map(|told_no| Following {
            engine: self.clone(),
            scope,
            order,
            told_no,
        }))
    }
}

impl Following {
    /// The next events, waited for as long as `patience`. Dropping the future loses none.
    ///
    /// # Errors
    /// A [`Refusal`] of the database; asking again goes on where it was.
    pub async fn next(&mut self, patience: Duration) -> Result<News, Refusal> {
        let house = Arc::clone(&self.engine.house);
        let mut impatient: Sleep = house.world.sleep(patience);
        loop {
            // Told from here on, so that nothing falls between the look and the wait.
            let mut news = pin!(house.published.notified());
            news.as_mut().enable();
            if !self.may_go_on().await? {
                return Ok(News::Over);
            }
            let tenant = house.tenant(self.scope).await?;
            while let Some(look) = self.look().await? {
                // No await from here to the return: what is counted as told is told.
                let chosen = self.choose(look);
                if !chosen.is_empty() {
                    let events: Result<Vec<_>, _> = chosen.into_iter().map(|row| opened(&tenant, row)).collect();
                    return Ok(News::Events(events?));
                }
            }
            tokio::select! {
                biased;
                () = &mut impatient => return Ok(News::Quiet),
                () = news => house.world.sleep(GATHER).await,
                () = house.world.sleep(LOOK_EVERY) => {}
            }
        }
    }

    async fn may_go_on(&self) -> Result<bool, Refusal> {
        let Some(key_id) = &self.order.key_id else {
            return Ok(true);
        };
        self.engine.still_opens(key_id).await.map_err(|refusal| match refusal {
            AuthRefusal::NotValid => Refusal::Unavailable("the key cannot be checked".to_owned()),
            AuthRefusal::Unavailable(why) => Refusal::Unavailable(why),
        })
    }

    /// The next rows; none when nothing has been published since.
    async fn look(&self) -> Result<Option<Look>, Refusal> {
        let (scope, told_no, family) = (self.scope, self.told_no, self.order.family);
        let read = self.engine.house.store.read(move |tx| {
            // Read first: whatever is published meanwhile, the rows reach at least this far.
            let newest_no = outbox::last_no(tx, &scope)?;
            if newest_no <= told_no {
                return Ok::<_, Refusal>(None);
            }
            let filter = EventFilter {
                family,
                ..EventFilter::default()
            };
            let from = Beyond::Newer(told_no, EventId::new(0, 0));
            let rows = outbox::list(tx, &scope, &filter, from, BATCH)?;
            Ok(Some(Look { newest_no, rows }))
        });
        read.await
    }

    /// Moves on, and keeps of the rows those that are wanted.
    fn choose(&mut self, look: Look) -> Vec<Event> {
        let is_full = i64::try_from(look.rows.len()).is_ok_and(|rows| rows >= BATCH);
        let last_no = look.rows.last().and_then(|row| row.stream_no);
        self.told_no = match (last_no, is_full) {
            (Some(last_no), true) => last_no,
            // There was nothing more: what the filter left out need not be looked at again.
            (last_no, _) => last_no.unwrap_or(look.newest_no).max(look.newest_no),
        };
        let wanted = |row: &Event| self.order.events.includes(row.announcement);
        look.rows.into_iter().filter(wanted).collect()
    }
}
