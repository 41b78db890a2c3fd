//! Send one delivery, and say how that went. Never writes it down.

use std::sync::Arc;

use domain::ids::DeliveryId;
use domain::webhook::TryOutcome;
use store::deliveries::{Delivery, Due};
use webhooks::{Answer, SendFailure};

use super::letter::{Addressee, Told, letter};
use crate::case::body_place;
use crate::house::{House, Tenant, sealed};
use crate::refusal::Refusal;

/// A try that was made.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) delivery: Delivery,
    pub(super) url: String,
    pub(super) outcome: TryOutcome,
    pub(super) status: Option<u16>,
    /// The receiver's wish, in milliseconds from now.
    pub(super) retry_after_ms: Option<i64>,
    pub(super) answer: Vec<u8>,
    /// Milliseconds UTC at which it began.
    pub(super) at_ms: i64,
    pub(super) took_ms: i64,
}

impl Made {
    pub(super) fn id(&self) -> DeliveryId {
        self.delivery.id
    }

    /// How it failed, in a word for logs and people.
    pub(super) fn failure(&self) -> String {
        self.status
            .map_or_else(|| self.outcome.code().to_owned(), |status| format!("status {status}"))
    }
}

/// Makes a try.
pub(super) async fn send(house: Arc<House>, tenant: Arc<Tenant>, to: Arc<Addressee>, due: Due) -> Made {
    let at_ms = house.world.now_ms();
    let tried = match open_body(&tenant, &due) {
        Ok(body) => {
            let told = Told {
                event_id: due.delivery.event_id,
                announcement: due.delivery.announcement,
                intent_id: due.delivery.intent_id,
                body,
            };
            house.sender.send(letter(&to, told, at_ms)).await
        }
        Err(refusal) => {
            tracing::error!(event = "event_unreadable", event_id = %due.delivery.event_id, error = %refusal);
            Err((SendFailure::Broken, 0))
        }
    };
    made(due.delivery, to.url.clone(), at_ms, tried)
}

fn open_body(tenant: &Tenant, due: &Due) -> Result<Vec<u8>, Refusal> {
    let place = body_place(due.delivery.event_id);
    Ok(tenant.keys.columns.open(&place, &due.body).map_err(sealed)?.to_vec())
}

fn made(delivery: Delivery, url: String, at_ms: i64, tried: Result<Answer, (SendFailure, i64)>) -> Made {
    let (outcome, status, retry_after_s, answer, took_ms) = match tried {
        Ok(answer) => {
            let outcome = outcome_of(answer.status);
            let status = Some(answer.status);
            (outcome, status, answer.retry_after_s, answer.body, answer.took_ms)
        }
        Err((failure, took_ms)) => (outcome_without_answer(failure), None, None, Vec::new(), took_ms),
    };
    let retry_after_ms = retry_after_s.map(|s| i64::try_from(s).unwrap_or(i64::MAX).saturating_mul(1_000));
    Made {
        delivery,
        url,
        outcome,
        status,
        retry_after_ms,
        answer,
        at_ms,
        took_ms,
    }
}

/// What a status means: success is 2xx only, and 410 that nothing is wanted any more.
pub(crate) fn outcome_of(status: u16) -> TryOutcome {
    match status {
        200..=299 => TryOutcome::Delivered,
        410 => TryOutcome::Gone,
        _ => TryOutcome::Refused,
    }
}

/// What it means that there was no answer.
pub(crate) fn outcome_without_answer(failure: SendFailure) -> TryOutcome {
    match failure {
        SendFailure::Unreachable => TryOutcome::Unreachable,
        SendFailure::Tls => TryOutcome::Tls,
        SendFailure::TimedOut => TryOutcome::TimedOut,
        SendFailure::Broken => TryOutcome::Broken,
    }
}
