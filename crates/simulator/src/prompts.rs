//! What waits for payers at their phones, and their answers.
//!
//! Owns the addresses under `/prompts`, the rule of the PIN, and that one prompt stands for all transactions of its
//! reference. Never draws a page.

use std::collections::HashSet;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::ledger::{Row, Wait};
use crate::life::{self, Decision};
use crate::operator::Shared;
use crate::phones::{CODE_LIFETIME_MS, CodeMessage, GLANCE_MS};
use crate::refusal::Refusal;
use crate::scenario::RIGHT_OTP;
use crate::{clock, numbers};

/// The one PIN that is wrong.
const WRONG: &str = "0000";
/// Where nobody asks for one number, this many of the last transactions are looked through.
const LOOKED_THROUGH: usize = 2_000;

/// What a person does with a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// With a PIN where one is asked.
    Approve { pin: Option<String> },
    /// Says no.
    Decline,
    /// Puts it aside until it ends.
    Ignore,
}

impl Reply {
    pub(crate) fn parse(answer: &str, pin: Option<String>) -> Option<Reply> {
        match answer {
            "approve" => Some(Reply::Approve { pin }),
            "decline" => Some(Reply::Decline),
            "ignore" => Some(Reply::Ignore),
            _ => None,
        }
    }
}

/// What waits at this phone, oldest first; of transactions under one reference the first.
pub(crate) fn waiting(operator: &Shared, phone: &str) -> Vec<Arc<Row>> {
    firsts(operator.ledger().by_phone(phone))
}

/// What waits anywhere, oldest first, among the last transactions.
pub(crate) fn waiting_anywhere(operator: &Shared) -> Vec<Arc<Row>> {
    let mut rows = operator.ledger().newest(LOOKED_THROUGH);
    rows.reverse();
    firsts(rows)
}

fn firsts(rows: Vec<Arc<Row>>) -> Vec<Arc<Row>> {
    let mut seen = HashSet::new();
    rows.into_iter()
        .filter(|row| life::awaits_payer(row) && seen.insert((row.gateway, row.reference.clone())))
        .collect()
}

/// Does what the person wants with every transaction that the prompt stands for, and returns the first as it is then.
/// Errors: unknown, over, or a PIN that is none.
pub(crate) fn answer(operator: &Shared, id: &str, reply: &Reply) -> Result<Arc<Row>, Refusal> {
    let prompt = operator.ledger().by_id(id).ok_or(Refusal::UnknownPrompt)?;
    if !life::awaits_payer(&prompt) {
        return Err(Refusal::NotWaiting(prompt.status));
    }
    let decision = match reply {
        Reply::Ignore => None,
        Reply::Decline => Some(Decision::Decline),
        Reply::Approve { .. } if prompt.flow.has_page() => Some(Decision::Approve),
        Reply::Approve { pin } => Some(typed(pin.as_deref())?),
    };
    let now_ms = clock::now_ms();
    let rows = operator.ledger().by_reference(prompt.gateway, &prompt.reference);
    for row in rows {
        match decision {
            Some(decision) => operator.change(&row.id, |row| life::decided(row, decision, operator.pace, now_ms))?,
            None => operator.postpone(&row.id, Wait::SetAside, |row| {
                life::awaits_payer(row).then_some(row.expires_at_ms)
            })?,
        };
    }
    operator.ledger().by_id(id).ok_or(Refusal::UnknownPrompt)
}

fn typed(pin: Option<&str>) -> Result<Decision, Refusal> {
    let is_pin = |pin: &&str| (4..=6).contains(&pin.len()) && pin.bytes().all(|byte| byte.is_ascii_digit());
    match pin.filter(is_pin) {
        Some(WRONG) => Ok(Decision::MistypePin),
        Some(_) => Ok(Decision::Approve),
        None => Err(Refusal::Invalid("pin")),
    }
}

/// A prompt on the wire. Times are ISO 8601, `amount` is a decimal text in major units.
#[derive(Serialize)]
struct Prompt {
    id: String,
    asks: &'static str,
    phone: Option<String>,
    since: String,
    until: String,
    #[serde(flatten)]
    more: Value,
}

impl Prompt {
    fn of(operator: &Shared, row: &Row) -> Prompt {
        let page = format!("{}/pay/{}", operator.base_url, row.id);
        Prompt {
            id: row.id.clone(),
            asks: if row.flow.has_page() { "page" } else { "pin" },
            phone: row.phone.clone(),
            since: clock::iso(row.opened_at_ms),
            until: clock::iso(row.expires_at_ms),
            more: json!({
                "gateway": row.gateway.name(), "method": row.method, "country": row.country, "amount": row.amount,
                "currency": row.currency, "description": row.description, "reference": row.reference,
                "page_url": row.flow.has_page().then_some(page), "is_set_aside": row.wait == Some(Wait::SetAside),
            }),
        }
    }

    fn of_code(code: &CodeMessage) -> Prompt {
        Prompt {
            id: format!("code-{}", code.at_ms),
            asks: "code",
            phone: Some(code.phone.clone()),
            since: clock::iso(code.at_ms),
            until: clock::iso(code.at_ms.saturating_add(CODE_LIFETIME_MS)),
            more: json!({"code": RIGHT_OTP}),
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Filter {
    phone: Option<String>,
}

/// `GET /prompts?phone=`: what waits at this number, or anywhere. Whoever asks for a number has its phone in hand.
/// Errors: 422 for what is no number.
pub(crate) async fn list(State(operator): State<Shared>, Query(filter): Query<Filter>) -> Result<Json<Value>, Refusal> {
    let now_ms = clock::now_ms();
    let phone = match filter.phone.as_deref() {
        None => None,
        Some(text) => Some(numbers::from_address(text).ok_or(Refusal::Invalid("phone"))?),
    };
    let rows = match &phone {
        Some(phone) => {
            operator.phones().look(phone, GLANCE_MS, now_ms);
            waiting(&operator, phone)
        }
        None => waiting_anywhere(&operator),
    };
    let codes = operator.phones().codes(phone.as_deref());
    let is_fresh = |code: &&CodeMessage| code.at_ms.saturating_add(CODE_LIFETIME_MS) > now_ms;
    let mut prompts: Vec<_> = rows.iter().map(|row| Prompt::of(&operator, row)).collect();
    prompts.extend(codes.iter().filter(is_fresh).map(Prompt::of_code));
    Ok(Json(json!({"prompts": prompts})))
}

#[derive(Deserialize)]
struct Request {
    answer: String,
    pin: Option<String>,
}

/// `POST /prompts/{id}`. Errors: 404 unknown, 409 when it does not wait any more, 422 naming the member.
pub(crate) async fn reply(
    State(operator): State<Shared>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let request: Request = serde_json::from_slice(&body).map_err(|_| Refusal::Invalid("body"))?;
    let reply = Reply::parse(&request.answer, request.pin).ok_or(Refusal::Invalid("answer"))?;
    let row = answer(&operator, &id, &reply)?;
    Ok(Json(json!({"id": row.id, "status": row.status, "reason": row.reason})))
}
