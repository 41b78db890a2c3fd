//! One open transaction on either engine, lent to a closure. Cannot await, so it cannot be open across the network.

use world::World;

use crate::{
    error::StoreError,
    postgres::Session,
    statement::{RowLock, Statement},
};

/// A transaction. Lives as long as the closure that got it; commits or rolls back by the closure's result.
pub struct Tx<'a> {
    pub(crate) engine: Engine<'a>,
    failure: Option<StoreError>,
}

pub(crate) enum Engine<'a> {
    Sqlite {
        connection: &'a rusqlite::Connection,
        world: &'a World,
    },
    Postgres(&'a mut Session),
}

impl<'a> Tx<'a> {
    pub(crate) fn sqlite(connection: &'a rusqlite::Connection, world: &'a World) -> Self {
        Self {
            engine: Engine::Sqlite { connection, world },
            failure: None,
        }
    }

    pub(crate) fn postgres(session: &'a mut Session) -> Self {
        Self {
            engine: Engine::Postgres(session),
            failure: None,
        }
    }

    /// A statement, with parameters `?1 ?2 …` to be bound in that order. One text for both engines, always a
    /// literal: a test prepares each of them on both.
    pub fn sql(&mut self, text: &'static str) -> Statement<'_, 'a> {
        Statement::new(self, text)
    }

    /// The refusal that ended this transaction, if any.
    pub(crate) fn failure(&self) -> Option<&StoreError> {
        self.failure.as_ref()
    }

    /// Runs `act` unless the transaction has failed already, and remembers the refusal of the database.
    pub(crate) fn guarded<T>(
        &mut self,
        act: impl FnOnce(&mut Engine<'a>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.failure.is_some() {
            return Err(StoreError::Aborted);
        }
        act(&mut self.engine).inspect_err(|error| {
            if !matches!(error, StoreError::InvalidRow { .. } | StoreError::Missing) {
                self.failure = Some(error.clone());
            }
        })
    }

    /// The number of milliseconds since 1970 by the clock that all writers of this database share.
    pub(crate) fn clock_ms(&mut self) -> Result<i64, StoreError> {
        self.guarded(|engine| match engine {
            Engine::Sqlite { world, .. } => Ok(world.now_ms()),
            Engine::Postgres(session) => {
                let text = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";
                let rows = session.query(text, RowLock::None, &[])?;
                let row = rows.first().ok_or(StoreError::Missing)?;
                let clock = crate::postgres::cell(row, 0).and_then(crate::value::FromValue::from_value);
                clock.map_err(StoreError::Other)
            }
        })
    }
}
