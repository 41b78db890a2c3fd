//! A closure on its way to a thread that runs it, and its answer on the way back. Knows no engine.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use tokio::sync::oneshot;

use crate::{error::StoreError, room::Room, tx::Tx};

/// Work that may run more than once and is answered once.
pub(crate) trait Job: Send {
    /// Runs it once more. Never unwinds.
    fn run(&mut self, tx: &mut Tx<'_>) -> Ran;
    /// Answers the caller: with what the last run returned, or with why that does not count.
    fn answer(self: Box<Self>, outcome: Result<(), StoreError>);
}

/// How a run ended, as far as the transaction is concerned.
pub(crate) enum Ran {
    /// To be committed.
    Done,
    /// To be rolled back: the closure returned its own refusal. The database may have refused before.
    Refused(Option<StoreError>),
    /// To be rolled back and answered with this: the closure panicked or went on after a refusal.
    Broken(StoreError),
}

impl Ran {
    /// What the database had against the run.
    pub(crate) fn failure(&self) -> Option<&StoreError> {
        match self {
            Self::Done => None,
            Self::Refused(failure) => failure.as_ref(),
            Self::Broken(error) => Some(error),
        }
    }
}

struct Work<T, E, F> {
    work: F,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
    room: Arc<Room>,
}

/// A job out of a closure, and the place where its answer arrives.
pub(crate) fn pack<T, E, F>(work: F, room: &Arc<Room>) -> (Box<dyn Job>, oneshot::Receiver<Result<T, E>>)
where
    F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    let work = Work {
        work,
        result: None,
        reply,
        room: Arc::clone(room),
    };
    (Box::new(work), answer)
}

impl<T, E, F> Job for Work<T, E, F>
where
    F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> Ran {
        let (result, ran) = attempt(&mut self.work, tx);
        self.room.note(ran.failure());
        self.result = result;
        ran
    }

    fn answer(self: Box<Self>, outcome: Result<(), StoreError>) {
        self.room.note(outcome.as_ref().err());
        // A caller that went away is no concern of ours.
        drop(self.reply.send(settle(self.result, outcome)));
    }
}

/// Runs the closure once, and says what is to become of the transaction.
pub(crate) fn attempt<T, E, F>(work: &mut F, tx: &mut Tx<'_>) -> (Option<Result<T, E>>, Ran)
where
    F: FnMut(&mut Tx<'_>) -> Result<T, E>,
{
    match catch_unwind(AssertUnwindSafe(|| work(tx))) {
        Err(panic) => (None, Ran::Broken(StoreError::Panicked(words(panic.as_ref())))),
        Ok(Err(refusal)) => (Some(Err(refusal)), Ran::Refused(tx.failure().cloned())),
        Ok(Ok(value)) => match tx.failure() {
            Some(failure) => (None, Ran::Broken(failure.clone())),
            None => (Some(Ok(value)), Ran::Done),
        },
    }
}

/// The caller's answer: what the closure returned, unless the transaction came to nothing.
pub(crate) fn settle<T, E: From<StoreError>>(
    result: Option<Result<T, E>>,
    outcome: Result<(), StoreError>,
) -> Result<T, E> {
    outcome?;
    result.unwrap_or_else(|| Err(StoreError::Aborted.into()))
}

fn words(panic: &(dyn Any + Send)) -> String {
    let fixed = panic.downcast_ref::<&str>().map(|words| (*words).to_owned());
    fixed
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without words".to_owned())
}
