//! The first step of a payment: which scenario will be played, and where to charge. Moves no money.
//!
//! Owns the choice of the scenario and the charge URL that carries it. Keeps nothing: the URL says it all, so a
//! session outlives a restart.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::control::{self, Traffic};
use crate::ledger::Gateway;
use crate::operator::Shared;
use crate::refusal::Refusal;
use crate::scenario::{self, Answer, Flow, Scenario};

/// Keys that begin so are refused, for rehearsing wrong credentials.
const REFUSED: &str = "refused";

/// Longest key.
const KEY_BYTES_MAX: usize = 512;

/// The caller's key. Any other than a [`REFUSED`] one is accepted; callbacks are signed with it.
pub(crate) struct ApiKey(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for ApiKey {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Refusal> {
        let key = parts.headers.get("X-Api-Key").and_then(|value| value.to_str().ok());
        key.filter(|key| (1..=KEY_BYTES_MAX).contains(&key.len()) && !key.starts_with(REFUSED))
            .map(|key| ApiKey(key.to_owned()))
            .ok_or(Refusal::Unauthorised)
    }
}

#[derive(Deserialize)]
struct Request {
    phone: Option<String>,
    card_token: Option<String>,
    country: String,
    method: String,
    flow: String,
    scenario: Option<String>,
}

/// `POST /{gateway}/session`. Errors: 401, 404 unknown gateway, 422 unknown scenario or malformed.
pub(crate) async fn session(
    State(operator): State<Shared>,
    Path(gateway): Path<String>,
    _key: ApiKey,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let gateway = Gateway::parse(&gateway).ok_or(Refusal::UnknownAddress)?;
    let request: Request = serde_json::from_slice(&body).map_err(|_| Refusal::Invalid("body"))?;
    let flow = Flow::parse(&request.flow).ok_or(Refusal::Invalid("flow"))?;
    let card = request.card_token.as_deref().map(card);
    let by_payer = match (card, request.phone.as_deref()) {
        (Some((scenario, _)), _) => scenario,
        (None, Some(phone)) => scenario::by_phone(phone),
        (None, None) => scenario::APPROVE,
    };
    let own = choose(gateway, request.scenario.as_deref(), by_payer)?;
    let traffic = Traffic {
        gateway,
        method: &request.method,
        country: &request.country,
    };
    control::held_back(&operator, traffic).await;
    let scenario = operator.controls().imposed(traffic).unwrap_or(own);
    let flow = scenario.flow.or(card.map(|(_, flow)| flow)).unwrap_or(flow);
    let base = if scenario.answer == Answer::Refuse {
        &operator.refusing_url
    } else {
        &operator.base_url
    };
    let charge_url = format!("{base}/{}/charge/{}/{}", gateway.name(), scenario.name, flow.name());
    Ok(Json(
        json!({"charge_url": charge_url, "scenario": scenario.name, "flow": flow.name()}),
    ))
}

/// What a card does, by its token, and whether the payer is sent to a page (3-D Secure). Unknown ones are declined.
fn card(token: &str) -> (&'static Scenario, Flow) {
    let (name, flow) = match token {
        "tok_test_card" => ("approve", Flow::Redirect),
        "tok_test_card_no3ds" => ("approve", Flow::Direct),
        "tok_test_insufficient_funds" => ("insufficient_funds", Flow::Direct),
        _ => ("decline", Flow::Direct),
    };
    (scenario::named(name).unwrap_or(scenario::APPROVE), flow)
}

/// A name goes before what the payer's number or card chooses. Scenarios act on `sim_a`; on `sim_b` only with the prefix
/// `both:`.
fn choose(gateway: Gateway, name: Option<&str>, by_payer: &'static Scenario) -> Result<&'static Scenario, Refusal> {
    let Some(name) = name else {
        return Ok(match gateway {
            Gateway::SimA => by_payer,
            Gateway::SimB => scenario::APPROVE,
        });
    };
    let both = name.strip_prefix("both:");
    let named = scenario::named(both.unwrap_or(name)).ok_or(Refusal::UnknownScenario)?;
    Ok(if gateway == Gateway::SimA || both.is_some() {
        named
    } else {
        scenario::APPROVE
    })
}
