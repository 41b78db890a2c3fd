//! The page a payer is sent to: look at the payment, approve or decline it, go back to the merchant.
//!
//! Owns the addresses under `/pay`. Never renders HTML itself.

use axum::extract::{Form, Path, State};
use axum::http::Method;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::life::{self, Decision};
use crate::operator::Shared;
use crate::phone::face::Face;
use crate::refusal::Refusal;
use crate::scenario::Page;
use crate::{clock, pages};

#[derive(Deserialize)]
pub(crate) struct Answer {
    decision: String,
}

/// `GET /pay/{id}`. In the scenario `qr` opening the page approves. Errors: 404 when there is no such page.
pub(crate) async fn show(
    State(operator): State<Shared>,
    Path(id): Path<String>,
    face: Face,
    method: Method,
) -> Result<Html<String>, Refusal> {
    let now_ms = clock::now_ms();
    let row = operator.change(&id, |row| {
        let opened = method == Method::GET && row.flow.has_page() && row.scenario.page == Page::ApprovesWhenOpened;
        opened
            .then(|| life::decided(row, Decision::Approve, operator.pace, now_ms))
            .flatten()
    })?;
    let row = row.filter(|row| row.flow.has_page()).ok_or(Refusal::UnknownAddress)?;
    Ok(Html(pages::payment(&row, face)))
}

/// `POST /pay/{id}` with the form member `decision=approve|decline`.
pub(crate) async fn decide(
    State(operator): State<Shared>,
    Path(id): Path<String>,
    Form(answer): Form<Answer>,
) -> Result<Response, Refusal> {
    match answer.decision.as_str() {
        "approve" => settle(&operator, &id, Decision::Approve),
        "decline" => settle(&operator, &id, Decision::Decline),
        _ => Err(Refusal::Invalid("decision")),
    }
}

/// `POST /pay/{id}/approve`.
pub(crate) async fn approve(State(operator): State<Shared>, Path(id): Path<String>) -> Result<Response, Refusal> {
    settle(&operator, &id, Decision::Approve)
}

/// `POST /pay/{id}/decline`.
pub(crate) async fn decline(State(operator): State<Shared>, Path(id): Path<String>) -> Result<Response, Refusal> {
    settle(&operator, &id, Decision::Decline)
}

/// Back to the merchant, or to the page that now shows how it ended. A decision that comes too late changes nothing.
fn settle(operator: &Shared, id: &str, decision: Decision) -> Result<Response, Refusal> {
    let now_ms = clock::now_ms();
    let row = operator.change(id, |row| {
        row.flow
            .has_page()
            .then(|| life::decided(row, decision, operator.pace, now_ms))
            .flatten()
    })?;
    let row = row.filter(|row| row.flow.has_page()).ok_or(Refusal::UnknownAddress)?;
    let back = row
        .return_url
        .clone()
        .unwrap_or_else(|| format!("{}/pay/{}", operator.base_url, row.id));
    Ok(Redirect::to(&back).into_response())
}
