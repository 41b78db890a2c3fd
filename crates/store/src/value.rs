//! The four kinds of value that go in and out of both engines alike: null, integer, text, boolean. Never more.

/// A value bound to a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// NULL of any type.
    Null,
    /// `BIGINT`.
    Integer(i64),
    /// `TEXT`, without NUL characters (PostgreSQL cannot hold them, so neither engine does).
    Text(String),
    /// `BOOLEAN`.
    Bool(bool),
}

/// A value read from a row, borrowed from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueRef<'a> {
    /// NULL.
    Null,
    /// `BIGINT`; also a `BOOLEAN` on SQLite.
    Integer(i64),
    /// `TEXT`.
    Text(&'a str),
    /// `BOOLEAN` (PostgreSQL).
    Bool(bool),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<u16> for Value {
    fn from(number: u16) -> Self {
        Self::Integer(number.into())
    }
}

impl From<u8> for Value {
    fn from(number: u8) -> Self {
        Self::Integer(number.into())
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// What can be read out of one column.
///
/// The error is the reason, without the value: it may be personal.
pub trait FromValue: Sized {
    /// Reads the value, or says why it cannot be.
    ///
    /// # Errors
    /// The reason, in words that follow "column x".
    fn from_value(value: ValueRef<'_>) -> Result<Self, String>;
}

fn unexpected(value: ValueRef<'_>, wanted: &str) -> String {
    let found = match value {
        ValueRef::Null => "null",
        ValueRef::Integer(_) => "an integer",
        ValueRef::Text(_) => "text",
        ValueRef::Bool(_) => "a boolean",
    };
    format!("is {found}, not {wanted}")
}

impl FromValue for i64 {
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        match value {
            ValueRef::Integer(number) => Ok(number),
            ValueRef::Null | ValueRef::Text(_) | ValueRef::Bool(_) => Err(unexpected(value, "an integer")),
        }
    }
}

macro_rules! smaller_integers {
    ($($kind:ty),*) => {$(
        impl FromValue for $kind {
            fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
                let number = i64::from_value(value)?;
                Self::try_from(number).map_err(|_| concat!("does not fit in ", stringify!($kind)).to_owned())
            }
        }
    )*};
}

smaller_integers!(i32, u32, u64, u16, u8);

impl FromValue for String {
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        match value {
            ValueRef::Text(text) => Ok(text.to_owned()),
            ValueRef::Null | ValueRef::Integer(_) | ValueRef::Bool(_) => Err(unexpected(value, "text")),
        }
    }
}

impl FromValue for bool {
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        match value {
            ValueRef::Bool(truth) => Ok(truth),
            ValueRef::Integer(0) => Ok(false),
            ValueRef::Integer(1) => Ok(true),
            ValueRef::Integer(_) => Err("is neither 0 nor 1".to_owned()),
            ValueRef::Null | ValueRef::Text(_) => Err(unexpected(value, "a boolean")),
        }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        match value {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(_) | ValueRef::Text(_) | ValueRef::Bool(_) => T::from_value(value).map(Some),
        }
    }
}
