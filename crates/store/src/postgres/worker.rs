//! A thread that owns a connection: one closure, one transaction at a time. Tries again what another transaction or
//! a lost connection undid; never when the commit was already on its way.

use std::{sync::Arc, thread};

use world::World;

use super::{Address, Session};
use crate::{
    error::{OpenError, StoreError},
    job::{Job, Ran},
    queue::Queue,
    store::Alive,
    tx::Tx,
};

/// How often a closure is run once more.
const RETRIES: u32 = 3;
/// The least wait before the first retry; twice as long before each next one.
const PAUSE_MS: u64 = 10;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Write,
    Read,
}

impl Purpose {
    fn begin(self) -> &'static str {
        match self {
            Self::Write => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
            Self::Read => "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY",
        }
    }
}

pub(super) struct Worker {
    address: Arc<Address>,
    queue: Arc<Queue>,
    purpose: Purpose,
    world: World,
    session: Option<Session>,
}

/// How one run of a closure ended.
enum End {
    Settled(Result<(), StoreError>),
    Again(StoreError),
}

impl Worker {
    pub(super) fn new(address: Arc<Address>, queue: Arc<Queue>, purpose: Purpose, world: &World) -> Self {
        Self {
            address,
            queue,
            purpose,
            world: world.clone(),
            session: None,
        }
    }

    pub(super) fn start(mut self, name: &str, alive: Alive) -> Result<(), OpenError> {
        let run = move || {
            // A server that cannot be reached now is asked again by the first job.
            self.session = Session::open(&self.address).ok();
            while let Some(mut job) = self.queue.pop() {
                let outcome = self.serve(job.as_mut());
                job.answer(outcome);
            }
            drop(self.session.take());
            drop(alive);
        };
        let started = thread::Builder::new().name(name.to_owned()).spawn(run);
        started.map_err(|error| StoreError::Other(format!("no thread: {error}")))?;
        Ok(())
    }

    fn serve(&mut self, job: &mut dyn Job) -> Result<(), StoreError> {
        let mut last = Ok(());
        for run in 0..=RETRIES {
            match self.once(job) {
                End::Settled(outcome) => return outcome,
                End::Again(error) => last = Err(error),
            }
            if run < RETRIES {
                self.stand_back(run);
            }
        }
        last
    }

    /// Lets the other transaction go first: run again at once, a victim of a deadlock takes its first lock before
    /// the other one wakes up, and both are where they were. The server does the waiting: it is its time that counts,
    /// also when the clock of our world stands still.
    fn stand_back(&mut self, run: u32) {
        let mut chance = [0];
        self.world.fill(&mut chance);
        let [chance] = chance;
        let least_ms = PAUSE_MS << run;
        let pause_ms = least_ms + least_ms * u64::from(chance) / 255;
        if let Some(session) = &mut self.session
            && session.batch(&format!("SELECT pg_sleep({pause_ms} / 1000.0)")).is_err()
        {
            self.session = None;
        }
    }

    fn once(&mut self, job: &mut dyn Job) -> End {
        let begin = self.purpose.begin();
        let session = match self.connected() {
            Ok(session) => session,
            Err(error) => return End::Settled(Err(error)),
        };
        if let Err(error) = session.batch(begin) {
            return self.lost(error);
        }
        let ran = job.run(&mut Tx::postgres(session));
        match ran.failure() {
            Some(error @ StoreError::Unavailable(_)) => {
                let error = error.clone();
                return self.lost(error);
            }
            Some(StoreError::Conflict) => {
                return match session.batch("ROLLBACK") {
                    Ok(()) => End::Again(StoreError::Conflict),
                    Err(error) => self.lost(error),
                };
            }
            Some(_) | None => {}
        }
        match ran {
            Ran::Done => self.commit(),
            Ran::Refused(_) => self.roll_back(Ok(())),
            Ran::Broken(error) => self.roll_back(Err(error)),
        }
    }

    fn connected(&mut self) -> Result<&mut Session, StoreError> {
        let session = match self.session.take().filter(|session| !session.is_closed()) {
            Some(session) => session,
            None => Session::open(&self.address)?,
        };
        Ok(self.session.insert(session))
    }

    fn commit(&mut self) -> End {
        let Some(session) = &mut self.session else {
            return End::Settled(Err(StoreError::CommitUnknown));
        };
        match session.batch("COMMIT") {
            Ok(()) => End::Settled(Ok(())),
            Err(StoreError::Conflict) => End::Again(StoreError::Conflict),
            Err(StoreError::Unavailable(_) | StoreError::Other(_)) => {
                // The server may or may not have done it before it went away.
                self.session = None;
                End::Settled(Err(match self.purpose {
                    Purpose::Write => StoreError::CommitUnknown,
                    Purpose::Read => StoreError::Unavailable("the connection was lost".to_owned()),
                }))
            }
            Err(error) => End::Settled(Err(error)),
        }
    }

    fn roll_back(&mut self, outcome: Result<(), StoreError>) -> End {
        let undone = self.session.as_mut().map(|session| session.batch("ROLLBACK"));
        if !matches!(undone, Some(Ok(()))) {
            self.session = None; // the server undoes what is left when the connection ends
        }
        End::Settled(outcome)
    }

    /// Gives the connection up and has the closure run again on a new one: its commit was not sent.
    fn lost(&mut self, error: StoreError) -> End {
        self.session = None;
        End::Again(error)
    }
}
