//! What the operators really did: one row per transaction they opened.
//!
//! Owns the rows, their indexes and what is written about them. Every change is an entry that is first logged and
//! then applied, and replayed the same way. Never decides a status, never knows HTTP.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::io;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::log::{Log, LogError};
use crate::scenario::{self, Flow, Scenario};

/// The two simulated operators' gateways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Gateway {
    SimA,
    SimB,
}

impl Gateway {
    pub(crate) fn parse(name: &str) -> Option<Gateway> {
        match name {
            "sim_a" => Some(Gateway::SimA),
            "sim_b" => Some(Gateway::SimB),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Gateway::SimA => "sim_a",
            Gateway::SimB => "sim_b",
        }
    }
}

/// Where a transaction is in its life. Money moved only in `Charged`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Pending,
    Charged,
    Declined,
    Expired,
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Status::Pending => "pending",
            Status::Charged => "charged",
            Status::Declined => "declined",
            Status::Expired => "expired",
        }
    }
}

/// Where and with which key the caller wants to hear of a transaction.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CallbackTo {
    pub(crate) url: String,
    pub(crate) key: String,
}

/// A person plays the payer: what the transaction waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Wait {
    /// Somebody has the phone in hand.
    InHand,
    /// They put it aside: nothing but its end is awaited.
    SetAside,
}

/// One transaction. `amount` is a decimal text in major units: asked while pending, taken once charged.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) reference: String,
    pub(crate) gateway: Gateway,
    pub(crate) phone: Option<String>,
    pub(crate) amount: String,
    pub(crate) currency: String,
    pub(crate) country: String,
    pub(crate) method: String,
    #[serde(with = "scenario")]
    pub(crate) scenario: &'static Scenario,
    pub(crate) flow: Flow,
    pub(crate) status: Status,
    pub(crate) reason: Option<String>,
    /// What the payer is told it is for.
    #[serde(default)]
    pub(crate) description: Option<String>,
    pub(crate) opened_at_ms: i64,
    /// When the present status began.
    pub(crate) at_ms: i64,
    /// When the payer's time is over.
    pub(crate) expires_at_ms: i64,
    /// When the scenario changes the status next; none when it never will.
    pub(crate) due_at_ms: Option<i64>,
    pub(crate) return_url: Option<String>,
    /// Dropped when the last callback was delivered or given up.
    pub(crate) callback: Option<CallbackTo>,
    /// The last final status that was called back.
    pub(crate) told: Option<Status>,
    /// Why it is due at another time than its scenario says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) wait: Option<Wait>,
}

impl Row {
    pub(crate) fn become_as(&mut self, change: Change) {
        self.status = change.status;
        self.reason = change.reason;
        self.amount = change.amount;
        self.at_ms = change.at_ms;
        self.due_at_ms = change.due_at_ms;
    }
}

/// A new status of one transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Change {
    pub(crate) status: Status,
    pub(crate) reason: Option<String>,
    pub(crate) amount: String,
    pub(crate) at_ms: i64,
    pub(crate) due_at_ms: Option<i64>,
}

/// One line of the log.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Entry {
    Opened(Box<Row>),
    Changed { id: String, change: Change },
    Told { id: String, status: Status },
    Waits { id: String, due_at_ms: i64, wait: Wait },
}

/// The log is written anew when it has this many times the entries that there may be rows.
const ENTRIES_PER_ROW: usize = 8;

/// The newest rows, in the order they were opened.
#[derive(Debug)]
pub(crate) struct Ledger {
    rows: VecDeque<Arc<Row>>,
    /// How many rows there were before the first that is kept. Indexes count from the very first.
    forgotten: usize,
    /// More rows are not kept: the oldest go.
    rows_max: usize,
    by_id: HashMap<String, usize>,
    by_reference: HashMap<(Gateway, String), VecDeque<usize>>,
    by_phone: HashMap<String, VecDeque<usize>>,
    log: Option<Log>,
    /// Entries in the log.
    entries: usize,
}

impl Ledger {
    /// In memory only without a folder; else with what that folder remembers. Keeps the newest `rows_max` rows, at least one.
    pub(crate) fn load(dir: Option<&Path>, rows_max: usize) -> Result<Ledger, LogError> {
        let mut ledger = Ledger {
            rows: VecDeque::new(),
            forgotten: 0,
            rows_max: rows_max.max(1),
            by_id: HashMap::new(),
            by_reference: HashMap::new(),
            by_phone: HashMap::new(),
            log: None,
            entries: 0,
        };
        if let Some(dir) = dir {
            let log = Log::open(dir, |entry| {
                ledger.entries = ledger.entries.saturating_add(1);
                ledger.apply(entry);
            })?;
            ledger.log = Some(log);
        }
        Ok(ledger)
    }

    /// Every row as it is now.
    pub(crate) fn rows(&self) -> Vec<Arc<Row>> {
        self.rows.iter().cloned().collect()
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<Arc<Row>> {
        self.by_id.get(id).and_then(|index| self.row(*index))
    }

    fn row(&self, index: usize) -> Option<Arc<Row>> {
        self.rows.get(index.checked_sub(self.forgotten)?).cloned()
    }

    /// The transactions under one reference, oldest first.
    pub(crate) fn by_reference(&self, gateway: Gateway, reference: &str) -> Vec<Arc<Row>> {
        let indexes = self.by_reference.get(&(gateway, reference.to_owned()));
        let indexes = indexes.into_iter().flatten();
        indexes.filter_map(|index| self.row(*index)).collect()
    }

    /// The transactions of one phone, oldest first.
    pub(crate) fn by_phone(&self, phone: &str) -> Vec<Arc<Row>> {
        let indexes = self.by_phone.get(phone).into_iter().flatten();
        indexes.filter_map(|index| self.row(*index)).collect()
    }

    /// The last so many transactions, newest first.
    pub(crate) fn newest(&self, count: usize) -> Vec<Arc<Row>> {
        self.rows.iter().rev().take(count).cloned().collect()
    }

    /// Adds the rows, all or none.
    pub(crate) fn open(&mut self, rows: Vec<Row>) -> io::Result<()> {
        self.record(rows.into_iter().map(|row| Entry::Opened(Box::new(row))).collect())
    }

    pub(crate) fn change(&mut self, id: &str, change: Change) -> io::Result<()> {
        self.record(vec![Entry::Changed {
            id: id.to_owned(),
            change,
        }])
    }

    /// A pending transaction is due at another time.
    pub(crate) fn waits(&mut self, id: &str, due_at_ms: i64, wait: Wait) -> io::Result<()> {
        self.record(vec![Entry::Waits {
            id: id.to_owned(),
            due_at_ms,
            wait,
        }])
    }

    /// The callbacks of that status are done.
    pub(crate) fn told(&mut self, id: &str, status: Status) -> io::Result<()> {
        self.record(vec![Entry::Told {
            id: id.to_owned(),
            status,
        }])
    }

    fn record(&mut self, entries: Vec<Entry>) -> io::Result<()> {
        if let Some(log) = &mut self.log {
            log.append(&entries)?;
        }
        self.entries = self.entries.saturating_add(entries.len());
        for entry in entries {
            self.apply(entry);
        }
        if self.entries > self.rows_max.saturating_mul(ENTRIES_PER_ROW) {
            self.write_anew();
        }
        Ok(())
    }

    /// Leaves nothing in the log but the rows that are kept. When that cannot be written the log stays as it is, and it is
    /// tried again after as many entries.
    fn write_anew(&mut self) {
        self.entries = self.rows.len();
        let rows = self.rows.iter().map(|row| Entry::Opened(Box::new(Row::clone(row))));
        if let Some(log) = &mut self.log
            && let Err(error) = log.replace(rows)
        {
            tracing::warn!(%error, "the simulator's ledger could not be shortened");
        }
    }

    fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Opened(row) => {
                let index = self.forgotten.saturating_add(self.rows.len());
                self.by_id.insert(row.id.clone(), index);
                self.by_reference
                    .entry((row.gateway, row.reference.clone()))
                    .or_default()
                    .push_back(index);
                if let Some(phone) = &row.phone {
                    self.by_phone.entry(phone.clone()).or_default().push_back(index);
                }
                self.rows.push_back(Arc::new(*row));
                if self.rows.len() > self.rows_max {
                    self.forget_oldest();
                }
            }
            Entry::Changed { id, change } => self.amend(&id, |row| row.become_as(change)),
            Entry::Waits { id, due_at_ms, wait } => self.amend(&id, |row| {
                row.due_at_ms = Some(due_at_ms);
                row.wait = Some(wait);
            }),
            Entry::Told { id, status } => self.amend(&id, |row| {
                row.told = Some(status);
                if row.status == status && row.due_at_ms.is_none() {
                    row.callback = None;
                }
            }),
        }
    }

    fn forget_oldest(&mut self) {
        let Some(row) = self.rows.pop_front() else { return };
        self.forgotten = self.forgotten.saturating_add(1);
        self.by_id.remove(&row.id);
        drop_first(&mut self.by_reference, &(row.gateway, row.reference.clone()));
        if let Some(phone) = &row.phone {
            drop_first(&mut self.by_phone, phone);
        }
    }

    fn amend(&mut self, id: &str, amend: impl FnOnce(&mut Row)) {
        let index = self.by_id.get(id).and_then(|index| index.checked_sub(self.forgotten));
        if let Some(row) = index.and_then(|index| self.rows.get_mut(index)) {
            amend(Arc::make_mut(row));
        }
    }
}

/// The oldest row is the first of every list that it stands in.
fn drop_first<K: Eq + Hash>(lists: &mut HashMap<K, VecDeque<usize>>, key: &K) {
    if let Some(list) = lists.get_mut(key) {
        list.pop_front();
        if list.is_empty() {
            lists.remove(key);
        }
    }
}
