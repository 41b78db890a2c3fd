//! One connection with the settings of the house and its prepared statements. Never leaves its thread.

use std::collections::{HashMap, hash_map::Entry};

use postgres::{Client, Row, types::ToSql};

use super::{Address, cell::is_readable, placeholders::rewrite, refusal};
use crate::{error::StoreError, statement::RowLock, value::Value};

/// What every connection is told first. A transaction whose process froze lets go of its locks.
const SETTINGS: &str = "SET lock_timeout = '2s'; SET statement_timeout = '5s'; SET synchronous_commit = on; \
    SET idle_in_transaction_session_timeout = '15s'; SET default_transaction_isolation = 'read committed'; \
    SET TIME ZONE 'UTC'; SET standard_conforming_strings = on";

/// A connection.
pub(crate) struct Session {
    client: Client,
    /// By where the literal is in the program: the same literal is prepared once.
    statements: HashMap<(usize, usize, RowLock), postgres::Statement>,
}

impl Session {
    pub(super) fn open(address: &Address) -> Result<Self, StoreError> {
        let mut client = address.connect()?;
        client.batch_execute(SETTINGS).map_err(refusal)?;
        let statements = HashMap::with_capacity(512);
        Ok(Self { client, statements })
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Runs a text without parameters, as it is.
    pub(super) fn batch(&mut self, text: &str) -> Result<(), StoreError> {
        self.client.batch_execute(text).map_err(refusal)
    }

    /// Runs a statement; the number of rows changed.
    pub(crate) fn execute(&mut self, text: &'static str, values: &[Value]) -> Result<u64, StoreError> {
        let statement = self.prepared(text, RowLock::None)?;
        let values = fitting(&statement, text, values)?;
        self.client.execute(&statement, &values).map_err(refusal)
    }

    /// Runs a statement; its rows.
    pub(crate) fn query(
        &mut self,
        text: &'static str,
        lock: RowLock,
        values: &[Value],
    ) -> Result<Vec<Row>, StoreError> {
        let statement = self.prepared(text, lock)?;
        let values = fitting(&statement, text, values)?;
        self.client.query(&statement, &values).map_err(refusal)
    }

    /// Prepares a statement and looks at the types of its answer.
    pub(crate) fn check(&mut self, text: &'static str, lock: RowLock) -> Result<(), StoreError> {
        let statement = self.prepared(text, lock)?;
        let strange = statement.columns().iter().find(|column| !is_readable(column.type_()));
        match strange {
            None => Ok(()),
            Some(column) => {
                let (name, kind) = (column.name(), column.type_());
                Err(StoreError::Other(format!(
                    "column {name} has the type {kind}; cast it to BIGINT, TEXT or BOOLEAN"
                )))
            }
        }
    }

    fn prepared(&mut self, text: &'static str, lock: RowLock) -> Result<postgres::Statement, StoreError> {
        match self.statements.entry((text.as_ptr() as usize, text.len(), lock)) {
            Entry::Occupied(known) => Ok(known.get().clone()),
            Entry::Vacant(place) => {
                let text = rewrite(text) + lock.suffix();
                let statement = self.client.prepare(&text).map_err(refusal)?;
                Ok(place.insert(statement).clone())
            }
        }
    }
}

/// The values, if they are as many as the statement wants: the client panics otherwise.
fn fitting<'v>(
    statement: &postgres::Statement,
    text: &str,
    values: &'v [Value],
) -> Result<Vec<&'v (dyn ToSql + Sync)>, StoreError> {
    let (wanted, given) = (statement.params().len(), values.len());
    if wanted != given {
        return Err(StoreError::Other(format!(
            "{given} values for {wanted} parameters: {text}"
        )));
    }
    Ok(values.iter().map(|value| value as &(dyn ToSql + Sync)).collect())
}
