//! The page at a payment link: says what is paid and to whom, asks for what only the payer knows, and leads to a checkout of
//! the visitor's own. Looking at it makes nothing: programs that draw previews look too. Never decides about money.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use engine::door;
use engine::links::{LinkForm, LinkRefusal, LinkVisit};

use crate::api::Api;
use crate::checkout::origin::must_be_ours;
use crate::checkout::pay::{Form, lead};
use crate::checkout::visitor::Visitor;
use crate::envelope::Problem;
use crate::texts::Texts;

mod draw;
mod entered;

use draw::Page;
use entered::{Entered, read};

/// The page.
pub(crate) fn routes(api: &Api) -> Router<Api> {
    let page = Router::new().route("/l/{token}", get(show).post(receive));
    crate::checkout::dressed(api, page)
}

/// `GET /l/{token}`: the link as it stands.
async fn show(State(api): State<Api>, visitor: Visitor) -> Result<Response, Problem> {
    let visit = api.engine.visit_link(visitor.token()).await?;
    if let Some(token) = &visit.under_way {
        return lead_to(token, &visitor);
    }
    Ok(page(&api, &visit, &visitor).draw(&Entered::default()))
}

/// `POST /l/{token}`: the visitor goes on.
async fn receive(
    State(api): State<Api>,
    visitor: Visitor,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    must_be_ours(&headers, &api.config.public_url)?;
    let visit = api.engine.visit_link(visitor.token()).await?;
    let page = page(&api, &visit, &visitor);
    let (texts, link) = (page.texts, &visit.link);
    let entered = read(&form, texts, link);
    if entered.is_wrong() && visit.under_way.is_none() {
        return Ok(page.draw(&entered));
    }
    let asked = LinkForm {
        nonce: form.get("form").to_owned(),
        amount: entered.amount,
        email: entered.email.clone(),
        language: texts.language(),
    };
    match api.engine.follow_link(&visit, asked).await {
        Ok(token) => lead_to(&token, &visitor),
        Err(LinkRefusal::Amount(why)) => Ok(page.draw(&entered.with_amount(texts, why))),
        Err(LinkRefusal::EmailNeeded) => Ok(page.draw(&entered.without_email(texts))),
        // It has been paid or switched off since the form was drawn, or the form led to its end already: the page goes on.
        Err(LinkRefusal::Closed | LinkRefusal::FormUsedUp) => lead(&visitor.address(None)),
        Err(LinkRefusal::Other(refusal)) => Err(refusal.into()),
    }
}

fn page<'a>(api: &Api, visit: &'a LinkVisit, visitor: &Visitor) -> Page<'a> {
    let language = visitor.chosen_language().or(visit.link.language);
    let texts = language.map_or_else(|| visitor.texts_alone(), Texts::of);
    Page {
        visit,
        texts,
        kept: visitor.chosen_language(),
        nonce: api.engine.new_request_id(),
    }
}

/// Leads to a checkout, in the language that was chosen here.
fn lead_to(token: &str, visitor: &Visitor) -> Result<Response, Problem> {
    lead(&visitor.with_language(&door::checkout_path(token)))
}
