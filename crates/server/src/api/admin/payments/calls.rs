//! A call of an explanation, and what went over the wire for it.

use engine::domain::exchange::{Ended, Exchange, Message};
use engine::domain::outcome::OutcomeClass;
use engine::explain::{ExplainedCall, of_call};
use serde::Serialize;
use utoipa::ToSchema;

use super::moment;

/// One call to a provider.
#[derive(Serialize, ToSchema)]
#[schema(as = ExplainedCall)]
pub(super) struct CallBody {
    /// `call_…`
    id: String,
    /// `charge`, `close` or `look_up`.
    kind: &'static str,
    /// `open`, `not_sent`, `not_processed`, `declined`, `pending`, `captured`, `unknown` or `answered`.
    outcome: &'static str,
    /// What that means.
    text: &'static str,
    /// What happened, such as `unknown.deadline`.
    evidence: Option<String>,
    /// When it was allowed; of a question, when its answer was written down.
    started_at: String,
    /// When its outcome was written down.
    ended_at: Option<String>,
    /// What went over the wire, in order; empty when nothing did, or when it is no longer kept.
    exchanges: Vec<ExchangeBody>,
}

/// One request over the wire and its end. Secrets, phone numbers, card numbers and one-time codes are masked.
#[derive(Serialize, ToSchema)]
#[schema(as = ExplainedExchange)]
struct ExchangeBody {
    /// Such as `POST`.
    method: String,
    /// The whole address.
    url: String,
    /// What was to be sent.
    request: MessageBody,
    /// The HTTP status; null when no whole answer came.
    status: Option<u16>,
    /// The answer; null when no whole one came.
    answer: Option<MessageBody>,
    /// Without an answer: what may be claimed and why, such as `not_sent.refused` or `unknown.deadline`.
    failure: Option<String>,
    /// When it began.
    started_at: String,
    /// Milliseconds until the first byte left (name look-up, connecting, TLS); null when none did.
    sent_after_ms: Option<i64>,
    /// Milliseconds until the head of the answer was here; null when it never was.
    head_after_ms: Option<i64>,
    /// Milliseconds until its end.
    took_ms: i64,
}

/// Headers and body.
#[derive(Serialize, ToSchema)]
#[schema(as = ExplainedMessage)]
struct MessageBody {
    /// Names and values, in order.
    headers: Vec<HeaderBody>,
    /// The first 16 KiB of the body as text.
    body: String,
    /// Length of the whole body.
    body_bytes: u64,
}

/// One header.
#[derive(Serialize, ToSchema)]
#[schema(as = ExplainedHeader)]
struct HeaderBody {
    /// Its name.
    name: String,
    /// Its value.
    value: String,
}

impl CallBody {
    pub(super) fn of(explained: &ExplainedCall) -> Self {
        let (call, end) = (&explained.made.call, explained.made.end.as_ref());
        let class = end.map_or(OutcomeClass::Open, |end| end.class);
        Self {
            id: call.id.to_string(),
            kind: call.kind.code(),
            outcome: class.code(),
            text: of_call(class),
            evidence: end.and_then(|end| end.evidence.clone()),
            started_at: moment(call.started_at_ms),
            ended_at: end.map(|end| moment(end.at_ms)),
            exchanges: explained.exchanges.iter().map(ExchangeBody::of).collect(),
        }
    }
}

impl ExchangeBody {
    fn of(exchange: &Exchange) -> Self {
        let (status, answer, failure) = match &exchange.ended {
            Ended::Answered { status, answer } => (Some(*status), Some(MessageBody::of(answer)), None),
            Ended::Failed { code } => (None, None, Some(code.clone())),
        };
        Self {
            method: exchange.method.clone(),
            url: exchange.url.clone(),
            request: MessageBody::of(&exchange.request),
            status,
            answer,
            failure,
            started_at: moment(exchange.started_at_ms),
            sent_after_ms: exchange.timings.sent_after_ms,
            head_after_ms: exchange.timings.head_after_ms,
            took_ms: exchange.timings.took_ms,
        }
    }
}

impl MessageBody {
    fn of(message: &Message) -> Self {
        let headers = message.headers.iter().map(|(name, value)| HeaderBody {
            name: name.clone(),
            value: value.clone(),
        });
        Self {
            headers: headers.collect(),
            body: message.body.clone(),
            body_bytes: message.body_bytes,
        }
    }
}
