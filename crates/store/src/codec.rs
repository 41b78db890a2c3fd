//! How values of the domain stand in columns. Owns the two directions; a column that holds anything else is refused.

use domain::country::Country;
use domain::currency::Currency;
use domain::ids::{Id, Kind};
use domain::language::Language;
use domain::method::MethodCode;
use domain::money::Money;
use domain::scope::{ApiFamily, Environment};

use crate::error::StoreError;
use crate::row::Row;
use crate::value::{FromValue, Value, ValueRef};

impl<K: Kind> From<Id<K>> for Value {
    fn from(id: Id<K>) -> Self {
        Self::Text(id.stored())
    }
}

impl<K: Kind> FromValue for Id<K> {
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        match value {
            ValueRef::Text(text) => Self::from_stored(text).ok_or_else(|| "is not an id".to_owned()),
            ValueRef::Null | ValueRef::Integer(_) | ValueRef::Bool(_) => Err("is not text".to_owned()),
        }
    }
}

macro_rules! coded {
    ($($kind:ty, $parse:expr;)*) => {$(
        impl From<$kind> for Value {
            fn from(value: $kind) -> Self {
                Self::Text(value.code().to_owned())
            }
        }

        impl FromValue for $kind {
            fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
                let text = String::from_value(value)?;
                let parse: fn(&str) -> Option<Self> = $parse;
                parse(&text).ok_or_else(|| concat!("is no ", stringify!($kind)).to_owned())
            }
        }
    )*};
}
pub(crate) use coded;

coded! {
    Environment, Self::parse;
    ApiFamily, Self::parse;
    Language, Self::parse;
    Currency, |text| Self::parse(text).ok();
    Country, |text| Self::parse(text).ok();
    MethodCode, |text| Self::parse(text).ok();
}

/// Reads an amount from a column of minor units and one with its currency.
pub(crate) fn money(row: &Row<'_>, minor: usize, currency: usize) -> Result<Money, StoreError> {
    let currency: Currency = row.get(currency)?;
    row.parse(minor, |value: i64| Money::from_minor(value, currency))
}
