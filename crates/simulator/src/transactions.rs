//! Questions about what happened, and closing a page session: the caller's status calls and the ledger of the truth.
//!
//! Owns the transaction's shape on the wire. Never opens or charges anything.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::control::Traffic;
use crate::ledger::{Gateway, Row, Status};
use crate::operator::Shared;
use crate::refusal::Refusal;
use crate::scenario::CLOSED;
use crate::session::ApiKey;
use crate::{clock, life};

/// A transaction as status answers and callbacks show it. `amount` is a decimal text in major units.
#[derive(Serialize)]
pub(crate) struct Transaction<'a> {
    id: &'a str,
    status: Status,
    amount: &'a str,
    currency: &'a str,
    phone: Option<&'a str>,
    method: &'a str,
    country: &'a str,
    reason: Option<&'a str>,
    at: String,
}

impl<'a> Transaction<'a> {
    pub(crate) fn of(row: &'a Row) -> Self {
        Transaction {
            id: &row.id,
            status: row.status,
            amount: &row.amount,
            currency: &row.currency,
            phone: row.phone.as_deref(),
            method: &row.method,
            country: &row.country,
            reason: row.reason.as_deref(),
            at: clock::iso(row.at_ms),
        }
    }
}

/// `GET /{gateway}/transactions/{reference}`. Errors: 401, 404 unknown, 503 while the scenario hides it.
pub(crate) async fn status(
    State(operator): State<Shared>,
    Path((gateway, reference)): Path<(String, String)>,
    _key: ApiKey,
) -> Result<Json<Value>, Refusal> {
    let gateway = Gateway::parse(&gateway).ok_or(Refusal::UnknownAddress)?;
    let rows = operator.ledger().by_reference(gateway, &reference);
    let first = rows.first().ok_or(Refusal::UnknownReference)?;
    wait_if_slow(&operator, first).await;
    let hidden_until_ms = operator.pace.after(first.opened_at_ms, first.scenario.status_down_ms);
    if first.scenario.status_down_ms > 0 && clock::now_ms() < hidden_until_ms {
        return Err(Refusal::StatusUnavailable);
    }
    let rows = operator.ledger().by_reference(gateway, &reference);
    let transactions: Vec<_> = rows.iter().map(|row| Transaction::of(row)).collect();
    Ok(Json(json!({"reference": reference, "transactions": transactions})))
}

/// `POST /{gateway}/transactions/{reference}/close`. Errors: 401, 404 unknown, 409 for what cannot be closed.
pub(crate) async fn close(
    State(operator): State<Shared>,
    Path((gateway, reference)): Path<(String, String)>,
    _key: ApiKey,
) -> Result<Json<Value>, Refusal> {
    let gateway = Gateway::parse(&gateway).ok_or(Refusal::UnknownAddress)?;
    let rows = operator.ledger().by_reference(gateway, &reference);
    let first = rows.first().ok_or(Refusal::UnknownReference)?;
    for row in &rows {
        let now_ms = clock::now_ms();
        let row = operator
            .change(&row.id, |row| life::closed(row, now_ms))?
            .ok_or(Refusal::UnknownReference)?;
        if row.reason.as_deref() != Some(CLOSED) {
            return Err(Refusal::NotClosable(row.status));
        }
    }
    wait_if_slow(&operator, first).await;
    Ok(Json(json!({"closed": true})))
}

async fn wait_if_slow(operator: &Shared, row: &Row) {
    let traffic = Traffic {
        gateway: row.gateway,
        method: &row.method,
        country: &row.country,
    };
    let delay_ms = operator.controls().delay_ms(traffic);
    if delay_ms > 0 {
        clock::sleep_ms(delay_ms).await;
    }
}

#[derive(Deserialize)]
pub(crate) struct Filter {
    reference: Option<String>,
    phone: Option<String>,
}

/// A ledger line: a transaction and whose it is.
#[derive(Serialize)]
struct Charge<'a> {
    reference: &'a str,
    gateway: &'static str,
    scenario: &'static str,
    opened_at: String,
    #[serde(flatten)]
    transaction: Transaction<'a>,
}

#[derive(Serialize)]
struct Truth<'a> {
    charges: Vec<Charge<'a>>,
    refunds: [Value; 0],
    payouts: [Value; 0],
}

/// `GET /ledger?reference=&phone=`: every transaction that was opened, oldest first. No key is asked.
pub(crate) async fn ledger(State(operator): State<Shared>, Query(filter): Query<Filter>) -> Response {
    // A `+` that was not percent-encoded arrives as a space.
    let phone = filter.phone.map(|phone| phone.replacen(' ', "+", 1));
    let rows = match &filter.reference {
        Some(reference) => [Gateway::SimA, Gateway::SimB]
            .into_iter()
            .flat_map(|gateway| operator.ledger().by_reference(gateway, reference))
            .collect(),
        None => match &phone {
            Some(phone) => operator.ledger().by_phone(phone),
            None => operator.ledger().rows(),
        },
    };
    let charges = rows
        .iter()
        .filter(|row| phone.is_none() || row.phone == phone)
        .map(|row| Charge {
            reference: &row.reference,
            gateway: row.gateway.name(),
            scenario: row.scenario.name,
            opened_at: clock::iso(row.opened_at_ms),
            transaction: Transaction::of(row),
        })
        .collect();
    Json(Truth {
        charges,
        refunds: [],
        payouts: [],
    })
    .into_response()
}
