//! One statement: text, bound values, and how its answer is read. Never holds a decision.

use crate::{
    error::StoreError,
    row::{Cells, FromRow, Row},
    tx::{Engine, Tx},
    value::Value,
};

/// A statement about to run in a transaction.
#[must_use = "a statement does nothing until it is executed or read"]
pub struct Statement<'t, 'a> {
    tx: &'t mut Tx<'a>,
    text: &'static str,
    values: Vec<Value>,
    lock: RowLock,
}

/// How the rows that a SELECT finds are locked (PostgreSQL; on SQLite the only writer has them all anyway).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum RowLock {
    None,
    Wait,
    Skip,
}

impl RowLock {
    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Wait => " FOR UPDATE",
            Self::Skip => " FOR UPDATE SKIP LOCKED",
        }
    }
}

impl<'t, 'a> Statement<'t, 'a> {
    pub(crate) fn new(tx: &'t mut Tx<'a>, text: &'static str) -> Self {
        Self {
            tx,
            text,
            values: Vec::with_capacity(8),
            lock: RowLock::None,
        }
    }

    /// Binds the next parameter: the first call is `?1`.
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Locks the rows found until the transaction ends: `FOR UPDATE` on PostgreSQL, nothing on SQLite.
    pub fn for_update(mut self) -> Self {
        self.lock = RowLock::Wait;
        self
    }

    /// Locks the rows found and passes over those locked by others: `FOR UPDATE SKIP LOCKED` on PostgreSQL,
    /// nothing on SQLite.
    pub fn skip_locked(mut self) -> Self {
        self.lock = RowLock::Skip;
        self
    }

    /// Runs it; the number of rows inserted, changed or deleted.
    ///
    /// # Errors
    /// The refusal of the database.
    pub fn execute(self) -> Result<u64, StoreError> {
        let Self { tx, text, values, .. } = self;
        refuse_nul(&values)?;
        tx.guarded(|engine| match engine {
            Engine::Sqlite { connection, .. } => crate::sqlite::execute(connection, text, &values),
            Engine::Postgres(session) => session.execute(text, &values),
        })
    }

    /// Its first row, or none.
    ///
    /// # Errors
    /// The refusal of the database, or [`StoreError::InvalidRow`].
    pub fn optional<T: FromRow>(self) -> Result<Option<T>, StoreError> {
        let mut found = None;
        self.visit(|row| {
            found = Some(T::from_row(row)?);
            Ok(Next::Stop)
        })?;
        Ok(found)
    }

    /// Its first row, which must be there.
    ///
    /// # Errors
    /// [`StoreError::Missing`], or as [`Statement::optional`].
    pub fn one<T: FromRow>(self) -> Result<T, StoreError> {
        self.optional()?.ok_or(StoreError::Missing)
    }

    /// All its rows, in order.
    ///
    /// # Errors
    /// As [`Statement::optional`].
    pub fn all<T: FromRow>(self) -> Result<Vec<T>, StoreError> {
        let mut found = Vec::new();
        self.visit(|row| {
            found.push(T::from_row(row)?);
            Ok(Next::Go)
        })?;
        Ok(found)
    }

    /// Prepares it and runs nothing: for the test that prepares every statement of the house.
    ///
    /// # Errors
    /// What the engine has against it.
    #[doc(hidden)]
    pub fn prepare(self) -> Result<(), StoreError> {
        let Self { tx, text, lock, .. } = self;
        tx.guarded(|engine| match engine {
            Engine::Sqlite { connection, .. } => crate::sqlite::prepare(connection, text),
            Engine::Postgres(session) => session.check(text, lock),
        })
    }

    fn visit(self, mut see: impl FnMut(&Row<'_>) -> Result<Next, StoreError>) -> Result<(), StoreError> {
        let Self { tx, text, values, lock } = self;
        refuse_nul(&values)?;
        tx.guarded(|engine| match engine {
            Engine::Sqlite { connection, .. } => crate::sqlite::query(connection, text, &values, &mut see),
            Engine::Postgres(session) => {
                for row in &session.query(text, lock, &values)? {
                    let cells = Cells::Postgres(row);
                    if see(&Row { cells, text })? == Next::Stop {
                        break;
                    }
                }
                Ok(())
            }
        })
    }
}

/// Whether the reader wants another row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    Go,
    Stop,
}

fn refuse_nul(values: &[Value]) -> Result<(), StoreError> {
    let held = |value: &Value| matches!(value, Value::Text(text) if text.contains('\0'));
    if values.iter().any(held) {
        return Err(StoreError::Other("a text holds a NUL character".to_owned()));
    }
    Ok(())
}
