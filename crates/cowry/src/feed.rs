//! Events of a running server as they are published, each once and in order, across its restarts. Owns where the reader
//! stands and when it asks again; never what is done with an event.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use engine::world::World;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::admin::{Client, Interrupted, Order, Stream, WhereArgs, escaped};
use crate::failure::Failure;

const PATH: &str = "/admin/v1/events";
/// Pauses between two tries to reach a server that is gone.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));

/// A published event.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    /// What it tells, for example `payment.completed`.
    #[serde(rename = "event")]
    pub(crate) name: String,
    pub(crate) payment_id: String,
    pub(crate) sequence: i64,
    pub(crate) created_at: String,
    /// What webhooks carry, to the byte.
    pub(crate) body: Box<RawValue>,
}

/// What there is to tell.
pub(crate) enum News {
    /// The next event.
    Event(Event),
    /// The server is gone; it is asked until it is back. In words.
    Away(String),
    /// The server is back.
    Back,
}

/// A page of the list of events, whose bodies are kept to the byte.
#[derive(Deserialize)]
struct Page {
    data: Vec<Event>,
    pagination: Pagination,
}

#[derive(Deserialize)]
struct Pagination {
    next_cursor: Option<String>,
}

/// A reader of events.
pub(crate) struct Feed {
    client: Client,
    /// The wanted names; all when there is none.
    names: Vec<String>,
    /// The last event that was read. None means that there was none at all when the reading began.
    last: Option<String>,
    stream: Option<Stream>,
    ready: VecDeque<Event>,
    /// Read from the list, so passed over in the stream.
    listed: HashSet<String>,
    away: Option<Duration>,
}

impl Feed {
    /// Begins to read: after that event, or with the next that comes.
    pub(crate) async fn open(at: &WhereArgs, names: &[String], after: Option<String>) -> Result<Self, Failure> {
        let mut feed = Self {
            client: Client::open_running(at).await?,
            names: names.to_vec(),
            last: after,
            stream: None,
            ready: VecDeque::new(),
            listed: HashSet::new(),
            away: None,
        };
        if feed.last.is_none() {
            let newest = feed.page(&format!("{PATH}?per_page=1")).await?;
            feed.last = newest.data.into_iter().next().map(|event| event.id);
        }
        match feed.connect().await {
            Ok(()) => Ok(feed),
            Err(Interrupted::Away(why)) => Err(Failure::new(why)),
            Err(Interrupted::Refused(failure)) => Err(failure),
        }
    }

    /// The client that it asks with.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The next event, or that the server went or came back. Waits for as long as it takes.
    pub(crate) async fn next(&mut self) -> Result<News, Failure> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                self.last = Some(event.id.clone());
                return Ok(News::Event(event));
            }
            let read = match &mut self.stream {
                Some(stream) => stream.next().await.map(Some),
                None => self.connect().await.map(|()| None),
            };
            match read {
                Ok(Some(message)) => self.take(&message.data)?,
                Ok(None) if self.away.take().is_some() => return Ok(News::Back),
                Ok(None) => {}
                Err(Interrupted::Refused(failure)) => return Err(failure),
                Err(Interrupted::Away(_)) if self.stream.take().is_some() => {}
                Err(Interrupted::Away(why)) => match self.away {
                    Some(pause) => {
                        World::system().sleep(pause).await;
                        self.away = Some((pause * 2).min(PAUSES.1));
                    }
                    None => {
                        self.away = Some(PAUSES.0);
                        return Ok(News::Away(why));
                    }
                },
            }
        }
    }

    async fn connect(&mut self) -> Result<(), Interrupted> {
        let names: Vec<String> = self.names.iter().map(|name| escaped(name)).collect();
        let filter = match names.is_empty() {
            true => String::new(),
            false => format!("?events={}", names.join(",")),
        };
        let mut order = Order::get(format!("{PATH}/stream{filter}"));
        if let Some(last) = &self.last {
            order = order.with("last-event-id", last.as_str());
        }
        let stream = self.client.stream(&order).await?;
        if self.last.is_none() {
            self.catch_up()
                .await
                .map_err(|failure| Interrupted::Away(failure.to_string()))?;
        }
        self.stream = Some(stream);
        Ok(())
    }

    /// There was no event to go on after, so everything that there is has come since.
    async fn catch_up(&mut self) -> Result<(), Failure> {
        let (mut events, mut path) = (Vec::new(), format!("{PATH}?per_page=100"));
        loop {
            let page = self.page(&path).await?;
            events.extend(page.data);
            match page.pagination.next_cursor {
                Some(cursor) => path = format!("{PATH}?per_page=100&cursor={}", escaped(&cursor)),
                None => break,
            }
        }
        self.last = events.first().map(|event| event.id.clone());
        self.listed = events.iter().map(|event| event.id.clone()).collect();
        let wanted = |event: &Event| self.names.is_empty() || self.names.contains(&event.name);
        self.ready = events.into_iter().rev().filter(wanted).collect();
        Ok(())
    }

    async fn page(&self, path: &str) -> Result<Page, Failure> {
        let answer = self.client.ask_bytes(&Order::get(path)).await?;
        serde_json::from_slice(&answer.body).map_err(not_understood)
    }

    fn take(&mut self, data: &str) -> Result<(), Failure> {
        let event: Event = serde_json::from_str(data).map_err(not_understood)?;
        if !self.listed.remove(&event.id) {
            self.ready.push_back(event);
        }
        Ok(())
    }
}

fn not_understood(error: serde_json::Error) -> Failure {
    Failure::new(format!(
        "the server's events are not understood ({error}): are both of the same version?"
    ))
}
