//! The page on which a number is chosen: typed, or one that pays.
//!
//! Owns which numbers are offered and in which order. Never holds a phone in hand.

use std::collections::HashMap;

use askama::Template;
use axum::response::Response;

use super::face::Face;
use super::screen::{amount, operator_name};
use super::words::Words;
use super::{Asked, page as drawn};
use crate::numbers::{self, COUNTRIES, Country};
use crate::operator::Shared;
use crate::prompts;

/// Numbers that are offered.
const OFFERED: usize = 12;
/// They are found among this many of the last transactions.
const LOOKED_THROUGH: usize = 2_000;
/// The country that is preset.
const PRESET: &str = "CI";

/// A number that paid or is asked to.
struct Recent {
    number: String,
    shown: String,
    /// What waits there, in words; empty when nothing does.
    waits: String,
}

/// A payment that waits on its page and belongs to no number.
struct Loose {
    id: String,
    text: String,
}

#[derive(Template)]
#[template(path = "choose.html")]
struct ChoosePage {
    face: Face,
    w: &'static Words,
    root: &'static str,
    countries: &'static [Country],
    country: String,
    typed: String,
    is_wrong: bool,
    recent: Vec<Recent>,
    loose: Vec<Loose>,
}

/// The page; `wrong` is what could not be read as a number.
pub(super) fn page(operator: &Shared, face: Face, wrong: Option<&Asked>) -> Response {
    let typed = wrong.and_then(|asked| asked.phone.clone().or_else(|| asked.number.clone()));
    let loose = prompts::waiting_anywhere(operator)
        .iter()
        .filter(|row| row.phone.is_none())
        .map(|row| Loose {
            id: row.id.clone(),
            text: format!(
                "{} · {}",
                operator_name(&row.method),
                amount(&row.amount, &row.currency)
            ),
        })
        .collect();
    drawn(&ChoosePage {
        face,
        w: face.words(),
        root: "",
        countries: &COUNTRIES,
        country: wrong
            .and_then(|asked| asked.country.clone())
            .unwrap_or_else(|| PRESET.to_owned()),
        typed: typed.unwrap_or_default(),
        is_wrong: wrong.is_some(),
        recent: recent(operator, face.words()),
        loose,
    })
}

/// Those at which something waits first, then the latest.
fn recent(operator: &Shared, words: &Words) -> Vec<Recent> {
    let mut waits: HashMap<String, usize> = HashMap::new();
    let mut found = Vec::new();
    for row in prompts::waiting_anywhere(operator).iter().rev() {
        if let Some(number) = &row.phone {
            let count = waits.entry(number.clone()).or_insert(0);
            *count = count.saturating_add(1);
            if *count == 1 {
                found.push(number.clone());
            }
        }
    }
    for row in operator.ledger().newest(LOOKED_THROUGH) {
        if found.len() >= OFFERED {
            break;
        }
        if let Some(number) = row.phone.as_ref().filter(|number| !found.contains(number)) {
            found.push(number.clone());
        }
    }
    found.truncate(OFFERED);
    let told = |number: String| Recent {
        shown: numbers::shown(&number),
        waits: waits.get(&number).map(|count| words.waits(*count)).unwrap_or_default(),
        number,
    };
    found.into_iter().map(told).collect()
}
