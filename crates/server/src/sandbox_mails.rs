//! The mails that sandboxes would have sent, for whoever tries the server out: a list, and each as its reader would see it.
//! There is nothing at these addresses where such mails are really sent or real money moves or moved. Never sends.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::response::{IntoResponse, Response};
use engine::domain::ids::MailId;
use engine::mails::KeptMail;

use crate::api::Api;
use crate::api::payment::render::time;
use crate::envelope::Problem;
use crate::error_codes::ErrorCode;
use crate::segment::Segment;

/// Nothing from elsewhere and no script; a mail stands in a frame of its own.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A mail may show itself and nothing else, and only in our own page.
const MAIL_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox";

/// Mails on a page.
const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "mails/list.html")]
struct ListPage {
    mails: Vec<Row>,
    /// Where older ones are.
    older: Option<String>,
}

#[derive(Template)]
#[template(path = "mails/mail.html")]
struct MailPage {
    mail: Row,
    /// Shown instead of the HTML part.
    text: Option<String>,
}

/// A mail as the pages name it.
struct Row {
    id: String,
    subject: String,
    to: String,
    at: String,
}

/// `GET /sandbox/mails`.
pub(crate) async fn list(State(api): State<Api>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let below = match parameter(query.as_deref(), "before") {
        None => None,
        Some(text) => Some(MailId::from_public(&text).ok_or_else(nothing)?),
    };
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut mails = api.engine.kept_mails(below, limit).await?.ok_or_else(nothing)?;
    let has_more = mails.len() > PAGE;
    mails.truncate(PAGE);
    let older = mails.last().filter(|_| has_more).map(|last| last.id.to_string());
    let page = ListPage {
        mails: mails.iter().map(Row::of).collect(),
        older,
    };
    Ok(html(page.render().unwrap_or_default(), POLICY))
}

/// `GET /sandbox/mails/{id}`, with `?part=text` for its text.
pub(crate) async fn show(
    State(api): State<Api>,
    Segment(id): Segment,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let mail = find(&api, &id).await?;
    let wants_text = parameter(query.as_deref(), "part").is_some_and(|part| part == "text");
    let page = MailPage {
        mail: Row::of(&mail),
        text: wants_text.then_some(mail.composed.text),
    };
    Ok(html(page.render().unwrap_or_default(), POLICY))
}

/// `GET /sandbox/mails/{id}/html`: the HTML part alone, for the frame.
pub(crate) async fn frame(State(api): State<Api>, Segment(id): Segment) -> Result<Response, Problem> {
    let mail = find(&api, &id).await?;
    Ok(html(mail.composed.html, MAIL_POLICY))
}

impl Row {
    fn of(mail: &KeptMail) -> Self {
        Self {
            id: mail.id.to_string(),
            subject: mail.composed.subject.clone(),
            to: mail.to.clone(),
            at: time::iso(mail.at_ms),
        }
    }
}

async fn find(api: &Api, id: &str) -> Result<KeptMail, Problem> {
    let id = MailId::from_public(id).ok_or_else(nothing)?;
    api.engine.kept_mail(id).await?.ok_or_else(nothing)
}

/// As for an address that there is not.
fn nothing() -> Problem {
    Problem::new(ErrorCode::NotFound)
}

fn parameter(query: Option<&str>, name: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query?.as_bytes());
    pairs
        .find(|(other, _)| other == name)
        .map(|(_, value)| value.into_owned())
}

fn html(page: String, policy: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy)),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (headers, page).into_response()
}
