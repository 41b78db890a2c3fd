//! Keeps a masked copy of every exchange that a piece of work makes, without the gateways' help: so none can forget it.
//! Owns when a copy is taken and how much of it; never looks into it, and changes nothing of the exchange.

use std::sync::{Arc, Mutex, PoisonError};

use domain::exchange::{Ended, Exchange, Message};
use world::World;

use super::gate::Gate;
use super::masks::Masks;
use super::{Answer, Failure, Request};

/// Bytes that are kept of each body.
const BODY_BYTES_MAX: usize = 16 * 1024;

/// Exchanges that are kept of one piece of work: no charge needs more, and memory stays bounded.
const EXCHANGES_MAX: usize = 16;

/// Headers that are kept of each message, and bytes of a value.
const HEADERS_MAX: usize = 64;
const HEADER_BYTES_MAX: usize = 2 * 1024;

tokio::task_local! {
    static RECORDER: Arc<Recorder>;
}

struct Recorder {
    masks: Masks,
    kept: Mutex<Vec<Exchange>>,
}

/// Does the work and returns, besides its result, every exchange that it made in this task, in order and masked.
pub async fn recorded<T>(masks: Masks, work: impl Future<Output = T>) -> (T, Vec<Exchange>) {
    let recorder = Arc::new(Recorder {
        masks,
        kept: Mutex::new(Vec::new()),
    });
    let result = RECORDER.scope(Arc::clone(&recorder), work).await;
    let kept = std::mem::take(&mut *recorder.kept.lock().unwrap_or_else(PoisonError::into_inner));
    (result, kept)
}

/// An exchange under way, of which a copy will be kept.
pub(super) struct Record {
    recorder: Arc<Recorder>,
    begun: Exchange,
}

/// Takes the copy of a request, if anybody wants it.
pub(super) fn begin(world: &World, request: &Request) -> Option<Record> {
    let recorder = RECORDER.try_with(Arc::clone).ok()?;
    let masks = &recorder.masks;
    let begun = Exchange {
        method: request.method.to_string(),
        url: masks.mask(&request.url),
        request: message(masks, &request.headers, &request.body),
        ended: Ended::Failed { code: String::new() },
        started_at_ms: world.now_ms(),
        started_monotonic_ms: world.monotonic_ms(),
        timings: domain::exchange::Timings::default(),
    };
    Some(Record { recorder, begun })
}

impl Record {
    /// Keeps the copy with its end.
    pub(super) fn end(self, outcome: &Result<Answer, Failure>, gate: &Gate) {
        let Self { recorder, mut begun } = self;
        begun.timings = gate.timings(begun.started_monotonic_ms);
        begun.ended = match outcome {
            Ok(answer) => Ended::Answered {
                status: answer.status,
                answer: message(&recorder.masks, &answer.headers, &answer.body),
            },
            Err(failure) => Ended::Failed {
                code: failure.code().to_owned(),
            },
        };
        let mut kept = recorder.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < EXCHANGES_MAX {
            kept.push(begun);
        }
    }
}

fn message(masks: &Masks, headers: &[(String, String)], body: &[u8]) -> Message {
    let masked = |name: &str, value: &str| masks.mask_header(name, value, HEADER_BYTES_MAX);
    let kept = headers.iter().take(HEADERS_MAX);
    let kept = kept.map(|(name, value)| (name.clone(), masked(name, value)));
    Message {
        headers: kept.collect(),
        body: masks.mask_body(body, BODY_BYTES_MAX),
        body_bytes: body.len() as u64,
    }
}
