//! The clock that leases, expiry and timers are compared with. Never the monotonic one.

use crate::{error::StoreError, tx::Tx};

/// Milliseconds since 1970, UTC: on PostgreSQL the server's clock, so that all nodes agree (a named exception of
/// dialect); on SQLite the clock of the only process there is.
///
/// # Errors
/// When the transaction has failed already or the server does not answer.
pub fn clock(tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    tx.clock_ms()
}
