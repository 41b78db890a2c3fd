//! The operator at work: opens transactions, moves them when their time comes, and lets the caller know.
//!
//! Owns the one lock around the ledger, the timers and the tasks that call back. Never speaks HTTP itself.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::caller::Caller;
use crate::clock::{self, Pace};
use crate::control::Controls;
use crate::ledger::{Change, Ledger, Row, Status, Wait};
use crate::phones::Phones;
use crate::scenario::Callbacks;
use crate::{callback, life};

/// How every handler and task holds the operator.
pub(crate) type Shared = Arc<Operator>;

/// A moment and the transaction that something happens to then.
pub(crate) type Timer = (i64, String);

/// An answered request's callback leaves this much later, so that the answer is first on the wire.
const CALLBACK_LEAD_MS: u64 = 20;
/// A change that could not be logged is tried again after this time.
const UNWRITABLE_RETRY_MS: i64 = 1_000;

/// What became of a charge request.
pub(crate) enum Opening {
    /// The reference was known: its transactions as they are.
    Known(Vec<Arc<Row>>),
    /// New transactions, one or more.
    New(Vec<Arc<Row>>),
}

/// Both simulated gateways' common inside.
pub(crate) struct Operator {
    pub(crate) pace: Pace,
    /// How others reach us, without a trailing slash.
    pub(crate) base_url: String,
    /// A base URL on which nobody listens.
    pub(crate) refusing_url: String,
    pub(crate) caller: Caller,
    ledger: Mutex<Ledger>,
    controls: Mutex<Controls>,
    phones: Mutex<Phones>,
    timers: UnboundedSender<Timer>,
    stopped: watch::Receiver<bool>,
}

/// Where the operator is and how fast it plays.
pub(crate) struct Place {
    pub(crate) pace: Pace,
    pub(crate) base_url: String,
    pub(crate) refusing_url: String,
}

impl Operator {
    pub(crate) fn new(
        place: Place,
        ledger: Ledger,
        timers: UnboundedSender<Timer>,
        stopped: watch::Receiver<bool>,
    ) -> Shared {
        Arc::new(Operator {
            pace: place.pace,
            base_url: place.base_url,
            refusing_url: place.refusing_url,
            caller: Caller::default(),
            ledger: Mutex::new(ledger),
            controls: Mutex::default(),
            phones: Mutex::default(),
            timers,
            stopped,
        })
    }

    /// The ledger, locked. Never held across a wait.
    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The faults set by `POST /control`, locked. Never held across a wait.
    pub(crate) fn controls(&self) -> MutexGuard<'_, Controls> {
        self.controls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What people do with the phones, locked. Never held across a wait.
    pub(crate) fn phones(&self) -> MutexGuard<'_, Phones> {
        self.phones.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens as many transactions like `prototype` as its scenario wants, unless the reference is known. The first
    /// callback of `callback_first` is left to the caller of this function.
    pub(crate) fn open(self: &Arc<Self>, prototype: Row) -> io::Result<Opening> {
        let mut ledger = self.ledger();
        let known = ledger.by_reference(prototype.gateway, &prototype.reference);
        if !known.is_empty() {
            return Ok(Opening::Known(known));
        }
        let rows = (0..prototype.scenario.opens)
            .map(|_| Row {
                id: new_id(),
                ..prototype.clone()
            })
            .collect();
        ledger.open(rows)?;
        let opened = ledger.by_reference(prototype.gateway, &prototype.reference);
        drop(ledger);
        for row in &opened {
            self.schedule(row);
            if row.scenario.callbacks != Callbacks::BeforeAnswer {
                self.announce(row, CALLBACK_LEAD_MS);
            }
        }
        Ok(Opening::New(opened))
    }

    /// Moves one transaction as `rule` says; the row as it is afterwards, or none when the id is unknown.
    pub(crate) fn change(
        self: &Arc<Self>,
        id: &str,
        rule: impl FnOnce(&Row) -> Option<Change>,
    ) -> io::Result<Option<Arc<Row>>> {
        let mut ledger = self.ledger();
        let Some(row) = ledger.by_id(id) else { return Ok(None) };
        let Some(change) = rule(&row) else { return Ok(Some(row)) };
        drop(row);
        ledger.change(id, change)?;
        let changed = ledger.by_id(id);
        drop(ledger);
        if let Some(row) = &changed {
            self.schedule(row);
            self.announce(row, 0);
        }
        Ok(changed)
    }

    /// Makes one transaction wait until the moment that `rule` names; the row as it is afterwards, or none when the id is
    /// unknown or the rule names none.
    pub(crate) fn postpone(
        &self,
        id: &str,
        wait: Wait,
        rule: impl FnOnce(&Row) -> Option<i64>,
    ) -> io::Result<Option<Arc<Row>>> {
        let mut ledger = self.ledger();
        let Some(due_at_ms) = ledger.by_id(id).and_then(|row| rule(&row)) else {
            return Ok(None);
        };
        ledger.waits(id, due_at_ms, wait)?;
        let waiting = ledger.by_id(id);
        drop(ledger);
        if let Some(row) = &waiting {
            self.schedule(row);
        }
        Ok(waiting)
    }

    /// Takes up what a former life left: timers that run and callbacks that are owed.
    pub(crate) fn resume(self: &Arc<Self>) {
        let rows = self.ledger().rows();
        for row in &rows {
            self.schedule(row);
            self.announce(row, 0);
        }
    }

    fn schedule(&self, row: &Row) {
        if let Some(due_at_ms) = row.due_at_ms {
            // Fails only after the timers have stopped; the due time stands in the log.
            let _ = self.timers.send((due_at_ms, row.id.clone()));
        }
    }

    /// Calls back about a final status that nobody was told of yet.
    pub(crate) fn announce(self: &Arc<Self>, row: &Arc<Row>, lead_ms: u64) -> Option<JoinHandle<()>> {
        let owed = row.status != Status::Pending && row.callback.is_some() && row.told != Some(row.status);
        if !owed {
            return None;
        }
        let (operator, row) = (Arc::clone(self), Arc::clone(row));
        Some(self.spawn(async move {
            if lead_ms > 0 {
                clock::sleep_ms(lead_ms).await;
            }
            callback::announce(&operator, &row).await;
            if let Err(error) = operator.ledger().told(&row.id, row.status) {
                tracing::error!(%error, "a delivered callback could not be noted; it will be sent again");
            }
        }))
    }

    /// Runs a task that ends with the simulator.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
        let stopped = self.stopped();
        tokio::spawn(async move {
            tokio::select! {
                () = stopped => {}
                () = task => {}
            }
        })
    }

    /// Ready when the simulator stops or is gone.
    pub(crate) fn stopped(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut stopped = self.stopped.clone();
        async move {
            let _ = stopped.wait_for(|stopped| *stopped).await;
        }
    }

    /// Whoever has the phone in hand answers instead of the scenario's clock.
    fn wait_for_person(&self, id: &str, now_ms: i64) -> io::Result<Option<Arc<Row>>> {
        let phone = self.ledger().by_id(id).and_then(|row| row.phone.clone());
        let open_until_ms = phone.and_then(|phone| self.phones().open_until_ms(&phone, now_ms));
        let Some(open_until_ms) = open_until_ms else {
            return Ok(None);
        };
        self.postpone(id, Wait::InHand, |row| {
            life::postponed(row, open_until_ms, self.pace, now_ms)
        })
    }

    fn fire(self: &Arc<Self>, id: String) {
        let now_ms = clock::now_ms();
        let moved = match self.wait_for_person(&id, now_ms) {
            Ok(None) => self.change(&id, |row| life::due(row, self.pace, now_ms)),
            waiting => waiting,
        };
        if let Err(error) = moved {
            tracing::error!(%error, "the simulator's ledger cannot be written");
            let _ = self.timers.send((now_ms.saturating_add(UNWRITABLE_RETRY_MS), id));
        }
    }
}

/// Fires every timer at its time, until the simulator stops.
pub(crate) async fn run_timers(operator: Shared, mut timers: UnboundedReceiver<Timer>) {
    let mut waiting: BinaryHeap<Reverse<Timer>> = BinaryHeap::new();
    let stopped = operator.stopped();
    tokio::pin!(stopped);
    loop {
        let next_ms = waiting.peek().map_or(i64::MAX, |Reverse((due_at_ms, _))| *due_at_ms);
        tokio::select! {
            () = &mut stopped => return,
            Some(timer) = timers.recv() => waiting.push(Reverse(timer)),
            () = clock::sleep_until(next_ms), if !waiting.is_empty() => {}
        }
        let now_ms = clock::now_ms();
        while waiting
            .peek()
            .is_some_and(|Reverse((due_at_ms, _))| *due_at_ms <= now_ms)
        {
            if let Some(Reverse((_, id))) = waiting.pop() {
                operator.fire(id);
            }
        }
    }
}

/// The operator's own id of a transaction.
fn new_id() -> String {
    format!("SIM{}", ulid::Ulid::generate())
}
