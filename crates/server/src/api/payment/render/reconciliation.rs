//! Reconciliations as the API shows them.

use engine::views::{Answered, PaymentView, Reconciliation};
use serde::Serialize;
use utoipa::ToSchema;

use super::{intent, time};

/// What asking the provider again found.
#[derive(Serialize, ToSchema)]
#[schema(as = Reconciliation)]
pub(crate) struct ReconciliationBody {
    /// `rec_…`
    id: String,
    /// `completed` when every question was answered; `failed` when one had no usable answer; `pending` when one could not be
    /// asked yet, or its answer was not there after ten seconds: reconcile again a little later, with a new idempotency key.
    #[schema(example = "completed")]
    status: &'static str,
    /// The intent.
    payment_intent_id: String,
    /// Its latest attempt.
    payment_attempt_id: Option<String>,
    /// Before asking.
    before: StandingBody,
    /// After asking.
    after: StandingBody,
    /// Which attempts were asked about.
    attempts: RequeriedBody,
    /// When the last answer was there, or was given up; null while `pending`.
    completed_at: Option<String>,
    /// When it began.
    created_at: String,
}

/// How a payment stands.
#[derive(Serialize, ToSchema)]
#[schema(as = Standing)]
pub(crate) struct StandingBody {
    /// Status of the intent.
    #[schema(example = "pending")]
    intent_status: &'static str,
    /// Status of its latest attempt.
    #[schema(example = "processing")]
    attempt_status: Option<&'static str>,
}

/// The attempts that a reconciliation is about.
#[derive(Serialize, ToSchema)]
#[schema(as = Requeried)]
pub(crate) struct RequeriedBody {
    /// Attempts of the intent.
    count: i64,
    /// Those that the provider was asked about.
    requeried: Vec<String>,
}

impl ReconciliationBody {
    /// Shows a reconciliation.
    pub(crate) fn of(found: &Reconciliation) -> Self {
        let status = match found.answered {
            Answered::Yes => "completed",
            Answered::No => "failed",
            Answered::NotYet => "pending",
        };
        Self {
            id: found.id.to_string(),
            status,
            payment_intent_id: found.after.intent.id.to_string(),
            payment_attempt_id: found
                .after
                .active_attempt
                .as_ref()
                .map(|view| view.attempt.id.to_string()),
            before: standing(&found.before),
            after: standing(&found.after),
            attempts: RequeriedBody {
                count: found.after.intent.attempts_made,
                requeried: found.requeried.iter().map(ToString::to_string).collect(),
            },
            completed_at: found.completed_at_ms.map(time::iso),
            created_at: time::iso(found.created_at_ms),
        }
    }
}

fn standing(view: &PaymentView) -> StandingBody {
    StandingBody {
        intent_status: intent::status(view.intent.state),
        attempt_status: view.active_attempt.as_ref().map(|view| view.attempt.state.code()),
    }
}
