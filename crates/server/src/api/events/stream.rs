//! The stream of events: server-sent events, as long as the reader, the key and the server last. Owns the messages and the
//! end of a stream; never which events there are. The reader's socket sets the pace: what it does not take is not read.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use engine::events::{EventView, Follow, Following, News};
use hyper::body::Frame;
use tokio::sync::mpsc;

use super::seats::Seat;
use super::{Audience, EventBody, query};
use crate::api::Api;
use crate::envelope::Problem;
use crate::error_codes::ErrorCode;
use crate::line::Line;

/// When nothing happens a comment is sent in this time, so that everybody on the way knows that the stream lives.
const QUIET: Duration = Duration::from_secs(15);

/// Tells browsers to connect again after a second.
const GREETING: &[u8] = b"retry: 1000\n\n";
const STILL_HERE: &[u8] = b": still here\n\n";

/// Asks proxies (nginx and those who follow it) to hand on what comes.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Whom the command line's streams count for.
const COMMAND_LINE: &str = "command line";

/// Opens a stream.
pub(crate) async fn open(api: &Api, audience: Audience, parts: &Parts) -> Result<Response, Problem> {
    let wish = query::stream(parts, audience.family)?;
    let seat = api.seats.take(audience.key_id.as_deref().unwrap_or(COMMAND_LINE));
    let seat = seat.ok_or_else(|| Problem::new(ErrorCode::TooManyStreams).retry_after(1))?;
    let order = Follow {
        family: audience.family,
        events: wish.events,
        after: wish.after.map(|(id, _)| id),
        key_id: audience.key_id,
    };
    let following = api.engine.follow(audience.scope, order).await?;
    let following = following.ok_or_else(|| {
        let name = wish.after.map_or("after", |(_, name)| name);
        Problem::field(name, "No event has this id; without one the stream begins now.")
    })?;
    let line = parts.extensions.get::<Line>().cloned();
    if let Some(line) = &line {
        line.hold_open();
    }
    let (sender, chunks) = mpsc::channel(1);
    tokio::spawn(run(following, sender, line));
    let mut response = Response::new(Body::new(Told { chunks, _seat: seat }));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(BUFFERING, HeaderValue::from_static("no"));
    Ok(response)
}

/// Tells until the server stops, the reader is gone or there is nothing more to tell.
async fn run(mut following: Following, sender: mpsc::Sender<Bytes>, line: Option<Line>) {
    let stopped = async {
        match line {
            Some(line) => line.stopped().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        () = stopped => {}
        () = sender.closed() => {}
        () = tell(&mut following, &sender) => {}
    }
}

async fn tell(following: &mut Following, sender: &mpsc::Sender<Bytes>) {
    let mut chunk = Bytes::from_static(GREETING);
    while sender.send(chunk).await.is_ok() {
        chunk = match following.next(QUIET).await {
            Ok(News::Events(events)) => events.iter().flat_map(message).collect(),
            Ok(News::Quiet) => Bytes::from_static(STILL_HERE),
            Ok(News::Over) => return,
            Err(refusal) => {
                // The reader comes back, and goes on where it was.
                tracing::warn!(event = "event_stream_broken", %refusal);
                return;
            }
        };
    }
}

/// One event as a message. JSON on one line stays on one line.
fn message(event: &EventView) -> Vec<u8> {
    let body = EventBody::of(event);
    let mut bytes = format!("id: {}\nevent: {}\n", body.id, body.event).into_bytes();
    let data = serde_json::to_vec(&body).unwrap_or_default();
    for line in data.split(|byte| matches!(byte, b'\n' | b'\r')) {
        bytes.extend_from_slice(b"data: ");
        bytes.extend_from_slice(line);
        bytes.push(b'\n');
    }
    bytes.push(b'\n');
    bytes
}

/// The body of the answer. Dropped with the connection, and with it the stream's seat and task.
struct Told {
    chunks: mpsc::Receiver<Bytes>,
    _seat: Seat,
}

impl HttpBody for Told {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.chunks
            .poll_recv(cx)
            .map(|chunk| chunk.map(|chunk| Ok(Frame::data(chunk))))
    }
}

#[cfg(test)]
mod tests {
    use engine::domain::announcement::Announcement;
    use engine::domain::ids::{EventId, IntentId};
    use engine::events::EventView;

    #[test]
    fn a_message_is_three_lines_and_an_empty_one() {
        let event = EventView {
            id: EventId::new(5, 5),
            announcement: Announcement::PaymentCompleted,
            intent_id: IntentId::new(4, 4),
            sequence: 3,
            stream_no: 9,
            created_at_ms: 1_780_920_000_000,
            body: br#"{"event":"payment.completed","text":"a\nb"}"#.to_vec(),
        };
        let text = String::from_utf8(super::message(&event)).unwrap();
        let expected = format!(
            "id: {id}\nevent: payment.completed\ndata: {{\"id\":\"{id}\",\"event\":\"payment.completed\",\
             \"payment_id\":\"{}\",\"sequence\":3,\"created_at\":\"2026-06-08T12:00:00+00:00\",\
             \"body\":{{\"event\":\"payment.completed\",\"text\":\"a\\nb\"}}}}\n\n",
            event.intent_id,
            id = event.id,
        );
        assert_eq!(text, expected);
        let spread = EventView {
            body: b"{\n\"a\": 1}".to_vec(),
            ..event
        };
        let text = String::from_utf8(super::message(&spread)).unwrap();
        assert!(text.ends_with("\"body\":{\ndata: \"a\": 1}}\n\n"), "{text}");
    }
}
