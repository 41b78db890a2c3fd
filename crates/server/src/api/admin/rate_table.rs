//! A table of exchange rates as comma-separated text. Owns its columns and how what is wrong is told by line; never what a
//! rate must be.

use std::fmt::Display;

use csv::{ReaderBuilder, StringRecord, Trim};
use engine::admin::{AdminRefusal, RateOrder};
use engine::domain::currency::Currency;
use engine::domain::exchange_rate::{CorrectionRate, ExchangeRate};

use crate::api::payment::requests::fields::Problems;
use crate::query::first_ms;

const COLUMNS: [&str; 6] = [
    "base_currency",
    "quote_currency",
    "rate",
    "correction_rate",
    "valid_from",
    "expires_at",
];
const MAY_BE_ABSENT: [&str; 2] = ["correction_rate", "valid_from"];

/// Rows of a table at most.
const ROWS_MAX: usize = 10_000;

/// Problems told at most: the rest of a table that is wrong in every line says nothing new.
const TOLD_MAX: usize = 20;

/// A row, and the line where it stands.
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) order: RateOrder,
}

/// Reads a table; none when anything in it is wrong.
pub(super) fn read(text: &str, problems: &mut Problems) -> Option<Vec<Row>> {
    let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(text.as_bytes());
    let head = match reader.headers() {
        Ok(head) => head.clone(),
        Err(error) => return unreadable(problems, &error),
    };
    if !names_the_columns(&head, problems) {
        return None;
    }
    let mut rows = Vec::new();
    let mut told = 0;
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => return unreadable(problems, &error),
        };
        if rows.len() >= ROWS_MAX {
            problems.add("body", format!("Must have at most {ROWS_MAX} rows."));
            return None;
        }
        match row(&head, &record) {
            Ok(row) => rows.push(row),
            Err(wrong) => {
                for text in wrong.into_iter().take(TOLD_MAX - told) {
                    problems.add("body", text);
                    told += 1;
                }
                if told >= TOLD_MAX {
                    return None;
                }
            }
        }
    }
    if told == 0 && rows.is_empty() {
        problems.add(
            "body",
            "Must have at least one row after the line with the names of the columns.",
        );
    }
    Some(rows)
}

/// What the engine says of a row by its number, told by its line.
pub(super) fn by_line(refusal: AdminRefusal, lines: &[u64]) -> AdminRefusal {
    let AdminRefusal::Invalid(problems) = refusal else {
        return refusal;
    };
    let told = |(path, message): (String, String)| {
        let (number, column) = path.split_once('.').unwrap_or(("0", path.as_str()));
        let line = number.parse::<usize>().ok().and_then(|number| lines.get(number));
        let text = format!("Line {}, {column}: {message}", line.copied().unwrap_or_default());
        ("body".to_owned(), text)
    };
    AdminRefusal::Invalid(problems.into_iter().take(TOLD_MAX).map(told).collect())
}

fn unreadable<T>(problems: &mut Problems, error: &csv::Error) -> Option<T> {
    problems.add("body", format!("Cannot be read: {error}."));
    None
}

fn names_the_columns(head: &StringRecord, problems: &mut Problems) -> bool {
    let unknown: Vec<&str> = head.iter().filter(|name| !COLUMNS.contains(name)).collect();
    let needed = COLUMNS.iter().filter(|name| !MAY_BE_ABSENT.contains(name));
    let missing: Vec<&str> = needed
        .filter(|name| !head.iter().any(|other| other == **name))
        .copied()
        .collect();
    if !unknown.is_empty() {
        problems.add(
            "body",
            format!("The first line names unknown columns: {}.", unknown.join(", ")),
        );
    }
    if !missing.is_empty() {
        problems.add(
            "body",
            format!("The first line must name the columns {}.", missing.join(", ")),
        );
    }
    unknown.is_empty() && missing.is_empty()
}

fn row(head: &StringRecord, record: &StringRecord) -> Result<Row, Vec<String>> {
    let line = record.position().map_or(0, csv::Position::line);
    let cells = Cells { head, record, line };
    let mut wrong = Vec::new();
    let base = cells.read("base_currency", Currency::parse, &mut wrong);
    let quote = cells.read("quote_currency", Currency::parse, &mut wrong);
    let rate = cells.read("rate", ExchangeRate::parse, &mut wrong);
    let correction = cells.read("correction_rate", CorrectionRate::parse, &mut wrong);
    let valid_from_ms = cells.read("valid_from", first_ms, &mut wrong);
    let expires_at_ms = cells.read("expires_at", first_ms, &mut wrong);
    match (base, quote, rate, expires_at_ms) {
        (Some(base), Some(quote), Some(rate), Some(expires_at_ms)) if wrong.is_empty() => Ok(Row {
            line,
            order: RateOrder {
                base,
                quote,
                rate,
                correction: correction.unwrap_or_else(CorrectionRate::none),
                valid_from_ms,
                expires_at_ms,
            },
        }),
        _ => Err(wrong),
    }
}

/// The cells of one line by the names of their columns.
struct Cells<'r> {
    head: &'r StringRecord,
    record: &'r StringRecord,
    line: u64,
}

impl Cells<'_> {
    fn read<T, E: Display>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, E>,
        wrong: &mut Vec<String>,
    ) -> Option<T> {
        let cell = self
            .head
            .iter()
            .position(|other| other == name)
            .and_then(|place| self.record.get(place));
        let Some(text) = cell.filter(|text| !text.is_empty()) else {
            if !MAY_BE_ABSENT.contains(&name) {
                wrong.push(format!("Line {}, {name}: Must be given.", self.line));
            }
            return None;
        };
        let read = parse(text);
        read.map_err(|error| wrong.push(format!("Line {}, {name}: {error}", self.line)))
            .ok()
    }
}
