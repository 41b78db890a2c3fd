//! The executor for `verify`: a database in memory, closures run where they are called, commits are numbered and
//! can be made to crash. Never starts a thread, never awaits.
//!
//! All of it happens in one transaction of the database that never ends, each commit being a released savepoint: so a
//! memory can be rewound to its beginning at no cost, with every statement still prepared.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, backup::Backup};
use world::World;

use crate::{
    error::{OpenError, StoreError},
    job::{self, Ran},
    tx::Tx,
};

const BEGIN: &str = "BEGIN IMMEDIATE";
const SAVE: &str = "SAVEPOINT work";
const KEEP: &str = "RELEASE work";
const BACK: &str = "ROLLBACK TO work";

/// A migrated, empty database to copy from: migrating costs much more than copying.
#[derive(Clone)]
pub struct Template(Arc<Mutex<Connection>>);

/// A disk, so to speak: what is committed on it outlives a crash of the store that is open on it.
#[derive(Clone)]
pub struct Memory(Arc<Mutex<Machine>>);

/// On which side of the commit the crash comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrashSide {
    /// The commit is lost.
    Before,
    /// The commit is kept, but nobody is told.
    After,
}

struct Machine {
    connection: Connection,
    commits: u64,
    crash: Option<(u64, CrashSide)>,
    down: bool,
    boots: u64,
}

pub(crate) struct Inline {
    memory: Memory,
    world: World,
    boot: u64,
}

impl Template {
    /// Makes the template: migrates an empty database.
    ///
    /// # Errors
    /// When a migration fails.
    pub fn migrated(world: &World) -> Result<Self, OpenError> {
        let mut connection = Connection::open_in_memory().map_err(crate::sqlite::refusal)?;
        crate::sqlite::settle(&connection)?;
        crate::sqlite::migrate(&mut connection, world, crate::migrate::MIGRATIONS)?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }
}

impl Memory {
    /// A fresh copy of the template.
    ///
    /// # Errors
    /// When the copy fails, which on memory is a mistake of ours.
    pub fn from_template(template: &Template) -> Result<Self, OpenError> {
        let mut connection = Connection::open_in_memory().map_err(crate::sqlite::refusal)?;
        {
            let from = template.0.lock().unwrap_or_else(PoisonError::into_inner);
            let copy = Backup::new(&from, &mut connection).map_err(crate::sqlite::refusal)?;
            copy.step(-1).map_err(crate::sqlite::refusal)?;
        }
        crate::sqlite::settle(&connection)?;
        run(&connection, BEGIN)?;
        Ok(Self(Arc::new(Mutex::new(Machine {
            connection,
            commits: 0,
            crash: None,
            down: false,
            boots: 0,
        }))))
    }

    /// Makes the commit with this number crash (the first commit ever on this memory is 1), and everything after
    /// it fail with [`StoreError::Crashed`] until the memory is opened again.
    pub fn crash_at(&self, commit: u64, side: CrashSide) {
        self.lock().crash = Some((commit, side));
    }

    /// How many commits there have been, lost ones included.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.lock().commits
    }

    /// Reads what is committed, whether or not a store is open on it: for those who watch from outside.
    ///
    /// # Errors
    /// What the closure or the database refuses.
    pub fn peek<T>(&self, mut work: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let (world, _) = World::manual(0, 0);
        let machine = self.lock();
        run(&machine.connection, SAVE)?;
        let result = work(&mut Tx::sqlite(&machine.connection, &world));
        undo(&machine.connection)?;
        result
    }

    /// Forgets everything since the beginning, or since the last [`Memory::to_template`]. A store that is open on it
    /// finds it crashed.
    ///
    /// # Errors
    /// When the database refuses, which on memory is a mistake of ours.
    pub fn rewind(&self) -> Result<(), StoreError> {
        let mut machine = self.lock();
        run(&machine.connection, "ROLLBACK")?;
        run(&machine.connection, BEGIN)?;
        machine.commits = 0;
        machine.crash = None;
        machine.boots += 1;
        Ok(())
    }

    /// A template of what is committed, to copy from.
    ///
    /// # Errors
    /// When the copy fails, which on memory is a mistake of ours.
    pub fn to_template(&self) -> Result<Template, OpenError> {
        let mut connection = Connection::open_in_memory().map_err(crate::sqlite::refusal)?;
        {
            let machine = self.lock();
            run(&machine.connection, "COMMIT")?;
            let copy = Backup::new(&machine.connection, &mut connection).map_err(crate::sqlite::refusal)?;
            copy.step(-1).map_err(crate::sqlite::refusal)?;
            drop(copy);
            run(&machine.connection, BEGIN)?;
        }
        crate::sqlite::settle(&connection)?;
        Ok(Template(Arc::new(Mutex::new(connection))))
    }

    /// Whether it crashed and was not opened since.
    #[must_use]
    pub fn is_down(&self) -> bool {
        self.lock().down
    }

    pub(crate) fn boot(&self, world: World) -> Result<Inline, OpenError> {
        let mut machine = self.lock();
        crate::sqlite::state(&machine.connection)?.must_be_current()?;
        machine.boots += 1;
        machine.down = false;
        Ok(Inline {
            memory: self.clone(),
            world,
            boot: machine.boots,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Machine> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inline {
    pub(crate) fn write<T, E, F>(&self, work: &mut F) -> Result<T, E>
    where
        F: FnMut(&mut Tx<'_>) -> Result<T, E>,
        E: From<StoreError>,
    {
        let mut machine = self.up()?;
        run(&machine.connection, SAVE)?;
        let mut tx = Tx::sqlite(&machine.connection, &self.world);
        let (result, ran) = job::attempt(work, &mut tx);
        let outcome = match ran {
            Ran::Done => machine.commit(),
            Ran::Refused(_) => undo(&machine.connection),
            Ran::Broken(error) => undo(&machine.connection).and(Err(error)),
        };
        job::settle(result, outcome)
    }

    pub(crate) fn read<T, E, F>(&self, work: &mut F) -> Result<T, E>
    where
        F: FnMut(&mut Tx<'_>) -> Result<T, E>,
        E: From<StoreError>,
    {
        let machine = self.up()?;
        // `PRAGMA query_only` would make every prepared statement be prepared again.
        run(&machine.connection, SAVE)?;
        let changes = machine.connection.total_changes();
        let mut tx = Tx::sqlite(&machine.connection, &self.world);
        let (result, ran) = job::attempt(work, &mut tx);
        let ended = undo(&machine.connection).and_then(|()| {
            let wrote = machine.connection.total_changes() != changes;
            if wrote { Err(StoreError::ReadOnly) } else { Ok(()) }
        });
        let outcome = match ran {
            Ran::Done | Ran::Refused(_) => ended,
            Ran::Broken(error) => ended.and(Err(error)),
        };
        job::settle(result, outcome)
    }

    fn up(&self) -> Result<MutexGuard<'_, Machine>, StoreError> {
        let machine = self.memory.lock();
        if machine.down || machine.boots != self.boot {
            return Err(StoreError::Crashed);
        }
        Ok(machine)
    }
}

impl Machine {
    fn commit(&mut self) -> Result<(), StoreError> {
        self.commits += 1;
        let crash = self.crash.filter(|(commit, _)| *commit == self.commits);
        match crash {
            None => run(&self.connection, KEEP),
            Some((_, side)) => {
                self.down = true;
                let ended = match side {
                    CrashSide::Before => undo(&self.connection),
                    CrashSide::After => run(&self.connection, KEEP),
                };
                ended.and(Err(StoreError::Crashed))
            }
        }
    }
}

fn undo(connection: &Connection) -> Result<(), StoreError> {
    run(connection, BACK)?;
    run(connection, KEEP)
}

/// Runs one statement, prepared once.
fn run(connection: &Connection, text: &'static str) -> Result<(), StoreError> {
    crate::sqlite::execute(connection, text, &[]).map(|_| ())
}
