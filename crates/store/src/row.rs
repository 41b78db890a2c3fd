//! One row of an answer, read column by column. Refuses what it cannot read; never guesses.

use std::fmt::Display;

use crate::{
    error::StoreError,
    value::{FromValue, ValueRef},
};

/// A row, while the statement that found it is still open.
pub struct Row<'a> {
    pub(crate) cells: Cells<'a>,
    pub(crate) text: &'static str,
}

pub(crate) enum Cells<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a postgres::Row),
}

/// What can be read out of a row.
pub trait FromRow: Sized {
    /// Reads the row; refuses combinations that cannot be.
    ///
    /// # Errors
    /// [`StoreError::InvalidRow`], usually by way of [`Row::get`], [`Row::parse`] or [`Row::invalid`].
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError>;
}

impl Row<'_> {
    /// The value of the column, counted from 0.
    ///
    /// # Errors
    /// [`StoreError::InvalidRow`] when there is no such column or it holds something else.
    pub fn get<T: FromValue>(&self, index: usize) -> Result<T, StoreError> {
        self.value(index)
            .and_then(T::from_value)
            .map_err(|reason| self.invalid(index, reason))
    }

    /// The value of the column, made into a type of the house by `parse`.
    ///
    /// # Errors
    /// [`StoreError::InvalidRow`] with the words of `parse`.
    pub fn parse<V, T, E, P>(&self, index: usize, parse: P) -> Result<T, StoreError>
    where
        V: FromValue,
        E: Display,
        P: FnOnce(V) -> Result<T, E>,
    {
        parse(self.get(index)?).map_err(|reason| self.invalid(index, reason))
    }

    /// The refusal of this row because of what the column holds.
    pub fn invalid(&self, index: usize, reason: impl Display) -> StoreError {
        StoreError::InvalidRow {
            what: self.text.chars().take(80).collect(),
            column: self.name(index),
            reason: reason.to_string(),
        }
    }

    fn name(&self, index: usize) -> String {
        let name = match self.cells {
            Cells::Sqlite(row) => row.as_ref().column_name(index).ok().map(str::to_owned),
            Cells::Postgres(row) => row.columns().get(index).map(|column| column.name().to_owned()),
        };
        name.unwrap_or_else(|| format!("number {index}"))
    }

    fn value(&self, index: usize) -> Result<ValueRef<'_>, String> {
        match self.cells {
            Cells::Sqlite(row) => crate::sqlite::cell(row, index),
            Cells::Postgres(row) => crate::postgres::cell(row, index),
        }
    }
}

impl<T: FromValue> FromRow for T {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        row.get(0)
    }
}

macro_rules! tuples {
    ($(($($name:ident $index:literal),+))*) => {$(
        impl<$($name: FromValue),+> FromRow for ($($name,)+) {
            fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
                Ok(($(row.get::<$name>($index)?,)+))
            }
        }
    )*};
}

tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
}
