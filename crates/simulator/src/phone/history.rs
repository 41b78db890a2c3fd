//! The ledger for people: what the operators really did, for one number or for all.
//!
//! Owns the page `/phone/ledger`. Never shows more than the last hundred lines; `/ledger` has them all.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;

use super::face::Face;
use super::page;
use super::screen::{amount, operator_name};
use super::words::Words;
use crate::ledger::Row;
use crate::operator::Shared;
use crate::{clock, numbers};

/// Lines on the page, newest first.
const LINES_MAX: usize = 100;

/// A transaction.
struct Line {
    at: String,
    day: String,
    number: Option<(String, String)>,
    operator: String,
    amount: String,
    /// As on the wire: chooses the colour.
    status: &'static str,
    told: &'static str,
    why: &'static str,
    reference: String,
    id: String,
    played: String,
}

#[derive(Template)]
#[template(path = "history.html")]
struct HistoryPage {
    face: Face,
    w: &'static Words,
    root: &'static str,
    /// Whose ledger it is: in E.164 and for reading.
    number: Option<(String, String)>,
    lines: Vec<Line>,
}

#[derive(serde::Deserialize)]
pub(crate) struct Asked {
    number: Option<String>,
}

/// `GET /phone/ledger?number=`.
pub(crate) async fn show(State(operator): State<Shared>, face: Face, Query(asked): Query<Asked>) -> Response {
    let number = asked.number.as_deref().and_then(numbers::from_address);
    let rows = match &number {
        Some(number) => {
            let mut rows = operator.ledger().by_phone(number);
            rows.reverse();
            rows.truncate(LINES_MAX);
            rows
        }
        None => operator.ledger().newest(LINES_MAX),
    };
    let words = face.words();
    page(&HistoryPage {
        face,
        w: words,
        root: "../",
        number: number.map(both),
        lines: rows.iter().map(|row| line(row, words)).collect(),
    })
}

fn both(number: String) -> (String, String) {
    let shown = numbers::shown(&number);
    (number, shown)
}

fn line(row: &Row, words: &'static Words) -> Line {
    let at = clock::iso(row.at_ms);
    Line {
        day: format!("{} {}", at.get(..10).unwrap_or_default(), clock::hour(row.at_ms)),
        at,
        number: row.phone.clone().map(both),
        operator: format!("{} · {}", operator_name(&row.method), row.country),
        amount: amount(&row.amount, &row.currency),
        status: row.status.name(),
        told: words.status(row.status),
        why: row
            .reason
            .as_deref()
            .map(|reason| words.reason(reason))
            .unwrap_or_default(),
        reference: row.reference.clone(),
        id: row.id.clone(),
        played: format!("{} · {}", row.gateway.name(), row.scenario.name),
    }
}
