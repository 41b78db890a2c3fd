//! SQLite's result codes as the refusals of the house.

use rusqlite::{Error, ErrorCode, ffi};

use crate::error::StoreError;

/// What an error of SQLite means to a caller.
pub(crate) fn refusal(error: Error) -> StoreError {
    let text = error.to_string();
    let Error::SqliteFailure(failure, message) = error else {
        return StoreError::Other(text);
    };
    let message = message.unwrap_or_default();
    match failure.code {
        ErrorCode::ConstraintViolation => constraint(failure.extended_code, &message),
        ErrorCode::DiskFull => StoreError::Full,
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Busy,
        ErrorCode::ReadOnly => StoreError::ReadOnly,
        ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreError::Disk(text),
        _ => StoreError::Other(text),
    }
}

fn constraint(extended_code: i32, message: &str) -> StoreError {
    let detail = || {
        message
            .split_once("failed: ")
            .map_or(message, |(_, detail)| detail)
            .to_owned()
    };
    match extended_code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            StoreError::Unique { index: detail() }
        }
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => StoreError::Foreign,
        ffi::SQLITE_CONSTRAINT_CHECK => StoreError::Check { constraint: detail() },
        ffi::SQLITE_CONSTRAINT_NOTNULL => StoreError::NotNull,
        ffi::SQLITE_CONSTRAINT_TRIGGER => StoreError::Trigger(message.to_owned()),
        _ => StoreError::Other(message.to_owned()),
    }
}
