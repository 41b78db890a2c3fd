//! How an exchange stands inside its seal: JSON text that no query can look into.

use domain::exchange::{Ended, Exchange, Message, Timings};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Stored {
    method: String,
    url: String,
    request: StoredMessage,
    ended: StoredEnd,
    started_at: i64,
    started_monotonic: i64,
    sent_after: Option<i64>,
    head_after: Option<i64>,
    took: i64,
}

#[derive(Serialize, Deserialize)]
struct StoredMessage {
    headers: Vec<(String, String)>,
    body: String,
    bytes: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredEnd {
    Answered { status: u16, answer: StoredMessage },
    Failed { code: String },
}

/// The bytes to be sealed.
pub(crate) fn write(exchange: &Exchange) -> Result<Vec<u8>, String> {
    let ended = match &exchange.ended {
        Ended::Answered { status, answer } => StoredEnd::Answered {
            status: *status,
            answer: StoredMessage::of(answer),
        },
        Ended::Failed { code } => StoredEnd::Failed { code: code.clone() },
    };
    let stored = Stored {
        method: exchange.method.clone(),
        url: exchange.url.clone(),
        request: StoredMessage::of(&exchange.request),
        ended,
        started_at: exchange.started_at_ms,
        started_monotonic: exchange.started_monotonic_ms,
        sent_after: exchange.timings.sent_after_ms,
        head_after: exchange.timings.head_after_ms,
        took: exchange.timings.took_ms,
    };
    serde_json::to_vec(&stored).map_err(|error| error.to_string())
}

/// The exchange of opened bytes.
pub(crate) fn read(bytes: &[u8]) -> Result<Exchange, String> {
    let stored: Stored = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let ended = match stored.ended {
        StoredEnd::Answered { status, answer } => Ended::Answered {
            status,
            answer: answer.into_message(),
        },
        StoredEnd::Failed { code } => Ended::Failed { code },
    };
    Ok(Exchange {
        method: stored.method,
        url: stored.url,
        request: stored.request.into_message(),
        ended,
        started_at_ms: stored.started_at,
        started_monotonic_ms: stored.started_monotonic,
        timings: Timings {
            sent_after_ms: stored.sent_after,
            head_after_ms: stored.head_after,
            took_ms: stored.took,
        },
    })
}

impl StoredMessage {
    fn of(message: &Message) -> Self {
        Self {
            headers: message.headers.clone(),
            body: message.body.clone(),
            bytes: message.body_bytes,
        }
    }

    fn into_message(self) -> Message {
        Message {
            headers: self.headers,
            body: self.body,
            body_bytes: self.bytes,
        }
    }
}
