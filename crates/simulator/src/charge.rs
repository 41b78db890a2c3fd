//! The second step of a payment: the request that opens a transaction, answered as the scenario demands.
//!
//! Owns the charge request's shape, its checks and its answers. Never moves a transaction after it was opened.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Extension, Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use http_body_util::BodyExt;
use iso_currency::Currency;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::control::Traffic;
use crate::ledger::{CallbackTo, Gateway, Row, Status};
use crate::numbers::is_e164;
use crate::operator::{Opening, Shared};
use crate::refusal::Refusal;
use crate::scenario::{self, Answer, Callbacks, Flow, Scenario};
use crate::session::ApiKey;
use crate::wire::Wire;
use crate::{clock, life};

/// Largest body of a charge request.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// Longest amount or name of a method or country, description, and address.
const NAME_BYTES_MAX: usize = 64;
const DESCRIPTION_BYTES_MAX: usize = 4_096;
const URL_BYTES_MAX: usize = 8_192;
/// `callback_first` waits this long for its callback before it answers.
const CALLBACK_FIRST_WAIT: Duration = Duration::from_secs(2);

#[derive(Deserialize)]
struct Request {
    reference: String,
    amount: String,
    currency: String,
    phone: Option<String>,
    country: String,
    method: String,
    description: Option<String>,
    callback_url: Option<String>,
    return_url: Option<String>,
    otp: Option<String>,
}

/// What a charge URL says.
struct Target {
    gateway: Gateway,
    scenario: &'static Scenario,
    flow: Flow,
}

impl Target {
    fn parse(path: &(String, String, String)) -> Option<Target> {
        let (gateway, scenario, flow) = path;
        Some(Target {
            gateway: Gateway::parse(gateway)?,
            scenario: scenario::named(scenario)?,
            flow: Flow::parse(flow)?,
        })
    }
}

/// `POST {charge_url}`. Errors: 401, 404, 413, 422, and what the scenario demands.
pub(crate) async fn charge(
    State(operator): State<Shared>,
    Path(path): Path<(String, String, String)>,
    ApiKey(key): ApiKey,
    Extension(wire): Extension<Arc<Wire>>,
    body: Body,
) -> Result<Response, Refusal> {
    let target = Target::parse(&path).ok_or(Refusal::UnknownAddress)?;
    if matches!(target.scenario.answer, Answer::Reset | Answer::Refuse) {
        return reset_midway(&wire, body).await;
    }
    let body = to_bytes(body, BODY_BYTES_MAX).await.map_err(|_| Refusal::TooLarge)?;
    let request = Request::read(&body, target.flow)?;
    let (method, country) = (request.method.clone(), request.country.clone());
    let traffic = Traffic {
        gateway: target.gateway,
        method: &method,
        country: &country,
    };
    let (is_down, delay_ms) = {
        let controls = operator.controls();
        (controls.is_down(traffic), controls.delay_ms(traffic))
    };
    let opening = open(&operator, &target, request, Terms { key, is_down })?;
    let answer = match opening {
        Opening::Known(rows) => present(&operator, &rows),
        Opening::New(rows) if rows.is_empty() => match target.scenario.answer {
            Answer::Silence => hang(&operator, &wire).await,
            _ => Refusal::NotProcessed.into_response(),
        },
        Opening::New(rows) => answer(&operator, &wire, target.scenario.answer, &rows).await,
    };
    if delay_ms > 0 {
        clock::sleep_ms(delay_ms).await;
    }
    Ok(answer)
}

/// On which terms a request is taken.
struct Terms {
    key: String,
    is_down: bool,
}

/// A known reference is never called "not processed": that promise would be a lie.
fn open(operator: &Shared, target: &Target, request: Request, terms: Terms) -> Result<Opening, Refusal> {
    let known = operator.ledger().by_reference(target.gateway, &request.reference);
    if !known.is_empty() {
        return Ok(Opening::Known(known));
    }
    if terms.is_down {
        return Err(Refusal::NotProcessed);
    }
    if target.scenario.opens == 0 {
        return Ok(Opening::New(Vec::new()));
    }
    let code_is_wrong = target.flow == Flow::Otp && request.otp.as_deref() != Some(scenario::RIGHT_OTP);
    let mut row = request.into_row(target, operator, terms.key);
    let now_ms = row.opened_at_ms;
    let at_once = if code_is_wrong {
        Some(life::wrong_code(&row, now_ms))
    } else {
        life::due(&row, operator.pace, now_ms)
    };
    if let Some(change) = at_once {
        row.become_as(change);
    }
    Ok(operator.open(row)?)
}

impl Request {
    fn read(body: &Bytes, flow: Flow) -> Result<Request, Refusal> {
        let request: Request = serde_json::from_slice(body).map_err(|_| Refusal::Invalid("body"))?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let reference = &request.reference;
        if reference.is_empty() || reference.len() > 128 || !reference.bytes().all(plain) {
            return Err(Refusal::Invalid("reference"));
        }
        let currency = Currency::from_code(&request.currency).ok_or(Refusal::Invalid("currency"))?;
        if !amount_fits(&request.amount, currency) {
            return Err(Refusal::Invalid("amount"));
        }
        match request.phone.as_deref() {
            Some(phone) if is_e164(phone) => {}
            None if flow.has_page() || flow == Flow::Direct => {}
            Some(_) | None => return Err(Refusal::Invalid("phone")),
        }
        request.must_be_short()?;
        if !request.callback_url.as_deref().is_none_or(is_web_address) {
            return Err(Refusal::Invalid("callback_url"));
        }
        if !request.return_url.as_deref().is_none_or(is_web_address) {
            return Err(Refusal::Invalid("return_url"));
        }
        Ok(request)
    }

    /// What is kept of a request is bounded: nobody needs a key to make one.
    fn must_be_short(&self) -> Result<(), Refusal> {
        let texts = [
            ("amount", Some(&self.amount), NAME_BYTES_MAX),
            ("method", Some(&self.method), NAME_BYTES_MAX),
            ("country", Some(&self.country), NAME_BYTES_MAX),
            ("description", self.description.as_ref(), DESCRIPTION_BYTES_MAX),
            ("callback_url", self.callback_url.as_ref(), URL_BYTES_MAX),
            ("return_url", self.return_url.as_ref(), URL_BYTES_MAX),
        ];
        let is_long = |text: Option<&String>, most: usize| text.is_some_and(|text| text.len() > most);
        match texts.into_iter().find(|(_, text, most)| is_long(*text, *most)) {
            Some((name, ..)) => Err(Refusal::Invalid(name)),
            None => Ok(()),
        }
    }

    fn into_row(self, target: &Target, operator: &Shared, key: String) -> Row {
        let now_ms = clock::now_ms();
        // The code was asked before: what would wait for the payer's approval does not wait any more.
        let approved = target.flow == Flow::Otp && target.scenario.name == scenario::APPROVE.name;
        let after_ms = if approved { 0 } else { target.scenario.after_ms };
        let calls_back = target.scenario.callbacks != Callbacks::Never;
        Row {
            id: String::new(),
            reference: self.reference,
            gateway: target.gateway,
            phone: self.phone,
            amount: self.amount,
            currency: self.currency,
            country: self.country,
            method: self.method,
            scenario: target.scenario,
            flow: target.flow,
            status: Status::Pending,
            reason: None,
            description: self.description,
            opened_at_ms: now_ms,
            at_ms: now_ms,
            expires_at_ms: operator.pace.after(now_ms, scenario::LIFETIME_MS),
            due_at_ms: Some(operator.pace.after(now_ms, after_ms)),
            return_url: self.return_url,
            callback: self
                .callback_url
                .filter(|_| calls_back)
                .map(|url| CallbackTo { url, key }),
            told: None,
            wait: None,
        }
    }
}

async fn answer(operator: &Shared, wire: &Wire, answer: Answer, rows: &[Arc<Row>]) -> Response {
    match answer {
        Answer::Silence => hang(operator, wire).await,
        Answer::ServerError => (StatusCode::INTERNAL_SERVER_ERROR, "Internal error").into_response(),
        Answer::Html => Html("<!doctype html><title>Welcome</title><h1>It works!</h1>").into_response(),
        Answer::PendingAfterCallback => {
            let calls = rows.first().and_then(|row| operator.announce(row, 0));
            if let Some(calls) = calls {
                // Answered in any case: the tries that are left go on by themselves.
                let _ = tokio::time::timeout(CALLBACK_FIRST_WAIT, calls).await;
            }
            rows.first().map_or_else(nothing, |row| accepted(operator, row))
        }
        Answer::State | Answer::NotProcessed | Answer::Reset | Answer::Refuse => present(operator, rows),
    }
}

/// The first transaction as it is: 202 pending, 200 charged, 402 declined or expired.
fn present(operator: &Shared, rows: &[Arc<Row>]) -> Response {
    let Some(row) = rows.first() else { return nothing() };
    match row.status {
        Status::Pending => accepted(operator, row),
        Status::Charged => (StatusCode::OK, Json(outcome(row, Status::Charged))).into_response(),
        Status::Declined | Status::Expired => {
            let mut body = outcome(row, row.status);
            insert(&mut body, "reason", json!(row.reason));
            (StatusCode::PAYMENT_REQUIRED, Json(body)).into_response()
        }
    }
}

fn accepted(operator: &Shared, row: &Row) -> Response {
    let page = format!("{}/pay/{}", operator.base_url, row.id);
    let action = match row.flow {
        Flow::Prompt | Flow::Otp => json!({"type": "prompt", "ussd_code": null}),
        Flow::Redirect => json!({"type": "redirect", "url": page}),
        Flow::Qr => json!({"type": "qr", "payload": page, "deep_link": page}),
        Flow::Direct => Value::Null,
    };
    let mut body = outcome(row, Status::Pending);
    insert(&mut body, "action", action);
    insert(&mut body, "expires_at", json!(clock::iso(row.expires_at_ms)));
    (StatusCode::ACCEPTED, Json(body)).into_response()
}

fn outcome(row: &Row, status: Status) -> Value {
    json!({
        "reference": row.reference, "transaction_id": row.id, "status": status,
        "amount": row.amount, "currency": row.currency, "phone": row.phone,
    })
}

fn insert(body: &mut Value, member: &str, value: Value) {
    if let Some(members) = body.as_object_mut() {
        members.insert(member.to_owned(), value);
    }
}

/// For lists that are never empty.
fn nothing() -> Response {
    Refusal::UnknownReference.into_response()
}

/// Answers nothing while the caller waits; the connection is dropped when the simulator stops.
async fn hang(operator: &Shared, wire: &Wire) -> Response {
    operator.stopped().await;
    wire.hang_up();
    std::future::pending().await
}

/// Reads about half of what was announced, then resets the connection. The answer is never sent.
async fn reset_midway(wire: &Wire, mut body: Body) -> Result<Response, Refusal> {
    let half = axum::body::HttpBody::size_hint(&body).lower() / 2;
    let mut read = 0_u64;
    while read <= half {
        let Some(Ok(frame)) = body.frame().await else { break };
        read = read.saturating_add(frame.data_ref().map_or(0, |data| data.len() as u64));
    }
    wire.reset();
    std::future::pending().await
}

/// Plain digits, more than zero, no more decimals than the currency has.
fn amount_fits(text: &str, currency: Currency) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && !text.starts_with('.')
        && !text.ends_with('.');
    let exponent = currency.exponent().unwrap_or(0);
    let amount = text.parse::<Decimal>().ok().filter(|_| plain);
    amount.is_some_and(|amount| amount > Decimal::ZERO && amount.scale() <= u32::from(exponent))
}

fn is_web_address(url: &str) -> bool {
    let parsed = url.parse::<Uri>().ok().filter(|uri| uri.authority().is_some());
    parsed.is_some_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")))
}
