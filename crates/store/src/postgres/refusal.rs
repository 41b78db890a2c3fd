//! PostgreSQL's SQLSTATEs as the refusals of the house.

use postgres::error::{DbError, SqlState};

use crate::error::StoreError;

/// What an error of the client or the server means to a caller. `Unavailable` always means that the connection is
/// lost.
pub(crate) fn refusal(error: postgres::Error) -> StoreError {
    match error.as_db_error() {
        Some(refused) => by_state(refused),
        None if error.is_closed() || is_broken(&error) => StoreError::Unavailable(words(&error)),
        None => StoreError::Other(words(&error)),
    }
}

fn by_state(refused: &DbError) -> StoreError {
    let constraint = || refused.constraint().unwrap_or_default().to_owned();
    let message = || refused.message().to_owned();
    match *refused.code() {
        SqlState::UNIQUE_VIOLATION => StoreError::Unique { index: constraint() },
        SqlState::FOREIGN_KEY_VIOLATION => StoreError::Foreign,
        SqlState::CHECK_VIOLATION => StoreError::Check {
            constraint: constraint(),
        },
        SqlState::NOT_NULL_VIOLATION => StoreError::NotNull,
        SqlState::RAISE_EXCEPTION => StoreError::Trigger(message()),
        SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => StoreError::Conflict,
        // A lock or a statement took longer than the session allows.
        SqlState::LOCK_NOT_AVAILABLE | SqlState::QUERY_CANCELED | SqlState::TOO_MANY_CONNECTIONS => StoreError::Busy,
        SqlState::DISK_FULL => StoreError::Full,
        SqlState::READ_ONLY_SQL_TRANSACTION => StoreError::ReadOnly,
        ref code if is_end_of_connection(code) => StoreError::Unavailable(message()),
        ref code => StoreError::Other(format!("{} ({})", refused.message(), code.code())),
    }
}

fn is_end_of_connection(code: &SqlState) -> bool {
    let stopping = [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
    ];
    code.code().starts_with("08") || stopping.contains(code) || *code == SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
}

fn is_broken(error: &postgres::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        if inner.is::<std::io::Error>() {
            return true;
        }
        cause = inner.source();
    }
    false
}

fn words(error: &postgres::Error) -> String {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
    format!("{error}{}", cause.unwrap_or_default())
}
