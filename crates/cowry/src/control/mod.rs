//! The door of a running server on SQLite for the command line of the same user: a Unix socket in its data folder. A line
//! says which database is meant, a line answers; then the admin API is spoken. Never open to another user.

mod client;
mod folder;
mod server;

pub(crate) use client::{Knock, knock};
pub(crate) use server::Control;

/// Longest line that is read, in bytes.
const LINE_BYTES_MAX: u64 = 16 * 1024;
/// How the one who knocks begins, before the path of the database.
const GREETING: &str = "cowry admin v1, database ";
/// How a server answers that has another database, before its path.
const OTHER_DATABASE: &str = "other database ";
/// How a server answers that is meant.
const WELCOME: &str = "welcome";
