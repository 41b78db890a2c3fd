//! Running one statement on a SQLite connection, prepared once per connection.

use rusqlite::{CachedStatement, Connection, ToSql, types};

use super::refusal;
use crate::{
    error::StoreError,
    row::{Cells, Row},
    statement::Next,
    value::{Value, ValueRef},
};

/// Runs it; the number of rows changed.
pub(crate) fn execute(connection: &Connection, text: &str, values: &[Value]) -> Result<u64, StoreError> {
    let mut statement = bound(connection, text, values)?;
    let changed = statement.raw_execute().map_err(refusal)?;
    Ok(u64::try_from(changed).unwrap_or(u64::MAX))
}

/// Runs it and shows its rows until `see` has enough.
pub(crate) fn query(
    connection: &Connection,
    text: &'static str,
    values: &[Value],
    see: &mut dyn FnMut(&Row<'_>) -> Result<Next, StoreError>,
) -> Result<(), StoreError> {
    let mut statement = bound(connection, text, values)?;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(refusal)? {
        let cells = Cells::Sqlite(row);
        if see(&Row { cells, text })? == Next::Stop {
            break;
        }
    }
    Ok(())
}

/// Prepares it and no more.
pub(crate) fn prepare(connection: &Connection, text: &str) -> Result<(), StoreError> {
    connection.prepare(text).map(drop).map_err(refusal)
}

/// One cell of a row.
pub(crate) fn cell<'a>(row: &'a rusqlite::Row<'_>, index: usize) -> Result<ValueRef<'a>, String> {
    match row.get_ref(index).map_err(|error| error.to_string())? {
        types::ValueRef::Null => Ok(ValueRef::Null),
        types::ValueRef::Integer(number) => Ok(ValueRef::Integer(number)),
        types::ValueRef::Text(bytes) => {
            let text = std::str::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())?;
            Ok(ValueRef::Text(text))
        }
        types::ValueRef::Real(_) => Err("is a float".to_owned()),
        types::ValueRef::Blob(_) => Err("is a blob".to_owned()),
    }
}

fn bound<'c>(connection: &'c Connection, text: &str, values: &[Value]) -> Result<CachedStatement<'c>, StoreError> {
    let mut statement = connection.prepare_cached(text).map_err(refusal)?;
    let wanted = statement.parameter_count();
    if wanted != values.len() {
        let given = values.len();
        return Err(StoreError::Other(format!(
            "{given} values for {wanted} parameters: {text}"
        )));
    }
    for (index, value) in (1..).zip(values) {
        statement.raw_bind_parameter(index, value).map_err(refusal)?;
    }
    Ok(statement)
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<types::ToSqlOutput<'_>> {
        let value = match self {
            Self::Null => types::ValueRef::Null,
            Self::Integer(number) => types::ValueRef::Integer(*number),
            Self::Text(text) => types::ValueRef::Text(text.as_bytes()),
            Self::Bool(truth) => types::ValueRef::Integer(i64::from(*truth)),
        };
        Ok(types::ToSqlOutput::Borrowed(value))
    }
}
