//! Words, tables and JSON on stdout. A reader that went away is no failure. Never logs.

use std::io::{self, Write};

use comfy_table::{Table, presets};
use serde::Serialize;

use crate::failure::Failure;

/// For whom a command prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// A person.
    Text,
    /// A program: one line of JSON.
    Json,
}

/// Prints a line, at once.
pub(crate) fn line(text: &str) {
    let mut stdout = io::stdout().lock();
    let _ = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
}

/// Prints a value as one line of JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(value).map_err(|error| Failure::new(format!("cannot print: {error}")))?;
    line(&text);
    Ok(())
}

/// A table without lines, which also reads well in a narrow terminal.
pub(crate) fn table(head: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(head);
    table
}

/// A moment for people: UTC, to the second.
pub(crate) fn moment(at_ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(at_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    format!("{at:.0}")
}

/// A span for people: the two largest units are enough.
pub(crate) fn span(duration_ms: i64) -> String {
    let seconds = duration_ms.max(0) / 1_000;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}
