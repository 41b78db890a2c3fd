//! The page that switches operators off, slows them down, and brings them back.
//!
//! Owns the page `/phone/operators` and which operators it lists. The rules themselves are `control`'s.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::face::Face;
use super::page;
use super::screen::operator_name;
use super::words::Words;
use crate::control::{Scope, Switch};
use crate::ledger::Gateway;
use crate::numbers::{self, COUNTRIES, Country};
use crate::operator::Shared;
use crate::refusal::Refusal;

/// Operators are found among this many of the last transactions.
const LOOKED_THROUGH: usize = 2_000;

/// A switch of three positions.
struct Line {
    label: String,
    gateway: &'static str,
    method: String,
    country: String,
    position: Option<Switch>,
}

impl Line {
    /// For the attribute `aria-pressed`.
    fn pressed(&self, position: Switch) -> &'static str {
        if self.position == Some(position) {
            "true"
        } else {
            "false"
        }
    }
}

#[derive(Template)]
#[template(path = "operators.html")]
struct OperatorsPage {
    face: Face,
    w: &'static Words,
    root: &'static str,
    number: Option<String>,
    countries: &'static [Country],
    lines: Vec<Line>,
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    number: Option<String>,
}

/// `GET /phone/operators`.
pub(crate) async fn show(State(operator): State<Shared>, face: Face, Query(asked): Query<Asked>) -> Response {
    let words = face.words();
    let mut lines: Vec<Line> = [Gateway::SimA, Gateway::SimB]
        .into_iter()
        .map(|gateway| line(&operator, words, (gateway, None)))
        .collect();
    for (method, country, gateway) in known(&operator) {
        lines.push(line(&operator, words, (gateway, Some((method, country)))));
    }
    page(&OperatorsPage {
        face,
        w: words,
        root: "../",
        number: asked.number.as_deref().and_then(numbers::from_address),
        countries: &COUNTRIES,
        lines,
    })
}

/// Operators that were used lately, on both gateways, and those that are switched.
fn known(operator: &Shared) -> BTreeSet<(String, String, Gateway)> {
    let mut known = BTreeSet::new();
    for row in operator.ledger().newest(LOOKED_THROUGH) {
        for gateway in [Gateway::SimA, Gateway::SimB] {
            known.insert((row.method.clone(), row.country.clone(), gateway));
        }
    }
    for scope in operator.controls().scopes() {
        if let (Some(gateway), Some(method), Some(country)) = (scope.gateway, scope.method, scope.country) {
            known.insert((method, country, gateway));
        }
    }
    known
}

fn line(operator: &Shared, words: &Words, (gateway, place): (Gateway, Option<(String, String)>)) -> Line {
    let (method, country) = match place {
        Some((method, country)) => (Some(method), Some(country)),
        None => (None, None),
    };
    let scope = Scope {
        gateway: Some(gateway),
        method: method.clone(),
        country: country.clone(),
    };
    let name = match (&method, &country) {
        (Some(method), Some(country)) => format!("{} · {country}", operator_name(method)),
        _ => words.every_operator.to_owned(),
    };
    Line {
        label: name,
        gateway: gateway.name(),
        method: method.unwrap_or_default(),
        country: country.unwrap_or_default(),
        position: operator.controls().position(&scope),
    }
}

/// The form of a switch. Empty members stand for all.
#[derive(Deserialize)]
pub(crate) struct Switched {
    gateway: String,
    method: String,
    country: String,
    mode: String,
    number: Option<String>,
}

/// `POST /phone/operators`, and back to the page.
pub(crate) async fn switch(State(operator): State<Shared>, face: Face, Form(form): Form<Switched>) -> Response {
    let Some(gateway) = Gateway::parse(&form.gateway) else {
        return Refusal::Invalid("gateway").into_response();
    };
    let Some(position) = Switch::parse(&form.mode) else {
        return Refusal::Invalid("mode").into_response();
    };
    let method = form.method.trim().to_ascii_lowercase();
    let is_plain = method.len() <= 40 && method.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_plain {
        return Refusal::Invalid("method").into_response();
    }
    let country = form.country;
    if !(country.is_empty() || country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase())) {
        return Refusal::Invalid("country").into_response();
    }
    let scope = Scope {
        gateway: Some(gateway),
        method: Some(method).filter(|method| !method.is_empty()),
        country: Some(country).filter(|country| !country.is_empty()),
    };
    operator.controls().switch(scope, position);
    let number = form.number.as_deref().and_then(numbers::from_address);
    let number = number
        .map(|number| format!("&number=%2B{}", number.trim_start_matches('+')))
        .unwrap_or_default();
    Redirect::to(&format!("operators?lang={}{number}", face.code())).into_response()
}
