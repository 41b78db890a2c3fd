//! Values of the house as values of PostgreSQL, by the type that the server asks for.

use std::error::Error;

use postgres::types::{FromSql, IsNull, ToSql, Type, private::BytesMut, to_sql_checked};

use crate::value::{Value, ValueRef};

/// One cell of a row.
pub(crate) fn cell(row: &postgres::Row, index: usize) -> Result<ValueRef<'_>, String> {
    row.try_get(index).map_err(|error| match Error::source(&error) {
        Some(cause) => cause.to_string(),
        None => error.to_string(),
    })
}

/// Whether a column of an answer has a type that the house reads.
pub(super) fn is_readable(kind: &Type) -> bool {
    matches!(
        *kind,
        Type::INT8 | Type::INT4 | Type::INT2 | Type::BOOL | Type::TEXT | Type::VARCHAR | Type::NAME | Type::UNKNOWN
    )
}

impl ToSql for Value {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match (self, kind) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Integer(number), &Type::INT8) => number.to_sql(kind, out),
            (Self::Integer(number), &Type::INT4) => i32::try_from(*number)?.to_sql(kind, out),
            (Self::Integer(number), &Type::INT2) => i16::try_from(*number)?.to_sql(kind, out),
            (Self::Text(text), &Type::TEXT | &Type::VARCHAR | &Type::NAME) => text.to_sql(kind, out),
            (Self::Bool(truth), &Type::BOOL) => truth.to_sql(kind, out),
            (Self::Integer(_), _) => Err(format!("an integer is bound where the statement needs {kind}").into()),
            (Self::Text(_), _) => Err(format!("a text is bound where the statement needs {kind}").into()),
            (Self::Bool(_), _) => Err(format!("a boolean is bound where the statement needs {kind}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true // decided by value above, with words that name the parameter's type
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for ValueRef<'a> {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        match *kind {
            Type::INT8 => i64::from_sql(kind, raw).map(Self::Integer),
            Type::INT4 => i32::from_sql(kind, raw).map(|number| Self::Integer(number.into())),
            Type::INT2 => i16::from_sql(kind, raw).map(|number| Self::Integer(number.into())),
            Type::BOOL => bool::from_sql(kind, raw).map(Self::Bool),
            Type::TEXT | Type::VARCHAR | Type::NAME | Type::UNKNOWN => <&str>::from_sql(kind, raw).map(Self::Text),
            _ => Err(format!("has the type {kind}; cast it to BIGINT, TEXT or BOOLEAN").into()),
        }
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(_: &Type) -> bool {
        true // decided above, with words that name the column's type
    }
}
