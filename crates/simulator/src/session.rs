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

/// The caller's key. Any other than a [`REFUSED`] one is accepted; callbacks are signed with it.
pub(crate) struct ApiKey(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for ApiKey {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Refusal> {
        let key = parts.headers.get("X-Api-Key").and_then(|value| value.to_str().ok());
        key.filter(|key| !key.is_empty() && !key.starts_with(REFUSED))
            .map(|key| ApiKey(key.to_owned()))
            .ok_or(Refusal::Unauthorised)
    }
}

#[derive(Deserialize)]
struct Request {
    phone: Option<String>,
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
    let own = choose(gateway, request.scenario.as_deref(), request.phone.as_deref())?;
    let traffic = Traffic {
        gateway,
        method: &request.method,
        country: &request.country,
    };
    control::held_back(&operator, traffic).await;
    let scenario = operator.controls().imposed(traffic).unwrap_or(own);
    let flow = scenario.flow.unwrap_or(flow);
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

/// A name goes before digits. Scenarios act on `sim_a`; on `sim_b` only with the prefix `both:`.
fn choose(gateway: Gateway, name: Option<&str>, phone: Option<&str>) -> Result<&'static Scenario, Refusal> {
    let Some(name) = name else {
        return Ok(match (gateway, phone) {
            (Gateway::SimA, Some(phone)) => scenario::by_phone(phone),
            (Gateway::SimA, None) | (Gateway::SimB, _) => scenario::APPROVE,
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
