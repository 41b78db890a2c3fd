//! Acts in order: one file per verb. Contains no SQL, no JSON, no HTTP status.
